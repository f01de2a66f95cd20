"""How a statement ends other than well, in Athena's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_athena.type_defs import AthenaErrorTypeDef

USER_ERROR = 2
SYSTEM_ERROR = 1
_ERROR_TYPES = {
    "TABLE_NOT_FOUND": 1301,
    "SCHEMA_NOT_FOUND": 1300,
    "COLUMN_NOT_FOUND": 1006,
    "SYNTAX_ERROR": 1006,
    "PERMISSION_DENIED": 1100,
}


class StatementError(Exception):
    """A statement that Athena does not start."""


@dataclass
class QueryError(Exception):
    """A failed query: an error name such as TABLE_NOT_FOUND ('' where Athena gives none) and its message."""

    name: str
    message: str
    category: int = USER_ERROR

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.name else self.message

    def describe(self) -> AthenaErrorTypeDef:
        """Return the AthenaError of the execution's status (API reference, "AthenaError")."""
        return {
            "ErrorCategory": self.category,
            "ErrorType": _ERROR_TYPES.get(self.name, 1 if self.category == USER_ERROR else 0),
            "Retryable": self.category == SYSTEM_ERROR,
            "ErrorMessage": str(self),
        }


@dataclass
class QueryCancelled(Exception):  # noqa: N818 (not an error of the query)
    """A query that was stopped, by a user or by the workgroup's data usage control."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def catalog_denied(message: str) -> QueryError:
    """Return the error for a missing permission on the Glue catalog; `message` is Glue's own."""
    return QueryError("", f"Insufficient permissions to execute the query. {message}")


def s3_denied(path: str, message: str) -> QueryError:
    """Return the error for a missing permission on data in S3; `message` is S3's or KMS's own."""
    return QueryError("PERMISSION_DENIED", f"Permission denied on S3 path: {path}. {message}")
