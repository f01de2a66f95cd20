"""Registering a model: CreateModelPackage with the execution role's credentials."""

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.runners.executions.errors import refused
from localcloud.runners.executions.steps.base import Job, Result


def run(job: Job) -> Result:
    """Creates the model package; raises StepFailedError, for instance where the group doesn't exist."""
    arguments = job.variables.resolve(job.step["Arguments"])
    try:
        arn = job.sagemaker.create_model_package(**arguments)["ModelPackageArn"]
    except (BotoCoreError, ClientError) as error:
        raise refused(error, "Failed to invoke sagemaker:CreateModelPackage. Error Details") from error
    version = arn.rpartition("/")[2]
    return Result(
        properties={**arguments, "ModelPackageArn": arn, "ModelPackageStatus": "Completed"},
        metadata={"RegisterModel": {"Arn": arn}},
        message=f"version {version} in {arguments['ModelPackageGroupName']}"
        if "ModelPackageGroupName" in arguments
        else None,
    )
