"""Refresh schedules: kept and checked; nothing is started by the clock."""

import re
from datetime import UTC, datetime

from localcloud.http.errors import AwsError
from localcloud.http.service import Call
from localcloud.services.quicksight.assets import Asset, Record, now
from localcloud.services.quicksight.tables import invalid

# QuickSight API reference, RefreshSchedule and RefreshFrequency.
MOST_PER_DATA_SET = 5
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DAY = re.compile(r"LAST_DAY_OF_MONTH|[1-9]|1\d|2[0-8]")
_DAYS = {"WEEKLY": "DayOfWeek", "MONTHLY": "DayOfMonth"}
_INCREMENTAL_ONLY = ("MINUTE15", "MINUTE30", "HOURLY")


class Schedules:
    """All refresh schedules by the ARN of their data set and their ID."""

    def __init__(self) -> None:
        self._by_set: dict[str, dict[str, Record]] = {}

    def create(self, call: Call, asset: Asset) -> Record:
        """CreateRefreshSchedule."""
        known, wanted = self._by_set.setdefault(asset.arn, {}), call.input["Schedule"]
        schedule_id = wanted["ScheduleId"]
        if schedule_id in known:
            raise AwsError("ResourceExistsException", f"Refresh schedule {schedule_id} already exists.", 409)
        if len(known) >= MOST_PER_DATA_SET:
            raise AwsError("LimitExceededException", f"A data set has at most {MOST_PER_DATA_SET} schedules.", 409)
        known[schedule_id] = self._checked(wanted, asset, "")
        return {"ScheduleId": schedule_id, "Arn": known[schedule_id]["Arn"]}

    def update(self, call: Call, asset: Asset) -> Record:
        """UpdateRefreshSchedule replaces the whole schedule; a start that is not given stays."""
        wanted = call.input["Schedule"]
        old = self._get(asset, wanted["ScheduleId"])
        start = {"StartAfterDateTime": old["StartAfterDateTime"]}
        self._by_set[asset.arn][wanted["ScheduleId"]] = self._checked({**start, **wanted}, asset, old["Arn"])
        return {"ScheduleId": wanted["ScheduleId"], "Arn": old["Arn"]}

    def describe(self, call: Call, asset: Asset) -> Record:
        """DescribeRefreshSchedule."""
        found = self._get(asset, call.input["ScheduleId"])
        return {"RefreshSchedule": dict(found), "Arn": found["Arn"]}

    def listed(self, _: Call, asset: Asset) -> Record:
        """ListRefreshSchedules."""
        return {"RefreshSchedules": [dict(item) for item in self._by_set.get(asset.arn, {}).values()]}

    def delete(self, call: Call, asset: Asset) -> Record:
        """DeleteRefreshSchedule."""
        found = self._get(asset, call.input["ScheduleId"])
        del self._by_set[asset.arn][call.input["ScheduleId"]]
        return {"ScheduleId": call.input["ScheduleId"], "Arn": found["Arn"]}

    def forget(self, arn: str) -> None:
        """Drops a deleted data set's schedules."""
        self._by_set.pop(arn, None)

    def _get(self, asset: Asset, schedule_id: str) -> Record:
        found = self._by_set.get(asset.arn, {}).get(schedule_id)
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Refresh schedule {schedule_id} is not found.", 404)
        return found

    def _checked(self, wanted: Record, asset: Asset, arn: str) -> Record:
        frequency = wanted["ScheduleFrequency"]
        _check_frequency(frequency)
        if wanted["RefreshType"] == "INCREMENTAL_REFRESH":
            if "refresh" not in asset.extra:
                raise invalid("An incremental refresh needs the data set's refresh properties.")
        elif frequency["Interval"] in _INCREMENTAL_ONLY[:2]:
            raise invalid(f"The interval {frequency['Interval']} is for incremental refreshes only.")
        start: datetime = wanted.get("StartAfterDateTime") or now()
        if not arn and wanted.get("StartAfterDateTime") and start.astimezone(UTC) < now():
            raise invalid("StartAfterDateTime is in the past.")
        made = f"{asset.arn}/refresh-schedule/{wanted['ScheduleId']}"
        defaults = {} if frequency["Interval"] in _INCREMENTAL_ONLY else {"Timezone": "UTC", "TimeOfTheDay": "00:00"}
        return {
            **wanted,
            "ScheduleFrequency": {**defaults, **frequency},
            "StartAfterDateTime": start.replace(microsecond=0),
            "Arn": arn or made,
        }


def _check_frequency(frequency: Record) -> None:
    needed, day = _DAYS.get(frequency["Interval"]), frequency.get("RefreshOnDay") or {}
    if set(day) != ({needed} if needed else set()):
        expected = f"RefreshOnDay with {needed} alone" if needed else "no RefreshOnDay"
        raise invalid(f"The interval {frequency['Interval']} takes {expected}.")
    if not _DAY.fullmatch(day.get("DayOfMonth", "1")):
        raise invalid(f"DayOfMonth {day['DayOfMonth']} is neither 1 to 28 nor LAST_DAY_OF_MONTH.")
    time = frequency.get("TimeOfTheDay")
    if time is not None and not _TIME.fullmatch(time):
        raise invalid(f"TimeOfTheDay {time} is not HH:MM.")
