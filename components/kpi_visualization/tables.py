"""The tables of the files that this project writes itself, with partition projection."""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.layout import KPI_COLUMNS, REGISTRY_EVENT_COLUMNS, DataLayout, partition

# Glue's names for Hive's reader and writer of text files.
_INPUT_FORMAT = "org.apache.hadoop.mapred.TextInputFormat"
_OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

# A fixed first day, so that no row ever slides out of sight; the day after today, for clocks that run ahead.
_DAYS = "2024-01-01,NOW+1DAY"


@dataclass(frozen=True, kw_only=True)
class Table:
    """One declared table: its columns with Athena's types, and how a file of it is read."""

    name: str
    description: str
    columns: Mapping[str, str]
    classification: str
    serialization_library: str
    serialization: Mapping[str, str]
    parameters: Mapping[str, str]
    prefix: str

    @property
    def formats(self) -> dict[str, str]:
        """The Hive classes that read and write the table's files."""
        return {"input_format": _INPUT_FORMAT, "output_format": _OUTPUT_FORMAT}

    def location(self, bucket: str) -> str:
        """Where the table's partitions lie."""
        return f"s3://{bucket}/{self.prefix}/"

    def all_parameters(self, bucket: str, use_case_id: str) -> dict[str, str]:
        """The table's properties, with those of partition projection.

        Source: "Supported types for partition projection" (Amazon Athena User Guide).
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


def declared(layout: DataLayout) -> tuple[Table, Table]:
    """The tables of one use case."""
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
