"""Errors as the engine gets them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from pulumi.runtime.proto import provider_pb2, status_pb2

from localcloud.provider.errors import PartialFailureError, ProviderError
from localcloud.provider.reporting import name_of, reporting, token_of
from localcloud.provider.wire import Secrets, encode

URN = "urn:pulumi:dev::p::app:index:Alerting$aws:sns/topic:Topic::events::with::colons"


class AbortedError(Exception):
    """The call was ended."""


class Context:
    """Records how a call ended."""

    def __init__(self) -> None:
        self.metadata: Any = ()

    def set_trailing_metadata(self, metadata: Any) -> None:
        self.metadata = metadata

    def abort(self, code: Any, details: str) -> None:
        raise AbortedError(f"{code.name} {details}")


def ended(error: Exception, inputs: dict[str, Any] | None = None, secret: str = "") -> tuple[str, Context]:
    @reporting
    def method(_self: object, _request: Any, _context: Any) -> None:
        raise error

    context = Context()
    secrets = Secrets(frozenset({secret})) if secret else Secrets()
    request = provider_pb2.CreateRequest(urn=URN, properties=encode(inputs or {}, secrets))
    with pytest.raises(AbortedError) as aborted:
        method(object(), request, context)
    return str(aborted.value), context


def test_a_urn_of_a_components_child_gives_the_childs_type_and_name() -> None:
    assert token_of(URN) == "aws:sns/topic:Topic"
    assert name_of(URN) == "events::with::colons"


def test_what_aws_refuses_is_one_line_with_resource_operation_code_and_message() -> None:
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "CreateTopic")
    message, _ = ended(refused)
    assert message == "UNKNOWN aws:sns/topic:Topic 'events::with::colons': CreateTopic: AccessDenied: not you"


def test_a_secret_of_the_request_is_not_in_the_error() -> None:
    message, _ = ended(ProviderError("'hush' does not match"), {"displayName": "hush"}, "hush")
    assert "hush" not in message
    assert "[secret]" in message


def test_a_defect_is_one_line_too_and_says_where() -> None:
    message, _ = ended(KeyError("x"))
    assert message.startswith("INTERNAL aws:sns/topic:Topic")
    assert "test_reporting.py:" in message
    assert "\n" not in message


def test_a_half_made_resource_is_reported_with_its_id_and_state() -> None:
    partial = PartialFailureError("the-id", {"name": "n", "token": "hush"}, "PutX: Denied: hush")
    message, context = ended(partial, {"token": "hush"}, "hush")
    assert "hush" not in message
    [(key, value)] = context.metadata
    assert key == "grpc-status-details-bin"
    [detail] = status_pb2.Status.FromString(value).details
    failure = provider_pb2.ErrorResourceInitFailed()
    assert detail.Unpack(failure)
    assert failure.id == "the-id"
    assert failure.properties == encode({"name": "n", "token": "hush"}, Secrets(frozenset({"hush"})))
    assert "[secret]" in failure.reasons[0]
