from pathlib import Path

import pytest

from pipeline_def import commit
from pipeline_def.environment import InvalidEnvironmentError, parse

WRONG = [
    ("AWS_REGION", "Ireland"),
    ("SAGEMAKER_PROJECT_NAME", "-abalone"),
    ("SAGEMAKER_PROJECT_ID", "p_abc"),
    ("SAGEMAKER_PIPELINE_ROLE_ARN", "abalone-execution"),
    ("SAGEMAKER_PIPELINE_ROLE_ARN", "arn:aws:iam::123456789012:user/me"),
    ("SAGEMAKER_PIPELINE_NAME", "abalone_test"),
    ("SAGEMAKER_PIPELINE_NAME", "a" * 50),
    ("ARTIFACT_BUCKET", "s3://bucket"),
    ("DATA_BUCKET", "Bucket"),
    ("USE_CASE_ID", "use case"),
    ("TARGET_COLUMN", "-rings"),
    ("TARGET_COLUMN", "age"),
    ("COLUMN_NAMES", "sex,rings,sex"),
    ("COLUMN_NAMES", "sex,,rings"),
    ("CATEGORICAL_COLUMNS", "rings"),
    ("CATEGORICAL_COLUMNS", "colour"),
    ("MSE_THRESHOLD", "six"),
    ("MSE_THRESHOLD", "0"),
    ("MSE_THRESHOLD", "nan"),
    ("MSE_THRESHOLD", "inf"),
    ("KMS_KEY_ARN", "alias/key"),
    ("INPUT_DATA_URI", "https://bucket/data.csv"),
    ("INPUT_DATA_URI", f"s3://bucket/{'a' * 244}/"),
    ("COMMIT", "a commit"),
    ("PIPELINE_TAGS", "team=mlops"),
    ("PIPELINE_TAGS", '{"team": 1}'),
    ("PIPELINE_TAGS", '{"aws:team": "mlops"}'),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_named_with_what_was_given_and_what_is_expected(
    variables: dict[str, str], name: str, value: str
):
    with pytest.raises(InvalidEnvironmentError) as error:
        parse({**variables, name: value})
    message = str(error.value)
    assert f"- {name}: given " in message
    assert "expected" in message
    assert "1 error:" in message


def test_all_missing_variables_are_reported_at_once():
    with pytest.raises(InvalidEnvironmentError) as error:
        parse({"AWS_REGION": "eu-west-1"})
    message = str(error.value)
    assert "9 errors" in message
    assert "TARGET_COLUMN: not given, expected the name of the column to predict" in message
    assert "AWS_REGION" not in message


def test_an_empty_variable_counts_as_not_given(variables: dict[str, str]):
    settings = parse({**variables, "KMS_KEY_ARN": " ", "COLUMN_NAMES": "", "INPUT_DATA_URI": ""})
    assert settings.kms_key_arn is None
    assert settings.column_names == ()


def test_the_input_defaults_to_the_data_buckets_prefix_of_the_use_case(variables: dict[str, str]):
    assert parse(variables).default_input_uri == "s3://abalone-test-data/use-case=abalone/input/"
    settings = parse({**variables, "INPUT_DATA_URI": "s3://other/file.csv"})
    assert settings.default_input_uri == "s3://other/file.csv"


def test_column_names_with_blanks_around_them_are_the_names_without(variables: dict[str, str]):
    assert parse({**variables, "COLUMN_NAMES": "sex, length , rings"}).column_names == ("sex", "length", "rings")


def test_the_sagemaker_projects_tags_win_over_given_ones(variables: dict[str, str]):
    tags = parse({**variables, "PIPELINE_TAGS": '{"team": "mlops", "sagemaker:project-id": "other"}'}).job_tags
    assert tags == {"team": "mlops", "sagemaker:project-id": "p-abc123def456", "sagemaker:project-name": "abalone"}


def test_the_commit_is_the_variable_then_codebuilds_then_gits_then_unknown(tmp_path: Path):
    both = {"COMMIT": "abc", "CODEBUILD_RESOLVED_SOURCE_VERSION": "def"}
    assert commit.current(both, tmp_path) == "abc"
    assert commit.current({"CODEBUILD_RESOLVED_SOURCE_VERSION": "def"}, tmp_path) == "def"
    assert commit.current({}, tmp_path) == "unknown"
