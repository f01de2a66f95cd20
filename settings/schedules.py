"""Schedules: cron expressions as EventBridge and Glue read them, in UTC.

Source: "Cron expressions reference" (Amazon EventBridge User Guide), "Time-based schedules for jobs and crawlers" (AWS
Glue Developer Guide).
"""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

_CRON = re.compile(r"cron\((.*)\)")
_RATE = re.compile(r"rate\(([1-9][0-9]{0,8}) (minutes?|hours?|days?)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Glue starts a crawler at most this often.
_SHORTEST_MINUTES = 5


@dataclass(frozen=True, kw_only=True)
class _Field:
    """One of the six fields: its range, the names of its values, and the pattern of its special forms."""

    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()
    special: str | None = None
    has_steps: bool = True

    def values(self, text: str) -> list[int]:
        """Return the values that a text stands for, none for special forms; raise ValueError for other texts."""
        return sorted({value for part in text.split(",") for value in self._part(part)})

    def _part(self, part: str) -> range:
        if self.special and re.fullmatch(self.special, part):
            return range(0)
        span, slash, step = part.partition("/")
        if slash and not self.has_steps:
            raise ValueError(f"{self.name}: {part} has a slash, which EventBridge takes in the other fields only")
        if slash and not (step.isdecimal() and int(step) > 0):
            raise ValueError(f"{self.name}: {part} has no number above 0 behind its slash")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = self.first, self.last
        else:
            low = self._number(first)
            high = self._number(last) if dash else (self.last if slash else low)
        if low > high:
            raise ValueError(f"{self.name}: {part} ends before it begins")
        return range(low, high + 1, int(step) if slash else 1)

    def _number(self, text: str) -> int:
        if text.upper() in self.names:
            return self.names.index(text.upper()) + self.first
        if text.isdecimal() and self.first <= int(text) <= self.last:
            return int(text)
        named_range = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
        raise ValueError(f"{self.name}: {text or 'nothing'} is not one of {self.first} to {self.last}{named_range}")


_FIELDS = (
    _Field(name="minutes", first=0, last=59),
    _Field(name="hours", first=0, last=23),
    _Field(name="day of month", first=1, last=31, special=r"\?|L|LW|(?:[1-9]|[12]\d|3[01])W"),
    _Field(name="month", first=1, last=12, names=_MONTHS),
    _Field(name="day of week", first=1, last=7, names=_DAYS, special=r"\?|L|[1-7]L|[1-7]#[1-5]", has_steps=False),
    _Field(name="year", first=1970, last=2199),
)


def _check_rule_schedule(expression: str) -> str:
    """Return the expression; raise ValueError where it is neither a cron nor a rate expression of EventBridge's."""
    rate = _RATE.fullmatch(expression)
    if rate is None:
        _parse_cron(expression)
    elif (rate[1] == "1") == rate[2].endswith("s"):
        raise ValueError("the unit is singular for 1 and plural for more, such as rate(1 day) and rate(12 hours)")
    return expression


def _check_crawler_schedule(expression: str) -> str:
    """Return the expression; raise ValueError where it is malformed, or more frequent than Glue allows."""
    minutes = _parse_cron(expression)[0]
    gaps = [later - earlier for earlier, later in zip(minutes, [*minutes[1:], minutes[0] + 60], strict=True)]
    if min(gaps) < _SHORTEST_MINUTES:
        raise ValueError(f"crawlers start at most every {_SHORTEST_MINUTES} minutes")
    return expression


def _parse_cron(expression: str) -> list[list[int]]:
    """Return the values of the six fields; raise ValueError where EventBridge would refuse the expression."""
    if not expression.isascii():
        raise ValueError("digits, letters and blanks have to be those of ASCII")
    match = _CRON.fullmatch(expression)
    texts = match[1].split() if match else []
    if len(texts) != len(_FIELDS):
        raise ValueError("it has to read cron(...) with six fields in the brackets")
    if [texts[2], texts[4]].count("?") != 1:
        raise ValueError("either day of month or day of week has to be ?, the other not")
    if "#" in texts[4] and "," in texts[4]:
        raise ValueError(f"day of week: {texts[4]} has more than one day, which EventBridge does not take beside #")
    return [field.values(text) for field, text in zip(_FIELDS, texts, strict=True)]


CrawlerSchedule = Annotated[str, AfterValidator(_check_crawler_schedule)]
ScheduleExpression = Annotated[str, AfterValidator(_check_rule_schedule)]
