"""What Glue tells of a crawl: the event "Glue Crawler State Change".

Source: Glue developer guide, "Automating AWS Glue with EventBridge"; its members are text.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from localcloud.layout import ACCOUNT
from localcloud.services.glue.crawl.write import Counts

Record = dict[str, Any]


def started(crawler: str, region: str) -> Record:
    """A crawl has begun."""
    return _event(
        region, {"crawlerName": crawler, "startTime": _now(), "state": "Started", "message": "Crawler Started"}
    )


def succeeded(crawler: str, region: str, seconds: float, counts: Counts, log_link: str) -> Record:
    """A crawl has ended well."""
    detail = {
        "tablesCreated": str(counts.tables_created),
        "tablesUpdated": str(counts.tables_updated),
        "tablesDeleted": str(counts.tables_deleted),
        "partitionsCreated": str(counts.partitions_created),
        "partitionsUpdated": "0",
        "partitionsDeleted": "0",
        "warningMessage": "N/A",
        "runningTime (sec)": str(round(seconds)),
        "crawlerName": crawler,
        "completionDate": _now(),
        "cloudWatchLogLink": log_link,
        "state": "Succeeded",
        "message": "Crawler Succeeded",
    }
    return _event(region, detail)


def failed(crawler: str, region: str, error: str, log_link: str) -> Record:
    """A crawl has failed."""
    detail = {
        "crawlerName": crawler,
        "errorMessage": error,
        "cloudWatchLogLink": log_link,
        "state": "Failed",
        "message": "Crawler Failed",
    }
    return _event(region, detail)


def log_link(region: str, group: str, stream: str) -> str:
    """The console's address of a log stream."""
    return (
        f"https://console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group};stream={stream}"
    )


def _event(region: str, detail: Record) -> Record:
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Glue Crawler State Change",
        "source": "aws.glue",
        "account": ACCOUNT,
        "time": _now(),
        "region": region,
        "resources": [],
        "detail": {"accountId": ACCOUNT, **detail},
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
