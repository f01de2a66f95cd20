"""Write what a crawl has inferred into the catalog, with the crawler's role.

Source: Glue developer guide, "Setting crawler configuration options" (schema changes, partitions) and "Incremental
crawls for adding new partitions".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from localcloud.client_errors import code_of
from localcloud.clients import Clients
from localcloud.services.glue.crawl.grouping import Draft, Part
from localcloud.services.glue.crawl.log import Log, failing_crawl
from localcloud.services.glue.crawl.schema import Columns, Schema, merged, similar
from localcloud.services.glue.definition import CrawlerDefinition

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_glue.type_defs import (
        PartitionInputTypeDef,
        StorageDescriptorOutputTypeDef,
        TableInputTypeDef,
        TableTypeDef,
    )

_BATCH = 100
_PARQUET_FORMATS = (
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
)
_TEXT_FORMATS = (
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
)


@dataclass
class Counts:
    """What a crawl changed in the catalog."""

    tables_created: int = 0
    tables_updated: int = 0
    tables_deleted: int = 0
    partitions_created: int = 0


class Writer:
    """Create tables and partitions; change tables only when the crawler's policy says so.

    Args:
        clients: of the crawler's role.
        crawler: its name.
        definition: decides what is written.
        log: takes a line for each change.
        counts: follow what is written.
        only_new: whether only new folders were crawled, so that a table's columns are more than those inferred.
    """

    def __init__(
        self,
        clients: Clients,
        crawler: str,
        definition: CrawlerDefinition,
        log: Log,
        counts: Counts,
        *,
        only_new: bool,
    ) -> None:
        self._glue: GlueClient = clients("glue")
        self._crawler = crawler
        self._definition = definition
        self._log = log
        self._counts = counts
        self._only_new = only_new

    def write(self, bucket: str, draft: Draft) -> tuple[str, str] | None:
        """Write one table with its partitions.

        Returns:
            The table's location and name; None when the new data does not fit the table that is there.

        Raises:
            CrawlFailed: when the role lacks a permission.
        """
        location = f"s3://{bucket}/{draft.prefix}"
        with failing_crawl():
            name, existing = self._place(draft, location)
            if existing is None:
                self._create(name, draft, location)
            elif not self._change(name, existing, draft):
                return None
            self._add_partitions(name, existing, bucket, draft)
        return location, name

    def _place(self, draft: Draft, location: str) -> tuple[str, TableTypeDef | None]:
        prefix = (self._definition.table_prefix or "").lower()
        name = prefix + re.sub(r"[^a-z0-9_]", "_", draft.folder.lower())
        existing = self._table(name)
        if existing and (_descriptor_of(existing).get("Location") or "").rstrip("/") != location.rstrip("/"):
            name = f"{name}_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}"
            existing = self._table(name)
        return name, existing

    def _table(self, name: str) -> TableTypeDef | None:
        try:
            return self._glue.get_table(DatabaseName=self._definition.database, Name=name)["Table"]
        except ClientError as error:
            if code_of(error) == "EntityNotFoundException":
                return None
            raise

    def _create(self, name: str, draft: Draft, location: str) -> None:
        table = self._input(name, draft, location, draft.columns)
        self._glue.create_table(DatabaseName=self._definition.database, TableInput=table)
        self._counts.tables_created += 1
        self._log.write("INFO", f"Created table {name} in database {self._definition.database}")

    def _input(self, name: str, draft: Draft, location: str, columns: Columns) -> TableInputTypeDef:
        return {
            "Name": name,
            "Owner": "owner",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {
                **draft.schema.properties,
                "classification": draft.schema.classification,
                "recordCount": str(draft.schema.records),
                "CrawlerSchemaDeserializerVersion": "1.0",
                "CrawlerSchemaSerializerVersion": "1.0",
                "UPDATED_BY_CRAWLER": self._crawler,
            },
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in draft.keys],
            "StorageDescriptor": _descriptor(draft.schema, columns, location),
        }

    def _change(self, name: str, existing: TableTypeDef, draft: Draft) -> bool:
        """Take over a changed schema, or log it; return False when the new data does not fit the table."""
        descriptor = _descriptor_of(existing)
        before: Columns = tuple((column["Name"], column.get("Type", "")) for column in descriptor.get("Columns", []))
        classification = (existing.get("Parameters") or {}).get("classification", draft.schema.classification)
        serde = (descriptor.get("SerdeInfo") or {}).get("SerializationLibrary", "")
        current = Schema(classification, before, serde)
        inferred = Schema(draft.schema.classification, draft.columns, draft.schema.serde)
        if self._only_new and not similar(inferred, current):
            self._log.write("WARN", f"The schema of new folders does not fit table {name}; they are left out")
            return False
        merges = self._definition.merges_columns or self._only_new
        columns = merged([current, inferred]) if merges else draft.columns
        if columns == before:
            return True
        if not self._definition.updates_tables:
            self._log.write("INFO", f"The schema of table {name} has changed; the table stays as it is (LOG)")
            return True
        table = self._input(name, draft, descriptor.get("Location", ""), columns)
        self._glue.update_table(DatabaseName=self._definition.database, TableInput=table)
        self._counts.tables_updated += 1
        self._log.write("INFO", f"Updated the schema of table {name}")
        return True

    def _add_partitions(self, name: str, existing: TableTypeDef | None, bucket: str, draft: Draft) -> None:
        database = self._definition.database
        for parts in _batches(draft.parts):
            answer = self._glue.batch_get_partition(
                DatabaseName=database, TableName=name, PartitionsToGet=[{"Values": part.values} for part in parts]
            )
            catalogued = {tuple(partition.get("Values", [])) for partition in answer["Partitions"]}
            new = [part for part in parts if part.values not in catalogued]
            if not new:
                continue
            inputs = [self._partition(part, existing, bucket, draft) for part in new]
            self._glue.batch_create_partition(DatabaseName=database, TableName=name, PartitionInputList=inputs)
            self._counts.partitions_created += len(new)
            self._log.write("INFO", f"Created {len(new)} partitions with values of {name}")

    def _partition(self, part: Part, existing: TableTypeDef | None, bucket: str, draft: Draft) -> PartitionInputTypeDef:
        location = f"s3://{bucket}/{part.prefix}"
        inherits = self._definition.partitions_inherit
        descriptor = _descriptor(part.schema, draft.columns if inherits else part.columns, location)
        if inherits and existing:
            descriptor = _descriptor_of(existing)
            descriptor["Location"] = location
        return {
            "Values": part.values,
            "StorageDescriptor": descriptor,
            "Parameters": part.schema.properties,
        }


def _descriptor_of(table: TableTypeDef) -> StorageDescriptorOutputTypeDef:
    return {**(table.get("StorageDescriptor") or {})}


def _descriptor(schema: Schema, columns: Columns, location: str) -> StorageDescriptorOutputTypeDef:
    input_format, output_format = _PARQUET_FORMATS if schema.classification == "parquet" else _TEXT_FORMATS
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        "Location": location,
        "InputFormat": input_format,
        "OutputFormat": output_format,
        "Compressed": schema.properties.get("compressionType", "none") != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": schema.serde, "Parameters": dict(schema.serde_properties)},
        "StoredAsSubDirectories": False,
        "Parameters": {**schema.properties, "classification": schema.classification},
    }


def _batches(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    for start in range(0, len(parts), _BATCH):
        yield parts[start : start + _BATCH]
