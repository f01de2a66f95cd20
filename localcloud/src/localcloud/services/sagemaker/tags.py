"""Tags of SageMaker resources."""

from collections.abc import Callable, Iterable
from typing import Any

from localcloud.http.errors import AwsError, validation
from localcloud.http.paging import page
from localcloud.http.service import Call

LIMIT = 50
Tag = dict[str, str]


class Tags:
    """Tags by ARN; a key is there once, the last value wins."""

    def __init__(self) -> None:
        self._by_arn: dict[str, dict[str, str]] = {}
        self._owners: list[Callable[[str], bool]] = []

    def owned_by(self, exists: Callable[[str], bool]) -> None:
        """Adds a store whose resources can be tagged."""
        self._owners.append(exists)

    def put(self, arn: str, tags: Iterable[Tag]) -> None:
        """Adds tags to a resource.

        Raises:
            AwsError: ResourceLimitExceeded above 50 tags.
        """
        merged = {**self._by_arn.get(arn, {}), **{tag["Key"]: tag["Value"] for tag in tags}}
        if len(merged) > LIMIT:
            raise AwsError("ResourceLimitExceeded", f"Resource {arn} has {len(merged)} tags, at most {LIMIT} allowed.")
        self._by_arn[arn] = merged

    def of(self, arn: str) -> list[Tag]:
        """The tags of a resource, in the order they were added."""
        return [{"Key": key, "Value": value} for key, value in self._by_arn.get(arn, {}).items()]

    def forget(self, arn: str) -> None:
        """Drops the tags of a deleted resource."""
        self._by_arn.pop(arn, None)

    def add(self, call: Call) -> dict[str, Any]:
        """AddTags."""
        arn = self._existing(call)
        self.put(arn, call.input["Tags"])
        return {"Tags": self.of(arn)}

    def list(self, call: Call) -> dict[str, Any]:
        """ListTags."""
        return page(call, [dict(tag) for tag in self.of(self._existing(call))], "Tags", default_size=50)

    def delete(self, call: Call) -> dict[str, Any]:
        """DeleteTags."""
        kept = self._by_arn.get(self._existing(call), {})
        for key in call.input["TagKeys"]:
            kept.pop(key, None)
        return {}

    def _existing(self, call: Call) -> str:
        arn = str(call.input["ResourceArn"])
        if not any(exists(arn) for exists in self._owners):
            raise validation(f"Resource {arn} does not exist.")
        return arn
