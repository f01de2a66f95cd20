"""What is wrong with a definition, and when it is asked."""

from typing import Any

import pytest

from localcloud.runners.executions.check import problems
from localcloud.runners.executions.definition import Parameter, Step

from .definitions import condition, fail, processing, register, training

LIMIT: Parameter = {"Name": "Limit", "Type": "Float", "DefaultValue": 1.0}
COUNT: Parameter = {"Name": "Count", "Type": "Integer", "DefaultValue": 1}


def problems_of(*steps: Any, parameters: list[Any] | None = None, to_run: bool = True) -> list[str]:
    definition = {"Version": "2020-12-01", "Parameters": parameters or [], "Steps": list(steps)}
    return problems(definition, to_run=to_run)


def get(name: str) -> dict[str, str]:
    return {"Get": name}


def with_report(step: Step, output: str = "out") -> Step:
    return {**step, "PropertyFiles": [{"PropertyFileName": "Report", "OutputName": output, "FilePath": "r.json"}]}


def measured(step: str = "Evaluate") -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": get(f"Steps.{step}.PropertyFiles.Report"), "Path": "mse"}}


def test_a_definition_of_steps_that_refer_to_each_other_is_valid() -> None:
    compare = {"Type": "LessThan", "LeftValue": measured(), "RightValue": get("Parameters.Limit")}
    steps = [
        processing("Prepare", "", {"Std:Join": {"On": "", "Values": [get("Parameters.Count")]}}),
        training(
            "Train", "", OutputDataConfig={"S3OutputPath": get("Steps.Prepare.ProcessingInputs['input'].S3Input.S3Uri")}
        ),
        with_report(processing("Evaluate", "")),
        condition(
            "Check",
            compare,
            yes=[register("Register", "models", get("Steps.Train.ModelArtifacts.S3ModelArtifacts"))],
            no=[fail("TooHigh", get("Execution.PipelineExecutionId"))],
        ),
    ]
    assert problems_of(*steps, parameters=[LIMIT, COUNT]) == []


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ([], '"Version" must be "2020-12-01".'),
        ({"Version": "2019"}, '"Version" must be "2020-12-01".'),
        ({"Version": "2020-12-01", "Steps": []}, "At least one step is needed."),
        (
            {"Version": "2020-12-01", "Steps": ["A"]},
            "Steps must be a list of objects with a Name, a Type and Arguments.",
        ),
        (
            {"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Dance"}]},
            "Step 'A' has the unknown type 'Dance'.",
        ),
        (
            {"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail", "DependsOn": ["B"]}]},
            "Step 'A' depends on unknown steps ['B'].",
        ),
        (
            {"Version": "2020-12-01", "Steps": [fail("A", "x"), condition("B", yes=[fail("A", "x")])]},
            "Step names must be unique, 'A' is there twice.",
        ),
    ],
)
def test_the_structure_is_checked_first(definition: object, expected: str) -> None:
    assert problems(definition, to_run=True) == [expected]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (fail("F", get("Parameters.Nothing")), "F: Parameters.Nothing refers to nothing in this definition"),
        (fail("F", get("Steps.Nothing.Outcome")), "F: Steps.Nothing.Outcome refers to nothing in this definition"),
        (fail("F", get("Steps.Train.ModelArtifact.X")), "refers to nothing in this definition ('ModelArtifact')"),
        (fail("F", get("Execution.Nothing")), "F: Execution.Nothing refers to nothing in this definition"),
        (fail("F", {"Std:Sum": [1, 2]}), "F: there is no function Std:Sum."),
        (fail("F", measured("Train")), "Steps.Train.PropertyFiles.Report is no property file of a step"),
        (fail("F", measured()), "lies in output 'other', which the step doesn't have"),
        (
            fail("F", get("Steps.Evaluate.ProcessingOutputConfig.Outputs['other'].S3Output.S3Uri")),
            "refers to nothing in this definition ('other')",
        ),
    ],
)
def test_a_variable_that_refers_to_nothing_is_named(step: Step, expected: str) -> None:
    steps = [training("Train", ""), with_report(processing("Evaluate", ""), "other"), step]
    (problem,) = problems_of(*steps)
    assert expected in problem


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"RoleArn": 1}, "Value '1' at 'roleArn' failed to satisfy constraint: Member must be of type string"),
        ({"RoleArn": get("Parameters.Limit")}, "Value 'Parameters.Limit' at 'roleArn'"),
        (
            {"RoleArn": "arn:nobody:0123456789"},
            "Value 'arn:nobody:0123456789' at 'roleArn' failed to satisfy constraint: Member must satisfy regular",
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": get("Parameters.Limit")}},
            "at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: Member must be of type integer",
        ),
        (
            {"ProcessingInputs": {}},
            "Value '{}' at 'processingInputs' failed to satisfy constraint: Member must be a list",
        ),
        ({"NetworkConfig": {"Vpc": {}}}, "NetworkConfig has no member Vpc"),
    ],
)
@pytest.mark.parametrize("to_run", [True, False])
def test_arguments_are_checked_against_the_request_that_they_become(
    changes: dict[str, Any], expected: str, to_run: bool
) -> None:
    (problem,) = problems_of(processing("P", "", **changes), parameters=[LIMIT], to_run=to_run)
    assert problem.startswith("P: 1 validation error detected: ")
    assert expected in problem


def test_a_missing_argument_is_asked_for_when_the_definition_is_run_and_the_jobs_name_never() -> None:
    step: Step = {"Name": "P", "Type": "Processing", "Arguments": {}}
    assert problems_of(step, to_run=False) == []
    (problem,) = problems_of(step)
    assert "Value null at 'processingResources' failed to satisfy constraint: Member must not be null" in problem
    assert "processingJobName" not in problem


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ({"Name": "P", "Type": "Date"}, "Parameter P has the unknown type 'Date'."),
        ({"Name": "P", "Type": "Integer", "DefaultValue": True}, "P must be of type Integer, its default True is not."),
        (
            {"Name": "P", "Type": "String", "DefaultValue": "c", "EnumValues": ["a"]},
            "Parameter P must be one of ['a'], its default 'c' is not.",
        ),
    ],
)
def test_a_parameters_declaration_is_checked(parameter: dict[str, Any], expected: str) -> None:
    (problem,) = problems_of(fail("F", "x"), parameters=[parameter])
    assert expected in problem


def test_steps_that_wait_for_each_other_are_named() -> None:
    first: Step = {**fail("A", "x"), "DependsOn": ["B"]}
    assert problems_of(first, condition("B", yes=[fail("C", get("Steps.A.Outcome"))]), fail("D", "x")) == []
    second: Step = {**fail("B", "x"), "DependsOn": ["A"]}
    assert problems_of(first, second, fail("D", "x")) == ["A, B: these steps wait for each other."]


def test_a_retry_policy_has_one_limit() -> None:
    step: Step = {**fail("F", "x"), "RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"]}]}
    assert problems_of(step) == ["F: a retry policy needs either MaxAttempts or ExpireAfterMin."]
