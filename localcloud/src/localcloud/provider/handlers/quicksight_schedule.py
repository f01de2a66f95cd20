"""QuickSight: refresh schedules of data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider.handler import ANY, Api, Field, Handler, Request
from localcloud.provider.handlers.quicksight import account
from localcloud.provider.values import Props

_SCHEDULE: Final[Mapping[str, Field]] = {
    "awsAccountId": Field(replace=True, computed=True),
    "dataSetId": Field(replace=True),
    "scheduleId": Field(replace=True),
    "schedule": Field(
        nested={
            "startAfterDateTime": ANY,
            "scheduleFrequency.timeOfTheDay": ANY,
            "scheduleFrequency.timezone": ANY,
        }
    ),
}
_DAYS: Final = {"WEEKLY": "dayOfWeek", "MONTHLY": "dayOfMonth"}


def _schedule(api: Api, operation: str, inputs: Props) -> Request:
    schedule: Any = inputs["schedule"]
    if isinstance(schedule, dict):
        schedule = {**cast("Props", schedule), "scheduleId": inputs["scheduleId"]}
        if isinstance(schedule.get("startAfterDateTime"), str):
            # pulumi-aws takes it without a zone, in UTC.
            schedule["startAfterDateTime"] = f"{schedule['startAfterDateTime'].removesuffix('Z')}Z"
    given = {"dataSetId": inputs["dataSetId"], "schedule": schedule}
    return Request(operation, {**api.build(operation, _SCHEDULE, given), "AwsAccountId": account(api, inputs)})


def _schedule_names(schedule_id: str) -> dict[str, str]:
    owner, data_set, schedule = schedule_id.split(",")
    return {"AwsAccountId": owner, "DataSetId": data_set, "ScheduleId": schedule}


def _read_schedule(api: Api, schedule_id: str, _: Props) -> Props | None:
    names = _schedule_names(schedule_id)
    found = api.find("describe_refresh_schedule", **names)
    if found is None:
        return None
    fields = {"schedule": Field(to="RefreshSchedule")}
    schedule: Props = api.parse("describe_refresh_schedule", fields, found)["schedule"]
    kept = {name: value for name, value in schedule.items() if name not in {"arn", "scheduleId"}}
    if "startAfterDateTime" in kept:
        kept["startAfterDateTime"] = kept["startAfterDateTime"].removesuffix("Z")
    return {
        "awsAccountId": names["AwsAccountId"],
        "dataSetId": names["DataSetId"],
        "scheduleId": names["ScheduleId"],
        "schedule": kept,
        "arn": found["Arn"],
    }


def _update_schedule(api: Api, _id: Any, old: Props, new: Props, _changed: frozenset[str]) -> list[Request]:
    # A start that has not changed may be in the past by now, which QuickSight would refuse.
    before, after = old.get("schedule", {}), new["schedule"]
    if isinstance(after, dict) and after.get("startAfterDateTime") == before.get("startAfterDateTime"):
        after = {name: value for name, value in cast("Props", after).items() if name != "startAfterDateTime"}
    return [_schedule(api, "update_refresh_schedule", {**new, "schedule": after})]


def _check_schedule(inputs: Props) -> list[tuple[str, str]]:
    schedule: Any = inputs.get("schedule")
    frequency = schedule.get("scheduleFrequency") if isinstance(schedule, dict) else None
    if not isinstance(frequency, dict) or not isinstance(frequency.get("interval"), str):
        return []
    interval, on_day = frequency["interval"], frequency.get("refreshOnDay") or {}
    if not isinstance(on_day, dict):
        return []
    day = set(cast("Props", on_day))
    needed = {_DAYS[interval]} if interval in _DAYS else set[str]()
    if day == needed:
        return []
    expected = f"exactly {_DAYS[interval]}" if needed else "nothing"
    return [("schedule.scheduleFrequency.refreshOnDay", f"has to hold {expected} where interval is {interval}")]


REFRESH_SCHEDULE: Final = Handler(
    service="quicksight",
    fields=_SCHEDULE,
    outputs=("arn",),
    identity=("dataSetId", "scheduleId"),
    create=lambda api, inputs: _schedule(api, "create_refresh_schedule", inputs),
    identify=lambda api, inputs, response: f"{account(api, inputs)},{inputs['dataSetId']},{inputs['scheduleId']}",
    read=_read_schedule,
    update=_update_schedule,
    delete=lambda api, schedule_id, state: [Request("delete_refresh_schedule", _schedule_names(schedule_id))],
    check=_check_schedule,
)
