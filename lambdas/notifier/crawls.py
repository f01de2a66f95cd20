"""Glue's event for a crawl that failed, parsed.

Its shape: AWS Glue developer guide, "Automating AWS Glue with EventBridge", detail type Glue Crawler State Change.
"""

from dataclasses import dataclass

from lambdas.notifier.envelope import Envelope, Uneventful
from lambdas.notifier.fields import iso, required_text, text_at

STATE_CHANGE = "Glue Crawler State Change"
FAILED = "Failed"


@dataclass(frozen=True, kw_only=True)
class CrawlFailure:
    """A crawl of the KPI crawler failed."""

    envelope: Envelope
    crawler: str
    reason: str | None
    log: str | None

    kind = "crawl"

    @property
    def identity(self) -> list[str]:
        """What makes two deliveries the same failure: a crawler runs once at a time."""
        return [self.kind, self.crawler, FAILED, iso(self.envelope.event_time)]


def parse(envelope: Envelope) -> CrawlFailure | Uneventful:
    """The failure that the event tells of; raises MalformedEventError where crawler or state are missing."""
    detail = envelope.detail
    crawler = required_text(detail, "crawlerName", "the name of a crawler")
    state = required_text(detail, "state", "the state of the crawl")
    if state != FAILED:
        return Uneventful(reason=f"crawl of {crawler} is {state}")
    return CrawlFailure(
        envelope=envelope,
        crawler=crawler,
        reason=text_at(detail, "errorMessage"),
        log=text_at(detail, "cloudWatchLogLink"),
    )
