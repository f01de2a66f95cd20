"""EventBridge's schedule expressions: `cron(...)` with six fields in UTC, and `rate(...)`.

Source: "Setting a schedule pattern for scheduled rules" (Amazon EventBridge User Guide).
"""

import re
from typing import Final

_RATE = re.compile(r"rate\(([1-9][0-9]{0,8}) (minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# name, lowest, highest, names of values, whether "?" stands for "no specific value"
_FIELDS: Final[tuple[tuple[str, int, int, list[str], bool], ...]] = (
    ("minutes", 0, 59, [], False),
    ("hours", 0, 23, [], False),
    ("day of month", 1, 31, [], True),
    ("month", 1, 12, _MONTHS, False),
    ("day of week", 1, 7, _DAYS, True),
    ("year", 1970, 2199, [], False),
)


def require_schedule(expression: str) -> str:
    """The expression itself; raises ValueError with the field that is wrong."""
    if rate := _RATE.fullmatch(expression):
        number, unit = rate.groups()
        if (number == "1") == unit.endswith("s"):
            raise ValueError("the unit is singular for 1 and plural for more, such as rate(1 day), rate(12 hours)")
        return expression
    cron = _CRON.fullmatch(expression)
    if cron is None:
        raise ValueError("neither cron(minutes hours day-of-month month day-of-week year) nor rate(value unit)")
    fields = cron.groups()
    for text, (name, low, high, names, may_be_open) in zip(fields, _FIELDS, strict=True):
        if text == "?" and may_be_open:
            continue
        for part in text.split(","):
            if not _is_part(part, name, low, high, names):
                raise ValueError(f"{name} {text!r} is not a value, list, range or step of {low}-{high}")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ValueError("exactly one of day of month and day of week has to be ?")
    return expression


def _is_part(part: str, name: str, low: int, high: int, names: list[str]) -> bool:
    if name == "day of month" and re.fullmatch(r"L|LW|(?:[1-9]|[12][0-9]|3[01])W", part):
        return True
    if name == "day of week" and re.fullmatch(r"(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5])", part):
        return True
    base, slash, step = part.partition("/")
    if slash and not (step.isdigit() and 0 < int(step) <= high):
        return False
    if base == "*":
        return True
    first, dash, last = base.partition("-")
    numbers = [_number(text, names) for text in ([first, last] if dash else [first])]
    if any(number is None or not low <= number <= high for number in numbers):
        return False
    return not dash or (numbers[0] or 0) <= (numbers[1] or 0)


def _number(text: str, names: list[str]) -> int | None:
    if text in names:
        return names.index(text) + 1
    return int(text) if text.isdigit() else None
