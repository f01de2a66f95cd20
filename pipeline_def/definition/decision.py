"""The end of the ML pipeline: register the model, or fail and say why."""

# The SDK's annotations name types that its own examples don't give, and know nothing of pipeline variables:
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportAssignmentType=false

import hashlib

from sagemaker.core.metadata_properties import MetadataProperties
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.serve.model_builder import ModelBuilder

from contract.layout import PREPROCESSOR_FILE
from pipeline_def.definition.context import Context, service_retries
from pipeline_def.definition.processing import EVALUATION_REPORT, split_uri

INFERENCE_INSTANCES = ["ml.m5.large", "ml.m5.xlarge", "ml.c5.large", "ml.c5.xlarge"]
TRANSFORM_INSTANCES = ["ml.m5.large", "ml.m5.xlarge"]


def decide_step(
    context: Context, preprocess: ProcessingStep, train: TrainingStep, evaluate: ProcessingStep
) -> ConditionStep:
    """Register the model where its mean squared error is within the threshold, else fail the execution."""
    return ConditionStep(
        name="CheckMse",
        description="Is the mean squared error on the test split within MseThreshold?",
        conditions=[ConditionLessThanOrEqualTo(left=_measured_mse(evaluate), right=context.parameters.mse_threshold)],
        if_steps=[register_step(context, preprocess, train, evaluate)],
        else_steps=[fail_step(context, evaluate)],
    )


def register_step(
    context: Context, preprocess: ProcessingStep, train: TrainingStep, evaluate: ProcessingStep
) -> ModelStep:
    """Register a new version in the model package group, with its metrics and where it comes from."""
    environment, parameters = context.environment, context.parameters
    code_sha256 = hashlib.sha256(
        "".join(bundle.sha256 for _, bundle in sorted(context.bundles.items())).encode()
    ).hexdigest()
    evaluation_uri = Join(on="/", values=[split_uri(evaluate, "evaluation"), EVALUATION_REPORT.path])
    builder = ModelBuilder(
        image_uri=context.xgboost_image,
        s3_model_data_url=train.properties.ModelArtifacts.S3ModelArtifacts,
        role_arn=environment.role_arn,
        dependencies={},  # the SDK's own default makes it package and upload code
        sagemaker_session=context.session,
    )
    return ModelStep(
        name="RegisterModel",
        description=f"Register the model in {environment.model_package_group}",
        step_args=builder.register(
            model_package_group_name=environment.model_package_group,
            approval_status=parameters.model_approval_status,
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=INFERENCE_INSTANCES,
            transform_instances=TRANSFORM_INSTANCES,
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource(content_type="application/json", s3_uri=evaluation_uri)
            ),
            metadata_properties=MetadataProperties(
                commit_id=parameters.commit_id,
                generated_by=ExecutionVariables.PIPELINE_EXECUTION_ARN,
                project_id=environment.project_id,
            ),
            # Nothing of the execution's parameters: values here may have 256 characters of a small alphabet, and a
            # URI with a bracket would fail an execution at its very end (CustomerMetadataValue of the SageMaker API).
            # The commit is above; the input data is in the KPI row and among the execution's parameters.
            customer_metadata_properties={
                "code_sha256": code_sha256,
                "execution_id": ExecutionVariables.PIPELINE_EXECUTION_ID,
                "execution_arn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
                "use_case": environment.use_case_id,
                "preprocessor_uri": Join(on="/", values=[split_uri(preprocess, "preprocessor"), PREPROCESSOR_FILE]),
            },
        ),
        retry_policies=service_retries(),
    )


def fail_step(context: Context, evaluate: ProcessingStep) -> FailStep:
    """Fail the execution with a message that names the measured error and the threshold."""
    message = ["The model is not registered: its mean squared error", _measured_mse(evaluate), "is above the threshold"]
    return FailStep(name="MseTooHigh", error_message=Join(on=" ", values=[*message, context.parameters.mse_threshold]))


def _measured_mse(evaluate: ProcessingStep) -> JsonGet:
    return JsonGet(step_name=evaluate.name, property_file=EVALUATION_REPORT, json_path="regression_metrics.mse.value")
