"""Crawlers and their crawls."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from localcloud.services.glue import errors
from localcloud.services.glue.crawl.crawl import Memory
from localcloud.services.glue.crawl.write import Counts
from localcloud.services.glue.definition import CrawlerDefinition

if TYPE_CHECKING:
    from mypy_boto3_glue.literals import (
        CrawlerHistoryStateType,
        CrawlerStateType,
        LastCrawlStatusType,
        ScheduleStateType,
    )
    from mypy_boto3_glue.type_defs import (
        CrawlerHistoryTypeDef,
        CrawlerMetricsTypeDef,
        CrawlerTypeDef,
        LastCrawlInfoTypeDef,
        ScheduleTypeDef,
    )

Outcome = Literal["Succeeded", "Failed", "Stopped"]
_LAST_CRAWL: dict[Outcome, LastCrawlStatusType] = {
    "Succeeded": "SUCCEEDED",
    "Failed": "FAILED",
    "Stopped": "CANCELLED",
}
_HISTORY: dict[Outcome, CrawlerHistoryStateType] = {
    "Succeeded": "COMPLETED",
    "Failed": "FAILED",
    "Stopped": "STOPPED",
}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class CrawlRecord:
    """One crawl of a crawler; `ended` and all after it count once it has ended."""

    log_group: str
    log_stream: str
    identifier: str = field(default_factory=lambda: str(uuid4()))
    started: datetime = field(default_factory=_now)
    ended: datetime = field(default_factory=_now)
    outcome: Outcome = "Succeeded"
    error: str | None = None
    counts: Counts = field(default_factory=Counts)

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return (self.ended - self.started).total_seconds()

    def describe_last(self) -> LastCrawlInfoTypeDef:
        """Return the LastCrawlInfo structure."""
        info: LastCrawlInfoTypeDef = {
            "Status": _LAST_CRAWL[self.outcome],
            "LogGroup": self.log_group,
            "LogStream": self.log_stream,
            "MessagePrefix": self.identifier,
            "StartTime": self.started,
        }
        if self.error:
            info["ErrorMessage"] = self.error
        return info

    def describe(self) -> CrawlerHistoryTypeDef:
        """Return the CrawlerHistory structure."""
        history: CrawlerHistoryTypeDef = {
            "CrawlId": self.identifier,
            "State": _HISTORY[self.outcome],
            "StartTime": self.started,
            "EndTime": self.ended,
            "Summary": _summary(self.counts),
            "LogGroup": self.log_group,
            "LogStream": self.log_stream,
            "MessagePrefix": self.identifier,
            "DPUHour": 0.0,
        }
        if self.error:
            history["ErrorMessage"] = self.error
        return history


@dataclass
class Schedule:
    """When a crawler would be started."""

    expression: str
    state: ScheduleStateType = "SCHEDULED"

    def describe(self) -> ScheduleTypeDef:
        """Return the Schedule structure."""
        return {"ScheduleExpression": self.expression, "State": self.state}


@dataclass
class Crawler:
    """A crawler, its crawls, oldest first, and what they have seen."""

    name: str
    region: str
    definition: CrawlerDefinition
    schedule: Schedule | None = None
    state: CrawlerStateType = "READY"
    version: int = 1
    created: datetime = field(default_factory=_now)
    updated: datetime = field(default_factory=_now)
    crawls: list[CrawlRecord] = field(default_factory=list[CrawlRecord])
    memory: Memory = field(default_factory=Memory)
    stopping: threading.Event = field(default_factory=threading.Event)

    def change(self, definition: CrawlerDefinition) -> None:
        """Replace the definition; other targets are crawled from the beginning."""
        if definition.targets != self.definition.targets:
            self.memory = Memory()
        self.definition = definition
        self.updated = _now()
        self.version += 1

    def describe(self) -> CrawlerTypeDef:
        """Return the Crawler structure."""
        crawler: CrawlerTypeDef = {
            **self.definition.describe(),
            "Name": self.name,
            "State": self.state,
            "Schedule": self.schedule.describe() if self.schedule else {},
            "CrawlElapsedTime": round(self.crawls[-1].seconds * 1000) if self.crawls and self.state == "READY" else 0,
            "CreationTime": self.created,
            "LastUpdated": self.updated,
            "Version": self.version,
        }
        if self.crawls:
            crawler["LastCrawl"] = self.crawls[-1].describe_last()
        return crawler

    def describe_metrics(self) -> CrawlerMetricsTypeDef:
        """Return the CrawlerMetrics structure."""
        seconds = [crawl.seconds for crawl in self.crawls]
        counts = self.crawls[-1].counts if self.crawls else Counts()
        return {
            "CrawlerName": self.name,
            "TimeLeftSeconds": 0.0,
            "StillEstimating": False,
            "LastRuntimeSeconds": seconds[-1] if seconds else 0.0,
            "MedianRuntimeSeconds": median(seconds) if seconds else 0.0,
            "TablesCreated": counts.tables_created,
            "TablesUpdated": counts.tables_updated,
            "TablesDeleted": counts.tables_deleted,
        }


class Crawlers:
    """The account's crawlers by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Crawler] = {}

    def add(self, crawler: Crawler) -> None:
        """Keep a new crawler."""
        self.by_name[crawler.name] = crawler

    def find(self, name: str) -> Crawler:
        """Return a crawler.

        Raises:
            AwsError: EntityNotFoundException.
        """
        if name not in self.by_name:
            raise errors.no_crawler(name)
        return self.by_name[name]

    def find_ready(self, name: str) -> Crawler:
        """Return a crawler that does not run.

        Raises:
            AwsError: EntityNotFoundException, CrawlerRunningException.
        """
        crawler = self.find(name)
        if crawler.state != "READY":
            raise errors.crawler_running(name)
        return crawler


def _summary(counts: Counts) -> str:
    tables = {"ADD": counts.tables_created, "UPDATE": counts.tables_updated, "DELETE": counts.tables_deleted}
    return json.dumps({"TABLE": json.dumps(tables), "PARTITION": json.dumps({"ADD": counts.partitions_created})})
