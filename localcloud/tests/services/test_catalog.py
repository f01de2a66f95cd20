"""Glue's Data Catalog: what the local cloud adds to the emulator's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local

DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]


@pytest.fixture
def glue(deployment: Deployment) -> Any:
    return deployment.root("glue")


@pytest.fixture
def table(deployment: Deployment, glue: Any) -> dict[str, str]:
    database = f"{deployment.prefix}_kpis".replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    keys = [{"Name": "dt", "Type": "string"}]
    glue.create_table(DatabaseName=database, TableInput={"Name": "metrics", "PartitionKeys": keys})
    return {"DatabaseName": database, "TableName": "metrics"}


def days(glue: Any, table: dict[str, str]) -> list[str]:
    return [partition["Values"][0] for partition in glue.get_partitions(**table)["Partitions"]]


def test_a_partition_is_replaced_where_it_stands_and_a_deleted_one_is_gone(glue: Any, table: dict[str, str]) -> None:
    for day in DAYS:
        glue.create_partition(**table, PartitionInput={"Values": [day], "Parameters": {"rows": "1"}})
    created = glue.get_partition(**table, PartitionValues=DAYS[1:2])["Partition"]["CreationTime"]
    replacement = {"Values": DAYS[1:2], "Parameters": {"files": "2"}}
    glue.update_partition(**table, PartitionValueList=DAYS[1:2], PartitionInput=replacement)
    updated = glue.get_partition(**table, PartitionValues=DAYS[1:2])["Partition"]
    assert (updated["Parameters"], updated["CreationTime"]) == ({"files": "2"}, created)
    assert days(glue, table) == DAYS
    glue.delete_partition(**table, PartitionValues=DAYS[:1])
    assert days(glue, table) == DAYS[1:]
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.delete_partition(**table, PartitionValues=DAYS[:1])


def test_an_update_replaces_the_definition_of_a_database_and_of_a_table(glue: Any, table: dict[str, str]) -> None:
    database = {"Name": table["DatabaseName"]}
    everybody = glue.get_database(**database)["Database"]["CreateTableDefaultPermissions"]
    assert everybody[0]["Principal"] == {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    glue.update_database(
        **database, DatabaseInput={**database, "Description": "new", "CreateTableDefaultPermissions": []}
    )
    described = glue.get_database(**database)["Database"]
    assert (described["Description"], described["CreateTableDefaultPermissions"]) == ("new", [])
    named = {"DatabaseName": table["DatabaseName"], "Name": table["TableName"]}
    assert "CreatedBy" in glue.get_table(**named)["Table"]
    glue.update_table(DatabaseName=table["DatabaseName"], TableInput={"Name": "metrics", "Retention": 7})
    assert glue.get_table(**named)["Table"]["Retention"] == 7
