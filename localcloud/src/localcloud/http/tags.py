"""Tags of the resources of one service, by ARN, and the operations on them as most services have them."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from localcloud.http.errors import AwsError, validation
from localcloud.http.service import Answer, Call, operation

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


class TagChanges:
    """TagResource and UntagResource."""

    def __init__(self, tags: TagStore) -> None:
        self._tags = tags

    @operation
    def tag_resource(self, _call: Call, *, resource_arn: str, tags: Sequence[Tag]) -> Answer:
        """Add tags to a resource."""
        self._tags.put(self._tags.require(resource_arn), tags)
        return {}

    @operation
    def untag_resource(self, _call: Call, *, resource_arn: str, tag_keys: Sequence[str]) -> Answer:
        """Remove tags from a resource."""
        self._tags.remove(self._tags.require(resource_arn), tag_keys)
        return {}


class ResourceTags(TagChanges):
    """The same, and ListTagsForResource, which answers all tags at once."""

    @operation
    def list_tags_for_resource(self, _call: Call, *, resource_arn: str) -> Answer:
        """List the tags of a resource."""
        return {"Tags": self._tags.of(self._tags.require(resource_arn))}
