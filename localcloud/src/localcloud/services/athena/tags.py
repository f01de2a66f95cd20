"""Tags of workgroups."""

from collections.abc import Callable, Iterable
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.services.athena.errors import invalid

_LIMIT = 50


class Tags:
    """Tags by ARN; a key is there once, the last value wins."""

    def __init__(self) -> None:
        self._by_arn: dict[str, dict[str, str]] = {}
        self._owners: list[Callable[[str], bool]] = []

    def owned_by(self, exists: Callable[[str], bool]) -> None:
        """Adds a store whose resources can be tagged."""
        self._owners.append(exists)

    def handlers(self) -> dict[str, Handler]:
        """The operations on tags."""
        return {"TagResource": self._tag, "UntagResource": self._untag, "ListTagsForResource": self._list}

    def put(self, arn: str, tags: Iterable[dict[str, str]]) -> None:
        """Adds tags.

        Raises:
            AwsError: InvalidRequestException above 50 tags.
        """
        merged = {**self._by_arn.get(arn, {}), **{tag["Key"]: tag.get("Value", "") for tag in tags}}
        if len(merged) > _LIMIT:
            raise invalid(f"Resource {arn} has {len(merged)} tags, at most {_LIMIT} are allowed.")
        self._by_arn[arn] = merged

    def forget(self, arn: str) -> None:
        """Drops the tags of a deleted resource."""
        self._by_arn.pop(arn, None)

    def _tag(self, call: Call) -> dict[str, Any]:
        self.put(self._existing(call), call.input["Tags"])
        return {}

    def _untag(self, call: Call) -> dict[str, Any]:
        kept = self._by_arn.get(self._existing(call), {})
        for key in call.input["TagKeys"]:
            kept.pop(key, None)
        return {}

    def _list(self, call: Call) -> dict[str, Any]:
        found = self._by_arn.get(self._existing(call), {})
        return page(call, [{"Key": key, "Value": value} for key, value in found.items()], "Tags", default_size=75)

    def _existing(self, call: Call) -> str:
        arn = str(call.input["ResourceARN"])
        if not any(exists(arn) for exists in self._owners):
            raise AwsError("ResourceNotFoundException", f"Resource {arn} does not exist.")
        return arn
