"""What makes KPIs visible in the demo: a crawl of a team's own table, and the dashboard's data sets filled anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from demo.errors import DemoError
from localcloud.layout import ACCOUNT

_POLL_SECONDS = 0.2
_LONGEST_SECONDS = 120.0
_DATA_SET = "aws:quicksight/dataSet:DataSet"

Client = Callable[[str], Any]


def crawl(client: Client, crawler: str) -> None:
    """Runs a crawler to its end; raises DemoError where the crawl does not succeed."""
    glue = client("glue")
    glue.start_crawler(Name=crawler)
    ended = _wait(lambda: _idle(glue.get_crawler(Name=crawler)["Crawler"]), f"the crawl of {crawler}")
    if ended["Status"] != "SUCCEEDED":
        raise DemoError(f"the crawl of {crawler} ended {ended['Status']}: {ended.get('ErrorMessage', '')}")


def refresh(client: Client, state: Mapping[str, Any]) -> dict[str, int]:
    """Fills every data set in the engine's state from Athena; rows by data set, DemoError where one can't be filled."""
    quicksight, rows = client("quicksight"), dict[str, int]()
    for resource in state["deployment"]["resources"]:
        if resource["type"] != _DATA_SET:
            continue
        data_set = resource["outputs"]["dataSetId"]
        given = {"AwsAccountId": ACCOUNT, "DataSetId": data_set, "IngestionId": "demo"}
        quicksight.create_ingestion(**given)

        def ended(given: Mapping[str, str] = given) -> dict[str, Any]:
            ingestion: dict[str, Any] = quicksight.describe_ingestion(**given)["Ingestion"]
            return ingestion if ingestion["IngestionStatus"] in {"COMPLETED", "FAILED", "CANCELLED"} else {}

        ingestion = _wait(ended, f"the refresh of {data_set}")
        if ingestion["IngestionStatus"] != "COMPLETED":
            raise DemoError(f"{data_set} could not be refreshed: {ingestion.get('ErrorInfo')}")
        rows[data_set] = ingestion["RowInfo"]["RowsIngested"]
    return rows


def _idle(crawler: Mapping[str, Any]) -> dict[str, Any]:
    return crawler.get("LastCrawl", {}) if crawler["State"] == "READY" else {}


def _wait(ended: Callable[[], dict[str, Any]], what: str) -> dict[str, Any]:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not (found := ended()):
        if time.monotonic() > deadline:
            raise DemoError(f"{what} is not over after {_LONGEST_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)
    return found
