"""Templates, and the requests that follow from a type's table alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Read, ResourceType, Update, fill, parse_template
from localcloud.provider.values import UNKNOWN, Props

ARN = "arn:{partition}:sns:{region}:{account}:{name}"
SCOPE = {"name": "n", "bus": None, "later": UNKNOWN, "partition": "aws", "region": "eu-west-1", "account": "1"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        (ARN, "arn:aws:sns:eu-west-1:1:n"),
        ("{name}", "n"),
        ("{bus}", None),
        ("{bus}/{name}", None),
        ("{later}", UNKNOWN),
        ("{name}/{later}", UNKNOWN),
        ({"Name": "{name}", "Bus": "{bus}", "All": True}, {"Name": "n", "All": True}),
        (["{name}"], ["n"]),
    ],
)
def test_a_template_takes_values_as_they_are_and_is_not_set_where_one_is_not(template: Any, value: Any) -> None:
    assert fill(template, SCOPE) == value


@pytest.mark.parametrize(
    ("template", "text", "props"),
    [
        (ARN, "arn:aws:sns:eu-west-1:1:a-topic", {"name": "a-topic"}),
        ("{role}:{name}", "r:p:q", {"role": "r", "name": "p:q"}),
        ("{owner},{set},{name}", "1,s,n", {"owner": "1", "set": "s", "name": "n"}),
        ("{role}:{name}", "no colon", {}),
    ],
)
def test_an_id_tells_the_properties_of_its_template(template: str, text: str, props: Props) -> None:
    assert parse_template(template, text) == props


ROLE = ResourceType(
    "aws:iam/role:Role",
    service="iam",
    fields={
        "name": Field(to="RoleName", replace=True),
        "assumeRolePolicy": Field(to="AssumeRolePolicyDocument", kind="trust-policy"),
        "description": Field(unset=""),
        "maxSessionDuration": Field(default=3600),
        "permissionsBoundary": Field(at="PermissionsBoundary.PermissionsBoundaryArn"),
        "forceDetachPolicies": Field(default=False, write_only=True),
    },
    outputs={"arn": "Arn", "console": "https://{partition}/{name}"},
    id="{name}",
    key={"RoleName": "{id}"},
    create="create_role",
    read=Read("get_role", "Role"),
    update=(
        Update("update_assume_role_policy", ("assumeRolePolicy",), renames={"assumeRolePolicy": "PolicyDocument"}),
        Update("put_role_permissions_boundary", ("permissionsBoundary",), clear="delete_role_permissions_boundary"),
        Update("update_role"),
    ),
    delete="delete_role",
)


class Answering(Cloud):
    """Answers one operation."""

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        assert (operation, params) == ("get_role", {"RoleName": "r"})
        boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:b"}
        document = {"Version": "2012-10-17"}
        role = {"RoleName": "r", "Arn": "arn:r", "AssumeRolePolicyDocument": document, "PermissionsBoundary": boundary}
        return {"Role": role}


@pytest.fixture
def iam(cloud: Cloud) -> Cloud:
    return replace(cloud, service="iam")


def test_a_creation_says_what_its_operation_takes(iam: Cloud) -> None:
    inputs = {"name": "r", "assumeRolePolicy": "{}", "forceDetachPolicies": True, "region": "eu-west-1"}
    assert ROLE.create_request(iam, inputs) == Request(
        "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}
    )
    assert ROLE.identify(iam, inputs, {}) == "r"


def test_a_read_gives_what_aws_tells_what_it_does_not_tell_and_what_follows_from_it(iam: Cloud) -> None:
    api = Answering(iam.place, "iam", iam.connections)
    assert ROLE.state(api, "r", {"forceDetachPolicies": True}) == {
        "name": "r",
        "assumeRolePolicy": '{"Version": "2012-10-17"}',
        "maxSessionDuration": 3600,
        "permissionsBoundary": "arn:b",
        "forceDetachPolicies": True,
        "arn": "arn:r",
        "console": "https://aws/r",
    }


@pytest.mark.parametrize(
    ("new", "changed", "requests"),
    [
        ({"assumeRolePolicy": "{}"}, {"assumeRolePolicy"}, [("update_assume_role_policy", {"PolicyDocument": "{}"})]),
        ({}, {"description"}, [("update_role", {"Description": ""})]),
        ({}, {"maxSessionDuration"}, [("update_role", {"MaxSessionDuration": 3600})]),
        ({}, {"permissionsBoundary"}, [("delete_role_permissions_boundary", {})]),
        ({"permissionsBoundary": "arn:c"}, {"permissionsBoundary"}, [("put_role_permissions_boundary", None)]),
        ({"forceDetachPolicies": True}, {"forceDetachPolicies"}, []),
        (
            {"description": "d", "maxSessionDuration": 7200},
            {"description", "maxSessionDuration"},
            [("update_role", {"Description": "d", "MaxSessionDuration": 7200})],
        ),
    ],
)
def test_a_change_is_the_operations_that_take_it(
    iam: Cloud, new: Props, changed: set[str], requests: list[tuple[str, Any]]
) -> None:
    sent = ROLE.update_requests(iam, "r", {}, {"name": "r", **new}, frozenset(changed))
    expected = [
        (operation, {"RoleName": "r", **({"PermissionsBoundary": "arn:c"} if params is None else params)})
        for operation, params in requests
    ]
    assert [(request.operation, dict(request.params)) for request in sent] == expected
