"""What SageMaker would refuse in a pipeline definition: structure, references, order, and the arguments of its steps.

Arguments are checked against the API's service model: AWS's public JSON schema of definitions is older than what the
SageMaker SDK writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from localcloud.http.shapes import Variable, message, violations
from localcloud.runners.executions.definition import (
    VERSION,
    Definition,
    Parameter,
    Reference,
    Step,
    all_steps,
    dependencies,
    own_arguments,
    path_parts,
    variable_function,
)


@dataclass(frozen=True)
class _StepApi:
    """The request that a step's arguments are, the answer its properties come from, the member SageMaker fills in."""

    create: str
    describe: str
    name_member: str | None = None


_APIS = {
    "Processing": _StepApi("CreateProcessingJob", "DescribeProcessingJob", "ProcessingJobName"),
    "Training": _StepApi("CreateTrainingJob", "DescribeTrainingJob", "TrainingJobName"),
    "Transform": _StepApi("CreateTransformJob", "DescribeTransformJob", "TransformJobName"),
    "Tuning": _StepApi(
        "CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob", "HyperParameterTuningJobName"
    ),
    "Model": _StepApi("CreateModel", "DescribeModel", "ModelName"),
    "RegisterModel": _StepApi("CreateModelPackage", "DescribeModelPackage"),
}
_STEP_TYPES = {
    *_APIS,
    "AutoML",
    "Callback",
    "ClarifyCheck",
    "Condition",
    "EMR",
    "Endpoint",
    "EndpointConfig",
    "Fail",
    "InferenceComponent",
    "Lambda",
    "QualityCheck",
}
_EXECUTION_VARIABLES = {
    "CurrentDateTime",
    "PipelineArn",
    "PipelineExecutionArn",
    "PipelineExecutionId",
    "PipelineName",
    "ProcessingJobName",
    "StartDateTime",
    "TrainingJobName",
}
_PARAMETER_TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}

_TEXT = frozenset({"string"})
_FRACTIONS = frozenset({"float", "double"})
_NUMBERS = _FRACTIONS | {"integer", "long"}
_BOOLEAN = frozenset({"boolean"})
_ANY = frozenset[str]()
_PARAMETER_SHAPES = {"String": _TEXT, "Integer": _NUMBERS, "Float": _FRACTIONS, "Boolean": _BOOLEAN}
"""Types of shapes that take a parameter of a type."""
_PROPERTY_SHAPES = {
    "integer": _NUMBERS,
    "long": _NUMBERS,
    "float": _FRACTIONS,
    "double": _FRACTIONS,
    "timestamp": _TEXT,
}
"""Types of shapes that take a property of a type; others are taken by their own only."""


def problems(definition: object, *, to_run: bool) -> list[str]:
    """Return what is wrong with a definition as parsed from JSON, one sentence each; nothing for a valid one.

    SageMaker refuses unknown members, wrong types and broken limits when a pipeline is created or updated
    (github.com/aws/sagemaker-python-sdk, issues 2345, 2554 and 4994). That it looks for missing members as well is not
    documented: they are asked for only `to_run` the definition, as the API that a step calls asks for them.
    """
    if structure := list(_structure(definition)):
        return structure
    valid = cast("Definition", definition)
    steps = {step["Name"]: step for step, _ in all_steps(valid["Steps"])}
    parameters = {parameter["Name"]: parameter for parameter in valid.get("Parameters", [])}
    references = _References(parameters, steps)
    return [
        *(problem for parameter in parameters.values() for problem in _parameter(parameter)),
        *(problem for step in steps.values() for problem in _step(step, references, to_run=to_run)),
        *references.problems,
        *_cycles(valid),
    ]


def _structure(definition: object) -> Iterator[str]:
    if not isinstance(definition, dict) or cast("Mapping[str, object]", definition).get("Version") != VERSION:
        yield f'"Version" must be "{VERSION}".'
        return
    if not cast("Mapping[str, object]", definition).get("Steps"):
        yield "At least one step is needed."
        return
    try:
        steps = [step for step, _ in all_steps(cast("Definition", definition)["Steps"])]
        names = Counter(step["Name"] for step in steps)
        types = {step["Name"]: step["Type"] for step in steps}
    except (KeyError, TypeError, AttributeError):
        yield "Steps must be a list of objects with a Name, a Type and Arguments."
        return
    yield from (f"Step names must be unique, {name!r} is there twice." for name, count in names.items() if count > 1)
    for name, kind in types.items():
        if kind not in _STEP_TYPES:
            yield f"Step {name!r} has the unknown type {kind!r}."
    for step in steps:
        if unknown := sorted(set(step.get("DependsOn", [])) - set(names)):
            yield f"Step {step['Name']!r} depends on unknown steps {unknown}."


def _parameter(parameter: Parameter) -> Iterator[str]:
    name, kind = parameter["Name"], parameter.get("Type")
    if kind not in _PARAMETER_TYPES:
        yield f"Parameter {name} has the unknown type {kind!r}."
        return
    if "DefaultValue" not in parameter:
        return
    default = parameter["DefaultValue"]
    # To Python a bool is an int, too.
    if not isinstance(default, _PARAMETER_TYPES[kind]) or (isinstance(default, bool) and kind != "Boolean"):
        yield f"Parameter {name} must be of type {kind}, its default {default!r} is not."
    if "EnumValues" in parameter and default not in parameter["EnumValues"]:
        yield f"Parameter {name} must be one of {parameter['EnumValues']}, its default {default!r} is not."


def _step(step: Step, references: _References, *, to_run: bool) -> Iterator[str]:
    arguments = references.replaced(own_arguments(step), step["Name"])
    for policy in step.get("RetryPolicies", []):
        if ("MaxAttempts" in policy) == ("ExpireAfterMin" in policy):
            yield f"{step['Name']}: a retry policy needs either MaxAttempts or ExpireAfterMin."
    api = _APIS.get(step["Type"])
    shape = _operation(api.create).input_shape if api else None
    if api is None or shape is None:
        return
    broken = [
        violation
        for violation in violations(shape, arguments)
        if violation.rule != "required" or (to_run and violation.path != (api.name_member,))
    ]
    if broken:
        yield f"{step['Name']}: {message(broken)}"


def _cycles(definition: Definition) -> Iterator[str]:
    """Report steps that wait for each other: those that are left when all that can run are taken away."""
    waiting = {
        step["Name"]: dependencies(step) | ({condition} if condition else set[str]())
        for step, condition in all_steps(definition["Steps"])
    }
    while ready := [name for name, others in waiting.items() if not others & waiting.keys()]:
        for name in ready:
            del waiting[name]
    if waiting:
        yield f"{', '.join(waiting)}: these steps wait for each other."


class _References:
    """Variables of one definition; `problems` collects those that refer to nothing."""

    def __init__(self, parameters: Mapping[str, Parameter], steps: Mapping[str, Step]) -> None:
        self._parameters = parameters
        self._steps = steps
        self.problems: list[str] = []

    def replaced(self, value: object, step: str) -> Any:
        """Return arguments of a step with every variable replaced by one that the shape validator understands."""
        name = variable_function(value)
        if name is not None:
            return self._variable(name, cast("dict[str, Any]", value)[name], step)
        if isinstance(value, dict):
            return {key: self.replaced(member, step) for key, member in cast("dict[str, object]", value).items()}
        if isinstance(value, list):
            return [self.replaced(element, step) for element in cast("list[object]", value)]
        return value

    def _variable(self, name: str, body: Any, step: str) -> Variable:
        if name == "Get":
            reference = Reference.parse(body)
            try:
                return Variable(body, self._types(reference))
            except (KeyError, ValueError) as error:
                self.problems.append(f"{step}: {body} refers to nothing in this definition ({error}).")
        elif name == "Std:Join":
            self.replaced(body.get("Values", []), step)
            return Variable(name, _TEXT)
        elif name == "Std:JsonGet":
            if "PropertyFile" in body:
                self._check_property_file(Reference.parse(body["PropertyFile"]["Get"]), step)
            else:
                self.replaced(body.get("S3Uri"), step)
        else:
            self.problems.append(f"{step}: there is no function {name}.")
        return Variable(name)

    def _types(self, reference: Reference) -> frozenset[str]:
        """Return the types of shapes that take what a reference names.

        Raises:
            KeyError: There is no such parameter, step or property.
            ValueError: The path of the property is none.
        """
        if reference.root == "Parameters":
            return _PARAMETER_SHAPES.get(self._parameters[reference.name]["Type"], _ANY)
        if reference.root == "Execution" and reference.name in _EXECUTION_VARIABLES:
            return _TEXT
        if reference.root != "Steps":
            raise KeyError(reference.name)
        step = self._steps[reference.name]
        if step["Type"] == "Condition":
            return {"Outcome": _BOOLEAN}[reference.path]
        if step["Type"] not in _APIS:
            return _ANY
        parts = path_parts(reference.path)
        shape = _property_shape(_APIS[step["Type"]], parts)
        match parts:
            case ["ProcessingOutputConfig", "Outputs", str() as output, *_] if output not in _outputs(step):
                raise KeyError(output)
            case _:
                return _PROPERTY_SHAPES.get(shape.type_name, frozenset({shape.type_name}))

    def _check_property_file(self, reference: Reference, step: str) -> None:
        source = self._steps.get(reference.name)
        files = {file["PropertyFileName"]: file for file in source.get("PropertyFiles", [])} if source else {}
        file = files.get(reference.property_file or "")
        if not source or not file:
            self.problems.append(f"{step}: {reference.text} is no property file of a step in this definition.")
        elif file["OutputName"] not in _outputs(source):
            self.problems.append(
                f"{step}: {reference.text} lies in output {file['OutputName']!r}, which the step doesn't have."
            )


def _property_shape(api: _StepApi, parts: list[str | int]) -> Shape:
    """Return the shape that a path leads to in what describes a step's job; raise KeyError where there is none."""
    shape: Shape | None = _operation(api.describe).output_shape
    for part in parts:
        match shape:
            case StructureShape():
                shape = shape.members[str(part)]
            case ListShape():
                shape = shape.member
            case MapShape():
                shape = shape.value
            case _:
                raise KeyError(part)
    if shape is None:
        raise KeyError(api.describe)
    return shape


def _outputs(step: Step) -> list[str]:
    return [output["OutputName"] for output in step["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])]


def _operation(name: str) -> OperationModel:
    return _service().operation_model(name)


@cache
def _service() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sagemaker")
