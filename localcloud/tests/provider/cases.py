"""Every resource type of the stand-in: what to create, what to change, what others do to it behind Pulumi's back."""

from __future__ import annotations

from . import (
    cases_access,
    cases_catalog,
    cases_compute,
    cases_dashboards,
    cases_delivery,
    cases_messaging,
    cases_queries,
    cases_storage,
    cases_watching,
)
from .case import Case, document, plain, trust

CASES = [
    *cases_storage.CASES,
    *cases_messaging.CASES,
    *cases_access.CASES,
    *cases_compute.CASES,
    *cases_watching.CASES,
    *cases_catalog.CASES,
    *cases_queries.CASES,
    *cases_dashboards.CASES,
    *cases_delivery.CASES,
]

# What the cases refer to, but leave alone.
SUPPORT = [
    *cases_catalog.SUPPORT,
    *cases_queries.SUPPORT,
    *cases_dashboards.SUPPORT,
    Case("key-2", "aws:kms/key:Key", {"deletionWindowInDays": 7}, outputs=("arn", "keyId")),
    Case("bucket2", "aws:s3/bucket:Bucket", {"forceDestroy": True}, outputs=("arn",)),
    Case("log-bucket", "aws:s3/bucket:Bucket", {"forceDestroy": True}, outputs=("arn",)),
    Case(
        "log-bucket-policy",
        "aws:s3/bucketPolicy:BucketPolicy",
        {
            "bucket": "${log-bucket.bucket}",
            "policy": document(
                "s3:PutObject", "${log-bucket.arn}/*", Principal={"Service": "logging.s3.amazonaws.com"}
            ),
        },
    ),
    Case("topic-2", "aws:sns/topic:Topic", {}, outputs=("arn",)),
    Case("queue-2", "aws:sqs/queue:Queue", {}, outputs=("arn", "url")),
    Case("policy-2", "aws:iam/policy:Policy", {"policy": plain("s3:ListAllMyBuckets", "*")}, outputs=("arn",)),
    Case("function-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("lambda.amazonaws.com")}, outputs=("arn",)),
    Case("chat-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("chatbot.amazonaws.com")}, outputs=("arn",)),
    Case(
        "function-2",
        "aws:lambda/function:Function",
        {
            "role": "${function-role.arn}",
            "runtime": "python3.13",
            "handler": "h.handler",
            "code": {"$archive": "code.zip"},
        },
        outputs=("arn",),
    ),
    Case("rule-2", "aws:cloudwatch/eventRule:EventRule", {"scheduleExpression": "rate(1 day)"}),
    *cases_delivery.SUPPORT,
]
