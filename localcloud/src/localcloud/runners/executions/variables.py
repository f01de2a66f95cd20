"""Pipeline variables become values: parameters, execution variables, properties of steps, Std:Join, Std:JsonGet."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from localcloud.runners.executions.errors import StepFailedError
from localcloud.runners.executions.execution import Execution, Value
from localcloud.runners.executions.validation.variables import PROPERTY_FILE, function, path_parts, split_get

ReadText = Callable[[str], str]


@dataclass
class Variables:
    """What is known so far; `properties` and `property_files` grow as steps end.

    `properties` are shaped like the answers of Describe*, `property_files` are S3 URIs by step and name, `read` gets an
    S3 object.
    """

    execution: Execution
    parameters: dict[str, Value]
    read: ReadText
    properties: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    property_files: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def resolve(self, value: Any) -> Any:
        """`value` with every variable in it replaced; raises StepFailedError for one that has no value."""
        name = function(value)
        if name is not None:
            return self._functions()[name](value[name])
        if isinstance(value, dict):
            return {key: self.resolve(member) for key, member in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            return [self.resolve(element) for element in cast("list[Any]", value)]
        return value

    def _functions(self) -> dict[str, Callable[[Any], Any]]:
        return {"Get": self._get, "Std:Join": self._join, "Std:JsonGet": self._json_get}

    def _get(self, get: str) -> Any:
        root, name, path = split_get(get)
        if root == "Parameters":
            return self.parameters[name]
        if root == "Execution":
            return self._execution_variable(name)
        if name not in self.properties:
            raise StepFailedError(f"ClientError: {get} has no value, because {name} has not run")
        return follow(self.properties[name], path, get)

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
        uri = (
            self._property_file(body["PropertyFile"]["Get"]) if "PropertyFile" in body else self.resolve(body["S3Uri"])
        )
        try:
            content = json.loads(self.read(uri))
        except ValueError as error:
            raise StepFailedError(f"ClientError: {uri} is not JSON: {error}") from error
        return follow(content, body["Path"].removeprefix("$."), f"{body['Path']} in {uri}")

    def _property_file(self, get: str) -> str:
        match = PROPERTY_FILE.fullmatch(get)
        if not match or match["file"] not in self.property_files.get(match["step"], {}):
            raise StepFailedError(f"ClientError: {get} has no value, because that step has not written it")
        return self.property_files[match["step"]][match["file"]]


def follow(content: Any, path: str, what: str) -> Any:
    """What lies at `A.B['name'][0]` in `content`; a name picks the element of a list whose ...Name member it is.

    Raises StepFailedError, with `what` in its reason, where there is nothing.
    """
    try:
        for part in path_parts(path):
            content = _inner(content, part)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise StepFailedError(f"ClientError: there is no {what}") from error
    return content


def _inner(content: Any, part: str | int) -> Any:
    if not isinstance(content, list) or isinstance(part, int):
        return cast("Any", content)[part]
    for element in cast("list[dict[str, Any]]", content):
        if any(value == part for key, value in element.items() if key.endswith("Name")):
            return element
    raise KeyError(part)


def as_text(value: Any) -> str:
    """A value inside Std:Join: booleans in lower case, as SageMaker has them."""
    return str(value).lower() if isinstance(value, bool) else str(value)
