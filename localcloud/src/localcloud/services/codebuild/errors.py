"""CodeBuild's errors, as its API reference names them, and the status code of a phase that fails for its source."""

from localcloud.http.errors import AwsError


def missing_project(name: str) -> AwsError:
    """Return the error for a project that does not exist."""
    return AwsError("ResourceNotFoundException", f"Project cannot be found: {name}")


def existing_project(arn: str) -> AwsError:
    """Return the error for a name that another project has."""
    return AwsError("ResourceAlreadyExistsException", f"Project already exists: {arn}")


def missing_build(build_id: str) -> AwsError:
    """Return the error for a build that does not exist."""
    return AwsError("ResourceNotFoundException", f"Build {build_id} cannot be found")


def invalid_input(message: str) -> AwsError:
    """Return the error for input that cannot be right, or that the local cloud does not run."""
    return AwsError("InvalidInputException", f"Invalid input: {message}")


def not_assumable(role_arn: str) -> AwsError:
    """Return the error for a service role that does not trust CodeBuild."""
    return AwsError("InvalidInputException", f"CodeBuild is not authorized to perform: sts:AssumeRole on {role_arn}")


def too_many_tags(message: str) -> AwsError:
    """Return the error for more tags than a project may have."""
    return AwsError("InvalidInputException", message)


def too_many_builds(project: str, limit: int) -> AwsError:
    """Return the error for a build beyond the project's concurrent build limit."""
    return AwsError("AccountLimitExceededException", f"Project {project} runs {limit} build(s) already")


def failed_source(message: str) -> AwsError:
    """Return the error of a source that cannot be fetched, with the status code of the phase."""
    return AwsError("CLIENT_ERROR", message)
