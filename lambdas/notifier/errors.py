"""The notifier's own errors, and short words for those of AWS."""

from botocore.exceptions import ClientError

_NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException", "403"})


class MalformedEventError(ValueError):
    """An event that is not of the documented shape; the text names the field, what was given and what is expected."""


class UnexpectedEventError(ValueError):
    """A well-formed event that this notifier is not about: its rule is wrong."""


class SettingsError(ValueError):
    """Environment variables of the function are missing."""


def short_reason(error: Exception) -> str:
    """Why a call to AWS failed, for a reader of the message: `access denied (GetObject)`, `ReadTimeoutError`.

    The service's own text is left out: it repeats ARNs of roles, which have no place in a mail.
    """
    if not isinstance(error, ClientError):
        return type(error).__name__
    code = error.response.get("Error", {}).get("Code", "unknown error")
    return f"{'access denied' if code in _NOT_ALLOWED else code} ({error.operation_name})"
