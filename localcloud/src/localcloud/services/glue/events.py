"""The event "Glue Crawler State Change".

Source: Glue developer guide, "Automating AWS Glue with EventBridge"; its members are text.
"""

from datetime import UTC, datetime

from localcloud.layout import ACCOUNT
from localcloud.services.events.models import Event, event
from localcloud.services.glue.models import CrawlRecord


def started(crawler: str, region: str) -> Event:
    """Return the event of a crawl that has begun."""
    detail = {"crawlerName": crawler, "startTime": _now(), "state": "Started", "message": "Crawler Started"}
    return _event(region, detail)


def ended(crawler: str, region: str, crawl: CrawlRecord) -> Event | None:
    """Return the event of a crawl that has succeeded or failed; Glue has none of one that was stopped."""
    common = {"crawlerName": crawler, "cloudWatchLogLink": _log_link(region, crawl)}
    if crawl.outcome == "Succeeded":
        return _event(region, {**common, **_success(crawl)})
    if crawl.outcome == "Failed":
        failure = {"errorMessage": crawl.error or "", "state": "Failed", "message": "Crawler Failed"}
        return _event(region, {**common, **failure})
    return None


def _success(crawl: CrawlRecord) -> dict[str, str]:
    return {
        "tablesCreated": str(crawl.counts.tables_created),
        "tablesUpdated": str(crawl.counts.tables_updated),
        "tablesDeleted": str(crawl.counts.tables_deleted),
        "partitionsCreated": str(crawl.counts.partitions_created),
        "partitionsUpdated": "0",
        "partitionsDeleted": "0",
        "warningMessage": "N/A",
        "runningTime (sec)": str(round(crawl.seconds)),
        "completionDate": _now(),
        "state": "Succeeded",
        "message": "Crawler Succeeded",
    }


def _log_link(region: str, crawl: CrawlRecord) -> str:
    """Return the console's address of a crawl's log stream."""
    stream = f"group={crawl.log_group};stream={crawl.log_stream}"
    return f"https://console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:{stream}"


def _event(region: str, detail: dict[str, str]) -> Event:
    return event("aws.glue", "Glue Crawler State Change", None, region, {"accountId": ACCOUNT, **detail})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
