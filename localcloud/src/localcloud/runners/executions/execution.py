"""One execution: the file that describes it, and its parameters with their types."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.runners.executions.errors import ExecutionError

Value = str | int | float | bool


@dataclass(frozen=True, kw_only=True)
class Execution:
    """An execution as the local cloud starts it; `parameters` are the values given for it, as text."""

    definition: dict[str, Any]
    pipeline_name: str
    pipeline_arn: str
    execution_arn: str
    execution_id: str
    display_name: str
    start_time: str
    parameters: Mapping[str, str]
    region: str
    role_arn: str
    workdir: Path

    @property
    def account(self) -> str:
        """The account's id, from the pipeline's ARN."""
        return self.pipeline_arn.split(":")[4]

    def arn(self, resource: str) -> str:
        """The ARN of a SageMaker resource such as "training-job/name" in the pipeline's account."""
        partition = self.pipeline_arn.split(":")[1]
        return f"arn:{partition}:sagemaker:{self.region}:{self.account}:{resource}"


def load(path: Path) -> Execution:
    """The execution in a JSON file; raises ExecutionError for a file that is none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content["workdir"] = Path(content["workdir"]).resolve()
        return Execution(**content)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ExecutionError(f"{path} does not describe an execution: {error!r}") from error


def parameter_values(execution: Execution) -> dict[str, Value]:
    """Every parameter of the definition with its value: as given, or its default.

    Raises ExecutionError naming all that are unknown, missing, of another type or not among the allowed values.
    """
    declared = {parameter["Name"]: parameter for parameter in execution.definition.get("Parameters", [])}
    unknown = sorted(set(execution.parameters) - set(declared))
    problems = [f"{name}: the pipeline has no such parameter" for name in unknown]
    values: dict[str, Value] = {}
    for name, parameter in declared.items():
        try:
            values[name] = _value(parameter, execution.parameters.get(name))
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise ExecutionError("The parameters can't be used: " + "; ".join(problems))
    return values


def _value(parameter: Mapping[str, Any], given: str | None) -> Value:
    if given is None and "DefaultValue" not in parameter:
        raise ValueError("it has no default, so a value has to be given")
    value = parameter["DefaultValue"] if given is None else _typed(parameter["Type"], given)
    if "EnumValues" in parameter and value not in parameter["EnumValues"]:
        raise ValueError(f"given {value!r}, expected one of {', '.join(map(str, parameter['EnumValues']))}")
    return value


def _typed(kind: str, text: str) -> Value:
    if kind == "Boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError(f"given {text!r}, expected true or false")
        return text.lower() == "true"
    convert: dict[str, type[str | int | float]] = {"String": str, "Integer": int, "Float": float}
    try:
        return convert[kind](text)
    except ValueError as error:
        raise ValueError(f"given {text!r}, expected {kind}") from error
