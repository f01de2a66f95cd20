"""The environment variables of an upsert, or flags of the same names, as a typed record; all errors in one report.

Each field's description completes the sentence "expected ..." of an error, so it names the rule that the value follows.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Json, ValidationError, model_validator

from contract.errors import settings_report, variable_problem
from contract.layout import DataLayout
from contract.names import MAX_PIPELINE_NAME, model_package_group

_BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
_COLUMN = r"^[^-,\s\"][^,\r\n\"]{0,127}$"


class InvalidEnvironmentError(ValueError):
    """The variables can't be used; the message names every one that is wrong."""


def _split(value: object) -> object:
    """Return comma-separated text as a tuple, anything else unchanged; names are stripped, so "a, b" is two names."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


Column = Annotated[str, Field(pattern=_COLUMN)]
Columns = Annotated[tuple[Column, ...], BeforeValidator(_split)]
# TagResource: keys up to 128 and values up to 256 characters of this alphabet; "aws:" is reserved.
TagKey = Annotated[str, Field(pattern=r"^(?!aws:)[\w\s.:/=+@-]{1,128}$")]
TagValue = Annotated[str, Field(pattern=r"^[\w\s.:/=+@-]{0,256}$")]


class PipelineEnvironment(BaseModel):
    """What differs between two ML pipelines made of the same code; a field's alias is its environment variable."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, regex_engine="python-re")

    region: str = Field(
        alias="AWS_REGION", pattern=r"^[a-z]{2,3}(-[a-z]+)+-[0-9]$", description="a region such as eu-west-1"
    )
    project_name: str = Field(
        alias="SAGEMAKER_PROJECT_NAME",
        pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$",
        description="the SageMaker project's name: 1 to 32 letters, digits and hyphens",
    )
    project_id: str = Field(
        alias="SAGEMAKER_PROJECT_ID",
        pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,19}$",
        description="the SageMaker project's id: 1 to 20 letters, digits and hyphens, such as p-abc123def456",
    )
    role_arn: str = Field(
        alias="SAGEMAKER_PIPELINE_ROLE_ARN",
        pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$",
        description="the execution role's ARN, such as arn:aws:iam::123456789012:role/name",
    )
    pipeline_name: str = Field(
        alias="SAGEMAKER_PIPELINE_NAME",
        pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
        max_length=MAX_PIPELINE_NAME,
        description=f"1 to {MAX_PIPELINE_NAME} letters, digits and hyphens, without a hyphen at an end",
    )
    artifact_bucket: str = Field(
        alias="ARTIFACT_BUCKET", pattern=_BUCKET, description="an S3 bucket's name, without s3://"
    )
    data_bucket: str = Field(alias="DATA_BUCKET", pattern=_BUCKET, description="an S3 bucket's name, without s3://")
    use_case_id: str = Field(
        alias="USE_CASE_ID",
        pattern=r"^[a-z0-9]([a-z0-9]|[-_](?=[a-z0-9])){0,31}$",
        description="1 to 32 characters of a-z, 0-9, '-' and '_', starting and ending with a letter or digit",
    )
    target_column: Column = Field(alias="TARGET_COLUMN", description="the name of the column to predict")
    mse_threshold: float = Field(
        alias="MSE_THRESHOLD", gt=0, description="a number above 0: the largest mean squared error that registers"
    )
    kms_key_arn: str | None = Field(
        None,
        alias="KMS_KEY_ARN",
        pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/[\w/-]+$",
        description="the ARN of a KMS key or alias, or nothing: the buckets' own encryption",
    )
    input_data_uri: str = Field(
        "",
        alias="INPUT_DATA_URI",
        pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?)?$",
        # The evaluate step gets it as an argument (ContainerArgument of the SageMaker API).
        max_length=256,
        description="an S3 URI such as s3://bucket/prefix/, at most 256 characters, or nothing: the data bucket's"
        " use-case={id}/input/",
    )
    column_names: Columns = Field(
        (),
        alias="COLUMN_NAMES",
        description="comma-separated names in file order, or nothing where the file has a header",
    )
    categorical_columns: Columns = Field(
        (),
        alias="CATEGORICAL_COLUMNS",
        description="comma-separated names, or nothing: every column that is not numeric",
    )
    commit: str = Field(
        "unknown",
        alias="COMMIT",
        pattern=r"^[\w./-]{1,256}$",
        description="a commit id: letters, digits, '.', '_', '/', '-'",
    )
    tags: Json[dict[TagKey, TagValue]] = Field(
        default_factory=dict[str, str],
        alias="PIPELINE_TAGS",
        description='a JSON object of tag keys and values for the ML pipeline and its jobs, such as {"team": "mlops"},'
        " or nothing",
    )

    @model_validator(mode="after")
    def _columns_fit_together(self) -> Self:
        named = self.column_names
        if repeated := [name for name, count in Counter(named).items() if count > 1]:
            raise ValueError(f"COLUMN_NAMES: given {', '.join(repeated)} more than once, expected each name once")
        if named and self.target_column not in named:
            raise ValueError(
                f"TARGET_COLUMN: given {self.target_column!r}, expected one of COLUMN_NAMES ({', '.join(named)})"
            )
        if self.target_column in self.categorical_columns:
            raise ValueError(
                "CATEGORICAL_COLUMNS: given the target column, expected features: the target of a regression is numeric"
            )
        if named and (unknown := sorted(set(self.categorical_columns) - set(named))):
            raise ValueError(
                f"CATEGORICAL_COLUMNS: given {', '.join(unknown)}, expected some of COLUMN_NAMES ({', '.join(named)})"
            )
        return self

    @property
    def model_package_group(self) -> str:
        """The group that every model of this pipeline is registered in."""
        return model_package_group(self.pipeline_name)

    @property
    def default_input_uri(self) -> str:
        """Where the data lies unless an execution says otherwise."""
        return self.input_data_uri or DataLayout(self.use_case_id).input_uri(self.data_bucket)

    @property
    def job_tags(self) -> dict[str, str]:
        """Tags of the pipeline and of its jobs; the SageMaker project's own two win over PIPELINE_TAGS."""
        return {**self.tags, "sagemaker:project-name": self.project_name, "sagemaker:project-id": self.project_id}


VARIABLES: Mapping[str, str] = {
    str(field.alias): str(field.description) for field in PipelineEnvironment.model_fields.values()
}
"""Environment variable to what is expected of it; required ones have no default."""


def parse(values: Mapping[str, str]) -> PipelineEnvironment:
    """Return the environment from variables; empty ones count as absent, unknown ones are ignored.

    Raises:
        InvalidEnvironmentError: with one line for each variable that is missing or wrong.
    """
    variables = {name: text.strip() for name, text in values.items() if name in VARIABLES and text.strip()}
    try:
        return PipelineEnvironment.model_validate(variables)
    except ValidationError as error:
        problems = [_problem(details["loc"], details["msg"], variables) for details in error.errors()]
    raise InvalidEnvironmentError(settings_report("The ML pipeline's settings", problems))


def _problem(location: tuple[int | str, ...], message: str, variables: Mapping[str, str]) -> str:
    if not location:
        return message.removeprefix("Value error, ")
    name = str(location[0])
    return variable_problem(name, variables, VARIABLES[name])
