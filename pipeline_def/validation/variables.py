"""The pipeline variables inside a definition: {"Get": ...}, {"Std:Join": ...} and {"Std:JsonGet": ...}."""

import re
from collections.abc import Iterator
from typing import Any, cast

TYPES = {"String": "string", "Integer": "integer", "Float": "float", "Boolean": "boolean"}
EXECUTION_VARIABLES = (
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "StartDateTime",
    "CurrentDateTime",
    "ProcessingJobName",
    "TrainingJobName",
)
PROPERTY_FILE = re.compile(r"Steps\.(?P<step>[\w-]+)\.PropertyFiles\.(?P<file>[\w-]+)")
_PATH_PART = re.compile(r"\.?(?P<member>[A-Za-z0-9_]+)|\[(?:'(?P<key>[^']*)'|(?P<index>\d+))\]")


def function(value: object) -> str | None:
    """Return the name of the variable's function ("Get", "Std:Join" ...), None for plain JSON."""
    if isinstance(value, dict) and len(cast("dict[str, object]", value)) == 1:
        (name,) = cast("dict[str, object]", value)
        if name == "Get" or name.startswith("Std:"):
            return name
    return None


def split_get(get: str) -> tuple[str, str, str]:
    """Split `Steps.Train.ModelArtifacts.X` into ("Steps", "Train", "ModelArtifacts.X"); a parameter has no third."""
    root, _, rest = get.partition(".")
    if root == "Steps":
        name, _, path = rest.partition(".")
        return root, name, path
    return root, rest, ""


def path_parts(path: str) -> list[str | int]:
    """Split `A.B['c'][0]` into ["A", "B", "c", 0]; raise ValueError for text that is no such path."""
    parts: list[str | int] = []
    end = 0
    for match in _PATH_PART.finditer(path):
        if match.start() != end:
            break
        end = match.end()
        index = match["index"]
        parts.append(int(index) if index is not None else match["member"] or match["key"])
    if end != len(path) or not parts:
        raise ValueError(f"{path!r} is not a path like A.B['c'][0]")
    return parts


def referenced_steps(value: object) -> Iterator[str]:
    """Yield the names of the steps whose results `value` uses, with repeats."""
    name = function(value)
    if name == "Get":
        root, step, _ = split_get(str(cast("dict[str, Any]", value)["Get"]))
        if root == "Steps":
            yield step
    elif isinstance(value, dict):
        for member in cast("dict[str, object]", value).values():
            yield from referenced_steps(member)
    elif isinstance(value, list):
        for element in cast("list[object]", value):
            yield from referenced_steps(element)
