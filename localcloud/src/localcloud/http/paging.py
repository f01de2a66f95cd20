"""Pages of a list operation."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from localcloud.http.errors import validation

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
