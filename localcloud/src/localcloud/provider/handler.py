"""What one resource type needs: its properties as data, and how they become requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, final

from localcloud.provider.values import Props

Kind = Literal["value", "set", "sets", "json", "identity-policy", "resource-policy", "trust-policy"]
"""How two values are compared (`sets`: every list in it is a set), and what form a policy document has to have."""


@final
class _Any:
    """A nested value that AWS picks when the program sets none."""

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input property and the member of AWS's request and response that it stands for.

    `to`: the member, where it is not the property's own name. `replace`: AWS cannot change it, so the resource is
    replaced. `computed`: AWS or the provider picks a value when the program sets none, so any value is then accepted.
    `default`: what an unset property means otherwise; a value read that differs is drift. `kind`: how two values are
    compared. `renames`: nested property names to members. `low`, `high`, `choices`: limits that AWS's service model
    does not carry. `nested`: what unset properties inside this one mean, by dotted path, ANY where AWS picks a value.
    `exclusive`: one of several alternatives, so that the resource is replaced when it comes or goes.
    """

    to: str = ""
    replace: bool = False
    computed: bool = False
    default: Any = None
    kind: Kind = "value"
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    nested: Mapping[str, Any] = field(default_factory=dict[str, Any])
    exclusive: bool = False


@dataclass(frozen=True)
class Request:
    """One API call: the operation as boto names it, its parameters, the service where it is not the handler's."""

    operation: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    service: str = ""


@dataclass(frozen=True)
class Place:
    """Where a provider instance acts."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """Build an ARN in this account and, for a regional service, this region."""
        return f"arn:{self.partition}:{service}:{self.region if regional else ''}:{self.account}:{resource}"


class Api(Protocol):
    """AWS as a handler sees it: each call is checked, and retried where AWS is only eventually ready."""

    @property
    def place(self) -> Place:
        """Account and region of the calls."""
        ...

    def call(self, operation: str, *, service: str = "", **params: Any) -> dict[str, Any]:
        """Call one operation; raises botocore's ClientError."""
        ...

    def find(self, operation: str, *, service: str = "", **params: Any) -> dict[str, Any] | None:
        """Call one operation, None where AWS says that the thing does not exist."""
        ...

    def pages(self, operation: str, key: str, *, service: str = "", **params: Any) -> Iterable[Any]:
        """Yield the items under `key` of every page of a list operation."""
        ...

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until `ready`, or raise ProviderError naming what was waited for."""
        ...

    def build(self, operation: str, fields: Mapping[str, Field], inputs: Props, *, service: str = "") -> dict[str, Any]:
        """Translate inputs into an operation's parameters."""
        ...

    def parse(self, operation: str, fields: Mapping[str, Field], response: Mapping[str, Any], path: str = "") -> Props:
        """Translate an operation's response, or the part of it under `path`, into properties."""
        ...


@dataclass(frozen=True, kw_only=True)
class Naming:
    """How a physical name is made up where the program gives none, as pulumi-aws does: `{logical name}-{7 hex}`."""

    field: str = "name"
    longest: int = 64
    lower: bool = False
    prefix: str = ""
    suffix: Callable[[Props], str] = lambda _: ""


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """The tag operations of a service; `of` is the output that names the resource to them.

    `member` holds tags in answers, `added` in requests where its name is another.
    """

    resource: str
    of: str = "arn"
    tag: str = "tag_resource"
    untag: str = "untag_resource"
    read: str = "list_tags_for_resource"
    member: str = "Tags"
    added: str = ""
    keys: str = "TagKeys"


@dataclass(frozen=True, kw_only=True)
class Handler:
    """One resource type.

    `identity`: the inputs that make two resources clash, so that a replacement with equal ones deletes first.
    `outputs`: computed properties beyond the inputs. `create` gives the one request that makes the resource, `identify`
    the id from its response; everything that request does not say is then brought about by `update`, which gives
    requests for the `changed` properties. `read` gives all inputs and outputs as AWS has them, or None. `before_delete`
    does what has to be done first and may refuse. `create` and `update` (from nothing) call nothing, so that `check`
    can try their requests; the id is then unknown.
    """

    service: str
    fields: Mapping[str, Field]
    outputs: tuple[str, ...] = ()
    identity: tuple[str, ...] = ("name",)
    naming: Naming | None = None
    tagging: Tagging | None = None
    regional: bool = True
    create: Callable[[Api, Props], Request]
    identify: Callable[[Api, Props, Mapping[str, Any]], str]
    id_of: Callable[[Props], str] | None = None
    """The id of a state, where `pulumi import` takes another form of it."""
    read: Callable[[Api, str, Props], Props | None]
    update: Callable[[Api, Any, Props, Props, frozenset[str]], list[Request]]
    delete: Callable[[Api, str, Props], list[Request]]
    before_delete: Callable[[Api, str, Props], None] | None = None
    after: Callable[[Api, str, Props], None] | None = None
    """Waits until the resource can be used or changed, after its creation and after each request of an update."""
    locate: Callable[[Api, Props, float, frozenset[str]], str | None] | None = None
    """The id of a resource that a killed run has left, where `identify` cannot tell it from the inputs alone.

    Takes the inputs, when that run set out (Unix seconds), and ids that are known to be others.
    """
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Outputs that AWS changes when one of some inputs changes."""
    check: Callable[[Props], list[tuple[str, str]]] | None = None
    """Rules between properties: (path, reason) of each one broken."""
