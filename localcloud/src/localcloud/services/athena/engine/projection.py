"""Partition projection: the partitions that a table's properties describe.

Source: Athena user guide, "Supported types for partition projection" and "Set up partition projection".
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence

from dateutil.relativedelta import relativedelta

from localcloud.services.athena.engine.errors import QueryError

_UNITS = ("YEARS", "MONTHS", "WEEKS", "DAYS", "HOURS", "MINUTES", "SECONDS")
_NOW = re.compile(rf"NOW(?:\s*([+-])\s*(\d+)\s*({'|'.join(unit[:-1] for unit in _UNITS)})S?)?", re.IGNORECASE)
# Letters of Java's DateTimeFormatter with Python's directive.
_JAVA = {"yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_MANY = 1_000_000
"""More partitions than this from one column are refused (user guide: Athena may fail beyond about a million)."""


def projected_values(
    column: str, properties: Mapping[str, str], equal_to: Sequence[str] | None, now: dt.datetime
) -> list[str]:
    """Return the values of one projected column, as they stand in paths.

    Args:
        column: the partition column's name.
        properties: the table's properties.
        equal_to: the values that the statement's equality conditions give the column; None without any.
        now: the current time in UTC.

    Raises:
        QueryError: for properties that are missing or wrong, and for an injected column without equality conditions.
    """
    kind = _property(column, "type", properties).strip().lower()
    if kind == "injected":
        if equal_to is None:
            raise QueryError(
                "CONSTRAINT_VIOLATION",
                f"For the injected projected partition column {column}, the WHERE clause must contain only static "
                "equality conditions, and at least one such condition must be present.",
            )
        return list(equal_to)
    if kind == "enum":
        return _property(column, "values", properties).split(",")
    if kind == "integer":
        return list(_integers(column, properties))
    if kind == "date":
        return list(_dates(column, properties, now))
    raise _wrong(column, "type", f"'{kind}' is none of enum, integer, date, injected")


def location(template: str | None, base: str, partition: Mapping[str, str]) -> str:
    """Return the S3 location of a partition.

    Args:
        template: the table's storage.location.template; without one it is `{base}/{column}={value}/...`.
        base: the table's location.
        partition: values by column.
    """
    if template is None:
        steps = "".join(f"{column}={value}/" for column, value in partition.items())
        return f"{base.rstrip('/')}/{steps}"
    for column, value in partition.items():
        template = template.replace(f"${{{column}}}", value)
    return template


def check_template(template: str | None, columns: Sequence[str]) -> None:
    """Refuse a template that leaves a partition column out.

    Raises:
        QueryError: INVALID_TABLE_PROPERTY.
    """
    missing = [column for column in columns if template is not None and f"${{{column}}}" not in template]
    if missing:
        raise QueryError(
            "INVALID_TABLE_PROPERTY",
            f"storage.location.template has no placeholder for the partition column(s) {', '.join(missing)}",
        )


def _property(column: str, name: str, properties: Mapping[str, str]) -> str:
    value = properties.get(f"projection.{column}.{name}")
    if value is None:
        raise _wrong(column, name, "it is missing")
    return value


def _wrong(column: str, name: str, reason: str) -> QueryError:
    return QueryError("INVALID_TABLE_PROPERTY", f"Table property projection.{column}.{name} is not valid: {reason}")


def _range(column: str, properties: Mapping[str, str]) -> tuple[str, str]:
    ends = [end.strip() for end in _property(column, "range", properties).split(",")]
    if len(ends) != 2:  # noqa: PLR2004
        raise _wrong(column, "range", "two values separated by a comma are expected")
    return ends[0], ends[1]


def _integers(column: str, properties: Mapping[str, str]) -> Iterator[str]:
    try:
        first, last = (int(end) for end in _range(column, properties))
        step = int(properties.get(f"projection.{column}.interval", "1"))
        digits = int(properties.get(f"projection.{column}.digits", "0"))
    except ValueError as error:
        raise _wrong(column, "range", str(error)) from error
    if step < 1 or (last - first) // step > _MANY:
        raise _wrong(column, "interval", "too many partitions, or no positive interval")
    return (f"{number:0{digits}d}" for number in range(first, last + 1, step))


def _dates(column: str, properties: Mapping[str, str], now: dt.datetime) -> Iterator[str]:
    pattern = _property(column, "format", properties).strip()
    layout = python_format(pattern)
    first, last = (_moment(column, end, layout, now) for end in _range(column, properties))
    unit = properties.get(f"projection.{column}.interval.unit") or _default_unit(column, pattern)
    unit = unit.strip().upper()
    unit = unit if unit.endswith("S") else f"{unit}S"
    if unit not in _UNITS:
        raise _wrong(column, "interval.unit", f"'{unit}' is none of {', '.join(_UNITS)}")
    try:
        step = int(properties.get(f"projection.{column}.interval", "1"))
    except ValueError as error:
        raise _wrong(column, "interval", str(error)) from error
    if step < 1:
        raise _wrong(column, "interval", "a positive number is expected")
    return _steps(first, last, {unit.lower(): step}, layout)


def _steps(first: dt.datetime, last: dt.datetime, step: Mapping[str, int], layout: str) -> Iterator[str]:
    for count in range(_MANY):
        # From the start each time: adding months one by one would lose the 31st.
        moment = first + relativedelta(**{unit: length * count for unit, length in step.items()})  # pyright: ignore[reportArgumentType]
        if moment > last:
            return
        yield moment.strftime(layout)


def _moment(column: str, text: str, layout: str, now: dt.datetime) -> dt.datetime:
    if relative := _NOW.fullmatch(text):
        sign, count, unit = relative.groups()
        if not unit:
            return now
        length = int(count) * (1 if sign == "+" else -1)
        return now + relativedelta(**{f"{unit.lower()}s": length})  # pyright: ignore[reportArgumentType]
    try:
        return dt.datetime.strptime(text, layout).replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise _wrong(column, "range", str(error)) from error


def _default_unit(column: str, pattern: str) -> str:
    letters = {letter for letter in pattern if letter in "yuMdHms"}
    if "d" in letters and not letters & set("Hms"):
        return "DAYS"
    if "M" in letters and not letters & set("dHms"):
        return "MONTHS"
    raise _wrong(column, "interval.unit", "it is required unless dates are days or months")


def python_format(java: str) -> str:
    """Return a DateTimeFormatter pattern as strftime writes it, e.g. `yyyy-MM-dd` as `%Y-%m-%d`.

    Raises:
        QueryError: INVALID_TABLE_PROPERTY for letters that are not known here.
    """
    directives: list[str] = []
    for token in re.findall(r"'[^']*'|y+|u+|M+|d+|H+|m+|s+|.", java):
        if token.startswith("'"):
            directives.append(token.strip("'") or "'")
        elif token in _JAVA:
            directives.append(_JAVA[token])
        elif token.isalpha():
            raise QueryError("INVALID_TABLE_PROPERTY", f"The date format {java} has '{token}', which is not supported")
        else:
            directives.append(token.replace("%", "%%"))
    return "".join(directives)
