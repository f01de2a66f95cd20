"""Errors as AWS services return them."""

from dataclasses import dataclass

DENIED = "AccessDeniedException"
"""The code of AWS's JSON services for what the caller may not do."""


@dataclass
class AwsError(Exception):
    """An error answer: its code, its message and the HTTP status (400 unless AWS documents another)."""

    code: str
    message: str
    status: int = 400

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def validation(message: str) -> AwsError:
    """Return the ValidationException of AWS's JSON services."""
    return AwsError("ValidationException", message)


def denied(principal: str, action: str, resource: str, *, explicit: bool = False) -> AwsError:
    """Return a denial in AWS's words (IAM user guide, "Troubleshoot access denied error messages")."""
    reason = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else f"because no identity-based policy allows the {action} action"
    )
    message = f"User: {principal} is not authorized to perform: {action} on resource: {resource} {reason}"
    return AwsError(DENIED, message)
