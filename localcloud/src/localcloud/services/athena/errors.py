"""Athena's request errors."""

from localcloud.http.errors import AwsError


def invalid(message: str) -> AwsError:
    """InvalidRequestException, with which Athena answers everything that is wrong with a request."""
    return AwsError("InvalidRequestException", message)
