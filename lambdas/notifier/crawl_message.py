"""The message about a crawl that failed."""

from lambdas.notifier.console_links import page_over_tls
from lambdas.notifier.crawls import FAILED, CrawlFailure
from lambdas.notifier.fields import iso
from lambdas.notifier.settings import Settings
from messages.content import Command, Content, subject


def compose(failure: CrawlFailure, settings: Settings) -> Content:
    """Writes the message about a failed crawl."""
    # Not the event's name: this one is known to be fit for a shell.
    crawler = settings.crawler_name
    return Content(
        subject=subject(settings.environment, crawler, f"crawl: {FAILED}"),
        headline=f"A crawl of {crawler} failed ({settings.environment}): new CSVs are not in Athena yet.",
        facts=(
            ("Status", FAILED),
            ("Environment", settings.environment),
            ("Crawler", crawler),
            ("Use case", settings.use_case_id),
            ("Failed at", iso(failure.envelope.event_time)),
            ("Reason", failure.reason or "not known"),
        ),
        # Where Glue names a page for it.
        links=tuple(page_over_tls("Log of the crawl", failure.log)),
        commands=(Command(purpose="To crawl again, once the cause is gone", line=_start(failure, crawler)),),
        attributes={
            "environment": settings.environment,
            "kind": failure.kind,
            "status": FAILED,
            "crawler": crawler,
        },
        thread=f"crawl/{crawler}",
    )


def _start(failure: CrawlFailure, crawler: str) -> str:
    region = failure.envelope.region
    known = region is not None and region.replace("-", "").isalnum()
    return f"aws glue start-crawler --name {crawler}" + (f" --region {region}" if known else "")
