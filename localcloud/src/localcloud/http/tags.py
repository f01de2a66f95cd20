"""Tags of the resources of one service, by ARN."""

from collections.abc import Callable, Iterable, Mapping

from localcloud.http.errors import AwsError, validation
from localcloud.http.service import Call, Handler

Tag = dict[str, str]


class TagStore:
    """Tags by ARN; a key is there once, the last value wins.

    Args:
        key: the name of a tag's key on the wire.
        value: the name of its value.
        limit: how many tags a resource may have.
        too_many: the error for more, from its message.
        missing: the error for a resource that does not exist, from its message.
    """

    def __init__(
        self,
        *,
        key: str = "Key",
        value: str = "Value",
        limit: int = 50,
        too_many: Callable[[str], AwsError] = validation,
        missing: Callable[[str], AwsError] = validation,
    ) -> None:
        self._key, self._value, self._limit = key, value, limit
        self._too_many, self._missing = too_many, missing
        self._by_arn: dict[str, dict[str, str]] = {}
        self._owners: list[Callable[[str], bool]] = []

    def owned_by(self, exists: Callable[[str], bool]) -> None:
        """Let the resources of one more store be tagged; `exists` tells whether it has an ARN."""
        self._owners.append(exists)

    def require(self, arn: str) -> str:
        """Return the ARN of a resource that exists; raise the service's error for one that does not."""
        if self._owners and not any(exists(arn) for exists in self._owners):
            raise self._missing(f"Resource {arn} does not exist.")
        return arn

    def put(self, arn: str, tags: Iterable[Tag] | None) -> None:
        """Add tags as on the wire; raise the service's error for more than a resource may have."""
        self.put_mapping(arn, {tag[self._key]: tag.get(self._value, "") for tag in tags or ()})

    def put_mapping(self, arn: str, tags: Mapping[str, str] | None) -> None:
        """Add tags by key; raise the service's error for more than a resource may have."""
        merged = {**self._by_arn.get(arn, {}), **(tags or {})}
        if len(merged) > self._limit:
            raise self._too_many(f"Resource {arn} has {len(merged)} tags, at most {self._limit} allowed.")
        self._by_arn[arn] = merged

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags by key; keys that are not there make no difference."""
        tags = self._by_arn.get(arn, {})
        for key in keys:
            tags.pop(key, None)

    def forget(self, arn: str) -> None:
        """Drop the tags of a deleted resource."""
        self._by_arn.pop(arn, None)

    def of(self, arn: str) -> list[Tag]:
        """Return a resource's tags as on the wire, in the order in which they were added."""
        return [{self._key: key, self._value: value} for key, value in self._by_arn.get(arn, {}).items()]

    def mapping(self, arn: str) -> dict[str, str]:
        """Return a resource's tags by key."""
        return dict(self._by_arn.get(arn, {}))


class ResourceTags:
    """Tags by ARN; `resource`, `tags` and `keys` are the members that the service's operations use."""

    def __init__(
        self, *, resource: str, tags: str = "tags", keys: str = "tagKeys", key: str = "key", value: str = "value"
    ) -> None:
        self._resource, self._tags, self._keys = resource, tags, keys
        self._key, self._value = key, value
        self._by_arn: dict[str, dict[str, str]] = {}

    def set(self, arn: str, tags: list[Tag] | dict[str, str] | None) -> None:
        """Replaces a resource's tags."""
        self._by_arn[arn] = self._as_dict(tags or [])

    def of(self, arn: str) -> list[Tag]:
        """A resource's tags as a list."""
        return [{self._key: key, self._value: value} for key, value in self._by_arn.get(arn, {}).items()]

    def mapping(self, arn: str) -> dict[str, str]:
        """A resource's tags as a mapping."""
        return dict(self._by_arn.get(arn, {}))

    def forget(self, arn: str) -> None:
        """Drops a deleted resource's tags."""
        self._by_arn.pop(arn, None)

    def tag(self, call: Call) -> dict[str, object]:
        """TagResource."""
        self._by_arn.setdefault(call.input[self._resource], {}).update(self._as_dict(call.input[self._tags]))
        return {}

    def untag(self, call: Call) -> dict[str, object]:
        """UntagResource."""
        for key in call.input[self._keys]:
            self._by_arn.get(call.input[self._resource], {}).pop(key, None)
        return {}

    def listed(self, call: Call) -> dict[str, object]:
        """ListTagsForResource with tags as a list."""
        return {self._tags: self.of(call.input[self._resource])}

    def handlers(self) -> dict[str, Handler]:
        """The three operations of a service whose tags are a list."""
        return {"TagResource": self.tag, "UntagResource": self.untag, "ListTagsForResource": self.listed}

    def _as_dict(self, tags: list[Tag] | dict[str, str]) -> dict[str, str]:
        return dict(tags) if isinstance(tags, dict) else {tag[self._key]: tag.get(self._value, "") for tag in tags}
