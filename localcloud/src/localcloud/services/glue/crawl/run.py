"""Runs one crawl of a deployed crawler."""

import json
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud.server.clients import Clients
from localcloud.services.glue.crawl.classify import classify
from localcloud.services.glue.crawl.errors import CrawlStopped, failed
from localcloud.services.glue.crawl.grouping import Policy, group
from localcloud.services.glue.crawl.log import Log
from localcloud.services.glue.crawl.objects import Target, folder_of
from localcloud.services.glue.crawl.schema import Schema
from localcloud.services.glue.crawl.write import Counts, Settings, Writer

Record = dict[str, Any]


@dataclass
class Memory:
    """What earlier crawls of a crawler have seen: folders by `s3://bucket/prefix/`, and table names by location."""

    folders: set[str] = field(default_factory=set[str])
    tables: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class Crawl:
    """One crawl: the crawler's definition as it was at the start, and its custom CSV classifiers."""

    crawler: Record
    classifiers: Sequence[Record]
    clients: Clients
    log: Log
    memory: Memory
    folder: Path
    stopping: threading.Event = field(default_factory=threading.Event)
    counts: Counts = field(default_factory=Counts)

    def run(self, open_log: Callable[[], None]) -> None:
        """Crawls every target and writes the catalog.

        Raises:
            CrawlFailed: when the role lacks a permission.
            CrawlStopped: when it was stopped.
        """
        open_log()
        name = self.crawler["Name"]
        self.log.write("BENCHMARK", f"Running Start Crawl for Crawler {name}")
        self._check_database()
        writer = Writer(self.clients, self._settings(), self.log, self.counts)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            found = [(target, *self._schemas(target, Path(folder))) for target in self._targets()]
        self.log.write("BENCHMARK", "Classification complete, writing results to database " + self._database)
        seen: set[str] = set()
        locations: set[str] = set()
        for target, schemas, folders in found:
            root = f"s3://{target.bucket}/"
            known = [place.removeprefix(root) for place in self.memory.tables if place.startswith(root)]
            for draft in group(target.prefix, schemas, known, self._policy()):
                self._check_stop()
                if written := writer.write(target.bucket, draft):
                    self.memory.tables[written[0]] = written[1]
                    locations.add(written[0])
            seen |= folders
        if not self._only_new:
            self._forget_missing(locations)
        self.memory.folders |= seen
        changed = f"{self.counts.tables_created} created, {self.counts.tables_updated} updated tables"
        self.log.write("INFO", f"Run Summary For TABLE: {changed}; {self.counts.partitions_created} new partitions")
        self.log.write("BENCHMARK", f"Crawler has finished running and is in state READY: {name}")

    @property
    def _database(self) -> str:
        return str(self.crawler.get("DatabaseName") or "default")

    @property
    def _only_new(self) -> bool:
        return (self.crawler.get("RecrawlPolicy") or {}).get("RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY"

    def _targets(self) -> list[Target]:
        return [Target.of(target) for target in self.crawler["Targets"].get("S3Targets") or []]

    def _schemas(self, target: Target, folder: Path) -> tuple[dict[str, Schema], set[str]]:
        keys = target.keys(self.clients)
        folders = {f"s3://{target.bucket}/{folder_of(key)}" for key in keys}
        schemas: dict[str, Schema] = {}
        for key in keys:
            self._check_stop()
            if self._only_new and f"s3://{target.bucket}/{folder_of(key)}" in self.memory.folders:
                continue
            content, complete = target.read(self.clients, key)
            schema = classify(key, content, complete=complete, classifiers=self.classifiers, folder=folder)
            if schema is None:
                self.log.write("WARN", f"s3://{target.bucket}/{key} has the classification UNKNOWN and is left out")
            else:
                schemas[key] = schema
        return schemas, folders

    def _check_database(self) -> None:
        try:
            self.clients("glue").get_database(Name=self._database)
        except ClientError as error:
            raise failed(error) from error

    def _forget_missing(self, locations: set[str]) -> None:
        """Applies the DeleteBehavior to tables whose data is gone."""
        behavior = (self.crawler.get("SchemaChangePolicy") or {}).get("DeleteBehavior", "DEPRECATE_IN_DATABASE")
        for location in [place for place in self.memory.tables if place not in locations]:
            name = self.memory.tables[location]
            self.log.write("INFO", f"The data of table {name} is gone ({behavior})")
            if behavior == "DELETE_FROM_DATABASE":
                try:
                    self.clients("glue").delete_table(DatabaseName=self._database, Name=name)
                except ClientError as error:
                    raise failed(error) from error
                self.counts.tables_deleted += 1
                del self.memory.tables[location]

    def _settings(self) -> Settings:
        policy = self.crawler.get("SchemaChangePolicy") or {}
        output = self._configuration().get("CrawlerOutput", {})
        return Settings(
            crawler=self.crawler["Name"],
            database=self._database,
            table_prefix=self.crawler.get("TablePrefix") or "",
            update=policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE",
            inherit=output.get("Partitions", {}).get("AddOrUpdateBehavior") == "InheritFromTable",
            merge=output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns",
            only_new=self._only_new and bool(self.memory.folders),
        )

    def _policy(self) -> Policy:
        grouping = self._configuration().get("Grouping", {})
        combine = grouping.get("TableGroupingPolicy") == "CombineCompatibleSchemas"
        return Policy(combine, grouping.get("TableLevelConfiguration"))

    def _configuration(self) -> Record:
        return json.loads(self.crawler.get("Configuration") or "{}")

    def _check_stop(self) -> None:
        if self.stopping.is_set():
            raise CrawlStopped
