"""Replacing the variables of a step's arguments by placeholders of their type, and finding those that lead nowhere."""

from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

from pipeline_def.validation.shapes import Placeholder, operation
from pipeline_def.validation.steps import APIS, Step
from pipeline_def.validation.variables import (
    EXECUTION_VARIABLES,
    PROPERTY_FILE,
    TYPES,
    function,
    path_parts,
    split_get,
)


class References:
    """Resolves against one definition; `problems` collects what can't be resolved."""

    def __init__(self, parameters: list[dict[str, Any]], steps: dict[str, Step]) -> None:
        self._parameters = {parameter["Name"]: parameter for parameter in parameters}
        self._steps = steps
        self.problems: list[str] = []

    def resolve(self, value: object, where: str) -> Any:
        """Return `value` with every variable replaced by a Placeholder; `where` begins the messages."""
        name = function(value)
        if name is not None:
            return self._variable(name, cast("dict[str, Any]", value)[name], where)
        if isinstance(value, dict):
            return {key: self.resolve(member, where) for key, member in cast("dict[str, object]", value).items()}
        if isinstance(value, list):
            return [self.resolve(element, where) for element in cast("list[object]", value)]
        return value

    def _variable(self, name: str, body: Any, where: str) -> Placeholder:
        if name == "Get":
            return self._get(body, where)
        if name == "Std:Join":
            for part in body.get("Values", []):
                self.resolve(part, where)
            return Placeholder("string")
        if name == "Std:JsonGet":
            if "PropertyFile" in body:
                self._property_file(body["PropertyFile"], where)
            else:
                self.resolve(body.get("S3Uri"), where)
            return Placeholder("any")
        self.problems.append(f"{where}: no such function {name}")
        return Placeholder("any")

    def _get(self, get: str, where: str) -> Placeholder:
        root, name, path = split_get(get)
        if root == "Parameters" and name in self._parameters:
            return Placeholder(TYPES.get(self._parameters[name].get("Type", ""), "any"))
        if root == "Execution" and name in EXECUTION_VARIABLES:
            return Placeholder("string")
        if root == "Steps" and name in self._steps:
            return self._property(self._steps[name], path, get, where)
        self.problems.append(f"{where}: {get} refers to nothing in this definition")
        return Placeholder("any")

    def _property(self, step: Step, path: str, get: str, where: str) -> Placeholder:
        if step["Type"] == "Condition":
            if path != "Outcome":
                self.problems.append(f"{where}: {get}: a condition has the property Outcome only")
            return Placeholder("boolean")
        if step["Type"] not in APIS:
            return Placeholder("any")
        shape: Shape | None = operation(APIS[step["Type"]].describe).output_shape
        try:
            for part in path_parts(path):
                shape = _inner(shape, part)
            self._named_output(step, path)
        except (KeyError, ValueError) as error:
            self.problems.append(f"{where}: {get}: no such property ({error})")
            return Placeholder("any")
        kind = shape.type_name if shape else "any"
        return Placeholder({"long": "integer", "double": "float", "timestamp": "string"}.get(kind, kind))

    def _named_output(self, step: Step, path: str) -> None:
        """Raise ValueError where the path names a processing output that the step doesn't have."""
        head, *rest = path_parts(path)
        named = (
            step["Type"] == "Processing"
            and head == "ProcessingOutputConfig"
            and len(rest) > 1
            and isinstance(rest[1], str)
        )
        if named and rest[1] not in (names := _output_names(step)):
            raise ValueError(f"{step['Name']} has the outputs {', '.join(names)}")

    def _property_file(self, reference: Any, where: str) -> None:
        get = str(reference.get("Get", reference)) if isinstance(reference, dict) else str(reference)
        match = PROPERTY_FILE.fullmatch(get)
        step = self._steps.get(match["step"]) if match else None
        files = {file["PropertyFileName"]: file for file in step.get("PropertyFiles", [])} if step else {}
        if not match or not step or match["file"] not in files:
            self.problems.append(f"{where}: {get} is no property file of a step in this definition")
        elif files[match["file"]]["OutputName"] not in _output_names(step):
            self.problems.append(
                f"{where}: {get} lies in output {files[match['file']]['OutputName']!r}, which the step doesn't have"
            )


def _inner(shape: Shape | None, part: str | int) -> Shape:
    """Return the member, element or entry of a shape; raise KeyError where it has none of that name."""
    if isinstance(shape, StructureShape):
        return shape.members[str(part)]
    if isinstance(shape, ListShape):
        return shape.member
    if isinstance(shape, MapShape):
        return shape.value
    raise KeyError(part)


def _output_names(step: Step) -> list[str]:
    return [output["OutputName"] for output in step["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])]
