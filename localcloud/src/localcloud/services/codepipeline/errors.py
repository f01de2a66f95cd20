"""CodePipeline's errors, as its API reference names them."""

from localcloud.http.errors import AwsError
from localcloud.layout import ACCOUNT


def missing_pipeline(name: str) -> AwsError:
    """Return the error for a pipeline that does not exist."""
    return AwsError("PipelineNotFoundException", f"Account '{ACCOUNT}' does not have a pipeline with name '{name}'")


def existing_pipeline(name: str) -> AwsError:
    """Return the error for a name that another pipeline has."""
    message = f"A pipeline with the name '{name}' already exists in account '{ACCOUNT}'"
    return AwsError("PipelineNameInUseException", message)


def missing_version(name: str, version: int) -> AwsError:
    """Return the error for a version that a pipeline does not have."""
    return AwsError("PipelineVersionNotFoundException", f"Pipeline {name} has no version {version}")


def missing_stage(pipeline: str, stage: str) -> AwsError:
    """Return the error for a stage that a pipeline does not have."""
    return AwsError("StageNotFoundException", f"Pipeline {pipeline} has no stage {stage}")


def missing_execution(pipeline: str, execution_id: str) -> AwsError:
    """Return the error for an execution that does not exist."""
    message = f"The pipeline execution '{execution_id}' for pipeline '{pipeline}' was not found"
    return AwsError("PipelineExecutionNotFoundException", message)


def missing_resource(message: str) -> AwsError:
    """Return the error for tags of a pipeline that does not exist."""
    return AwsError("ResourceNotFoundException", message)


def too_many_tags(message: str) -> AwsError:
    """Return the error for more tags than a pipeline may have."""
    return AwsError("TooManyTagsException", message)


def invalid_structure(message: str) -> AwsError:
    """Return the error for a pipeline whose parts do not go together."""
    return AwsError("InvalidStructureException", message)


def invalid_stage(stage: str, message: str) -> AwsError:
    """Return the error for a stage that cannot be, or that the local cloud does not run."""
    return AwsError("InvalidStageDeclarationException", f"Stage {stage}{message}")


def invalid_action(action: str, message: str) -> AwsError:
    """Return the error for an action that cannot be, or that the local cloud does not run."""
    return AwsError("InvalidActionDeclarationException", f"{action}: {message}")


def not_assumable(role_arn: str) -> AwsError:
    """Return the error for a role that does not trust CodePipeline."""
    return invalid_structure(f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}")


def not_stoppable(execution_id: str, status: str) -> AwsError:
    """Return the error for the stop of an execution that has ended."""
    message = f"The pipeline execution {execution_id} is {status} and cannot be stopped"
    return AwsError("PipelineExecutionNotStoppableException", message)


def stopping_already(execution_id: str) -> AwsError:
    """Return the error for a second stop of an execution."""
    message = f"The pipeline execution {execution_id} is Stopping and cannot be stopped"
    return AwsError("DuplicatedStopRequestException", message)


def not_latest(execution_id: str, stage: str) -> AwsError:
    """Return the error for a retry of an execution that another one has followed in the stage."""
    return AwsError("NotLatestPipelineExecutionException", f"{execution_id} is not the latest execution of {stage}")


def not_retryable(message: str) -> AwsError:
    """Return the error for a retry of a stage that has not failed, or of a pipeline that has changed."""
    return AwsError("StageNotRetryableException", message)


def invalid_token() -> AwsError:
    """Return the error for an answer to an approval that does not wait."""
    message = "The approval request already received a response or has expired"
    return AwsError("InvalidApprovalTokenException", message)


def answered_already() -> AwsError:
    """Return the error for a second answer to an approval."""
    message = "The approval action has already been approved or rejected"
    return AwsError("ApprovalAlreadyCompletedException", message)


def missing_branch(branch: str) -> AwsError:
    """Return the error of a source action whose branch does not exist."""
    return AwsError("BranchDoesNotExist", f"No branch {branch} found in the repository")


def missing_commit(commit_id: str) -> AwsError:
    """Return the error of a source action whose commit does not exist."""
    return AwsError("CommitDoesNotExist", f"No commit {commit_id} found in the repository")
