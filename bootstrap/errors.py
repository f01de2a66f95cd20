"""Errors whose messages say what to do."""

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch")


class BootstrapError(Exception):
    """The bootstrap can't continue; the message says why and what to do."""


def code_of(error: ClientError) -> str:
    """Return the service's error code, such as NoSuchBucket."""
    return str(error.response.get("Error", {}).get("Code", ""))


def explain(error: ClientError | BotoCoreError, doing: str) -> BootstrapError:
    """Return an error with one message for a failed call; `doing` completes the sentence "while ..."."""
    if isinstance(error, NoCredentialsError):
        return BootstrapError("No AWS credentials were found. Log in (for example `aws sso login`) or set AWS_PROFILE.")
    if not isinstance(error, ClientError) or isinstance(error, NoRegionError):
        return BootstrapError(f"AWS can't be reached while {doing}: {error}")
    code = code_of(error)
    message = error.response.get("Error", {}).get("Message", "")
    if code in _EXPIRED:
        return BootstrapError(f"AWS refuses these credentials ({code}): {message} Log in again.")
    if code in _DENIED or code == "403":
        return BootstrapError(
            f"A permission is missing while {doing}: {error.operation_name}: {message or 'access denied'}\n"
            "What was done stays; with the permission, run the same command again."
        )
    return BootstrapError(f"AWS refused while {doing}: {error.operation_name}: {code}: {message}")
