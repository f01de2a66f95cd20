"""The environment variables of a job as typed records; everything missing or wrong is reported at once."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contract.errors import settings_report, variable_problem
from delivery.job import DeliveryError

# S3 user guide, "Bucket naming rules".
_BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
_COMMIT = r"^[0-9a-f]{7,64}$"
# CodePipeline API reference, "PipelineDeclaration" and "StopPipelineExecution".
_PIPELINE = r"^[A-Za-z0-9.@_-]{1,100}$"
_EXECUTION = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_REGION = r"^[a-z]{2,3}(-[a-z]+)+-[0-9]$"
_KEY = r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[\w-]+$"
_BACKEND = r"^(s3|file)://\S+$"


class JobEnvironment(BaseModel):
    """What every job reads; a field's alias is its environment variable, its description what is expected there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stack: str = Field(alias="STACK", pattern=r"^[a-z][a-z0-9]{1,7}$", description="a stack's name such as dev")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the process's environment, or the one given; an empty variable counts as absent.

        Raises:
            DeliveryError: naming every variable that is missing or wrong.
        """
        variables = {name: text.strip() for name, text in (environment or os.environ).items() if text.strip()}
        try:
            return cls.model_validate(variables)
        except ValidationError as error:
            problems = [cls._problem(str(details["loc"][0]), variables) for details in error.errors()]
        raise DeliveryError(settings_report("The job's environment", problems))

    @classmethod
    def _problem(cls, name: str, variables: Mapping[str, str]) -> str:
        expected = next(field.description for field in cls.model_fields.values() if field.alias == name)
        return variable_problem(name, variables, str(expected))


class VerifyEnvironment(JobEnvironment):
    """Verify, run by the delivery pipeline or by a person whose Pulumi CLI is logged in to a backend."""

    backend_url: str | None = Field(
        None, alias="PULUMI_BACKEND_URL", pattern=_BACKEND, description="the state's address, s3://bucket?region=..."
    )
    region: str | None = Field(None, alias="AWS_REGION", pattern=_REGION, description="a region such as eu-west-1")
    # "Environment variables in build environments" (CodeBuild User Guide).
    initiator: str = Field("", alias="CODEBUILD_INITIATOR", description="who started the build, set by CodeBuild")

    @property
    def is_stage(self) -> bool:
        """Whether this is the stage Verify of the delivery pipeline, which comes after Upsert."""
        return self.initiator.startswith("codepipeline/")


class StackEnvironment(JobEnvironment):
    """A job that opens a stack: which one, and where its state is."""

    backend_url: str = Field(
        alias="PULUMI_BACKEND_URL",
        pattern=_BACKEND,
        description="the state's address, s3://bucket?region=...",
    )
    secrets_provider: str | None = Field(
        None, alias="PULUMI_SECRETS_PROVIDER", pattern=r"^awskms://\S+$", description="awskms://alias/...?region=..."
    )
    region: str = Field(alias="AWS_REGION", pattern=_REGION, description="a region such as eu-west-1")


class ActionEnvironment(StackEnvironment):
    """A job that runs as an action of the delivery pipeline."""

    pipeline_name: str = Field(alias="PIPELINE_NAME", pattern=_PIPELINE, description="the delivery pipeline's name")
    execution_id: str = Field(
        alias="PIPELINE_EXECUTION_ID", pattern=_EXECUTION, description="a UUID: #{codepipeline.PipelineExecutionId}"
    )
    commit_id: str = Field(alias="COMMIT_ID", pattern=_COMMIT, description="a commit id of 7 to 64 hex digits")
    artifact_bucket: str = Field(alias="ARTIFACT_BUCKET", pattern=_BUCKET, description="an S3 bucket's name")
    # Optional: the first self-update to a commit that reads it still runs with the variables of the one before.
    key_arn: str | None = Field(None, alias="KMS_KEY_ARN", pattern=_KEY, description="the ARN of the stack's KMS key")


class DriftEnvironment(StackEnvironment):
    """The scheduled check for drift."""

    topic_arn: str = Field(
        alias="NOTIFICATION_TOPIC_ARN",
        pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$",
        description="the notification topic's ARN",
    )


class PullRequestEnvironment(StackEnvironment):
    """The preview of a CodeCommit pull request; CodeCommit API reference, "PostCommentForPullRequest"."""

    repository: str = Field(
        alias="REPOSITORY_NAME", pattern=r"^[\w.-]{1,100}$", description="the CodeCommit repository's name"
    )
    pull_request_id: str = Field(alias="PULL_REQUEST_ID", pattern=r"^[0-9]+$", description="the pull request's number")
    source_commit: str = Field(alias="SOURCE_COMMIT", pattern=_COMMIT, description="the proposed commit's id")
    destination_commit: str = Field(
        alias="DESTINATION_COMMIT", pattern=_COMMIT, description="the id of the commit that it would be merged into"
    )
