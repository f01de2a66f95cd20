"""The resource on which the emulator's requests are authorized, where it names another than AWS does."""

import json
from typing import Any

import pytest

from localcloud.emulator.application import authorized_resource
from localcloud.iam.requests import resource_of

extract = authorized_resource(resource_of)
HERE = "us-east-1:123456789012"


def resource(
    service: str, body: dict[str, Any] | None = None, query: dict[str, Any] | None = None, path: str = "/"
) -> str:
    text = json.dumps(body).encode() if body is not None else b""
    return extract(service, "POST", path, {"x-amz-target": "x.y"}, text, query or {}, "us-east-1", "123456789012")


@pytest.mark.parametrize(
    ("service", "body", "expected"),
    [
        ("lambda", {"FunctionName": "f"}, f"arn:aws:lambda:{HERE}:function:f"),
        ("events", {"Name": "r"}, f"arn:aws:events:{HERE}:rule/r"),
        ("events", {"Rule": "r", "Targets": []}, f"arn:aws:events:{HERE}:rule/r"),
        ("events", {"Name": "r", "EventBusName": "b"}, f"arn:aws:events:{HERE}:rule/b/r"),
        ("events", {"ResourceARN": "arn:rule", "Tags": []}, "arn:rule"),
        ("monitoring", {"AlarmName": "a"}, f"arn:aws:cloudwatch:{HERE}:alarm:a"),
        ("monitoring", {"AlarmNames": ["a", "b"]}, f"arn:aws:cloudwatch:{HERE}:alarm:a"),
        ("monitoring", {"ResourceARN": "arn:alarm"}, "arn:alarm"),
        ("logs", {"resourceArn": "arn:group"}, "arn:group"),
        ("dynamodb", {"ResourceArn": "arn:table"}, "arn:table"),
        ("dynamodb", {"TableName": "t"}, f"arn:aws:dynamodb:{HERE}:table/t"),
        ("kms", {"AliasName": "alias/a", "TargetKeyId": "k"}, f"arn:aws:kms:{HERE}:alias/a"),
        ("kms", {"KeyId": "k"}, f"arn:aws:kms:{HERE}:key/k"),
        ("kms", {"Description": "new"}, "*"),
    ],
)
def test_json_requests(service: str, body: dict[str, Any], expected: str) -> None:
    path = "/2015-03-31/functions" if service == "lambda" else "/"
    assert resource(service, body, path=path) == expected


@pytest.mark.parametrize(
    ("service", "query", "expected"),
    [
        ("iam", {"PolicyName": ["p"], "PolicyDocument": ["{}"]}, "arn:aws:iam::123456789012:policy/p"),
        ("iam", {"PolicyName": ["p"], "RoleName": ["r"]}, "arn:aws:iam::123456789012:role/r"),
        ("sns", {"ResourceArn": ["arn:topic"]}, "arn:topic"),
        ("sns", {"Name": ["t"]}, f"arn:aws:sns:{HERE}:t"),
    ],
)
def test_query_requests(service: str, query: dict[str, Any], expected: str) -> None:
    assert resource(service, query=query) == expected
