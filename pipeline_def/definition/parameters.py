"""The ML pipeline's parameters: what an execution may set without a new definition."""

from dataclasses import dataclass, fields

from sagemaker.core.workflow.parameters import Parameter, ParameterFloat, ParameterInteger, ParameterString

from pipeline_def.environment import PipelineEnvironment

COMMIT_PARAMETER = "CommitId"


@dataclass(frozen=True, kw_only=True)
class PipelineParameters:
    """One SDK parameter for each name; their order here is the order in the definition."""

    processing_instance_type: ParameterString
    processing_instance_count: ParameterInteger
    training_instance_type: ParameterString
    model_approval_status: ParameterString
    input_data_uri: ParameterString
    mse_threshold: ParameterFloat
    max_depth: ParameterInteger
    eta: ParameterFloat
    num_round: ParameterInteger
    commit_id: ParameterString

    def all(self) -> list[Parameter]:
        """Return every parameter, in order."""
        return [getattr(self, field.name) for field in fields(self)]


def parameters(environment: PipelineEnvironment) -> PipelineParameters:
    """Return the parameters with the environment's values as defaults.

    CommitId is the commit that a registered model names. Its default is the commit that last changed the definition;
    a caller that starts an execution for another commit may say so.
    """
    return PipelineParameters(
        processing_instance_type=ParameterString("ProcessingInstanceType", default_value="ml.m5.large"),
        processing_instance_count=ParameterInteger("ProcessingInstanceCount", default_value=1),
        training_instance_type=ParameterString("TrainingInstanceType", default_value="ml.m5.large"),
        model_approval_status=ParameterString(
            "ModelApprovalStatus",
            default_value="PendingManualApproval",
            # The execution role may register no approved version: a person approves.
            enum_values=["PendingManualApproval", "Rejected"],
        ),
        input_data_uri=ParameterString("InputDataUri", default_value=environment.default_input_uri),
        mse_threshold=ParameterFloat("MseThreshold", default_value=environment.mse_threshold),
        max_depth=ParameterInteger("MaxDepth", default_value=5),
        eta=ParameterFloat("Eta", default_value=0.1),
        num_round=ParameterInteger("NumRound", default_value=200),
        commit_id=ParameterString(COMMIT_PARAMETER, default_value=environment.commit),
    )
