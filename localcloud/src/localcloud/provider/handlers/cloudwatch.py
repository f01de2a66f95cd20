"""CloudWatch: metric alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props

_FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(to="AlarmName", replace=True, computed=True),
    "alarmDescription": Field(),
    "actionsEnabled": Field(default=True),
    "alarmActions": Field(to="AlarmActions", kind="set"),
    "okActions": Field(to="OKActions", kind="set"),
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
}
_TAGGING: Final = Tagging(resource="ResourceARN")
_IN_METRIC: Final = ("namespace", "metricName", "dimensions")


def _dimensions(dimensions: Any) -> Any:
    return [{"name": key, "value": value} for key, value in sorted(dimensions.items())]


def _query(query: Props) -> Props:
    """Nest a query's metric as the API does: `metric {period, stat}` is `MetricStat {Metric {...}, Period, Stat}`."""
    metric = query.get("metric")
    if not isinstance(metric, dict):
        return query
    given = cast("Props", metric)
    inner = {key: given[key] for key in _IN_METRIC if key in given}
    if isinstance(inner.get("dimensions"), dict):
        inner["dimensions"] = _dimensions(inner["dimensions"])
    rest = {key: value for key, value in given.items() if key not in _IN_METRIC}
    return {**{key: value for key, value in query.items() if key != "metric"}, "metricStat": {"metric": inner, **rest}}


def _flat_query(query: Props) -> Props:
    stat = query.pop("metricStat", None)
    if stat is None:
        return query
    metric = stat.pop("metric", {})
    if "dimensions" in metric:
        metric["dimensions"] = {item["name"]: item["value"] for item in metric["dimensions"]}
    return {**query, "metric": {**metric, **stat}}


def _put(api: Api, inputs: Props) -> Request:
    given = dict(inputs)
    if isinstance(given.get("dimensions"), dict):
        given["dimensions"] = _dimensions(given["dimensions"])
    if isinstance(given.get("metricQueries"), list):
        given["metricQueries"] = [_query(query) for query in given["metricQueries"]]
    return Request("put_metric_alarm", api.build("put_metric_alarm", _FIELDS, given))


def _read(api: Api, name: str, _: Props) -> Props | None:
    found = api.call("describe_alarms", AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not found:
        return None
    alarm: dict[str, Any] = found[0]
    state = api.parse("describe_alarms", _FIELDS, alarm, "MetricAlarms.[]")
    queries = [_flat_query(query) for query in state.get("metricQueries", [])]
    return {
        **state,
        "dimensions": {item["Name"]: item["Value"] for item in alarm.get("Dimensions", [])},
        "metricQueries": queries,
        "tags": tagging.read(_TAGGING, api, alarm["AlarmArn"]),
        "arn": alarm["AlarmArn"],
    }


def _update(api: Api, _id: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    # PutMetricAlarm replaces the whole alarm, and ignores tags on one that exists.
    rest = {key: value for key, value in new.items() if key != "tags"}
    return [_put(api, rest)] if changed - {"tags"} else []


def _check(inputs: Props) -> list[tuple[str, str]]:
    if "metricName" not in inputs and "metricQueries" not in inputs:
        return [("metricName", "one of metricName and metricQueries has to be given")]
    statistics = [key for key in ("statistic", "extendedStatistic") if key in inputs]
    if "metricName" in inputs and len(statistics) != 1:
        return [("statistic", "exactly one of statistic and extendedStatistic has to be given with metricName")]
    return []


METRIC_ALARM: Final = Handler(
    service="cloudwatch",
    fields=_FIELDS,
    outputs=("arn",),
    naming=Naming(longest=255),
    tagging=_TAGGING,
    create=_put,
    identify=lambda api, inputs, response: inputs["name"],
    read=_read,
    update=_update,
    delete=lambda api, name, state: [Request("delete_alarms", {"AlarmNames": [name]})],
    check=_check,
)
