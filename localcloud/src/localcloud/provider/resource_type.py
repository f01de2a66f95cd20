"""Resource types: what one is, as a table, and the requests that follow from the table.

Most of a type is mechanical. Its properties stand for members of AWS's requests and responses (`Field`); its id is made
of some of them; one operation creates it, one reads it, some change it, one deletes it. A type is code only where AWS
is irregular: any of the four may be a function instead of an operation, `to_api` and `from_api` rearrange properties
whose form differs by more than names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import Field
from localcloud.provider.service_model import ITEM, at
from localcloud.provider.values import UNKNOWN, Props, Unknown

_ACCOUNTS: Final = ("awsAccountId", "catalogId")
"""Properties that mean the provider's account where the program leaves them out."""
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_PLACE: Final = frozenset({"account", "region", "partition"})


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
    """The tag operations of a service.

    resource: The parameter that names the resource to them.
    of: The output that is the name, or the id.
    read: The operation that lists tags; none where the resource's own record has them.
    member: Where responses have the tags.
    added, keys: The parameters with the tags to add and with the keys to remove.
    """

    resource: str
    of: str = "arn"
    tag: str = "tag_resource"
    untag: str = "untag_resource"
    read: str = "list_tags_for_resource"
    member: str = "Tags"
    added: str = ""
    keys: str = "TagKeys"


@dataclass(frozen=True)
class Read:
    """The operation that reads a resource.

    path: Where its record is in the response; `Things.[]` is the first item of a list.
    params: Parameters where they are not the type's `key`, as templates.
    match: Members that the item of the list has to have, as templates.
    gone: Values of members with which a record is as good as gone.
    """

    operation: str
    path: str = ""
    params: Mapping[str, Any] | None = None
    match: Mapping[str, Any] = field(default_factory=dict[str, Any])
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True)
class Reading:
    """The result of a read: the record as AWS gives it, and the properties that follow from the type's table."""

    resource_id: str
    record: Mapping[str, Any]
    props: Props
    state: Props


@dataclass(frozen=True)
class Change:
    """What is to become of a resource.

    values: The changed properties as they are to be sent, in order; with what takes off one that is not set any more.
    key: The parameters that name the resource.
    """

    resource_id: Any
    old: Props
    new: Props
    changed: frozenset[str]
    values: Props
    key: Mapping[str, Any]


@dataclass(frozen=True)
class Update:
    """One operation that changes a resource.

    fields: The properties that it changes; none means all that the operation takes and no other one changes.
    whole: It replaces the whole resource, so that it has to carry all properties.
    along: Properties that it carries whenever it is called, if they are set.
    clear: The operation to call where the property is not set any more.
    renames: Properties to members, where this operation's names differ.
    requests: The requests, where they are more than this operation with the changed properties.
    """

    operation: str = ""
    fields: tuple[str, ...] = ()
    whole: bool = False
    along: tuple[str, ...] = ()
    clear: str = ""
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    requests: Callable[[Cloud, Change], list[Request]] | None = None


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One resource type.

    Templates such as `{bus}/{name}` stand for properties, `{id}` for the id, `{account}`, `{region}` and `{partition}`
    for where the provider acts. Creating and, from nothing, updating call nothing, so that their requests can be
    checked at preview; the id is then unknown.

    What it is:
        token: Pulumi's name of the type.
        regional: Whether it belongs to a region, so that it is replaced when that changes.
        fields, outputs: Inputs, and computed properties beyond them: each output's member or template, or nothing where
            `from_api` tells it.
        identity: The inputs that make two resources clash, so that a replacement with equal ones deletes first.
        id: A template, or a function of the properties.
        id_from: Where the response to the creation has the id, dotted.
        parse_id: The properties that an id tells, where the template does not say.
        has_import_id: Whether `pulumi import` takes another form of the id, so that the id follows from what is read.
        derived: Outputs that AWS changes when one of some inputs changes.
        check: Rules between properties: (path, reason) of each one broken.

    What is done to it:
        key: The parameters that name the resource, as templates.
        inside: The structure in requests and responses that holds the properties that it has members for.
        put: The operation that creates it and also replaces the whole.
        create: The operation that creates it. All that it does not say is then brought about by updates.
        read, update: How it is read and changed; without updates every change replaces it.
        delete, delete_with: The operation that deletes it, and parameters beside the key.
        to_api: Rearranges inputs before they are translated; may add members by their own names.
        from_api: Completes what the table reads, or says that there is nothing.
        before_delete: Does what has to be done first, and may refuse.
        after: Waits until the resource can be used or changed, after its creation and each request of an update.
        locate: Finds the resource that a killed run has left, where the inputs alone do not tell the id. Takes the
            inputs, when that run set out (Unix seconds), and ids that are known to be others.
    """

    token: str = field(kw_only=False)
    service: str
    regional: bool = True
    fields: Mapping[str, Field]
    outputs: Mapping[str, str | Field] = field(default_factory=dict[str, "str | Field"])
    identity: tuple[str, ...] = ("name",)
    naming: Naming | None = None
    tagging: Tagging | None = None
    id: str | Callable[[Cloud, Props], str] = ""
    id_from: str = ""
    parse_id: Callable[[str], Props] | None = None
    has_import_id: bool = False
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    check: Callable[[Props], list[tuple[str, str]]] | None = None

    key: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inside: str = ""
    put: str = ""
    create: str | Callable[[Cloud, Props], Request] = ""
    read: Read | Callable[[Cloud, str, Props], Props | None]
    update: tuple[Update, ...] = ()
    delete: str | Callable[[Cloud, str, Props], list[Request]]
    delete_with: Mapping[str, Any] = field(default_factory=dict[str, Any])
    to_api: Callable[[Props], Props] = lambda inputs: inputs
    from_api: Callable[[Cloud, Reading], Props | None] | None = None
    before_delete: Callable[[Cloud, str, Props], None] | None = None
    after: Callable[[Cloud, str, Props], None] | None = None
    locate: Callable[[Cloud, Props, float, frozenset[str]], str | None] | None = None

    def create_request(self, cloud: Cloud, inputs: Props) -> Request:
        """Return the request that creates the resource."""
        if callable(self.create):
            return self.create(cloud, inputs)
        if self.put:
            return Request(self.put, self._params(cloud, self.put, self._whole(inputs)))
        return Request(self.create, self._params(cloud, self.create, inputs))

    def identify(self, cloud: Cloud, inputs: Props, response: Mapping[str, Any]) -> str:
        """Return the id of what was created, from the response to its creation or, without one, from the inputs."""
        if self.id_from and response:
            return at(response, tuple(self.id_from.split(".")))
        return self._id(cloud, inputs)

    def id_of(self, cloud: Cloud, state: Props, resource_id: str) -> str:
        """Return the id of a state that was read by `resource_id`."""
        return self._id(cloud, state) if self.has_import_id else resource_id

    def state(self, cloud: Cloud, resource_id: str, known: Props) -> Props | None:
        """Read all inputs and outputs as AWS has them, None if there is no such resource.

        What AWS never tells is taken from what was `known` before.
        """
        if callable(self.read):
            return self.read(cloud, resource_id, known)
        scope = self._scope(cloud, resource_id, known)
        record = self._record(cloud, self.read, scope)
        if record is None or any(record.get(name) in values for name, values in self.read.gone.items()):
            return None
        props = self._properties(cloud, self.read, record, scope)
        reading = Reading(resource_id, record, props, known)
        return self.from_api(cloud, reading) if self.from_api else props

    def tags(self, cloud: Cloud, name: str) -> dict[str, str]:
        """Read the tags of the resource that `name` names to the tag operations, without those that AWS itself sets."""
        tagging = cast(Tagging, self.tagging)
        response = cloud.call(tagging.read, **{tagging.resource: name})
        tags = cloud.parse(tagging.read, {"tags": Field(to=tagging.member)}, response).get("tags", {})
        return {key: value for key, value in tags.items() if not key.startswith("aws:")}

    def update_requests(
        self, cloud: Cloud, resource_id: Any, old: Props, new: Props, changed: frozenset[str]
    ) -> list[Request]:
        """Return the requests that change the resource, its tags aside."""
        values = {name: self._value(name, new) for name in sorted(changed)}
        key = fill(self.key, self._scope(cloud, resource_id, {**old, **new}))
        change = Change(resource_id, old, new, changed, values, key)
        updates = (*self.update, Update(self.put, whole=True)) if self.put else self.update
        return [request for update in updates for request in self._update(cloud, update, change)]

    def tag_requests(self, cloud: Cloud, resource_id: str, old: Props, new: Props) -> Iterator[Request]:
        """Yield the requests that take the resource's tags from those of a state to those of inputs."""
        tagging = self.tagging
        if tagging is None:
            return
        before, after = _tags(old), _tags(new)
        name = {tagging.resource: resource_id if tagging.of == "id" else old.get(tagging.of)}
        removed = sorted(before.keys() - after.keys())
        if removed:
            yield Request(tagging.untag, {**name, tagging.keys: removed})
        added = {key: value for key, value in after.items() if before.get(key) != value}
        if added:
            member = {"tags": Field(to=tagging.added or tagging.member)}
            yield Request(tagging.tag, {**name, **cloud.build(tagging.tag, member, {"tags": added})})

    def delete_requests(self, cloud: Cloud, resource_id: str, state: Props) -> list[Request]:
        """Return the requests that delete the resource."""
        if callable(self.delete):
            return self.delete(cloud, resource_id, state)
        scope = self._scope(cloud, resource_id, state)
        return [Request(self.delete, {**fill(self.key, scope), **fill(self.delete_with, scope)})]

    def _id(self, cloud: Cloud, props: Props) -> str:
        return self.id(cloud, props) if callable(self.id) else fill(self.id, self._scope(cloud, None, props))

    def _params(
        self, cloud: Cloud, operation: str, inputs: Props, renames: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        accounts = {name: cloud.place.account for name in _ACCOUNTS if name in self.fields}
        renamed = {name: replace(self.fields[name], to=member) for name, member in (renames or {}).items()}
        rearranged = self.to_api({**accounts, **inputs})
        added = {name: Field() for name in rearranged.keys() - inputs.keys()}
        return cloud.build(operation, {**added, **self.fields, **renamed}, rearranged, self.inside)

    def _value(self, name: str, inputs: Props) -> Any:
        spec = self.fields[name]
        return inputs.get(name, spec.default if spec.unset is None else spec.unset)

    def _whole(self, inputs: Props) -> Props:
        return {**{name: spec.unset for name, spec in self.fields.items() if spec.unset is not None}, **inputs}

    def _changed_apart(self) -> set[str]:
        """Return the properties that operations of their own change."""
        apart = {name for update in self.update for name in update.fields}
        return apart | {"tags"} if self.tagging else apart

    def _update(self, cloud: Cloud, update: Update, change: Change) -> list[Request]:
        touched = self._touched(cloud, update, change.changed)
        if not touched:
            return []
        if update.requests:
            return update.requests(cloud, change)
        if update.clear and not any(change.new.get(name) for name in touched):
            return [Request(update.clear, change.key)]
        if update.whole:
            apart = self._changed_apart()
            values = {name: value for name, value in self._whole(change.new).items() if name not in apart}
        else:
            values = {name: change.values[name] for name in touched}
            values |= {name: change.new[name] for name in update.along if name in change.new}
        key = {name: value for name, value in change.key.items() if cloud.takes(update.operation, name)}
        return [Request(update.operation, {**key, **self._params(cloud, update.operation, values, update.renames)})]

    def _touched(self, cloud: Cloud, update: Update, changed: frozenset[str]) -> list[str]:
        """Return the changed properties that an update is about."""
        if update.fields:
            return sorted(changed & set(update.fields))
        rest = sorted(changed - self._changed_apart())
        if not update.operation:
            return rest
        return [name for name in rest if cloud.takes(update.operation, self.fields[name].to or name, self.inside)]

    def _record(self, cloud: Cloud, read: Read, scope: Mapping[str, Any]) -> Mapping[str, Any] | None:
        params = fill(self.key if read.params is None else read.params, scope)
        items = read.path.removesuffix(f".{ITEM}")
        if items == read.path:
            response = cloud.find(read.operation, **params)
            return at(response, tuple(read.path.split("."))) if read.path else response
        match = fill(read.match, scope)
        records = cloud.items(read.operation, items, **params)
        return next((record for record in records if all(record.get(name) == match[name] for name in match)), None)

    def _properties(self, cloud: Cloud, read: Read, record: Mapping[str, Any], scope: Mapping[str, Any]) -> Props:
        def parsed(fields: Mapping[str, Field]) -> Props:
            defaults = {name: spec.default for name, spec in fields.items() if spec.default is not None}
            return {**defaults, **cloud.parse(read.operation, fields, record, read.path, self.inside)}

        identifying = {*self._parse_id(scope["id"]), *self.identity}
        outputs = {name: spec if isinstance(spec, Field) else Field(to=spec) for name, spec in self.outputs.items()}
        templates = {name: spec.to for name, spec in outputs.items() if "{" in spec.to}
        props: Props = {
            **{name: scope[name] for name in self.fields if name in identifying and name in scope},
            **parsed({name: spec for name, spec in self.fields.items() if not spec.write_only}),
            **{name: scope.get(name) for name, spec in self.fields.items() if spec.write_only},
            **parsed({name: spec for name, spec in outputs.items() if name not in templates}),
        }
        props |= {name: fill(template, {**scope, **props}) for name, template in templates.items()}
        if self.tagging and self.tagging.read:
            props["tags"] = self.tags(cloud, scope["id"] if self.tagging.of == "id" else props[self.tagging.of])
        return props

    def _parse_id(self, resource_id: Any) -> Props:
        if not isinstance(resource_id, str):
            return {}
        if self.parse_id:
            return self.parse_id(resource_id)
        return parse_template(self.id, resource_id) if isinstance(self.id, str) else {}

    def _scope(self, cloud: Cloud, resource_id: Any, props: Props) -> dict[str, Any]:
        """Return what templates may name."""
        place = cloud.place
        return {
            **dict.fromkeys(_ACCOUNTS, place.account),
            **{name: spec.default for name, spec in self.fields.items() if spec.default is not None},
            **(dict.fromkeys(self.outputs, UNKNOWN) if isinstance(resource_id, Unknown) else {}),
            **self._parse_id(resource_id),
            **props,
            "id": resource_id,
            "account": place.account,
            "region": place.region,
            "partition": place.partition,
        }


def fill(template: Any, scope: Mapping[str, Any]) -> Any:
    """Fill in a template, or the templates of a dict or list; a dict leaves out what is not set.

    A template that is one placeholder gives the value as it is; one with an unknown value is unknown, one with a
    value that is not set is not set.
    """
    if isinstance(template, Mapping):
        filled = ((name, fill(item, scope)) for name, item in cast("Mapping[str, Any]", template).items())
        return {name: value for name, value in filled if value is not None}
    if isinstance(template, list):
        return [fill(item, scope) for item in cast("list[Any]", template)]
    if not isinstance(template, str):
        return template
    names = _PLACEHOLDER.findall(template)
    if len(names) == 1 and template == f"{{{names[0]}}}":
        return scope.get(names[0])
    if any(isinstance(scope.get(name), Unknown) for name in names):
        return UNKNOWN
    return None if any(scope.get(name) is None for name in names) else template.format_map(scope)


def parse_template(template: str, text: str) -> Props:
    """Return the properties of a template that a text tells, none where it has another form."""
    pattern = ""
    end = 0
    for placeholder in _PLACEHOLDER.finditer(template):
        name = placeholder[1]
        pattern += re.escape(template[end : placeholder.start()])
        pattern += "[^:]*" if name in _PLACE else f"(?P<{name}>.+?)"
        end = placeholder.end()
    match = re.fullmatch(pattern + re.escape(template[end:]), text)
    return match.groupdict() if match else {}


def _tags(props: Props) -> dict[str, Any]:
    """Return tags as a map, as which aws has them, where aws-native has a list."""
    tags: Any = props.get("tags") or {}
    return {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else tags
