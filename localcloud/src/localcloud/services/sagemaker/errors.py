"""SageMaker's errors: it answers ValidationException for most of what does not exist (API reference, per operation)."""

from collections.abc import Sequence

from localcloud.http.errors import AwsError, validation


def missing_group(arn: str) -> AwsError:
    """Return the error for a model package group that does not exist."""
    return validation(f"ModelPackageGroup {arn} does not exist.")


def existing_group(arn: str) -> AwsError:
    """Return the error for a name that another model package group has."""
    return validation(f"Model Package Group already exists: {arn}")


def group_with_packages(name: str, count: int) -> AwsError:
    """Return the error for a group that can't be deleted because of its model packages."""
    text = f"Model Package Group {name} cannot be deleted: it has {count} model package(s)."
    return AwsError("ConflictException", text)


def invalid_policy(reason: str) -> AwsError:
    """Return the error for a resource policy that is no document."""
    return validation(f"ResourcePolicy is not JSON: {reason}")


def missing_policy(arn: str) -> AwsError:
    """Return the error for a group without a resource policy."""
    return validation(f"Cannot find resource policy for: {arn}")


def missing_package(arn: str) -> AwsError:
    """Return the error for a model package that does not exist."""
    return validation(f"ModelPackage {arn} does not exist.")


def existing_package(arn: str) -> AwsError:
    """Return the error for a name that another model package has."""
    return AwsError("ConflictException", f"Model package already exists: {arn}")


def name_or_group() -> AwsError:
    """Return the error for a model package with both a name of its own and a group, or with neither."""
    return validation("Exactly one of ModelPackageName and ModelPackageGroupName must be given.")


def no_version() -> AwsError:
    """Return the error for the approval of a model package that is no version of a group."""
    return validation("ModelApprovalStatus can be set on versioned model packages only.")


def missing_pipeline(arn: str) -> AwsError:
    """Return the error for a pipeline that does not exist."""
    return AwsError("ResourceNotFound", f"Pipeline '{arn}' does not exist.")


def existing_pipeline(name: str) -> AwsError:
    """Return the error for a name that another pipeline has."""
    return validation(
        f"Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists."
    )


def running_pipeline(name: str) -> AwsError:
    """Return the error for a pipeline that can't be deleted because of an execution."""
    return AwsError("ConflictException", f"Pipeline {name} cannot be deleted while an execution is running.")


def definition_or_location() -> AwsError:
    """Return the error for a definition that is given twice, or not at all."""
    return validation("Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be given.")


def unreadable_definition(reason: str) -> AwsError:
    """Return the error for a definition in S3 that the caller can't read."""
    return validation(f"Unable to read the pipeline definition from S3: {reason}")


def invalid_definition(problems: Sequence[str]) -> AwsError:
    """Return the error for a definition that SageMaker does not take."""
    return validation(f"Unable to parse pipeline definition. {' '.join(problems)}")


def missing_execution(arn: str) -> AwsError:
    """Return the error for an execution that does not exist."""
    return AwsError("ResourceNotFound", f"Pipeline execution '{arn}' does not exist.")


def ended_execution(arn: str) -> AwsError:
    """Return the error for an execution that can't be stopped any more."""
    return AwsError("ConflictException", f"Pipeline execution {arn} is not running.")


def too_many_tags(message: str) -> AwsError:
    """Return the error for more tags than a resource may have."""
    return AwsError("ResourceLimitExceeded", message)
