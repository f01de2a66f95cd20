"""Crawls in the background, with the crawler's role."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.http.errors import AwsError
from localcloud.http.request import Caller
from localcloud.iam.authorization import authorize
from localcloud.iam.roles import RoleSession, assume_role, role_arn
from localcloud.services.events.models import Emit
from localcloud.services.glue import errors, events
from localcloud.services.glue.access import arn
from localcloud.services.glue.crawl.crawl import Crawl
from localcloud.services.glue.crawl.log import CrawlFailed, CrawlStopped, Log, log_group
from localcloud.services.glue.models import Crawler, CrawlRecord

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import CsvClassifierTypeDef, SecurityConfigurationTypeDef

log = logging.getLogger("localcloud")

_PRINCIPAL = "glue.amazonaws.com"
_WORKERS = 2


class Runs:
    """Run crawls.

    Args:
        endpoint: the cloud's own, through which the role reads and writes.
        emit: takes each EventBridge event.
        folder: an existing directory for samples of data.
    """

    def __init__(self, endpoint: str, emit: Emit, folder: Path) -> None:
        self._endpoint = endpoint
        self._emit = emit
        self._folder = folder
        self._workers = ThreadPoolExecutor(_WORKERS, "crawl")

    def start(
        self,
        crawler: Crawler,
        classifiers: list[CsvClassifierTypeDef],
        security: SecurityConfigurationTypeDef | None,
    ) -> None:
        """Start a crawl; the crawler's state and crawls follow.

        Args:
            crawler: one that does not run.
            classifiers: its custom CSV classifiers, in their order.
            security: its security configuration.
        """
        crawler.state = "RUNNING"
        crawler.stopping.clear()
        self._workers.submit(self._run, crawler, classifiers, security)

    def stop_all(self, crawlers: list[Crawler]) -> None:
        """Give up running crawls; for the end of the cloud."""
        for crawler in crawlers:
            crawler.stopping.set()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _run(
        self,
        crawler: Crawler,
        classifiers: list[CsvClassifierTypeDef],
        security: SecurityConfigurationTypeDef | None,
    ) -> None:
        definition = crawler.definition
        group = log_group(role_arn(definition.role), definition.crawler_security_configuration)
        record = CrawlRecord(group, crawler.name)
        self._emit(events.started(crawler.name, crawler.region))
        try:
            session = _assume(definition.role, crawler.name, crawler.region, self._endpoint)
            clients = session.client
            crawl = Crawl(
                name=crawler.name,
                definition=definition,
                classifiers=classifiers,
                clients=clients,
                log=Log(clients, group, crawler.name, record.identifier),
                memory=crawler.memory,
                folder=self._folder,
                stopping=crawler.stopping,
                counts=record.counts,
            )
            crawl.log.open(_encryption(security, session))
            crawl.run()
        except CrawlStopped:
            record.outcome = "Stopped"
        except CrawlFailed as error:
            record.outcome, record.error = "Failed", str(error)
        except AwsError as error:
            record.outcome, record.error = "Failed", error.message
        except Exception:
            log.exception("the crawl of %s failed inside", crawler.name)
            record.outcome, record.error = "Failed", "Internal Service Exception"
        record.ended = datetime.now(UTC)
        crawler.crawls.append(record)
        crawler.state = "READY"
        if event := events.ended(crawler.name, crawler.region, record):
            self._emit(event)


def check_role(role: str, crawler: str, region: str) -> None:
    """Refuse a role that Glue cannot assume for a crawler.

    Raises:
        AwsError: InvalidInputException.
    """
    try:
        _assume(role, crawler, region, endpoint="")
    except AwsError as error:
        raise errors.role_not_assumable() from error


def _assume(role: str, crawler: str, region: str, endpoint: str) -> RoleSession:
    source_arn = arn(region, f"crawler/{crawler}")
    return assume_role(role_arn(role), _PRINCIPAL, session_name="AWS-Crawler", source_arn=source_arn, endpoint=endpoint)


def _encryption(security: SecurityConfigurationTypeDef | None, session: RoleSession) -> Callable[[str], None] | None:
    """Return what asks for logs:AssociateKmsKey on a log group, or None where logs are not encrypted.

    The role needs the permission for encrypted logs, although the emulator's logs have no keys.
    """
    encryption = (security or {}).get("EncryptionConfiguration") or {}
    if (encryption.get("CloudWatchEncryption") or {}).get("CloudWatchEncryptionMode") != "SSE-KMS":
        return None
    caller = Caller(_PRINCIPAL, "", session.credentials["AWS_ACCESS_KEY_ID"], session.region, "logs")

    return lambda group_arn: authorize(caller, "logs:AssociateKmsKey", group_arn)
