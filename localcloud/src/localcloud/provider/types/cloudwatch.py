"""CloudWatch: metric alarms and log groups."""

from __future__ import annotations

from typing import Any, Final, cast

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Props, Unknown

_IN_METRIC: Final = ("namespace", "metricName", "dimensions")


def _listed_dimensions(metric: Props) -> Props:
    dimensions = metric.get("dimensions")
    if not isinstance(dimensions, dict):
        return metric
    pairs = sorted(cast("Props", dimensions).items())
    return {**metric, "dimensions": [{"name": key, "value": value} for key, value in pairs]}


def _mapped_dimensions(metric: Props) -> Props:
    return {**metric, "dimensions": {item["name"]: item["value"] for item in metric.get("dimensions", [])}}


def _nested_query(query: Props) -> Props:
    """Nest a query's metric as the API does: `metric {period, stat}` is `MetricStat {Metric {...}, Period, Stat}`."""
    metric: Any = query.get("metric")
    if not isinstance(metric, dict):
        return query
    inner = {key: value for key, value in metric.items() if key in _IN_METRIC}
    rest = {key: value for key, value in metric.items() if key not in _IN_METRIC}
    stat = {"metric": _listed_dimensions(inner), **rest}
    return {**{key: value for key, value in query.items() if key != "metric"}, "metricStat": stat}


def _flat_query(query: Props) -> Props:
    if "metricStat" not in query:
        return query
    stat = dict(query["metricStat"])
    metric = stat.pop("metric", {})
    inner = _mapped_dimensions(metric) if "dimensions" in metric else metric
    return {**{key: value for key, value in query.items() if key != "metricStat"}, "metric": {**inner, **stat}}


def _alarm_to_api(inputs: Props) -> Props:
    queries: Any = inputs.get("metricQueries")
    nested = {"metricQueries": [_nested_query(query) for query in queries]} if isinstance(queries, list) else {}
    return {**_listed_dimensions(inputs), **nested}


def _alarm_from_api(_: Cloud, reading: Reading) -> Props:
    queries = [_flat_query(query) for query in reading.props.get("metricQueries", [])]
    return {**_mapped_dimensions(reading.props), "metricQueries": queries}


def _check_alarm(inputs: Props) -> list[tuple[str, str]]:
    if "metricName" not in inputs and "metricQueries" not in inputs:
        return [("metricName", "one of metricName and metricQueries has to be given")]
    statistics = [key for key in ("statistic", "extendedStatistic") if key in inputs]
    if "metricName" in inputs and len(statistics) != 1:
        return [("statistic", "exactly one of statistic and extendedStatistic has to be given with metricName")]
    return []


METRIC_ALARM: Final = ResourceType(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    service="cloudwatch",
    fields={
        "name": Field(to="AlarmName", replace=True, computed=True),
        "alarmDescription": Field(),
        "actionsEnabled": Field(default=True),
        "alarmActions": Field(kind="set"),
        "okActions": Field(kind="set"),
        "insufficientDataActions": Field(kind="set"),
        "comparisonOperator": Field(),
        "datapointsToAlarm": Field(),
        "dimensions": Field(),
        "evaluateLowSampleCountPercentiles": Field(to="EvaluateLowSampleCountPercentile", computed=True),
        "evaluationPeriods": Field(),
        "extendedStatistic": Field(),
        "metricName": Field(),
        "metricQueries": Field(to="Metrics"),
        "namespace": Field(),
        "period": Field(),
        "statistic": Field(),
        "threshold": Field(),
        "thresholdMetricId": Field(),
        "treatMissingData": Field(default="missing", choices=("breaching", "notBreaching", "ignore", "missing")),
        "unit": Field(),
        "tags": Field(),
    },
    outputs={"arn": "AlarmArn"},
    naming=Naming(longest=255),
    tagging=Tagging(resource="ResourceARN"),
    id="{name}",
    key={"AlarmNames": ["{id}"]},
    put="put_metric_alarm",
    read=Read("describe_alarms", "MetricAlarms.[]"),
    delete="delete_alarms",
    to_api=_alarm_to_api,
    from_api=_alarm_from_api,
    check=_check_alarm,
)

# CloudWatch Logs API reference, PutRetentionPolicy; 0 keeps for ever.
_RETENTIONS: Final = frozenset(
    {0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731} | {1096, 1827, 2192, 2557, 2922, 3288, 3653}
)


def _check_retention(inputs: Props) -> list[tuple[str, str]]:
    days = inputs.get("retentionInDays", 0)
    if isinstance(days, Unknown) or days in _RETENTIONS:
        return []
    return [("retentionInDays", f"is {days}, expected one of {', '.join(map(str, sorted(_RETENTIONS)))}")]


def _delete_log_group(_: Cloud, name: str, state: Props) -> list[Request]:
    return [] if state.get("skipDestroy") is True else [Request("delete_log_group", {"logGroupName": name})]


LOG_GROUP: Final = ResourceType(
    "aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    fields={
        "name": Field(to="logGroupName", replace=True, computed=True),
        "kmsKeyId": Field(),
        "logGroupClass": Field(replace=True, computed=True, default="STANDARD"),
        "retentionInDays": Field(default=0),
        "skipDestroy": Field(default=False, write_only=True),
        "tags": Field(),
    },
    outputs={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}"},
    naming=Naming(longest=512),
    tagging=Tagging(resource="resourceArn", member="tags", keys="tagKeys"),
    id="{name}",
    key={"logGroupName": "{id}"},
    create="create_log_group",
    read=Read(
        "describe_log_groups",
        "logGroups.[]",
        params={"logGroupNamePrefix": "{id}"},
        match={"logGroupName": "{id}"},
    ),
    update=(
        Update("put_retention_policy", ("retentionInDays",), clear="delete_retention_policy"),
        Update("associate_kms_key", ("kmsKeyId",), clear="disassociate_kms_key"),
    ),
    delete=_delete_log_group,
    check=_check_retention,
)
