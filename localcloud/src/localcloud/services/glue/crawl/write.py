"""Writes what a crawl found into the catalog, with the crawler's role.

Source: Glue developer guide, "Setting crawler configuration options" (schema changes, partitions) and "Incremental
crawls for adding new partitions".
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from localcloud.http.client_errors import error_code
from localcloud.server.clients import Clients
from localcloud.services.glue.crawl.errors import failed
from localcloud.services.glue.crawl.grouping import Draft, Part
from localcloud.services.glue.crawl.log import Log
from localcloud.services.glue.crawl.schema import Columns, Schema, merged, similar

Record = dict[str, Any]
_BATCH = 100
_FORMATS = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    ),
}
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


@dataclass(frozen=True)
class Settings:
    """The parts of a crawler's definition that decide what is written."""

    crawler: str
    database: str
    table_prefix: str
    update: bool
    inherit: bool
    merge: bool
    only_new: bool


@dataclass
class Writer:
    """Creates tables and partitions; changes tables only when the crawler's policy says so."""

    clients: Clients
    settings: Settings
    log: Log
    counts: Counts = field(default_factory=Counts)

    def write(self, bucket: str, draft: Draft) -> tuple[str, str] | None:
        """Writes one table with its partitions; its location and name, or None when it does not fit what is there.

        Raises:
            CrawlFailed: when the role lacks a permission.
        """
        location = f"s3://{bucket}/{draft.prefix}"
        try:
            name, existing = self._place(draft, location)
            if existing is None:
                self._create(name, draft, location)
            elif not self._change(name, existing, draft):
                return None
            self._add_partitions(name, existing, bucket, draft)
        except ClientError as error:
            raise failed(error) from error
        return location, name

    def _place(self, draft: Draft, location: str) -> tuple[str, Record | None]:
        name = self.settings.table_prefix.lower() + re.sub(r"[^a-z0-9_]", "_", draft.folder.lower())
        existing = self._table(name)
        if existing and existing["StorageDescriptor"].get("Location", "").rstrip("/") != location.rstrip("/"):
            name = f"{name}_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}"
            existing = self._table(name)
        return name, existing

    def _table(self, name: str) -> Record | None:
        try:
            return self.clients("glue").get_table(DatabaseName=self.settings.database, Name=name)["Table"]
        except ClientError as error:
            if error_code(error) == "EntityNotFoundException":
                return None
            raise

    def _create(self, name: str, draft: Draft, location: str) -> None:
        self.clients("glue").create_table(
            DatabaseName=self.settings.database, TableInput=self._definition(name, draft, location, draft.columns)
        )
        self.counts.tables_created += 1
        self.log.write("INFO", f"Created table {name} in database {self.settings.database}")

    def _definition(self, name: str, draft: Draft, location: str, columns: Columns) -> Record:
        records = draft.schema.records
        return {
            "Name": name,
            "Owner": "owner",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {
                **draft.schema.properties,
                "classification": draft.schema.classification,
                "recordCount": str(records),
                "CrawlerSchemaDeserializerVersion": "1.0",
                "CrawlerSchemaSerializerVersion": "1.0",
                "UPDATED_BY_CRAWLER": self.settings.crawler,
            },
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in draft.keys],
            "StorageDescriptor": _descriptor(draft.schema, columns, location),
        }

    def _change(self, name: str, existing: Record, draft: Draft) -> bool:
        """Takes over a changed schema, or logs it; False when the new data does not fit the table."""
        descriptor = existing["StorageDescriptor"]
        before: Columns = tuple((column["Name"], column["Type"]) for column in descriptor["Columns"])
        serde = descriptor["SerdeInfo"]["SerializationLibrary"]
        classification = existing.get("Parameters", {}).get("classification", draft.schema.classification)
        known = Schema(classification, before, serde)
        found = Schema(draft.schema.classification, draft.columns, draft.schema.serde)
        if self.settings.only_new and not similar(found, known):
            self.log.write("WARN", f"The schema of new folders does not fit table {name}; they are left out")
            return False
        columns = merged([known, found]) if self.settings.merge or self.settings.only_new else draft.columns
        if columns == before:
            return True
        if not self.settings.update:
            self.log.write("INFO", f"The schema of table {name} has changed; the table stays as it is (LOG)")
            return True
        definition = self._definition(name, draft, descriptor["Location"], columns)
        self.clients("glue").update_table(DatabaseName=self.settings.database, TableInput=definition)
        self.counts.tables_updated += 1
        self.log.write("INFO", f"Updated the schema of table {name}")
        return True

    def _add_partitions(self, name: str, existing: Record | None, bucket: str, draft: Draft) -> None:
        place = {"DatabaseName": self.settings.database, "TableName": name}
        glue = self.clients("glue")
        for parts in _batches(draft.parts):
            answer = glue.batch_get_partition(**place, PartitionsToGet=[{"Values": list(p.values)} for p in parts])
            there = {tuple(found["Values"]) for found in answer["Partitions"]}
            new = [part for part in parts if part.values not in there]
            if not new:
                continue
            inputs = [self._partition(part, existing, bucket, draft) for part in new]
            glue.batch_create_partition(**place, PartitionInputList=inputs)
            self.counts.partitions_created += len(new)
            self.log.write("INFO", f"Created {len(new)} partitions with values of {name}")

    def _partition(self, part: Part, existing: Record | None, bucket: str, draft: Draft) -> Record:
        location = f"s3://{bucket}/{part.prefix}"
        if self.settings.inherit and existing:
            descriptor = {**existing["StorageDescriptor"], "Location": location}
        else:
            columns = draft.columns if self.settings.inherit else part.columns
            descriptor = _descriptor(part.schema, columns, location)
        return {
            "Values": list(part.values),
            "StorageDescriptor": descriptor,
            "Parameters": dict(part.schema.properties),
        }


def _descriptor(schema: Schema, columns: Columns, location: str) -> Record:
    reads, writes = _FORMATS.get(schema.classification, _TEXT_FORMATS)
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        "Location": location,
        "InputFormat": reads,
        "OutputFormat": writes,
        "Compressed": schema.properties.get("compressionType", "none") != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": schema.serde, "Parameters": dict(schema.serde_properties)},
        "StoredAsSubDirectories": False,
        "Parameters": {**schema.properties, "classification": schema.classification},
    }


def _batches(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    for start in range(0, len(parts), _BATCH):
        yield parts[start : start + _BATCH]
