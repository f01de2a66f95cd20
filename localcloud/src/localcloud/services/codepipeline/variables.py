"""Variables of an execution: `#{namespace.name}` in the configuration of actions.

Source: CodePipeline user guide, "Variables reference".
"""

import re
from collections.abc import Iterator, Mapping

REFERENCE = re.compile(r"#\{([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)\}")
RESERVED = frozenset({"codepipeline", "variables"})
"""Namespaces that no action may take: the execution's own, and the pipeline's variables."""

# User guide, "Quotas in AWS CodePipeline", variable quotas.
_LONGEST_CONFIGURATION = 100 * 1024
_LONGEST_OUTPUT = 122_880


class UnresolvedError(Exception):
    """A reference that nothing has produced, or values that are too long; the message says which."""


def references(configuration: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Return every namespace and name that a configuration refers to."""
    for value in configuration.values():
        for match in REFERENCE.finditer(value):
            yield match[1], match[2]


def resolve(configuration: Mapping[str, str], namespaces: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the configuration with values in place of references.

    A value inside a JSON text, such as CodeBuild's EnvironmentVariables, is put in as it is, as CodePipeline does.

    Raises:
        UnresolvedError: for a reference to what was not produced, or a configuration of more than 100 KB.
    """

    def value(match: re.Match[str]) -> str:
        namespace, name = match[1], match[2]
        if name not in namespaces.get(namespace, {}):
            raise UnresolvedError(
                f"The action failed because either the variable or the namespace of {match[0]} does not exist."
            )
        return namespaces[namespace][name]

    resolved = {key: REFERENCE.sub(value, text) for key, text in configuration.items()}
    _check_size(resolved, _LONGEST_CONFIGURATION, "The resolved configuration of the action")
    return resolved


def check_output(variables: Mapping[str, str]) -> None:
    """Check the size of an action's output variables.

    Raises:
        UnresolvedError: when they are more than 122,880 bytes.
    """
    _check_size(variables, _LONGEST_OUTPUT, "The output variables of the action")


def _check_size(values: Mapping[str, str], most: int, what: str) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in values.items())
    if size > most:
        raise UnresolvedError(f"{what}: {size} bytes, at most {most} are allowed")
