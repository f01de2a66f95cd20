from collections.abc import Callable
from typing import Any

import pytest

from localcloud.runners.executions.errors import StepFailedError
from localcloud.runners.executions.protocol import Execution
from localcloud.runners.executions.variables import Variables, at_path

REPORT = '{"regression_metrics": {"mse": {"value": 4.5}}, "list": [{"name": 1}, {"name": 2}], "a b": {"c-d": true}}'


@pytest.fixture
def variables(execution: Callable[..., Execution]) -> Variables:
    variables = Variables(execution(), {"Count": 3, "Limit": 6.0, "Flag": True, "Text": "x"}, lambda _uri: REPORT)
    variables.properties["Prepare"] = {
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train"}}]}
    }
    variables.properties["Train"] = {"FinalMetricDataList": [{"MetricName": "validation:rmse", "Value": 2.5}]}
    variables.property_files["Evaluate"] = {"Report": "s3://b/evaluation.json"}
    return variables


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ({"Get": "Parameters.Count"}, 3),
        ({"Get": "Execution.PipelineExecutionId"}, "abc123"),
        ({"Get": "Execution.StartDateTime"}, "2026-01-02T03:04:05+00:00"),
        ({"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}, "s3://b/train"),
        ({"Get": "Steps.Train.FinalMetricDataList['validation:rmse'].Value"}, 2.5),
        ({"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.Text"}, 1]}}, "s3://x/1"),
        ({"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Limit"}]}}, "6.0"),
        ({"Std:Join": {"On": " ", "Values": [{"Get": "Parameters.Flag"}, False]}}, "true false"),
    ],
)
def test_a_variable_becomes_its_value(variables: Variables, variable: Any, value: Any):
    assert variables.resolve([{"deep": variable}]) == [{"deep": value}]


@pytest.mark.parametrize(
    ("path", "value"),
    [("regression_metrics.mse.value", 4.5), ("list[1].name", 2), ("['a b']['c-d']", True), ("$.list[0].name", 1)],
)
def test_a_property_file_is_read_by_path(variables: Variables, path: str, value: Any):
    get = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": path}}
    assert variables.resolve(get) == value


def test_json_can_be_read_from_an_s3_uri_too(variables: Variables):
    uri = {"Std:Join": {"On": "/", "Values": ["s3://b", {"Get": "Execution.PipelineExecutionId"}]}}
    assert variables.resolve({"Std:JsonGet": {"S3Uri": uri, "Path": "list[0].name"}}) == 1


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"Get": "Steps.Later.ModelPackageArn"}, "because Later has not run"),
        ({"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"}, "there is no Steps.Prepare"),
        ({"Get": "Execution.TrainingJobName"}, "does not know the execution variable TrainingJobName"),
        (
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "mse.value"}},
            "there is no mse.value in s3://b/evaluation.json",
        ),
        (
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Later.PropertyFiles.Report"}, "Path": "a"}},
            "that step has not written it",
        ),
    ],
)
def test_a_variable_without_a_value_fails_the_step_with_its_name(variables: Variables, variable: Any, expected: str):
    with pytest.raises(StepFailedError, match=expected.replace("[", r"\[")):
        variables.resolve(variable)


def test_a_report_that_is_no_json_fails_the_step(variables: Variables):
    variables.read = lambda _uri: "{"
    with pytest.raises(StepFailedError, match=r"evaluation\.json is not JSON"):
        variables.resolve(
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "a"}}
        )


def test_a_path_that_is_none_is_refused():
    with pytest.raises(StepFailedError):
        at_path({"a": 1}, "a..b", "a..b")
