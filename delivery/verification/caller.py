"""Whose credentials these are, asked before anything else, so that a person reads in seconds what is wrong."""

from typing import TYPE_CHECKING, Final

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as UnreachableError,
)
from botocore.parsers import ResponseParserError

from contract.aws_errors import code_of, message_of
from contract.names import Deployment
from delivery.job import DeliveryError

if TYPE_CHECKING:
    import boto3

_SHORT: Final = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})


def require_account(session: "boto3.session.Session", deployment: Deployment) -> None:
    """Raise DeliveryError without valid credentials of the stack's account; the message says what to do."""
    try:
        identity = session.client("sts", config=_SHORT).get_caller_identity()
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        raise DeliveryError(_refusal(error)) from error
    if identity["Account"] != deployment.account_id:
        raise DeliveryError(
            f"these credentials ({identity['Arn']}) are of account {identity['Account']}, but "
            f"Pulumi.{deployment.environment}.yaml names account {deployment.account_id} (operations.accountId)"
        )


def _refusal(error: Exception) -> str:
    match error:
        case NoCredentialsError():
            return "no AWS credentials were found: log in (such as `aws sso login`), or set AWS_PROFILE"
        case SSOError() | TokenRetrievalError():
            return f"the login to AWS has expired: `aws sso login` ({error})"
        # Where a proxy answers instead of AWS, there is nothing to parse.
        case UnreachableError() | HTTPClientError() | ResponseParserError():
            return f"AWS can't be reached: {error}"
        case ClientError():
            return f"AWS refuses these credentials: {code_of(error)}: {message_of(error).rstrip('.')}. Log in again"
        case _:
            return f"there are no usable AWS credentials: {error}"
