"""What the engine registered: the resources of `pulumi stack export`, with their inputs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Inputs = Mapping[str, Any]
"""Inputs by the provider's names, in camel case."""

# Marks of the engine's for values that JSON has not ("sig" in sdk/go/common/resource/sig of Pulumi).
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the mark of a secret, not one
# Inputs that the program left out and pulumi-aws filled in; CloudFormation's handlers have defaults of their own.
_DEFAULTS: Final = "__defaults"


class ExportError(ValueError):
    """A resource that has no counterpart in CloudFormation; the message names the resource and the input."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A registered resource: its type token, such as `aws:s3/bucket:Bucket`, its name in the program, its inputs.

    `is_retained` is whether it outlives its removal from the program. `arn` is "" where AWS gives it none, `references`
    are the URNs of the resources that an input takes its value from.
    """

    type: str
    name: str
    inputs: Inputs
    is_retained: bool = False
    arn: str = ""
    references: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @property
    def package(self) -> str:
        """The provider's package, such as `aws-native`."""
        return self.type.partition(":")[0]

    def __str__(self) -> str:
        return f"{self.type} {self.name}"


def resources_of_state(state: Mapping[str, Any]) -> list[Resource]:
    """Return the resources of a state in the form that `pulumi stack export` prints.

    Raises:
        ExportError: for an encrypted input; `pulumi stack export --show-secrets` prints its value.
    """
    return list(_managed(state["deployment"].get("resources", [])))


def _managed(entries: list[dict[str, Any]]) -> Iterator[Resource]:
    for entry in entries:
        # What is only read is not the stack's, and what waits for its deletion has a successor.
        if not entry.get("external") and not entry.get("delete"):
            yield Resource(
                type=entry["type"],
                name=str(entry["urn"]).rpartition("::")[2],
                inputs=plain(entry.get("inputs", {}), str(entry["urn"])),
                is_retained=bool(entry.get("protect") or entry.get("retainOnDelete")),
                arn=str(entry.get("outputs", {}).get("arn", "")),
                references=entry.get("propertyDependencies", {}),
            )


def plain(value: Any, place: str) -> Any:
    """Return an input without the engine's marks: secrets as their values, whole numbers as such, no defaults."""
    if isinstance(value, list):
        return [plain(member, place) for member in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, dict):
        return value
    if value.get(_SIGNATURE) == _SECRET:
        if "plaintext" not in value:
            raise ExportError(f"{place} has an encrypted input: export the state with --show-secrets")
        return plain(json.loads(value["plaintext"]), place)
    filled_in = {_DEFAULTS, *value.get(_DEFAULTS, [])}
    return {name: plain(member, place) for name, member in value.items() if name not in filled_in}
