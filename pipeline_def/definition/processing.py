"""The two processing steps: preparing the data, and measuring the model."""

# The SDK's annotations name types that its own examples don't give, and know nothing of pipeline variables:
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportAssignmentType=false

from typing import Any

from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import Processor
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep

from contract.layout import EVALUATION_FILE, DataLayout
from pipeline_def.definition.context import (
    LONGEST_SECONDS,
    PROCESSING_ROOT,
    VOLUME_GB,
    Context,
    cache,
    job_retries,
    processing_input,
    processing_output,
)

EVALUATION_REPORT = PropertyFile(name="EvaluationReport", output_name="evaluation", path=EVALUATION_FILE)
_LONGEST_ARGUMENT = 256
SPLITS = ("train", "validation", "test")


def preprocess_step(context: Context) -> ProcessingStep:
    """Split the input data and make it numeric; outputs train, validation, test and preprocessor."""
    environment, parameters = context.environment, context.parameters
    folders = ("input", *SPLITS, "preprocessor")
    processor = _processor(context, "preprocess", context.sklearn_image, parameters.processing_instance_count)
    return ProcessingStep(
        name="PreprocessData",
        description="Split the data, then impute, scale and encode it with what the training split alone tells",
        step_args=processor.run(
            inputs=[
                processing_input("input", parameters.input_data_uri),
                processing_input("code", context.code_uri("preprocess")),
            ],
            outputs=[
                processing_output(name, context.output_uri("PreprocessData", name))
                for name in (*SPLITS, "preprocessor")
            ],
            arguments=[
                *("--target-column", environment.target_column),
                *_names("--column-names", environment.column_names),
                *_names("--categorical-columns", environment.categorical_columns),
                *_folder_arguments(folders),
            ],
        ),
        cache_config=cache(),
        retry_policies=job_retries(),
    )


def evaluate_step(context: Context, preprocess: ProcessingStep, train: TrainingStep) -> ProcessingStep:
    """Measure the model on the test split; outputs evaluation and kpi.

    Never cached: every execution gets its KPI row.
    """
    environment, parameters = context.environment, context.parameters
    processor = _processor(context, "evaluate", context.xgboost_image, 1)
    kpi_uri = f"s3://{environment.data_bucket}/{DataLayout(environment.use_case_id).kpi_output}"
    return ProcessingStep(
        name="EvaluateModel",
        description="Measure the model on the test split and write the KPI row",
        step_args=processor.run(
            inputs=[
                processing_input("model", train.properties.ModelArtifacts.S3ModelArtifacts),
                processing_input("test", split_uri(preprocess, "test")),
                processing_input("code", context.code_uri("evaluate")),
            ],
            outputs=[
                processing_output("evaluation", context.output_uri("EvaluateModel", "evaluation")),
                processing_output("kpi", kpi_uri),
            ],
            arguments=[
                *("--pipeline-name", environment.pipeline_name),
                *("--execution-id", ExecutionVariables.PIPELINE_EXECUTION_ID),
                *("--train-job", train.properties.TrainingJobName),
                *("--dataset", parameters.input_data_uri),
                *("--mse-threshold", parameters.mse_threshold.to_string()),
                *_folder_arguments(("model", "test", "evaluation", "kpi")),
            ],
        ),
        property_files=[EVALUATION_REPORT],
        retry_policies=job_retries(),
    )


def split_uri(preprocess: ProcessingStep, name: str) -> Any:
    """Return the S3 URI of an output of the preprocessing step, as a pipeline variable."""
    return preprocess.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def _processor(context: Context, script: str, image: str, instance_count: Any) -> Processor:
    environment = context.environment
    return Processor(
        role=environment.role_arn,
        image_uri=image,
        entrypoint=["python3", f"{PROCESSING_ROOT}/code/{script}.py"],
        instance_type=context.parameters.processing_instance_type,
        instance_count=instance_count,
        volume_size_in_gb=VOLUME_GB,
        volume_kms_key=environment.kms_key_arn,
        output_kms_key=environment.kms_key_arn,
        max_runtime_in_seconds=LONGEST_SECONDS,
        network_config=NetworkConfig(enable_network_isolation=True, encrypt_inter_container_traffic=True),
        sagemaker_session=context.session,
        tags=context.tags,
    )


def _names(flag: str, names: tuple[str, ...]) -> list[str]:
    """Join names by commas into as few arguments as hold them (ContainerArguments, SageMaker API)."""
    joined: list[str] = []
    for name in names:
        if joined and len(joined[-1]) + len(name) < _LONGEST_ARGUMENT:
            joined[-1] += f",{name}"
        else:
            joined.append(name)
    return [flag, *joined] if joined else []


def _folder_arguments(names: tuple[str, ...]) -> list[str]:
    return [text for name in names for text in (f"--{name}", f"{PROCESSING_ROOT}/{name}")]
