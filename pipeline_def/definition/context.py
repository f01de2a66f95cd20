"""What the steps have in common: where code and outputs lie, images, network, retries and caching."""

# The SDK's annotations name types that its own examples don't give, and know nothing of pipeline variables:
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportAssignmentType=false

from dataclasses import dataclass
from typing import Any

from sagemaker.core import image_uris
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.retry import (
    RetryPolicy,
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import CacheConfig

from contract.layout import PipelineArtifacts
from pipeline_def.code import CodeBundle
from pipeline_def.definition.parameters import PipelineParameters
from pipeline_def.environment import PipelineEnvironment

PROCESSING_ROOT = "/opt/ml/processing"
VOLUME_GB = 30
LONGEST_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything a step module needs to make its step."""

    environment: PipelineEnvironment
    parameters: PipelineParameters
    bundles: dict[str, CodeBundle]
    session: PipelineSession

    @property
    def tags(self) -> list[dict[str, str]]:
        """The jobs' tags, sorted by key."""
        return [{"Key": key, "Value": value} for key, value in sorted(self.environment.job_tags.items())]

    @property
    def sklearn_image(self) -> str:
        """Python 3.12 with scikit-learn 1.9 and pandas 2.2."""
        # Images next to what the requirements pin, so that a local execution and AWS agree.
        return image_uris.retrieve(
            "sklearn", self.environment.region, version="1.9-0", py_version="py3", instance_type="ml.m5.large"
        )

    @property
    def xgboost_image(self) -> str:
        """Python 3.12 with XGBoost 3.2, for training, evaluation and inference alike."""
        return image_uris.retrieve("xgboost", self.environment.region, version="3.2-0")

    def code_uri(self, name: str) -> str:
        """Return the S3 prefix of a step's code."""
        prefix = self.bundles[name].key_prefix(self.environment.pipeline_name)
        return f"s3://{self.environment.artifact_bucket}/{prefix}/"

    def output_uri(self, step: str, output: str) -> Join:
        """Return the S3 prefix of one output of one execution."""
        root = f"s3://{self.environment.artifact_bucket}/{PipelineArtifacts(self.environment.pipeline_name).executions}"
        return Join(on="/", values=[root, ExecutionVariables.PIPELINE_EXECUTION_ID, step, output])


def processing_input(name: str, uri: Any) -> ProcessingInput:
    """Copy a whole S3 prefix to the folder of that name before the container starts."""
    s3_input = ProcessingS3Input(
        s3_uri=uri,
        local_path=f"{PROCESSING_ROOT}/{name}",
        s3_data_type="S3Prefix",
        s3_input_mode="File",
        s3_data_distribution_type="FullyReplicated",
    )
    return ProcessingInput(input_name=name, s3_input=s3_input)


def processing_output(name: str, uri: Any) -> ProcessingOutput:
    """Copy the folder of that name to an S3 prefix after the container has ended well."""
    s3_output = ProcessingS3Output(s3_uri=uri, local_path=f"{PROCESSING_ROOT}/{name}", s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=name, s3_output=s3_output)


def cache() -> CacheConfig:
    """Reuse steps where an execution is repeated within hours, but not in a daily one on new data under the same URI.

    SageMaker compares URIs, not what lies there ("Caching pipeline steps", SageMaker Developer Guide).
    """
    return CacheConfig(enable_caching=True, expire_after="PT6H")


def service_retries() -> list[RetryPolicy]:
    """Return the retries of a step that only calls an API: after throttling and service faults."""
    transient = [StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING]
    return [StepRetryPolicy(exception_types=transient, interval_seconds=10, backoff_rate=2.0, max_attempts=5)]


def job_retries() -> list[RetryPolicy]:
    """Return the retries of a step that starts a job: also after internal errors, and without capacity or quota."""
    scarce = [SageMakerJobExceptionTypeEnum.CAPACITY_ERROR, SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT]
    return [
        *service_retries(),
        SageMakerJobStepRetryPolicy(
            failure_reason_types=[SageMakerJobExceptionTypeEnum.INTERNAL_ERROR],
            interval_seconds=30,
            backoff_rate=2.0,
            max_attempts=3,
        ),
        SageMakerJobStepRetryPolicy(
            exception_types=scarce, interval_seconds=60, backoff_rate=2.0, expire_after_mins=120
        ),
    ]
