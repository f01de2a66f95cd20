"""The Glue catalog: a database, and the tables of the files that this project writes itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.foundation import Workspace
from contract.layout import (
    KPI_COLUMNS,
    PARTITION_KEYS,
    REGISTRY_EVENT_COLUMNS,
    Columns,
    DataLayout,
    partition,
)
from contract.names import KpiNames

# Glue's names for Hive's reader and writer of text files.
INPUT_FORMAT = "org.apache.hadoop.mapred.TextInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
# A fixed first day, so that no row ever slides out of sight; the day after today, for clocks that run ahead.
_DAYS = "2024-01-01,NOW+1DAY"


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The database, and its declared tables by name."""

    database: aws.glue.CatalogDatabase
    tables: Mapping[str, aws.glue.CatalogTable]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One declared table: its columns, how a file of it is read, and the prefix that its files have."""

    name: str
    description: str
    columns: Columns
    classification: str
    serialization_library: str
    serialization: Mapping[str, str]
    parameters: Mapping[str, str]
    prefix: str

    def location(self, bucket: str) -> str:
        """Return the S3 URI of the table, with a slash at the end."""
        return f"s3://{bucket}/{self.prefix}/"

    def all_parameters(self, bucket: str, use_case_id: str) -> dict[str, str]:
        """Return the table's properties, with those of partition projection.

        With projection Athena computes the partitions, so that a row can be queried as soon as its file is written,
        without a crawl or a call to Glue by the writers. The use case is enumerated, not injected: Athena refuses a
        query whose WHERE clause has no value of an injected column, such as a person's `SELECT *`. The days are a
        range, of which Athena lists one prefix a day: a query that names no range of `dt` pays for all of them.

        Sources: "Supported types for partition projection" (`enum`, `date`), "Use dynamic ID partitioning" (`injected`:
        "at least one value for the partition key"), "Use partition projection with Amazon Athena" (Amazon Athena User
        Guide).
        """
        return {
            "EXTERNAL": "TRUE",
            "classification": self.classification,
            **self.parameters,
            "projection.enabled": "true",
            "projection.use_case.type": "enum",
            "projection.use_case.values": use_case_id,
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": _DAYS,
            "projection.dt.interval": "1",
            "projection.dt.interval.unit": "DAYS",
            "storage.location.template": f"{self.location(bucket)}{partition('${use_case}', '${dt}')}/",
        }


def declared_tables(layout: DataLayout) -> tuple[Table, Table]:
    """Return the tables of KPI rows and of registry events."""
    return (
        Table(
            name="model_metrics",
            description="One row an evaluated execution, whether or not it met the threshold",
            columns=KPI_COLUMNS,
            classification="csv",
            serialization_library="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            serialization={"field.delim": ",", "serialization.format": ","},
            parameters={"skip.header.line.count": "1"},
            prefix=layout.kpi,
        ),
        Table(
            name="registry_events",
            description="One row a change of a model version's status or a failed execution",
            columns=REGISTRY_EVENT_COLUMNS,
            classification="json",
            serialization_library="org.openx.data.jsonserde.JsonSerDe",
            serialization={"serialization.format": "1"},
            parameters={},
            prefix=layout.registry_events,
        ),
    )


def create_catalog(name: str, workspace: Workspace, parent: pulumi.Resource) -> Catalog:
    """Create the database with its declared tables; Athena projects new partitions, without any crawl.

    With removal protection `pulumi destroy` refuses them: the database also holds what crawls have found over time.
    """
    keep = workspace.deployment.removal_protection
    opts = pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep)
    database = aws.glue.CatalogDatabase(
        f"{name}-database",
        name=KpiNames(workspace.deployment).database,
        description=f"KPIs of {workspace.deployment.prefix}",
        opts=opts,
    )
    tables = {
        table.name: _create_table(f"{name}-{table.name.replace('_', '-')}", table, workspace, database, opts)
        for table in declared_tables(workspace.layout)
    }
    return Catalog(database=database, tables=tables)


def _create_table(
    name: str,
    table: Table,
    workspace: Workspace,
    database: aws.glue.CatalogDatabase,
    opts: pulumi.ResourceOptions,
) -> aws.glue.CatalogTable:
    bucket = workspace.data.bucket_name
    return aws.glue.CatalogTable(
        name,
        name=table.name,
        database_name=database.name,
        description=table.description,
        table_type="EXTERNAL_TABLE",
        partition_keys=[{"name": key, "type": "string"} for key in PARTITION_KEYS],
        parameters=bucket.apply(lambda bucket_name: table.all_parameters(bucket_name, workspace.use_case_id)),
        storage_descriptor={
            "location": bucket.apply(table.location),
            "columns": [{"name": column, "type": kind} for column, kind in table.columns.items()],
            "ser_de_info": {
                "name": table.name,
                "serialization_library": table.serialization_library,
                "parameters": dict(table.serialization),
            },
            "input_format": INPUT_FORMAT,
            "output_format": OUTPUT_FORMAT,
        },
        opts=opts,
    )
