"""One crawl: from the objects below S3 targets to tables and partitions in the catalog."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.clients import Clients
from localcloud.services.glue.crawl.classify import classify
from localcloud.services.glue.crawl.grouping import Policy, group
from localcloud.services.glue.crawl.log import CrawlStopped, Log, failing_crawl
from localcloud.services.glue.crawl.schema import Schema
from localcloud.services.glue.crawl.targets import Target
from localcloud.services.glue.crawl.write import Counts, Writer
from localcloud.services.glue.definition import CrawlerDefinition

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_glue.type_defs import CsvClassifierTypeDef


@dataclass
class Memory:
    """What earlier crawls of a crawler have seen.

    Folders by `s3://bucket/prefix/`, table names by location, and the schemas of objects by URI and ETag: unchanged
    data is not classified again, even if a classifier was changed ("Custom classifiers", Glue developer guide).
    """

    folders: set[str] = field(default_factory=set[str])
    schemas: dict[tuple[str, str], Schema] = field(default_factory=dict[tuple[str, str], Schema])
    tables: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class Crawl:
    """One crawl of a crawler.

    `classifiers` are its custom CSV classifiers, `clients` those of its role, `folder` is for samples of data,
    `stopping` is set when the crawl is to stop, `counts` follow what is written.
    """

    name: str
    definition: CrawlerDefinition
    classifiers: Sequence[CsvClassifierTypeDef]
    clients: Clients
    log: Log
    memory: Memory
    folder: Path
    stopping: threading.Event
    counts: Counts

    def run(self) -> None:
        """Crawl every target and write the catalog.

        Raises:
            CrawlFailed: when the role lacks a permission.
            CrawlStopped: when it was stopped.
        """
        self.log.write("BENCHMARK", f"Running Start Crawl for Crawler {self.name}")
        self._check_database()
        targets = [Target.of(target) for target in self.definition.s3_targets]
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            classified = [(target, *self._classify(target, Path(folder))) for target in targets]
        self.log.write("BENCHMARK", f"Classification complete, writing results to database {self.definition.database}")
        locations, folders = self._write(classified)
        if not self.definition.only_new_folders:
            self._forget_missing(locations)
        self.memory.folders |= folders
        changed = f"{self.counts.tables_created} created, {self.counts.tables_updated} updated tables"
        self.log.write("INFO", f"Run Summary For TABLE: {changed}; {self.counts.partitions_created} new partitions")
        self.log.write("BENCHMARK", f"Crawler has finished running and is in state READY: {self.name}")

    def _classify(self, target: Target, folder: Path) -> tuple[dict[str, Schema], set[str]]:
        """Return a target's schemas by key, and the folders that its keys are in."""
        keys = target.keys(self.clients)
        schemas: dict[str, Schema] = {}
        for key, etag in keys.items():
            self._check_stop()
            if self.definition.only_new_folders and target.folder_uri(key) in self.memory.folders:
                continue
            version = (f"s3://{target.bucket}/{key}", etag)
            schema = self.memory.schemas.get(version)
            if schema is None:
                content, is_complete = target.read(self.clients, key)
                schema = classify(key, content, is_complete=is_complete, classifiers=self.classifiers, folder=folder)
            if schema is None:
                self.log.write("WARN", f"s3://{target.bucket}/{key} has the classification UNKNOWN and is left out")
            else:
                schemas[key] = self.memory.schemas[version] = schema
        return schemas, {target.folder_uri(key) for key in keys}

    def _write(self, classified: Sequence[tuple[Target, dict[str, Schema], set[str]]]) -> tuple[set[str], set[str]]:
        """Write tables and partitions; return the locations of tables, and the folders of all targets."""
        # The first crawl of new folders is one of everything.
        only_new = self.definition.only_new_folders and bool(self.memory.folders)
        writer = Writer(self.clients, self.name, self.definition, self.log, self.counts, only_new=only_new)
        policy = Policy(self.definition.combines_schemas, self.definition.table_level)
        locations: set[str] = set()
        all_folders: set[str] = set()
        for target, schemas, folders in classified:
            root = f"s3://{target.bucket}/"
            known = [location.removeprefix(root) for location in self.memory.tables if location.startswith(root)]
            for draft in group(target.prefix, schemas, known, policy):
                self._check_stop()
                if table := writer.write(target.bucket, draft):
                    location, name = table
                    self.memory.tables[location] = name
                    locations.add(location)
            all_folders |= folders
        return locations, all_folders

    def _check_database(self) -> None:
        glue: GlueClient = self.clients("glue")
        with failing_crawl():
            glue.get_database(Name=self.definition.database)

    def _forget_missing(self, locations: set[str]) -> None:
        """Apply the DeleteBehavior to tables whose data is gone."""
        glue: GlueClient = self.clients("glue")
        behavior = self.definition.delete_behavior
        for location in [location for location in self.memory.tables if location not in locations]:
            name = self.memory.tables[location]
            self.log.write("INFO", f"The data of table {name} is gone ({behavior})")
            if behavior == "DELETE_FROM_DATABASE":
                with failing_crawl():
                    glue.delete_table(DatabaseName=self.definition.database, Name=name)
                self.counts.tables_deleted += 1
                del self.memory.tables[location]

    def _check_stop(self) -> None:
        if self.stopping.is_set():
            raise CrawlStopped
