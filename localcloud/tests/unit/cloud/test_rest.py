"""Requests of AWS's REST protocol, bound to operations and members by botocore's model."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import prepare_request_dict
from botocore.model import ServiceModel, StructureShape
from botocore.serialize import create_serializer

from localcloud.http.errors import AwsError
from localcloud.http.request import Request
from localcloud.http.rest import Routes, input_of, output_of, status_of


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def request(service: str, operation: str, **parameters: Any) -> Request:
    """The request that botocore itself sends for a call."""
    of = model(service)
    http_request = create_serializer("rest-json", include_validation=False).serialize_to_request(
        parameters, of.operation_model(operation)
    )
    prepare_request_dict(http_request, endpoint_url="http://127.0.0.1")
    # A model may put a prefix before the host.
    path, _, query = http_request["url"].partition("://")[2].partition("?")
    path = path[path.index("/") :]
    scope = {
        "method": http_request["method"],
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(key.encode(), str(value).encode()) for key, value in http_request["headers"].items()],
    }
    body = http_request["body"] if isinstance(http_request["body"], bytes) else str(http_request["body"] or "").encode()
    return Request.of(scope, body)


def parsed(service: str, sent: Request) -> tuple[str, dict[str, Any]]:
    of = model(service)
    name, labels = Routes(of).find(sent)
    shape = of.operation_model(name).input_shape
    assert shape is not None
    return name, input_of(shape, sent, labels)


ARN = "arn:aws:quicksight:us-east-1:123456789012:dataset/a"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("DescribeDataSet", {"AwsAccountId": "1", "DataSetId": "a b"}),
        ("DescribeDataSetPermissions", {"AwsAccountId": "1", "DataSetId": "permissions"}),
        (
            "CreateIngestion",
            {"AwsAccountId": "1", "DataSetId": "a", "IngestionId": "b", "IngestionType": "FULL_REFRESH"},
        ),
        ("ListDataSets", {"AwsAccountId": "1", "MaxResults": 7, "NextToken": "x/y="}),
        ("DescribeDashboard", {"AwsAccountId": "1", "DashboardId": "a", "VersionNumber": 3}),
        ("UpdateDashboardPublishedVersion", {"AwsAccountId": "1", "DashboardId": "a", "VersionNumber": 3}),
        ("UntagResource", {"ResourceArn": ARN, "TagKeys": ["a", "b"]}),
        ("TagResource", {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "1"}]}),
    ],
)
def test_a_request_comes_back_as_it_was_sent(operation: str, parameters: dict[str, Any]) -> None:
    assert parsed("quicksight", request("quicksight", operation, **parameters)) == (operation, parameters)


@pytest.mark.parametrize("service", ["quicksight", "lakeformation", "chatbot", "lambda"])
def test_every_operation_of_a_service_is_found_by_its_own_request(service: str) -> None:
    routes, of = Routes(model(service)), model(service)
    for operation in of.operation_names:
        shape = of.operation_model(operation).input_shape
        members = shape.members if isinstance(shape, StructureShape) else {}
        labels = {
            name: 1 if member.type_name in {"integer", "long"} else f"the-{name}"
            for name, member in members.items()
            if member.serialization.get("location") == "uri"
        }
        assert routes.find(request(service, operation, **labels))[0] == operation


def test_a_header_and_a_list_in_the_query_are_members() -> None:
    sent = request("lambda", "Invoke", FunctionName="f", InvocationType="Event", Payload=b"{}")
    assert parsed("lambda", sent) == (
        "Invoke",
        {"FunctionName": "f", "InvocationType": "Event", "Payload": b"{}"},
    )


def test_another_method_or_path_is_no_operation() -> None:
    assert Routes(model("quicksight")).find(request("chatbot", "DescribeSlackUserIdentities"))[0] == ""


def test_text_that_is_no_number_is_refused() -> None:
    sent = request("quicksight", "DescribeDashboard", AwsAccountId="1", DashboardId="a", VersionNumber="three")
    with pytest.raises(AwsError, match="VersionNumber: 'three' is not of type long"):
        parsed("quicksight", sent)


def test_the_member_that_is_the_status_is_not_in_the_body() -> None:
    shape = model("quicksight").operation_model("CreateDataSet").output_shape
    assert isinstance(shape, StructureShape)
    status, body = output_of(shape, {"Arn": ARN, "Status": 201}, 200)
    assert (status, json.dumps(body)) == (201, json.dumps({"Arn": ARN}))


def test_an_error_has_the_status_of_the_model() -> None:
    assert status_of(model("quicksight"), AwsError("AccessDeniedException", "")) == 401
    assert status_of(model("lakeformation"), AwsError("AccessDeniedException", "")) == 403
    assert status_of(model("quicksight"), AwsError("Unheard", "", 418)) == 418
