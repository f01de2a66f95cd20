"""A governed catalog: where IAM_ALLOWED_PRINCIPALS holds nothing, Lake Formation's grants decide beside IAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from .lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Deployment

pytestmark = pytest.mark.local
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
COUNT = "SELECT count(*) AS n FROM facts"


class Governed(Lake):
    """A database with a table `facts`, both without IAM_ALLOWED_PRINCIPALS, in a registered location."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(deployment)
        self.create_workgroup()
        self.put("kpi/a.csv", "1\n2\n")
        self.table("facts", [("n", "bigint")], location=f"s3://{self.bucket}/kpi/")
        lake = deployment.root("lakeformation")
        data = f"arn:aws:s3:::{self.bucket}"
        self.reader = deployment.role(
            "reader", "lakeformation.amazonaws.com",
            deployment.allow("s3:ListBucket", data), deployment.allow("s3:GetObject", f"{data}/kpi/*"),
        )  # fmt: skip
        lake.register_resource(ResourceArn=f"{data}/kpi", RoleArn=self.reader)
        for resource in (self.on_database, self.on_facts):
            self.change("revoke", EVERYBODY, resource, "ALL")

    @property
    def on_database(self) -> dict[str, Any]:
        return {"Database": {"Name": self.database}}

    @property
    def on_facts(self) -> dict[str, Any]:
        return {"Table": {"DatabaseName": self.database, "Name": "facts"}}

    def change(self, how: str, principal: str, resource: dict[str, Any], *permissions: str, **members: Any) -> None:
        client = self.deployment.root("lakeformation")
        getattr(client, f"{how}_permissions")(
            Principal={"DataLakePrincipalIdentifier": principal}, Resource=resource, Permissions=list(permissions),
            **members,
        )  # fmt: skip

    def user(self, name: str, *statements: dict[str, Any]) -> tuple[Any, str]:
        """Clients and ARN of a user whom IAM lets do everything with the catalog."""
        allow = self.deployment.allow
        clients = self.deployment.user(name, allow("glue:*", "*"), *statements)
        return clients, f"arn:aws:iam::123456789012:user/{self.deployment.prefix}-{name}"


@pytest.fixture
def governed(deployment: Deployment) -> Governed:
    return Governed(deployment)


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response.get("Error", {})
    assert error.get("Code") == "AccessDeniedException"
    return error.get("Message", "")


def definition(governed: Governed) -> dict[str, Any]:
    table = governed.deployment.root("glue").get_table(DatabaseName=governed.database, Name="facts")["Table"]
    return {name: table[name] for name in ("Name", "TableType", "StorageDescriptor", "PartitionKeys", "Parameters")}


def test_what_is_created_is_open_to_everybody_whom_iam_allows(deployment: Deployment) -> None:
    lake = Lake(deployment)
    lake.table("facts", [("n", "bigint")])
    table = {"DatabaseName": lake.database, "Name": "facts"}
    for resource in ({"Database": {"Name": lake.database}}, {"Table": table}):
        (grant,) = deployment.root("lakeformation").list_permissions(Resource=resource)["PrincipalResourcePermissions"]
        assert grant["Principal"] == {"DataLakePrincipalIdentifier": EVERYBODY}
        assert grant["Permissions"] == ["ALL"]
    user = deployment.user("user", deployment.allow("glue:*", "*"))
    assert user("glue").get_table(**table)["Table"]["Name"] == "facts"
    deployment.root("glue").delete_table(**table)
    lake.table("facts", [("n", "bigint")])
    (grant,) = deployment.root("lakeformation").list_permissions(Resource={"Table": table})[
        "PrincipalResourcePermissions"
    ]
    assert grant["Permissions"] == ["ALL"]


def test_reading_the_catalog_needs_describe(governed: Governed) -> None:
    clients, arn = governed.user("user")
    glue, facts = clients("glue"), {"DatabaseName": governed.database, "Name": "facts"}
    words = "Insufficient Lake Formation permission(s): Required Describe on"
    assert refusal(glue.get_database, Name=governed.database) == f"{words} {governed.database}"
    assert refusal(glue.get_table, **facts) == f"{words} facts"
    partitions = {"DatabaseName": governed.database, "TableName": "facts"}
    assert refusal(glue.get_partitions, **partitions) == f"{words} facts"
    assert glue.get_tables(DatabaseName=governed.database)["TableList"] == []
    assert governed.database not in {each["Name"] for each in glue.get_databases()["DatabaseList"]}

    governed.change("grant", arn, governed.on_database, "DESCRIBE")
    governed.change("grant", arn, governed.on_facts, "SELECT")
    assert glue.get_database(Name=governed.database)["Database"]["Name"] == governed.database
    assert glue.get_table(**facts)["Table"]["Name"] == "facts", "who may select may describe"
    assert glue.get_partitions(**partitions)["Partitions"] == []
    assert [each["Name"] for each in glue.get_tables(DatabaseName=governed.database)["TableList"]] == ["facts"]
    assert governed.database in {each["Name"] for each in glue.get_databases()["DatabaseList"]}


def test_changing_the_catalog_needs_alter_create_table_and_drop(governed: Governed) -> None:
    clients, arn = governed.user("user")
    glue, table = clients("glue"), definition(governed)
    new = {**table, "Name": "more"}
    in_database = {"DatabaseName": governed.database}
    assert "Required Alter on facts" in refusal(glue.update_table, **in_database, TableInput=table)
    assert "Required Drop on facts" in refusal(glue.delete_table, **in_database, Name="facts")
    assert "Required Create_table on" in refusal(glue.create_table, **in_database, TableInput=new)
    assert "Required Drop on" in refusal(glue.delete_database, Name=governed.database)
    governed.change("grant", arn, governed.on_facts, "ALTER", "DROP")
    governed.change("grant", arn, governed.on_database, "CREATE_TABLE")
    glue.update_table(**in_database, TableInput=table)
    glue.create_table(**in_database, TableInput=new)
    # Who creates a table may do everything with it.
    glue.update_table(**in_database, TableInput=new)
    glue.delete_table(**in_database, Name="more")
    glue.delete_table(**in_database, Name="facts")


def test_a_grant_is_gone_with_its_table(governed: Governed) -> None:
    _, arn = governed.user("user")
    governed.change("grant", arn, governed.on_facts, "SELECT")
    governed.deployment.root("glue").delete_table(DatabaseName=governed.database, Name="facts")
    held = governed.deployment.root("lakeformation").list_permissions(Principal={"DataLakePrincipalIdentifier": arn})
    assert held["PrincipalResourcePermissions"] == []


def test_who_holds_the_grant_option_passes_on_what_they_hold_and_no_more(governed: Governed) -> None:
    clients, arn = governed.user("user", governed.deployment.allow("lakeformation:*", "*"))
    governed.change("grant", arn, governed.on_facts, "SELECT", PermissionsWithGrantOption=["SELECT"])
    other = {"DataLakePrincipalIdentifier": governed.reader}
    lake: Any = clients("lakeformation")
    lake.grant_permissions(Principal=other, Resource=governed.on_facts, Permissions=["SELECT"])
    for resource, permission in ((governed.on_facts, "ALTER"), (governed.on_database, "DESCRIBE")):
        message = refusal(lake.grant_permissions, Principal=other, Resource=resource, Permissions=[permission])
        assert "not authorized to access requested permissions" in message
    lake.revoke_permissions(Principal=other, Resource=governed.on_facts, Permissions=["SELECT"])


def test_a_query_needs_select_and_get_data_access_and_reads_with_the_locations_role(governed: Governed) -> None:
    allow, statements = governed.deployment.allow, governed.may_query()
    data = f"{governed.bucket}/kpi/*"
    without_objects = [each for each in statements if data not in str(each["Resource"])]
    assert len(without_objects) == len(statements) - 1
    access = allow("lakeformation:GetDataAccess", "*")
    clients = {
        name: governed.deployment.user(name, *without_objects, *extra)
        for name, extra in (("without", []), ("having", [access]))
    }
    for name, of_user in clients.items():
        arn = f"arn:aws:iam::123456789012:user/{governed.deployment.prefix}-{name}"
        governed.change("grant", arn, governed.on_database, "DESCRIBE")
        governed.change("grant", arn, governed.on_facts, "DESCRIBE")
        failure = governed.failure(COUNT, of_user("athena"))
        assert "Insufficient Lake Formation permission(s): Required Select on facts" in failure
        governed.change("grant", arn, governed.on_facts, "SELECT")
    assert "lakeformation:GetDataAccess" in governed.failure(COUNT, clients["without"]("athena"))
    assert governed.rows(COUNT, clients["having"]("athena")) == [{"n": "2"}]


def test_a_query_without_any_grant_does_not_find_its_way_into_the_catalog(governed: Governed) -> None:
    user = governed.deployment.user("user", *governed.may_query())
    assert "Insufficient Lake Formation permission(s)" in governed.failure(COUNT, user("athena"))


def test_data_of_an_open_table_is_read_with_the_callers_own_permissions(governed: Governed) -> None:
    for resource in (governed.on_database, governed.on_facts):
        governed.change("grant", EVERYBODY, resource, "ALL")
    user = governed.deployment.user("user", *governed.may_query())
    assert governed.rows(COUNT, user("athena")) == [{"n": "2"}]
