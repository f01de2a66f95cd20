"""Errors of AWS, by code and message."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.aws_errors import code_of, is_access_denied, message_of


def refusal(response: Any) -> ClientError:
    return ClientError(response, "GetObject")


def test_an_error_has_the_services_code_and_message() -> None:
    error = refusal({"Error": {"Code": "NoSuchKey", "Message": "The key does not exist."}})

    assert (code_of(error), message_of(error)) == ("NoSuchKey", "The key does not exist.")


@pytest.mark.parametrize("response", [{}, {"Error": {}}, {"Error": None}])
def test_an_answer_without_an_error_has_neither(response: Any) -> None:
    error = ClientError({}, "GetObject")
    error.response = response

    assert (code_of(error), message_of(error)) == ("", "")
    assert not is_access_denied(error)


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"])
def test_a_missing_permission_has_one_meaning_under_each_of_its_codes(code: str) -> None:
    assert is_access_denied(refusal({"Error": {"Code": code}}))
    assert not is_access_denied(refusal({"Error": {"Code": "404"}}))
