"""Crawls of the KPI crawler: one that failed, and tables that read the team's files otherwise than they are written.

Glue counts a crawl as succeeded that left folders out, and Athena gives columns their values by position; so files and
tables are compared after each crawl that succeeded, and people hear of it where they differ.

The event's shape: AWS Glue developer guide, "Automating AWS Glue with EventBridge", detail type Glue Crawler State
Change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from lambdas.notifier.events import Envelope, Ignored, required_text
from lambdas.notifier.fields import iso, text_at
from messages.content import Command, Content, links, over_tls, subject

if TYPE_CHECKING:
    from lambdas.notifier import crawled_tables
    from lambdas.notifier.changes import Gap
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.settings import Settings

_KIND = "crawl"
_FAILED = "Failed"
_SUCCEEDED = "Succeeded"
_DIFFERENT = "Different"
# Chat takes 4,000 characters, and leaves out facts that are longer.
_PROBLEMS = 10


@dataclass(frozen=True, kw_only=True)
class _OfCrawler:
    """A change that a crawl of the named crawler has led to."""

    envelope: Envelope
    crawler: str

    @property
    def about(self) -> str:
        """The crawler."""
        return self.crawler

    @staticmethod
    def expected(settings: Settings) -> str:
        """Return the stack's KPI crawler."""
        return settings.crawler_name


@dataclass(frozen=True, kw_only=True)
class CrawlFailure(_OfCrawler):
    """A crawl of the KPI crawler failed; the event says all there is to report."""

    reason: str | None
    log: str | None

    detail_type: ClassVar = "Glue Crawler State Change"

    @classmethod
    def parse(cls, envelope: Envelope) -> CrawlFailure | SucceededCrawl | Ignored:
        """Read the event's detail; states other than Failed and Succeeded are ignored."""
        detail = envelope.detail
        crawler = required_text(detail, "crawlerName", "the name of a crawler")
        state = required_text(detail, "state", "the state of the crawl")
        if state == _SUCCEEDED:
            return SucceededCrawl(envelope=envelope, crawler=crawler)
        if state != _FAILED:
            return Ignored(reason=f"crawl of {crawler} is {state}")
        return cls(
            envelope=envelope,
            crawler=crawler,
            reason=text_at(detail, "errorMessage"),
            log=text_at(detail, "cloudWatchLogLink"),
        )

    @property
    def identity(self) -> list[str]:
        """The crawler and when it failed: it runs once at a time."""
        return [_KIND, self.crawler, _FAILED, iso(self.envelope.event_time)]

    def gather(self, _clients: Clients, _settings: Settings, _deadline: Deadline) -> CrawlFailure:
        """Return the change itself: Glue's event has all of it."""
        return self

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Nothing was asked, and nothing is missing."""
        return ()

    def compose(self, settings: Settings) -> Content:
        """Write the message about a failed crawl."""
        # Not the event's name: this one is known to be fit for a shell.
        crawler = settings.crawler_name
        return Content(
            subject=subject(settings.environment, crawler, f"crawl: {_FAILED}"),
            headline=f"A crawl of {crawler} failed ({settings.environment}): new CSVs are not in Athena yet.",
            facts=(
                ("Status", _FAILED),
                ("Environment", settings.environment),
                ("Crawler", crawler),
                ("Use case", settings.use_case_id),
                ("Failed at", iso(self.envelope.event_time)),
                ("Reason", self.reason or "not known"),
            ),
            # Where Glue names a page for it.
            links=links(("Log of the crawl", over_tls(self.log))),
            commands=(Command(purpose="To crawl again, once the cause is gone", line=self._start(crawler)),),
            attributes={
                "environment": settings.environment,
                "kind": _KIND,
                "status": _FAILED,
                "crawler": crawler,
            },
            thread=f"crawl/{crawler}",
        )

    def registry_event(self, settings: Settings) -> None:
        """Return nothing: a crawl is no event of the model registry."""

    def _start(self, crawler: str) -> str:
        region = self.envelope.region
        is_region = region is not None and region.replace("-", "").isalnum()
        return f"aws glue start-crawler --name {crawler}" + (f" --region {region}" if is_region else "")


@dataclass(frozen=True, kw_only=True)
class SucceededCrawl(_OfCrawler):
    """A crawl succeeded; whether there is anything to report, only the files tell."""

    def examine(self, clients: Clients, settings: Settings, deadline: Deadline) -> DifferentTables | Ignored:
        """Compare the team's files with the tables.

        Raises:
            botocore.exceptions.ClientError: AWS refuses a call.
            botocore.exceptions.BotoCoreError: AWS does not answer.
        """
        # Not before it is needed: Lambda compiles each module that a cold start imports.
        from lambdas.notifier import crawled_tables

        seconds = text_at(self.envelope.detail, "runningTime (sec)") or ""
        running = timedelta(seconds=int(seconds)) if seconds.isdecimal() else timedelta()
        examination = crawled_tables.examine(clients, settings, self.envelope.event_time - running, deadline)
        if not examination.problems:
            return Ignored(reason=f"tables of {self.crawler} fit {examination.examined} of {examination.files} files")
        return DifferentTables(envelope=self.envelope, crawler=self.crawler, examination=examination)


@dataclass(frozen=True, kw_only=True)
class DifferentTables(_OfCrawler):
    """After a crawl, tables read some of the team's files otherwise than they are written, or not at all."""

    examination: crawled_tables.Examination

    @property
    def identity(self) -> list[str]:
        """The problems, without the files: the next day's file with the same problem is no news."""
        problems = sorted(f"{problem.table}: {problem.text}" for problem in self.examination.problems)
        return [_KIND, self.crawler, _DIFFERENT, *problems]

    def gather(self, _clients: Clients, _settings: Settings, _deadline: Deadline) -> DifferentTables:
        """Return the change itself: the examination has all of it."""
        return self

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Nothing more was asked, and nothing is missing."""
        return ()

    def compose(self, settings: Settings) -> Content:
        """Write the message about files that tables don't fit."""
        crawler, examination = settings.crawler_name, self.examination
        problems = examination.problems
        facts = [(f"Problem {number}", _described(problem)) for number, problem in enumerate(problems[:_PROBLEMS], 1)]
        if len(problems) > _PROBLEMS:
            facts.append(("More problems", str(len(problems) - _PROBLEMS)))
        return Content(
            subject=subject(settings.environment, crawler, "crawl: files that tables do not fit"),
            headline=f"Athena reads some CSVs otherwise than they are written, or not at all ({settings.environment}).",
            facts=(
                ("Environment", settings.environment),
                ("Crawler", crawler),
                ("Use case", settings.use_case_id),
                ("Crawled at", iso(self.envelope.event_time)),
                *facts,
                ("Looked into", f"{examination.examined} of {examination.files} files, the newest"),
            ),
            notes=("How a CSV has to be written, and how to crawl one anew: docs/operations.md, A team's CSVs.",),
            attributes={
                "environment": settings.environment,
                "kind": _KIND,
                "status": _DIFFERENT,
                "crawler": crawler,
            },
            thread=f"crawl/{crawler}",
        )

    def registry_event(self, settings: Settings) -> None:
        """Return nothing: tables are no event of the model registry."""


def _described(problem: crawled_tables.Problem) -> str:
    more = f" and {problem.files - 1} more files" if problem.files > 1 else ""
    return f"{problem.table}: {problem.text} ({problem.place}{more})"
