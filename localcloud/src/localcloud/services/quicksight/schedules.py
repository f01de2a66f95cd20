"""Refresh schedules: kept and checked; nothing is started by the clock."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from localcloud.services.quicksight import errors
from localcloud.services.quicksight.models import DataSet, now

if TYPE_CHECKING:
    from mypy_boto3_quicksight.type_defs import RefreshFrequencyTypeDef, RefreshScheduleOutputTypeDef

# QuickSight API reference, RefreshSchedule and RefreshFrequency.
MOST_PER_DATA_SET = 5
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DAY = re.compile(r"LAST_DAY_OF_MONTH|[1-9]|1\d|2[0-8]")
_DAYS = {"WEEKLY": "DayOfWeek", "MONTHLY": "DayOfMonth"}
_WITHOUT_TIME = ("MINUTE15", "MINUTE30", "HOURLY")
_INCREMENTAL_ONLY = ("MINUTE15", "MINUTE30")


class Schedules:
    """All refresh schedules by the ARN of their data set and their id."""

    def __init__(self) -> None:
        self._by_data_set: dict[str, dict[str, RefreshScheduleOutputTypeDef]] = {}

    def of(self, data_set: DataSet) -> list[RefreshScheduleOutputTypeDef]:
        """Return the schedules of a data set."""
        return list(self._by_data_set.get(data_set.arn, {}).values())

    def find(self, data_set: DataSet, schedule_id: str) -> RefreshScheduleOutputTypeDef:
        """Return a schedule.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        schedules = self._by_data_set.get(data_set.arn, {})
        if schedule_id not in schedules:
            raise errors.missing(f"Refresh schedule {schedule_id}")
        return schedules[schedule_id]

    def create(self, data_set: DataSet, schedule: RefreshScheduleOutputTypeDef) -> None:
        """Add a schedule.

        Raises:
            AwsError: ResourceExistsException, LimitExceededException, InvalidParameterValueException.
        """
        schedules = self._by_data_set.setdefault(data_set.arn, {})
        if schedule["ScheduleId"] in schedules:
            raise errors.existing(f"Refresh schedule {schedule['ScheduleId']}")
        if len(schedules) >= MOST_PER_DATA_SET:
            raise errors.limit_exceeded(f"A data set has at most {MOST_PER_DATA_SET} schedules.")
        start = schedule.get("StartAfterDateTime")
        if start and start.astimezone(UTC) < now():
            raise errors.invalid("StartAfterDateTime is in the past.")
        schedules[schedule["ScheduleId"]] = _completed(data_set, schedule)

    def update(self, data_set: DataSet, schedule: RefreshScheduleOutputTypeDef) -> None:
        """Replace a whole schedule; a start that is not given stays.

        Raises:
            AwsError: ResourceNotFoundException, InvalidParameterValueException.
        """
        start = self.find(data_set, schedule["ScheduleId"]).get("StartAfterDateTime") or now()
        completed = _completed(data_set, {"StartAfterDateTime": start, **schedule})
        self._by_data_set[data_set.arn][schedule["ScheduleId"]] = completed

    def delete(self, data_set: DataSet, schedule_id: str) -> None:
        """Delete a schedule.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        self.find(data_set, schedule_id)
        del self._by_data_set[data_set.arn][schedule_id]

    def forget(self, data_set: DataSet) -> None:
        """Drop a deleted data set's schedules."""
        self._by_data_set.pop(data_set.arn, None)


def schedule_arn(data_set: DataSet, schedule_id: str) -> str:
    """Return a schedule's ARN."""
    return f"{data_set.arn}/refresh-schedule/{schedule_id}"


def _completed(data_set: DataSet, schedule: RefreshScheduleOutputTypeDef) -> RefreshScheduleOutputTypeDef:
    """Return a valid schedule with its defaults."""
    frequency = schedule["ScheduleFrequency"]
    _check_frequency(frequency)
    if schedule["RefreshType"] == "INCREMENTAL_REFRESH":
        if data_set.refresh_properties is None:
            raise errors.invalid("An incremental refresh needs the data set's refresh properties.")
    elif frequency["Interval"] in _INCREMENTAL_ONLY:
        raise errors.invalid(f"The interval {frequency['Interval']} is for incremental refreshes only.")
    completed: RefreshFrequencyTypeDef = {**frequency}
    if frequency["Interval"] not in _WITHOUT_TIME:
        completed.setdefault("Timezone", "UTC")
        completed.setdefault("TimeOfTheDay", "00:00")
    start = schedule.get("StartAfterDateTime") or now()
    return {
        **schedule,
        "ScheduleFrequency": completed,
        "StartAfterDateTime": start.replace(microsecond=0),
        "Arn": schedule_arn(data_set, schedule["ScheduleId"]),
    }


def _check_frequency(frequency: RefreshFrequencyTypeDef) -> None:
    interval, day = frequency["Interval"], frequency.get("RefreshOnDay", {})
    needed = _DAYS.get(interval)
    if set(day) != ({needed} if needed else set()):
        expected = f"RefreshOnDay with {needed} alone" if needed else "no RefreshOnDay"
        raise errors.invalid(f"The interval {interval} takes {expected}.")
    day_of_month = day.get("DayOfMonth", "1")
    if not _DAY.fullmatch(day_of_month):
        raise errors.invalid(f"DayOfMonth {day_of_month} is neither 1 to 28 nor LAST_DAY_OF_MONTH.")
    time = frequency.get("TimeOfTheDay")
    if time is not None and not _TIME.fullmatch(time):
        raise errors.invalid(f"TimeOfTheDay {time} is not HH:MM.")
