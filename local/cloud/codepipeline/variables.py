"""Variables of an execution: `#{namespace.name}` in the configuration of actions.

Source: CodePipeline user guide, "Variables reference".
"""

import re
from collections.abc import Iterator, Mapping

REFERENCE = re.compile(r"#\{([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)\}")
RESERVED = frozenset({"codepipeline", "variables"})
"""Namespaces that no action may take: the execution's own, and the pipeline's variables."""

Namespaces = Mapping[str, Mapping[str, str]]


class UnresolvedError(Exception):
    """A reference that nothing has produced; the message is CodePipeline's."""


def references(configuration: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every namespace and name that a configuration refers to."""
    for value in configuration.values():
        for found in REFERENCE.finditer(value):
            yield found[1], found[2]


def resolve(configuration: Mapping[str, str], namespaces: Namespaces) -> dict[str, str]:
    """The configuration with values in place of references.

    A value inside a JSON text, such as CodeBuild's EnvironmentVariables, is put in as it is, as CodePipeline does.

    Raises:
        UnresolvedError: for a reference to what was not produced.
    """

    def value(found: re.Match[str]) -> str:
        namespace, name = found[1], found[2]
        if name not in namespaces.get(namespace, {}):
            raise UnresolvedError(
                f"The action failed because either the variable or the namespace of {found[0]} does not exist."
            )
        return namespaces[namespace][name]

    return {key: REFERENCE.sub(value, text) for key, text in configuration.items()}
