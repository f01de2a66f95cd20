"""Lake Formation: who grants what to whom, and registered locations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local


@pytest.fixture
def database(deployment: Deployment) -> str:
    name = f"{deployment.prefix}_kpis".replace("-", "_")
    deployment.root("glue").create_database(DatabaseInput={"Name": name})
    return name


def request(principal: str, database: str, *permissions: str, **more: Any) -> dict[str, Any]:
    return {
        "Principal": {"DataLakePrincipalIdentifier": principal},
        "Resource": {"Database": {"Name": database}},
        "Permissions": list(permissions),
        **more,
    }


def held(deployment: Deployment, principal: str) -> list[list[str]]:
    answer = deployment.root("lakeformation").list_permissions(Principal={"DataLakePrincipalIdentifier": principal})
    return [grant["Permissions"] for grant in answer["PrincipalResourcePermissions"]]


def test_permissions_are_granted_added_to_and_revoked(deployment: Deployment, database: str) -> None:
    lake, role = deployment.root("lakeformation"), deployment.role("crawler", "glue.amazonaws.com")
    lake.grant_permissions(**request(role, database, "DESCRIBE"))
    lake.grant_permissions(**request(role, database, "CREATE_TABLE"))
    assert held(deployment, role) == [["CREATE_TABLE", "DESCRIBE"]]
    lake.revoke_permissions(**request(role, database, "CREATE_TABLE"))
    assert held(deployment, role) == [["DESCRIBE"]]
    with pytest.raises(ClientError, match="No permissions revoked"):
        lake.revoke_permissions(**request(role, database, "CREATE_TABLE"))
    lake.revoke_permissions(**request(role, database, "DESCRIBE"))
    assert held(deployment, role) == []


def test_the_deployer_is_an_administrator_and_others_grant_nothing(deployment: Deployment, database: str) -> None:
    role = deployment.role("crawler", "glue.amazonaws.com")
    deployer = deployment.cloud.client("lakeformation")
    deployer.grant_permissions(**request(role, database, "DESCRIBE"))
    assert held(deployment, role) == [["DESCRIBE"]]
    stranger = deployment.user("stranger", deployment.allow("lakeformation:GrantPermissions", "*"))
    with pytest.raises(ClientError, match="not authorized to access requested permissions"):
        stranger("lakeformation").grant_permissions(**request(role, database, "ALTER"))
    nobody = deployment.user("nobody")
    with pytest.raises(ClientError, match="not authorized to perform: lakeformation:GrantPermissions"):
        nobody("lakeformation").grant_permissions(**request(role, database, "ALTER"))


def test_a_batch_grants_each_entry_by_itself_and_the_option_to_pass_it_on(
    deployment: Deployment, database: str
) -> None:
    lake, role = deployment.root("lakeformation"), deployment.role("crawler", "glue.amazonaws.com")
    fitting = request(role, database, "DESCRIBE", "ALTER", PermissionsWithGrantOption=["DESCRIBE"])
    missing = request(role, "nothing", "DESCRIBE")
    entries = [{"Id": "fitting", **fitting}, {"Id": "missing", **missing}]
    (failure,) = lake.batch_grant_permissions(Entries=entries)["Failures"]
    assert (failure["RequestEntry"]["Id"], failure["Error"]["ErrorCode"]) == ("missing", "EntityNotFoundException")
    (grant,) = lake.list_permissions(
        Principal={"DataLakePrincipalIdentifier": role}, Resource={"Database": {"Name": database}}
    )["PrincipalResourcePermissions"]
    assert (grant["Permissions"], grant["PermissionsWithGrantOption"]) == (["ALTER", "DESCRIBE"], ["DESCRIBE"])

    revoked = [{"Id": "revoked", **request(role, database, "DESCRIBE")}]
    assert lake.batch_revoke_permissions(Entries=revoked)["Failures"] == []
    assert held(deployment, role) == [["ALTER"]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Permissions": ["SELECT"]}, "InvalidInputException"),
        ({"Principal": {"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/none"}}, "Invalid principal"),
        ({"Resource": {"Database": {"Name": "nothing"}}}, "EntityNotFoundException"),
        ({"Resource": {"Table": {"DatabaseName": "nothing", "Name": "t"}}}, "not for a Table|EntityNotFoundException"),
        ({"Resource": {}}, "Exactly one resource"),
        ({"PermissionsWithGrantOption": ["ALTER"]}, "has to be a part of Permissions"),
        ({"Resource": {"DataLocation": {"ResourceArn": "arn:aws:s3:::none"}}, "Permissions": ["DATA_LOCATION_ACCESS"]},
         "must register the S3 path"),
    ],
)  # fmt: skip
def test_a_grant_that_cannot_be_is_refused(
    deployment: Deployment, database: str, change: dict[str, Any], code: str
) -> None:
    role = deployment.role("crawler", "glue.amazonaws.com")
    with pytest.raises(ClientError, match=code):
        deployment.root("lakeformation").grant_permissions(**{**request(role, database, "DESCRIBE"), **change})
    assert held(deployment, role) == []


def test_a_location_is_registered_once_with_a_role_that_is_passed(deployment: Deployment) -> None:
    lake, role = deployment.root("lakeformation"), deployment.role("lake", "lakeformation.amazonaws.com")
    arn = f"arn:aws:s3:::{deployment.prefix}-data"
    may = deployment.allow("lakeformation:RegisterResource", "*")
    user = deployment.user("registrar", may)
    with pytest.raises(ClientError, match="iam:PassRole"):
        user("lakeformation").register_resource(ResourceArn=arn, RoleArn=role)
    lake.register_resource(ResourceArn=arn, RoleArn=role, HybridAccessEnabled=True)
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        lake.register_resource(ResourceArn=arn, UseServiceLinkedRole=True)
    location = lake.describe_resource(ResourceArn=arn)["ResourceInfo"]
    assert (location["RoleArn"], location["HybridAccessEnabled"]) == (role, True)
    lake.deregister_resource(ResourceArn=arn)
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        lake.describe_resource(ResourceArn=arn)
