"""Pages of a list operation."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from localcloud.http.errors import validation
from localcloud.http.service import Call

Record = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list, and the token of the next one where more follows."""

    items: list[T]
    next_token: str | None

    @classmethod
    def of(cls, items: Sequence[T], token: str | None, size: int | None, default_size: int = 100) -> "Page[T]":
        """Return the page that a token begins.

        Raises:
            AwsError: ValidationException for a token that was not given out.
        """
        start = 0
        if token:
            try:
                start = int(json.loads(base64.urlsafe_b64decode(token))["start"])
            except (ValueError, KeyError, TypeError):
                raise validation("Invalid token") from None
        end = start + (size or default_size)
        more = end < len(items)
        token = base64.urlsafe_b64encode(json.dumps({"start": end}).encode()).decode() if more else None
        return cls(list(items[start:end]), token)

    def answer(self, key: str, token: str = "NextToken") -> dict[str, Any]:  # noqa: S107 (the name of a member)
        """Return the answer of a list operation: the items under `key`, the token only where more follows."""
        return {key: self.items, token: self.next_token} if self.next_token else {key: self.items}


def page(
    call: Call,
    records: list[Record],
    key: str,
    default_size: int = 100,
    *,
    cursor: str = "NextToken",
    size: str = "MaxResults",
) -> dict[str, Any]:
    """One page of records under `key`, with a token when more follow; `cursor` and `size` are the members' names.

    Raises:
        AwsError: ValidationException for a token that was not given out.
    """
    start = 0
    if given := call.get(cursor):
        try:
            start = int(json.loads(base64.urlsafe_b64decode(given))["start"])
        except (ValueError, KeyError, TypeError):
            raise validation(f"Invalid {cursor}") from None
    end = start + int(call.get(size, default_size))
    answer: dict[str, Any] = {key: records[start:end]}
    if end < len(records):
        answer[cursor] = base64.urlsafe_b64encode(json.dumps({"start": end}).encode()).decode()
    return answer


def selected(
    call: Call, records: Iterable[Record], name: str, time: str = "CreationTime", sort: dict[str, str] | None = None
) -> list[Record]:
    """Records filtered by NameContains and the {time}After/Before members, sorted by SortBy and SortOrder.

    `name` is the record's name member; `sort` maps SortBy values to record members where they differ.
    """
    contains = str(call.get("NameContains", "")).lower()
    after: datetime | None = call.get("CreationTimeAfter") or call.get("CreatedAfter")
    before: datetime | None = call.get("CreationTimeBefore") or call.get("CreatedBefore")
    kept = [
        record
        for record in records
        if contains in str(record.get(name, "")).lower()
        and (after is None or record[time] > after)
        and (before is None or record[time] < before)
    ]
    member = (sort or {}).get(call.get("SortBy", ""), name if call.get("SortBy") == "Name" else time)
    kept.sort(key=_by(member), reverse=call.get("SortOrder", "Descending") == "Descending")
    return kept


def _by(member: str) -> Callable[[Record], Any]:
    return lambda record: record[member]
