"""Tags of the resources of one service, by ARN, in the lower-case shape of the developer tools' APIs."""

from localcloud.http.service import Call, Handler

Tag = dict[str, str]


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
