"""The training step: XGBoost with our own script."""

# The SDK's annotations name types that its own examples don't give, and know nothing of pipeline variables:
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportAssignmentType=false

from typing import Any

from sagemaker.core.shapes import MetricDefinition, StoppingCondition, Tag
from sagemaker.core.training.configs import Compute, InputData, Networking, OutputDataConfig
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.train.model_trainer import ModelTrainer

from contract.layout import PipelineArtifacts
from pipeline_def.definition.context import LONGEST_SECONDS, VOLUME_GB, Context, cache, job_retries
from pipeline_def.definition.processing import split_uri

INPUT_ROOT = "/opt/ml/input"
CHANNELS = ("train", "validation")
FIXED_HYPERPARAMETERS = {
    "objective": "reg:squarederror",
    "early_stopping_rounds": "10",
    "min_child_weight": "6",
    "subsample": "0.7",
}


class ScriptTrainingStep(TrainingStep):
    """A training step whose container runs a script of the "code" channel.

    ModelTrainer knows a script only as SourceCode, which it uploads under a timestamp.
    """

    @property
    def arguments(self) -> dict[str, Any]:
        """The CreateTrainingJob request with the script as entry point."""
        request: dict[str, Any] = super().arguments
        folders = {"hyperparameters": f"{INPUT_ROOT}/config/hyperparameters.json", "model": "/opt/ml/model"}
        folders |= {name: f"{INPUT_ROOT}/data/{name}" for name in CHANNELS}
        request["AlgorithmSpecification"] |= {
            "ContainerEntrypoint": ["python3", f"{INPUT_ROOT}/data/code/train.py"],
            "ContainerArguments": [text for name, path in folders.items() for text in (f"--{name}", path)],
        }
        return request


def train_step(context: Context, preprocess: ProcessingStep) -> TrainingStep:
    """Train on the train split and stop by the validation split; the model lands below `{pipeline}/models/`."""
    environment, parameters = context.environment, context.parameters
    trainer = ModelTrainer(
        training_image=context.xgboost_image,
        role=environment.role_arn,
        base_job_name=environment.pipeline_name,
        compute=Compute(
            instance_type=parameters.training_instance_type,
            instance_count=1,
            volume_size_in_gb=VOLUME_GB,
            volume_kms_key_id=environment.kms_key_arn,
        ),
        networking=Networking(enable_network_isolation=True, enable_inter_container_traffic_encryption=True),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=LONGEST_SECONDS),
        output_data_config=OutputDataConfig(
            s3_output_path=f"s3://{environment.artifact_bucket}/{PipelineArtifacts(environment.pipeline_name).models}",
            kms_key_id=environment.kms_key_arn,
        ),
        input_data_config=[
            *(
                InputData(channel_name=name, data_source=split_uri(preprocess, name), content_type="text/csv")
                for name in CHANNELS
            ),
            InputData(channel_name="code", data_source=context.code_uri("train")),
        ],
        hyperparameters={
            **FIXED_HYPERPARAMETERS,
            "max_depth": parameters.max_depth.to_string(),
            "eta": parameters.eta.to_string(),
            "num_round": parameters.num_round.to_string(),
        },
        tags=[Tag(key=tag["Key"], value=tag["Value"]) for tag in context.tags],
        sagemaker_session=context.session,
    ).with_metric_definitions(
        [MetricDefinition(name=f"{name}:rmse", regex=rf"{name}-rmse:([0-9.]+)") for name in CHANNELS]
    )
    return ScriptTrainingStep(
        name="TrainModel",
        description="Train XGBoost, stopping when the validation split no longer improves",
        step_args=trainer.train(),
        cache_config=cache(),
        retry_policies=job_retries(),
    )
