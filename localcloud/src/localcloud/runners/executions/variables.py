"""Variables become values while an execution runs: parameters, execution variables, what steps have left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from localcloud.runners.executions.definition import Reference, Value, as_text, path_parts, variable_function
from localcloud.runners.executions.errors import StepFailedError
from localcloud.runners.executions.protocol import Execution


@dataclass
class Variables:
    """What is known so far; `properties` and `property_files` grow as steps end.

    `properties` are shaped like the answers of Describe*, `property_files` are S3 URIs by step and name, `read` returns
    the text of an S3 URI's object.
    """

    execution: Execution
    parameters: Mapping[str, Value]
    read: Callable[[str], str]
    properties: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    property_files: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def resolve(self, value: Any) -> Any:
        """Return a value with every variable in it replaced.

        Raises:
            StepFailedError: A variable has no value.
        """
        match variable_function(value):
            case "Get":
                return self._get(Reference.parse(value["Get"]))
            case "Std:Join":
                return self._join(value["Std:Join"])
            case "Std:JsonGet":
                return self._json_get(value["Std:JsonGet"])
            case _:
                pass
        if isinstance(value, dict):
            return {key: self.resolve(member) for key, member in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            return [self.resolve(element) for element in cast("list[Any]", value)]
        return value

    def _get(self, reference: Reference) -> Any:
        if reference.root == "Parameters":
            return self.parameters[reference.name]
        if reference.root == "Execution":
            return self._execution_variable(reference.name)
        if reference.name not in self.properties:
            raise StepFailedError(f"ClientError: {reference.text} has no value, because {reference.name} has not run")
        return at_path(self.properties[reference.name], reference.path, reference.text)

    def _execution_variable(self, name: str) -> str:
        execution = self.execution
        values = {
            "PipelineName": execution.pipeline_name,
            "PipelineArn": execution.pipeline_arn,
            "PipelineExecutionId": execution.execution_id,
            "PipelineExecutionArn": execution.execution_arn,
            "StartDateTime": execution.start_time,
            "CurrentDateTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        if name not in values:
            raise StepFailedError(f"ClientError: the local runner does not know the execution variable {name}")
        return values[name]

    def _join(self, body: dict[str, Any]) -> str:
        return str(body.get("On", "")).join(as_text(self.resolve(value)) for value in body["Values"])

    def _json_get(self, body: dict[str, Any]) -> Any:
        if "PropertyFile" in body:
            uri = self._property_file(Reference.parse(body["PropertyFile"]["Get"]))
        else:
            uri = self.resolve(body["S3Uri"])
        try:
            content = json.loads(self.read(uri))
        except ValueError as error:
            raise StepFailedError(f"ClientError: {uri} is not JSON: {error}") from error
        return at_path(content, body["Path"].removeprefix("$."), f"{body['Path']} in {uri}")

    def _property_file(self, reference: Reference) -> str:
        uri = self.property_files.get(reference.name, {}).get(reference.property_file or "")
        if uri is None:
            raise StepFailedError(f"ClientError: {reference.text} has no value, because that step has not written it")
        return uri


def at_path(content: Any, path: str, text: str) -> Any:
    """Return what lies at `A.B['name'][0]`; a name picks the element of a list whose ...Name member it is.

    Raises:
        StepFailedError: Nothing lies there; `text` is what the reason calls it.
    """
    try:
        for part in path_parts(path):
            content = _inner(content, part)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise StepFailedError(f"ClientError: there is no {text}") from error
    return content


def _inner(content: Any, part: str | int) -> Any:
    if not isinstance(content, list) or isinstance(part, int):
        return cast("Any", content)[part]
    for element in cast("list[dict[str, Any]]", content):
        if any(value == part for key, value in element.items() if key.endswith("Name")):
            return element
    raise KeyError(part)
