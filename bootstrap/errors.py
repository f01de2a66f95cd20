"""Errors whose messages say what to do."""

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from contract.aws_errors import code_of, is_access_denied, message_of

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch")


class BootstrapError(Exception):
    """The bootstrap can't continue; the message says why and what to do."""


def explain(error: ClientError | BotoCoreError, doing: str) -> BootstrapError:
    """Return an error with one message for a failed call; `doing` completes the sentence "while ..."."""
    if isinstance(error, NoCredentialsError):
        return BootstrapError("No AWS credentials were found. Log in (for example `aws sso login`) or set AWS_PROFILE.")
    if not isinstance(error, ClientError) or isinstance(error, NoRegionError):
        return BootstrapError(f"AWS can't be reached while {doing}: {error}")
    code, message = code_of(error), message_of(error)
    if code in _EXPIRED:
        return BootstrapError(f"AWS refuses these credentials ({code}): {message} Log in again.")
    if is_access_denied(error):
        return BootstrapError(
            f"A permission is missing while {doing}: {error.operation_name}: {message or 'access denied'}\n"
            "What was done stays; with the permission, run the same command again."
        )
    return BootstrapError(f"AWS refused while {doing}: {error.operation_name}: {code}: {message}")
