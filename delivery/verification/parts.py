"""Checks of the parts of a stack: each asks AWS whether one is there and works."""

import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from contract.aws_errors import code_of
from contract.encryption import other_default_key, other_default_key_problem
from delivery.verification.findings import Finding, compare
from delivery.verification.state import Deployed

_QUERY_SECONDS = 120.0
_BUCKET = "aws:s3/bucket:Bucket"
_SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
PIPELINE = "aws:codepipeline/pipeline:Pipeline"
GOVERNED_LOCATION = "aws:lakeformation/resource:Resource"


def notifier(deployed: Deployed) -> Iterator[Finding]:
    """Check that the function can be invoked and that its last update is in place."""
    name = deployed.outputs["notifier"]
    configuration = deployed.clients("lambda").get_function_configuration(FunctionName=name)
    yield compare(f"function {name}", "Active", configuration.get("State"))
    yield compare(f"last update of {name}", "Successful", configuration.get("LastUpdateStatus"))


def queues(deployed: Deployed) -> Iterator[Finding]:
    """Check that the dead-letter queues exist."""
    sqs = deployed.clients("sqs")
    for name, url in sorted(deployed.outputs["dead_letter_queues"].items()):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        yield compare(f"dead-letter queue {name}", url.rpartition("/")[2], attributes["QueueArn"].rpartition(":")[2])


def topic(deployed: Deployed) -> Iterator[Finding]:
    """Check that every subscriber of the stack is there; an unconfirmed one is there, an expired one is not."""
    arn = deployed.outputs["topic_arn"]
    pages = deployed.clients("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
    states = [item["SubscriptionArn"] == "PendingConfirmation" for page in pages for item in page["Subscriptions"]]
    pending, created = sum(states), len(deployed.of_type(_SUBSCRIPTION))
    yield Finding(
        subject=f"subscriptions of {arn.rpartition(':')[2]}",
        expected=f"at least the {created} of the stack",
        actual=f"{len(states) - pending} confirmed, {pending} not confirmed yet",
        passed=len(states) >= created,
    )


def buckets(deployed: Deployed) -> Iterator[Finding]:
    """Check that public access is blocked, and that objects are encrypted so that the stack's roles can read them."""
    s3 = deployed.clients("s3")
    for output in ("artifact_bucket", "data_bucket"):
        name = deployed.outputs[output]
        blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        open_to = sorted(setting for setting, value in blocked.items() if not value)
        yield compare(f"public access to {name}", "blocked", f"not {', '.join(open_to)}" if open_to else "blocked")
        encryption = s3.get_bucket_encryption(Bucket=name)
        if name in deployed.ids(_BUCKET):
            rule = encryption["ServerSideEncryptionConfiguration"]["Rules"][0]
            algorithm = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
            yield compare(f"encryption of {name}", "aws:kms", algorithm)
        else:
            key = other_default_key(encryption, deployed.outputs["key_arn"])
            yield Finding(
                subject=f"encryption of {name}",
                expected="S3's own key or the stack's",
                actual=other_default_key_problem(name, key) if key else "S3's own key or the stack's",
                passed=key is None,
            )


def registry(deployed: Deployed) -> Iterator[Finding]:
    """Check that the model package group is there."""
    name = deployed.outputs["model_package_group"]
    group = deployed.clients("sagemaker").describe_model_package_group(ModelPackageGroupName=name)
    yield compare(f"model package group {name}", "Completed", group["ModelPackageGroupStatus"])


def pipeline(deployed: Deployed) -> Iterator[Finding]:
    """Check that the ML pipeline was upserted with the stack's execution role; before the first upsert say so."""
    environment = deployed.outputs["pipeline_environment"]
    name = environment["SAGEMAKER_PIPELINE_NAME"]
    try:
        described = deployed.clients("sagemaker").describe_pipeline(PipelineName=name)
    except ClientError as error:
        if deployed.is_upserted or code_of(error) != "ResourceNotFound":
            raise
        yield Finding(
            subject=f"ML pipeline {name}",
            expected="Active",
            actual="not upserted yet: push to the delivered branch, or run python -m pipeline_def.upsert",
            passed=True,
            pending=True,
        )
        return
    yield compare(f"ML pipeline {name}", "Active", described["PipelineStatus"])
    yield compare(f"role of {name}", environment["SAGEMAKER_PIPELINE_ROLE_ARN"], described["RoleArn"])


def kpis(deployed: Deployed) -> Iterator[Finding]:
    """Check that the workgroup answers a query on a declared table, and that it has the named queries."""
    outputs = deployed.outputs["kpis"]
    athena, group = deployed.clients("athena"), outputs["workgroup"]
    yield compare(f"workgroup {group}", "ENABLED", athena.get_work_group(WorkGroup=group)["WorkGroup"]["State"])
    for name, identifier in sorted(outputs.get("named_queries", {}).items()):
        yield compare(
            f"named query {name}", name, athena.get_named_query(NamedQueryId=identifier)["NamedQuery"]["Name"]
        )
    use_case = deployed.outputs["pipeline_environment"]["USE_CASE_ID"]
    # One day's partition: what there is to read stays small however long the history is.
    sql = (
        f"SELECT * FROM {_quoted(outputs['database'])}.model_metrics "  # noqa: S608 the stack's own names, quoted
        f"WHERE use_case = '{_literal(use_case)}' AND dt = cast(current_date AS varchar) LIMIT 1"
    )
    # Without a context the query runs in the database `default` (StartQueryExecution, Amazon Athena API Reference).
    context = {"Database": outputs["database"]}
    execution = athena.start_query_execution(QueryString=sql, WorkGroup=group, QueryExecutionContext=context)
    yield _query_finding(athena, execution["QueryExecutionId"])


def _query_finding(athena: Any, execution: str) -> Finding:
    deadline = time.monotonic() + _QUERY_SECONDS
    while True:
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] not in {"QUEUED", "RUNNING"} or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    reason = status.get("StateChangeReason", "")
    actual = status["State"] if status["State"] == "SUCCEEDED" else f"{status['State']} {reason}".strip()
    return compare("query on model_metrics", "SUCCEEDED", actual)


def _quoted(identifier: str) -> str:
    doubled = identifier.replace('"', '""')
    return f'"{doubled}"'


def _literal(text: str) -> str:
    return text.replace("'", "''")


def delivery_pipeline(deployed: Deployed) -> Iterator[Finding]:
    """Check that the delivery pipeline is there, of type V2, which its triggers and restarts need."""
    [created] = deployed.of_type(PIPELINE)
    name = created.id
    definition = deployed.clients("codepipeline").get_pipeline(name=name)["pipeline"]
    yield compare(f"delivery pipeline {name}", "V2", definition.get("pipelineType"))


def data_lake(deployed: Deployed) -> Iterator[Finding]:
    """Check that Deploy's role is a data lake administrator: nobody else may register locations and grant.

    Source: "Lake Formation personas and IAM permissions reference" (AWS Lake Formation Developer Guide).
    """
    role = deployed.outputs["delivery"]["roles"]["deploy"]
    settings = deployed.clients("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    administrators = [each["DataLakePrincipalIdentifier"] for each in settings.get("DataLakeAdmins", [])]
    yield Finding(
        subject="data lake administrators",
        expected=f"{role} among them (docs/operations.md, Lake Formation)",
        actual=", ".join(administrators) or "none",
        passed=role in administrators,
    )
