"""The Glue catalog: a database, and the tables whose layout this project decides."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.kpi_visualization import tables
from components.workspace import Workspace
from contract.layout import PARTITION_KEYS
from contract.names import KpiNames


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The database's name once it exists, and its declared tables by name."""

    database: aws.glue.CatalogDatabase
    tables: Mapping[str, aws.glue.CatalogTable]


def declare(name: str, workspace: Workspace, component: pulumi.Resource) -> Catalog:
    """The database with its declared tables; new partitions are known by projection, without any crawl.

    With removal protection destroy refuses them: the database also holds what crawls have found over time.
    """
    keep = workspace.deployment.removal_protection
    opts = pulumi.ResourceOptions(parent=component, protect=keep, retain_on_delete=keep)
    database = aws.glue.CatalogDatabase(
        f"{name}-database",
        name=KpiNames(workspace.deployment).database,
        description=f"KPIs of {workspace.deployment.prefix}",
        opts=opts,
    )
    return Catalog(
        database=database,
        tables={
            table.name: _declare(f"{name}-{table.name.replace('_', '-')}", table, workspace, database.name, opts)
            for table in tables.declared(workspace.layout)
        },
    )


def _declare(
    name: str,
    table: tables.Table,
    workspace: Workspace,
    database_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.glue.CatalogTable:
    bucket = workspace.data.bucket_name
    return aws.glue.CatalogTable(
        name,
        name=table.name,
        database_name=database_name,
        description=table.description,
        table_type="EXTERNAL_TABLE",
        partition_keys=[{"name": key, "type": "string"} for key in PARTITION_KEYS],
        parameters=bucket.apply(lambda given: table.all_parameters(given, workspace.use_case_id)),
        storage_descriptor={
            "location": bucket.apply(table.location),
            "columns": [{"name": column, "type": kind} for column, kind in table.columns.items()],
            "ser_de_info": {
                "name": table.name,
                "serialization_library": table.serialization_library,
                "parameters": dict(table.serialization),
            },
            "input_format": table.formats["input_format"],
            "output_format": table.formats["output_format"],
        },
        opts=opts,
    )
