from collections.abc import Callable
from typing import Any

import pytest

from pipeline_def.validation import InvalidDefinitionError, check, require_valid

Content = dict[str, Any]


def preprocess(content: Content) -> Content:
    return content["Steps"][0]["Arguments"]


def train(content: Content) -> Content:
    return content["Steps"][1]["Arguments"]


def register(content: Content) -> Content:
    return content["Steps"][3]["Arguments"]["IfSteps"][0]["Arguments"]


def put(target: Callable[[Content], Content], path: str, value: Any) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        *parents, last = path.split(".")
        place: Any = target(content)
        for parent in parents:
            place = place[int(parent) if parent.isdigit() else parent]
        place[int(last) if last.isdigit() else last] = value

    return change


def drop(target: Callable[[Content], Content], name: str) -> Callable[[Content], None]:
    return lambda content: target(content).pop(name)


def whole(content: Content) -> Content:
    return content


WRONG: list[tuple[Callable[[Content], Any], str]] = [
    (put(preprocess, "Image", "x"), "PreprocessData.Image: no such argument"),
    (put(preprocess, "AppSpecification.Image", "x"), "PreprocessData.AppSpecification.Image: no such argument"),
    (drop(preprocess, "RoleArn"), "PreprocessData.RoleArn: missing"),
    (put(preprocess, "RoleArn", "role"), "PreprocessData.RoleArn: given 4 characters, expected at least 20"),
    (put(preprocess, "RoleArn", "r" * 30), "expected text that matches"),
    (put(preprocess, "ProcessingResources.ClusterConfig.VolumeSizeInGB", 0), "given 0, expected at least 1"),
    (put(preprocess, "ProcessingResources.ClusterConfig.VolumeSizeInGB", "30"), "given '30', expected integer"),
    (put(preprocess, "NetworkConfig.EnableNetworkIsolation", "yes"), "given 'yes', expected true or false"),
    (put(preprocess, "AppSpecification.ContainerArguments", ["x"] * 101), "given 101 elements, expected at most 100"),
    (put(preprocess, "AppSpecification.ContainerArguments", ["x" * 300]), "given 300 characters, expected at most 256"),
    (put(preprocess, "AppSpecification.ContainerArguments", "x"), "given 'x', expected a list"),
    (put(preprocess, "ProcessingInputs.0.S3Input.S3DataType", "Prefix"), "expected one of ManifestFile, S3Prefix"),
    (
        put(preprocess, "ProcessingInputs.0.S3Input.S3Uri", {"Get": "Parameters.Nothing"}),
        "Parameters.Nothing refers to nothing",
    ),
    (put(preprocess, "Environment", {"A": {"Get": "Execution.Nothing"}}), "Execution.Nothing refers to nothing"),
    (put(train, "HyperParameters.eta", {"Get": "Parameters.Eta"}), "given a variable of type float, expected string"),
    (put(train, "HyperParameters.eta", {"Std:Upper": {}}), "no such function Std:Upper"),
    (put(train, "RoleArn", {"Get": "Steps.Nothing.RoleArn"}), "Steps.Nothing.RoleArn refers to nothing"),
    (put(register, "ModelPackageDescription", {"Get": "Steps.TrainModel.Nothing"}), "no such property"),
    (
        put(
            register,
            "ModelPackageDescription",
            {"Get": "Steps.PreprocessData.ProcessingOutputConfig.Outputs['x'].OutputName"},
        ),
        "PreprocessData has the outputs train, validation, test, preprocessor",
    ),
    (put(register, "ModelApprovalStatus", "Maybe"), "given 'Maybe', expected one of"),
    (put(whole, "Steps.2.PropertyFiles", []), "is no property file of a step"),
    (put(whole, "Steps.2.PropertyFiles.0.OutputName", "x"), "lies in output 'x', which the step doesn't have"),
    (put(whole, "Steps.0.DependsOn", ["EvaluateModel"]), "these steps wait for each other"),
    (put(whole, "Steps.0.DependsOn", ["Nothing"]), "waits for Nothing, which is not in this definition"),
    (put(whole, "Steps.1.Name", "PreprocessData"), "more than one step has this name"),
    (put(whole, "Steps.0.RetryPolicies.0.ExpireAfterMin", 5), "either MaxAttempts or ExpireAfterMin"),
    (
        put(whole, "Parameters.1.DefaultValue", "1"),
        "parameter ProcessingInstanceCount: given default '1', expected Integer",
    ),
    (put(whole, "Parameters.1.Type", "Number"), "parameter ProcessingInstanceCount: given type 'Number'"),
    (put(whole, "Parameters.3.DefaultValue", "Maybe"), "parameter ModelApprovalStatus: given default 'Maybe'"),
    (put(whole, "Steps", []), "at least one step"),
]


@pytest.mark.parametrize(("change", "expected"), WRONG, ids=[expected for _, expected in WRONG])
def test_what_sagemaker_would_refuse_is_found(content: Content, change: Callable[[Content], Any], expected: str):
    change(content)
    problems = check(content)
    assert any(expected in problem for problem in problems), problems


def test_everything_that_is_wrong_is_reported_together(content: Content):
    put(preprocess, "Image", "x")(content)
    put(train, "Image", "x")(content)
    with pytest.raises(InvalidDefinitionError) as error:
        require_valid(content)
    assert "PreprocessData.Image" in str(error.value)
    assert "TrainModel.Image" in str(error.value)


def test_names_that_sagemaker_fills_in_itself_are_not_missing(content: Content):
    assert "TrainingJobName" not in train(content)
    assert check(content) == []
