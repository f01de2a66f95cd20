"""Rules, targets, log groups and alarms."""

from __future__ import annotations

from .case import Case

CASES = [
    Case(
        "log-group",
        "aws:cloudwatch/logGroup:LogGroup",
        {"retentionInDays": 14, "tags": {"a": "1"}},
        {"retentionInDays": 30, "tags": {"a": "2"}},
        {"name": "/provider/test"},
        lambda c, out: c("logs").delete_retention_policy(logGroupName=out["name"]),
        lambda c, out: c("logs").delete_log_group(logGroupName=out["name"]),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "rule",
        "aws:cloudwatch/eventRule:EventRule",
        {"eventPattern": {"$json": {"source": ["aws.sagemaker"]}}, "description": "one", "tags": {"a": "1"}},
        {"eventPattern": {"$json": {"source": ["aws.s3"]}}, "state": "DISABLED", "tags": {"a": "2"}},
        {"name": "provider-test-rule"},
        lambda c, out: c("events").put_rule(Name=out["name"], EventPattern='{"source": ["someone"]}'),
        lambda c, out: c("events").delete_rule(Name=out["name"]),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "target",
        "aws:cloudwatch/eventTarget:EventTarget",
        {
            "rule": "${rule-2.name}",
            "arn": "${queue-2.arn}",
            "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 3600},
            "deadLetterConfig": {"arn": "${queue.arn}"},
        },
        {"retryPolicy": {"maximumRetryAttempts": 5, "maximumEventAgeInSeconds": 3600}},
        {"targetId": "another"},
        lambda c, out: c("events").put_targets(Rule=out["rule"], Targets=[{"Id": out["targetId"], "Arn": out["arn"]}]),
        lambda c, out: c("events").remove_targets(Rule=out["rule"], Ids=[out["targetId"]]),
        id="{rule}-{targetId}",
        import_id="{rule}/{targetId}",
    ),
    Case(
        "alarm",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "metricName": "Errors",
            "namespace": "AWS/Lambda",
            "period": 60,
            "statistic": "Sum",
            "threshold": 0,
            "dimensions": {"FunctionName": "provider-test"},
            "alarmActions": ["${topic-2.arn}", "${topic.arn}"],
            "treatMissingData": "notBreaching",
            "tags": {"a": "1"},
        },
        {"threshold": 2.5, "alarmActions": ["${topic-2.arn}"], "tags": {"a": "2"}},
        {"name": "provider-test-alarm"},
        lambda c, out: c("cloudwatch").put_metric_alarm(
            AlarmName=out["name"],
            ComparisonOperator="LessThanThreshold",
            EvaluationPeriods=3,
            MetricName="Errors",
            Namespace="AWS/Lambda",
            Period=60,
            Statistic="Sum",
            Threshold=9,
        ),
        lambda c, out: c("cloudwatch").delete_alarms(AlarmNames=[out["name"]]),
        id="{name}",
        outputs=("arn",),
    ),
]
