import json
import re
from typing import Any

import botocore.session
import pytest

from components.kpi_visualization import catalog
from contract.layout import DataLayout
from pipeline_def.definition import DefinitionError, PipelineDefinition, build
from pipeline_def.environment import parse
from pipeline_def.validation import check
from settings.models import PipelineSettings


def defaults(content: dict[str, Any]) -> dict[str, Any]:
    return {parameter["Name"]: parameter["DefaultValue"] for parameter in content["Parameters"]}


@pytest.fixture(scope="module")
def bare(variables: dict[str, str]) -> dict[str, Any]:
    """A definition with nothing that can be left out, in another region."""
    optional = {"KMS_KEY_ARN": "", "COLUMN_NAMES": "", "PIPELINE_TAGS": "", "COMMIT": ""}
    return json.loads(build(parse({**variables, **optional, "AWS_REGION": "eu-central-1"})).text)


def outputs(step: dict[str, Any]) -> dict[str, Any]:
    return {
        item["OutputName"]: item["S3Output"]["S3Uri"] for item in step["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    }


def test_sagemaker_would_accept_the_definition(content: dict[str, Any]):
    assert check(content) == []


def test_without_a_key_and_with_a_header_in_the_data_it_is_valid_too(bare: dict[str, Any]):
    assert check(bare) == []
    assert "KmsKeyId" not in json.dumps(bare)
    assert "--column-names" not in bare["Steps"][0]["Arguments"]["AppSpecification"]["ContainerArguments"]


def test_the_longest_names_that_the_settings_take_fit_a_jobs_arguments(variables: dict[str, str]):
    names = [f"c{number:063}" for number in range(200)]
    longest = {"COLUMN_NAMES": ",".join(names), "CATEGORICAL_COLUMNS": ",".join(names[:50]), "TARGET_COLUMN": names[-1]}
    definition = json.loads(build(parse({**variables, **longest})).text)
    assert check(definition) == []
    arguments = definition["Steps"][0]["Arguments"]["AppSpecification"]["ContainerArguments"]
    assert ",".join(arguments).count("c0000") == 251
    settings = PipelineSettings.model_json_schema()["properties"]
    assert (settings["columnNames"]["maxItems"], settings["categoricalColumns"]["maxItems"]) == (200, 50)


def test_what_an_execution_may_change_are_parameters_with_the_settings_as_defaults(content: dict[str, Any]):
    assert defaults(content) == {
        "ProcessingInstanceType": "ml.m5.large",
        "ProcessingInstanceCount": 1,
        "TrainingInstanceType": "ml.m5.large",
        "ModelApprovalStatus": "PendingManualApproval",
        "InputDataUri": "s3://abalone-test-data/use-case=abalone/input/",
        "MseThreshold": 6.0,
        "MaxDepth": 5,
        "Eta": 0.1,
        "NumRound": 200,
        "CommitId": "0123456789abcdef0123456789abcdef01234567",
    }


def test_everything_of_an_execution_lies_where_the_layout_says(steps: dict[str, Any]):
    execution = {"Get": "Execution.PipelineExecutionId"}
    root = "s3://abalone-test-artifacts/abalone-test/executions"
    for name in ("train", "validation", "test", "preprocessor"):
        assert outputs(steps["PreprocessData"])[name] == {
            "Std:Join": {"On": "/", "Values": [root, execution, "PreprocessData", name]}
        }
    evaluation = outputs(steps["EvaluateModel"])
    assert evaluation["evaluation"]["Std:Join"]["Values"] == [root, execution, "EvaluateModel", "evaluation"]
    assert evaluation["kpi"] == "s3://abalone-test-data/use-case=abalone/kpi/use_case=abalone"
    output = steps["TrainModel"]["Arguments"]["OutputDataConfig"]["S3OutputPath"]
    assert output == "s3://abalone-test-artifacts/abalone-test/models"


def test_kpi_rows_land_in_the_partitions_of_their_table(steps: dict[str, Any]):
    table, _ = catalog.declared_tables(DataLayout("abalone"))
    partition = table.all_parameters("abalone-test-data", "abalone")["storage.location.template"]
    uploaded_to = outputs(steps["EvaluateModel"])["kpi"]
    assert partition.replace("${use_case}", "abalone").replace("${dt}", "2026-03-02") == f"{uploaded_to}/dt=2026-03-02/"


def test_each_step_runs_its_script_from_the_prefix_named_after_its_hash(
    definition: PipelineDefinition, steps: dict[str, Any]
):
    preprocess, train, evaluate = definition.bundles
    for bundle, step in ((preprocess, "PreprocessData"), (evaluate, "EvaluateModel")):
        inputs = {item["InputName"]: item["S3Input"]["S3Uri"] for item in steps[step]["Arguments"]["ProcessingInputs"]}
        assert inputs["code"] == f"s3://abalone-test-artifacts/abalone-test/code/{bundle.sha256}/"
    arguments = steps["TrainModel"]["Arguments"]
    channels = {
        item["ChannelName"]: item["DataSource"]["S3DataSource"]["S3Uri"] for item in arguments["InputDataConfig"]
    }
    assert channels["code"] == f"s3://abalone-test-artifacts/abalone-test/code/{train.sha256}/"
    assert arguments["AlgorithmSpecification"]["ContainerEntrypoint"] == ["python3", "/opt/ml/input/data/code/train.py"]


def test_jobs_are_isolated_encrypted_and_run_as_the_execution_role(steps: dict[str, Any], variables: dict[str, str]):
    key = variables["KMS_KEY_ARN"]
    for name in ("PreprocessData", "EvaluateModel"):
        arguments = steps[name]["Arguments"]
        assert arguments["NetworkConfig"] == {
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": True,
        }
        assert arguments["ProcessingOutputConfig"]["KmsKeyId"] == key
        assert arguments["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == key
    training = steps["TrainModel"]["Arguments"]
    assert training["EnableNetworkIsolation"]
    assert training["EnableInterContainerTrafficEncryption"]
    assert training["OutputDataConfig"]["KmsKeyId"] == training["ResourceConfig"]["VolumeKmsKeyId"] == key
    for name in ("PreprocessData", "TrainModel", "EvaluateModel"):
        assert steps[name]["Arguments"]["RoleArn"] == variables["SAGEMAKER_PIPELINE_ROLE_ARN"]


def test_every_job_carries_the_projects_tags(steps: dict[str, Any]):
    for name in ("PreprocessData", "TrainModel", "EvaluateModel"):
        assert {tag["Key"]: tag["Value"] for tag in steps[name]["Arguments"]["Tags"]} == {
            "sagemaker:project-name": "abalone",
            "sagemaker:project-id": "p-abc123def456",
            "team": "mlops",
        }


def test_every_step_that_calls_aws_is_retried_and_only_the_evaluation_is_never_cached(steps: dict[str, Any]):
    assert all(
        steps[name]["RetryPolicies"] for name in ("PreprocessData", "TrainModel", "EvaluateModel", "RegisterModel")
    )
    assert [name for name, step in steps.items() if "CacheConfig" in step] == ["PreprocessData", "TrainModel"]


def test_a_model_within_the_threshold_is_registered_and_any_other_fails_the_execution(content: dict[str, Any]):
    condition = content["Steps"][-1]
    measured = {
        "Std:JsonGet": {
            "PropertyFile": {"Get": "Steps.EvaluateModel.PropertyFiles.EvaluationReport"},
            "Path": "regression_metrics.mse.value",
        }
    }
    threshold = {"Get": "Parameters.MseThreshold"}
    assert condition["Arguments"]["Conditions"] == [
        {"Type": "LessThanOrEqualTo", "LeftValue": measured, "RightValue": threshold}
    ]
    assert [step["Type"] for step in condition["Arguments"]["IfSteps"]] == ["RegisterModel"]
    (fail,) = condition["Arguments"]["ElseSteps"]
    message = fail["Arguments"]["ErrorMessage"]["Std:Join"]["Values"]
    assert fail["Type"] == "Fail"
    assert measured in message
    assert threshold in message


def test_a_registered_model_names_its_metrics_its_code_and_its_execution(steps: dict[str, Any]):
    arguments = steps["RegisterModel"]["Arguments"]
    assert arguments["ModelPackageGroupName"] == "abalone-test-stable-models"
    assert arguments["ModelApprovalStatus"] == {"Get": "Parameters.ModelApprovalStatus"}
    statistics = arguments["ModelMetrics"]["ModelQuality"]["Statistics"]
    assert statistics["S3Uri"]["Std:Join"]["Values"][-1] == "evaluation.json"
    assert arguments["MetadataProperties"] == {
        "CommitId": {"Get": "Parameters.CommitId"},
        "GeneratedBy": {"Get": "Execution.PipelineExecutionArn"},
        "ProjectId": "p-abc123def456",
    }
    metadata = arguments["CustomerMetadataProperties"]
    assert metadata["execution_id"] == {"Get": "Execution.PipelineExecutionId"}
    assert metadata["use_case"] == "abalone"
    assert len(metadata["code_sha256"]) == 64


def test_no_value_of_an_execution_can_make_the_registration_fail(steps: dict[str, Any]):
    """Customer metadata take a small alphabet, which the parameters of an execution don't know."""
    metadata = steps["RegisterModel"]["Arguments"]["CustomerMetadataProperties"]
    assert len(metadata) > 3
    assert "Parameters." not in json.dumps(metadata)
    rule = botocore.session.get_session().get_service_model("sagemaker").shape_for("CustomerMetadataValue").metadata
    [alphabet] = re.findall(r"\[.*\]", str(rule["pattern"]))
    for category, ascii_of_it in ((r"\p{L}", "A-Za-z"), (r"\p{Z}", " "), (r"\p{N}", "0-9")):
        alphabet = alphabet.replace(category, ascii_of_it)
    texts = [text for value in metadata.values() for text in constants(value)]
    assert texts
    for text in texts:
        assert re.fullmatch(f"{alphabet}+", text), text
    # An execution's id has 12 characters, its ARN far fewer than what is left.
    assert max(sum(map(len, constants(value))) for value in metadata.values()) < rule["max"] / 2


def constants(value: Any) -> list[str]:
    """The texts of a value that are known before an execution."""
    if isinstance(value, str):
        return [value]
    parts = value.get("Std:Join", {}).get("Values", []) if isinstance(value, dict) else []
    return [text for part in parts for text in constants(part)]


def test_images_are_those_of_the_region(bare: dict[str, Any]):
    registry = "dkr.ecr.eu-central-1.amazonaws.com"
    assert bare["Steps"][0]["Arguments"]["AppSpecification"]["ImageUri"].endswith(
        f".{registry}/sagemaker-scikit-learn:1.9-0-cpu-py3"
    )
    image = bare["Steps"][1]["Arguments"]["AlgorithmSpecification"]["TrainingImage"]
    assert image.endswith(f".{registry}/sagemaker-xgboost:3.2-0")


def test_a_region_without_the_images_is_a_clear_error(variables: dict[str, str]):
    with pytest.raises(DefinitionError, match="xx-nowhere-1"):
        build(parse({**variables, "AWS_REGION": "xx-nowhere-1"}))


def test_eighty_column_names_fit_into_a_jobs_arguments(variables: dict[str, str]):
    names = [f"a_rather_long_name_of_a_column_{number}" for number in range(79)]
    content = json.loads(build(parse({**variables, "COLUMN_NAMES": ",".join([*names, "rings"])})).text)
    assert check(content) == []
