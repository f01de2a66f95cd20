"""A crawl of the KPI crawler failed: the event and the message.

The event's shape: AWS Glue developer guide, "Automating AWS Glue with EventBridge", detail type Glue Crawler State
Change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lambdas.notifier.events import Envelope, Ignored, required_text
from lambdas.notifier.fields import iso, text_at
from messages.content import Command, Content, links, over_tls, subject

if TYPE_CHECKING:
    from lambdas.notifier.changes import Gap
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.settings import Settings

_KIND = "crawl"
_FAILED = "Failed"


@dataclass(frozen=True, kw_only=True)
class CrawlFailure:
    """A crawl of the KPI crawler failed; the event says all there is to report."""

    envelope: Envelope
    crawler: str
    reason: str | None
    log: str | None

    detail_type: ClassVar = "Glue Crawler State Change"

    @classmethod
    def parse(cls, envelope: Envelope) -> CrawlFailure | Ignored:
        """Read the event's detail; every other state than Failed is ignored."""
        detail = envelope.detail
        crawler = required_text(detail, "crawlerName", "the name of a crawler")
        state = required_text(detail, "state", "the state of the crawl")
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

    @property
    def about(self) -> str:
        """The crawler."""
        return self.crawler

    @staticmethod
    def expected(settings: Settings) -> str:
        """Return the stack's KPI crawler."""
        return settings.crawler_name

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
