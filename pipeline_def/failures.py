"""What went wrong with a call to AWS, in words that say what to do."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)

from contract.aws_errors import code_of, is_access_denied, message_of
from pipeline_def.environment import PipelineEnvironment

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_UNKNOWN_CREDENTIALS = (
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
)


def explain(error: BotoCoreError | ClientError, environment: PipelineEnvironment) -> str:
    """Return one message for a failed call."""
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return (
            f"No AWS credentials ({error}). "
            "Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role of the host."
        )
    if isinstance(error, EndpointConnectionError):
        return f"{error}. Is {environment.region} the right region, and can this machine reach it?"
    if isinstance(error, ClientError):
        return _refusal(error, environment)
    return f"The call to AWS failed: {error}"


def _refusal(error: ClientError, environment: PipelineEnvironment) -> str:
    code, message = code_of(error), message_of(error)
    call = error.operation_name
    if code in _EXPIRED:
        return f"The AWS credentials have expired ({call}: {message}). Sign in again."
    if code in _UNKNOWN_CREDENTIALS:
        return (
            f"AWS doesn't know these credentials ({call}: {message}). Check the access key, its secret and the account."
        )
    if code == "NoSuchBucket":
        return (
            f"The artifact bucket {environment.artifact_bucket!r} doesn't exist ({call}). "
            "Deploy the stack first, or correct ARTIFACT_BUCKET."
        )
    if code == "NoSuchEntity":
        return (
            f"The execution role {environment.role_arn} doesn't exist ({call}). "
            "Deploy the stack first, or correct SAGEMAKER_PIPELINE_ROLE_ARN."
        )
    if is_access_denied(error):
        return f"Denied: {call} ({message}). The role or user that runs the upsert needs this permission."
    return f"{call} failed: {code}: {message}"
