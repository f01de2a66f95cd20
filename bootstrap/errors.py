"""Errors whose messages say what to do."""

import os

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    ConnectionError,  # noqa: A004 botocore's, of which the closed and the refused connection are kinds
    CredentialRetrievalError,
    HTTPClientError,
    InvalidConfigError,
    LoginError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from contract.aws_errors import code_of, is_access_denied, message_of

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch")

_NO_ACCESS = (
    NoCredentialsError,
    CredentialRetrievalError,
    PartialCredentialsError,
    SSOError,
    LoginError,
    TokenRetrievalError,
    NoAuthTokenError,
    ConnectionError,
    HTTPClientError,
)


class BootstrapError(Exception):
    """The bootstrap can't continue: what is wrong, and the remedy, which completes "To do: ..." where there is one."""

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.text, self.remedy = text, remedy

    def __str__(self) -> str:
        return f"{self.text} To do: {self.remedy}" if self.remedy else self.text


def explain(error: ClientError | BotoCoreError, doing: str) -> BootstrapError:
    """Return an error with one message for a failed call; `doing` completes the sentence "while ..."."""
    if not isinstance(error, ClientError):
        return _explain_configuration(error, doing)
    code, message = code_of(error), message_of(error)
    if code in _EXPIRED:
        return BootstrapError(f"AWS refuses these credentials ({code}): {message}", "log in again")
    if is_access_denied(error):
        return BootstrapError(
            f"A permission is missing while {doing}: {error.operation_name}: {message or 'access denied'}\n"
            "What was done stays; with the permission, run the same command again."
        )
    return BootstrapError(f"AWS refused while {doing}: {error.operation_name}: {code}: {message}")


def is_about_access(error: BaseException | None) -> bool:
    """Return whether AWS never answered the question: no credentials, expired ones, or no way to it."""
    if isinstance(error, ClientError):
        return code_of(error) in _EXPIRED
    return isinstance(error, _NO_ACCESS)


def _explain_configuration(error: BotoCoreError, doing: str) -> BootstrapError:
    """Say what is wrong with the configuration or the credentials of the machine, or with the way to AWS."""
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
    of_profile = f" --profile {profile}" if profile else ""
    text = str(error).rstrip(".")
    reason, remedy = f"It failed while {doing}: {text}.", ""
    match error:
        case NoCredentialsError():
            reason = "No AWS credentials were found."
            remedy = "log in (for example `aws sso login`) or set AWS_PROFILE"
        case ProfileNotFound():
            reason = f"{text}: no AWS configuration file has it."
            remedy = "unset AWS_PROFILE, then choose one that `aws configure list-profiles` lists"
        case SSOError() | TokenRetrievalError() | NoAuthTokenError():
            reason, remedy = f"The login to AWS is over: {text}.", f"aws sso login{of_profile}"
        case LoginError():
            reason, remedy = f"The login to AWS is over: {text}.", f"aws login{of_profile}"
        case ConfigNotFound() | ConfigParseError() | InvalidConfigError() | PartialCredentialsError():
            reason = f"The AWS configuration can't be used: {text}."
            remedy = "correct it, or what AWS_CONFIG_FILE and AWS_PROFILE name"
        case ConnectionError() | HTTPClientError():
            reason = f"AWS can't be reached while {doing}: {text}."
            remedy = "check the network, the proxy, and AWS_ENDPOINT_URL where it is set"
        case _:
            pass
    return BootstrapError(reason, remedy)
