"""Crawls in the background: with the crawler's role, from Started to Succeeded or Failed."""

import copy
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from localcloud.http.client_errors import clients_of_session
from localcloud.http.errors import AwsError
from localcloud.iam import gate, roles
from localcloud.iam.gate import Caller
from localcloud.layout import ACCOUNT
from localcloud.server.clients import Clients
from localcloud.services.glue import events
from localcloud.services.glue.access import arn, role_arn
from localcloud.services.glue.crawl.errors import CrawlFailed, CrawlStopped
from localcloud.services.glue.crawl.log import Log, log_group, new_crawl_id
from localcloud.services.glue.crawl.run import Crawl, Memory
from localcloud.services.glue.crawl.write import Counts

log = logging.getLogger("localcloud")

Record = dict[str, Any]
_PRINCIPAL = "glue.amazonaws.com"
_STATES = {"Succeeded": "SUCCEEDED", "Failed": "FAILED", "Stopped": "CANCELLED"}
_HISTORY = {"Succeeded": "COMPLETED", "Failed": "FAILED", "Stopped": "STOPPED"}


class Runs:
    """Runs crawls and remembers them.

    Args:
        endpoint: the cloud's own, through which the role reads and writes.
        emit: takes each EventBridge event.
        folder: an existing directory for samples of data.
    """

    def __init__(self, endpoint: str, emit: Callable[[Record], None], folder: Path) -> None:
        self._endpoint = endpoint
        self._emit = emit
        self._folder = folder
        self.memory: dict[str, Memory] = {}
        self._histories: dict[str, list[Record]] = {}
        self._last_counts: dict[str, Counts] = {}
        self._stops: dict[str, threading.Event] = {}
        self._workers = ThreadPoolExecutor(2, "crawl")

    def check_role(self, role: str, crawler: str, region: str) -> None:
        """Refuses a role that Glue cannot assume for a crawler.

        Raises:
            AwsError: InvalidInputException.
        """
        try:
            self._assume(role, crawler, region)
        except AwsError as error:
            text = "Service is unable to assume provided role. Please verify role's TrustPolicy"
            raise AwsError("InvalidInputException", text) from error

    def start(self, record: Record, classifiers: list[Record], security: Record | None, region: str) -> None:
        """Starts a crawl of a crawler; its record's State and LastCrawl follow."""
        name = record["Name"]
        record.update(State="RUNNING", CrawlElapsedTime=0)
        stopping = self._stops[name] = threading.Event()
        snapshot = copy.deepcopy(record)
        self._workers.submit(self._run, record, snapshot, classifiers, security, region, stopping)

    def stop(self, record: Record) -> None:
        """Asks a crawl to stop."""
        record["State"] = "STOPPING"
        self._stops[record["Name"]].set()

    def stop_all(self) -> None:
        """Gives up running crawls; for the end of the cloud."""
        for stopping in self._stops.values():
            stopping.set()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def forget(self, name: str) -> None:
        """Drops what a deleted crawler has seen."""
        for kept in (self.memory, self._histories, self._last_counts, self._stops):
            kept.pop(name, None)

    def history(self, name: str) -> list[Record]:
        """The crawls of a crawler, oldest first."""
        return self._histories.get(name, [])

    def metrics(self, name: str) -> Record:
        """The CrawlerMetrics of a crawler."""
        seconds = [(crawl["EndTime"] - crawl["StartTime"]).total_seconds() for crawl in self.history(name)]
        counts = self._last_counts.get(name, Counts())
        return {
            "CrawlerName": name,
            "TimeLeftSeconds": 0.0,
            "StillEstimating": False,
            "LastRuntimeSeconds": seconds[-1] if seconds else 0.0,
            "MedianRuntimeSeconds": median(seconds) if seconds else 0.0,
            "TablesCreated": counts.tables_created,
            "TablesUpdated": counts.tables_updated,
            "TablesDeleted": counts.tables_deleted,
        }

    def _assume(self, role: str, crawler: str, region: str) -> dict[str, str]:
        source = {"aws:sourceaccount": ACCOUNT, "aws:sourcearn": arn(region, f"crawler/{crawler}")}
        return roles.assume(role_arn(role), _PRINCIPAL, "AWS-Crawler", source, region)

    def _run(
        self,
        record: Record,
        crawler: Record,
        classifiers: list[Record],
        security: Record | None,
        region: str,
        stopping: threading.Event,
    ) -> None:
        name, crawl_id = crawler["Name"], new_crawl_id()
        began, clock = datetime.now(UTC), time.monotonic()
        group = log_group(role_arn(crawler["Role"]), crawler.get("CrawlerSecurityConfiguration"))
        link = events.log_link(region, group, name)
        self._emit(events.started(name, region))
        outcome, reason, counts = "Succeeded", None, Counts()
        try:
            keys = self._assume(crawler["Role"], name, region)
            clients = clients_of_session(keys, region, self._endpoint)
            crawl = self._crawl(crawler, classifiers, clients, Log(clients, group, name, crawl_id), stopping)
            counts = crawl.counts
            crawl.run(lambda: crawl.log.open(_encryption(security, keys, region)))
        except CrawlStopped:
            outcome = "Stopped"
        except CrawlFailed as error:
            outcome, reason = "Failed", str(error)
        except AwsError as error:
            outcome, reason = "Failed", error.message
        except Exception:
            log.exception("the crawl of %s failed inside", name)
            outcome, reason = "Failed", "Internal Service Exception"
        last: Record = {"LogGroup": group, "LogStream": name, "MessagePrefix": crawl_id, "StartTime": began}
        last |= {"ErrorMessage": reason} if reason else {}
        crawled = {
            "CrawlId": crawl_id,
            "State": _HISTORY[outcome],
            "EndTime": datetime.now(UTC),
            "DPUHour": 0.0,
            **last,
        }
        self._histories.setdefault(name, []).append({**crawled, "Summary": _summary(counts)})
        self._last_counts[name] = counts
        seconds = time.monotonic() - clock
        record.update(LastCrawl={**last, "Status": _STATES[outcome]}, CrawlElapsedTime=round(seconds * 1000))
        record["State"] = "READY"
        if outcome == "Succeeded":
            self._emit(events.succeeded(name, region, seconds, counts, link))
        elif outcome == "Failed":
            self._emit(events.failed(name, region, reason or "", link))

    def _crawl(
        self, crawler: Record, classifiers: list[Record], clients: Clients, log_: Log, stopping: threading.Event
    ) -> Crawl:
        memory = self.memory.setdefault(crawler["Name"], Memory())
        own = [each["CsvClassifier"] for each in classifiers if "CsvClassifier" in each]
        return Crawl(crawler, own, clients, log_, memory, self._folder, stopping)


def _encryption(security: Record | None, keys: dict[str, str], region: str) -> Callable[[str], None] | None:
    """Asks for logs:AssociateKmsKey, which the role needs for encrypted logs; the emulator's logs have no keys."""
    settings = ((security or {}).get("EncryptionConfiguration") or {}).get("CloudWatchEncryption") or {}
    if settings.get("CloudWatchEncryptionMode") != "SSE-KMS":
        return None
    caller = Caller("glue.amazonaws.com", "", keys["AWS_ACCESS_KEY_ID"], region, "logs")

    def ask(group_arn: str) -> None:
        gate.authorize(caller, "logs:AssociateKmsKey", group_arn)

    return ask


def _summary(counts: Counts) -> str:
    tables = {"ADD": counts.tables_created, "UPDATE": counts.tables_updated, "DELETE": counts.tables_deleted}
    return json.dumps({"TABLE": json.dumps(tables), "PARTITION": json.dumps({"ADD": counts.partitions_created})})
