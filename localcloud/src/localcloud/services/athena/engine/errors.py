"""How a query ends other than well, in Athena's words."""

from dataclasses import dataclass

USER_ERROR = 2
SYSTEM_ERROR = 1
_TYPES = {
    "TABLE_NOT_FOUND": 1301,
    "SCHEMA_NOT_FOUND": 1300,
    "COLUMN_NOT_FOUND": 1006,
    "SYNTAX_ERROR": 1006,
    "PERMISSION_DENIED": 1100,
}


@dataclass
class QueryError(Exception):
    """A failed query: an error name such as TABLE_NOT_FOUND ('' where Athena gives none) and its message."""

    name: str
    message: str
    category: int = USER_ERROR

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.name else self.message

    def athena_error(self) -> dict[str, object]:
        """The AthenaError of the execution's status (API reference, "AthenaError")."""
        kind = _TYPES.get(self.name, 1 if self.category == USER_ERROR else 0)
        return {
            "ErrorCategory": self.category,
            "ErrorType": kind,
            "Retryable": self.category == SYSTEM_ERROR,
            "ErrorMessage": str(self),
        }


@dataclass
class QueryCancelled(Exception):  # noqa: N818 (not an error of the query)
    """A query that was stopped, by a user or by the workgroup's data usage control."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def access_denied(message: str) -> QueryError:
    """A missing permission on the Glue catalog; `message` is Glue's own."""
    return QueryError("", f"Insufficient permissions to execute the query. {message}")


def s3_denied(path: str, message: str) -> QueryError:
    """A missing permission on data in S3; `message` is S3's or KMS's own."""
    return QueryError("PERMISSION_DENIED", f"Permission denied on S3 path: {path}. {message}")
