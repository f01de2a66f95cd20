"""Glue's operations on crawlers, classifiers and security configurations, and the service that they are.

Source: Glue API reference, "Crawlers and classifiers API" and "Crawler scheduler API". Schedules are kept and checked;
no crawl starts by itself here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from localcloud.emulator import catalog as emulated
from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.layout import ACCOUNT
from localcloud.services.events.models import Emit
from localcloud.services.glue import errors
from localcloud.services.glue.access import arn, check_grants, permissions
from localcloud.services.glue.catalog import CatalogOperations, PartitionOperations, check_catalog
from localcloud.services.glue.definition import CrawlerDefinition, DefinitionMembers, check_schedule
from localcloud.services.glue.models import Crawler, Crawlers, Schedule
from localcloud.services.glue.runs import Runs, check_role
from localcloud.services.lakeformation.governance import Governance

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import (
        CrawlerTargetsTypeDef,
        EncryptionConfigurationTypeDef,
    )


_CRAWLS_PAGE = 20
_CLASSIFIER_KINDS = ("GrokClassifier", "XMLClassifier", "JsonClassifier", "CsvClassifier")


class Glue:
    """The Glue service; the emulator serves what is not served here.

    Args:
        endpoint: the cloud's own, through which crawlers read and write as their role.
        emit: takes each EventBridge event.
        folder: an existing directory for samples of data.
        governance: Lake Formation's permissions on the Data Catalog.
    """

    def __init__(self, endpoint: str, emit: Emit, folder: Path, governance: Governance) -> None:
        self._crawlers, self._runs = Crawlers(), Runs(endpoint, emit, folder)
        operations = [
            CatalogOperations(governance),
            PartitionOperations(),
            SettingOperations(),
            CrawlerOperations(self._crawlers, self._runs),
        ]
        service = Service("glue", operations, permissions, invalid="InvalidInputException", partial=True)
        self.service = service.refusing(partial(check_grants, governance))

    def stop(self) -> None:
        """Give up running crawls."""
        self._runs.stop_all(list(self._crawlers.by_name.values()))


class SettingOperations:
    """Operations on classifiers, security configurations and tags, which the emulator keeps."""

    @operation
    def get_classifier(self, call: Call, **_forwarded: object) -> Answer:
        """Have the emulator answer the call."""
        return emulated.perform(call.operation, call.input)

    get_classifiers = delete_classifier = get_classifier
    get_security_configuration = get_security_configurations = delete_security_configuration = get_classifier
    tag_resource = untag_resource = get_tags = get_classifier

    @operation
    def create_classifier(self, call: Call, **_forwarded: object) -> Answer:
        """Create a classifier of exactly one kind."""
        _kind(call)
        return emulated.perform(call.operation, call.input)

    @operation
    def update_classifier(self, call: Call, **_forwarded: object) -> Answer:
        """Change a classifier; members that are left out stay as they are."""
        kind = _kind(call)
        members = call.input[kind]
        classifier = (emulated.classifier(members["Name"]) or {}).get(kind)
        if classifier is None:
            raise errors.not_found(f"Classifier {members['Name']}")
        changes = {"Version": classifier.get("Version", 1) + 1, "LastUpdated": int(datetime.now(UTC).timestamp())}
        emulated.update_classifier(members["Name"], kind, {**members, **changes})
        return {}

    @operation
    def create_security_configuration(
        self, call: Call, *, encryption_configuration: EncryptionConfigurationTypeDef, **_forwarded: object
    ) -> Answer:
        """Create a security configuration; encryption with KMS needs the ARN of a key."""
        for settings in encryption_configuration.get("S3Encryption") or []:
            _check_key("S3", settings.get("S3EncryptionMode"), settings.get("KmsKeyArn"))
        logs = encryption_configuration.get("CloudWatchEncryption") or {}
        _check_key("CloudWatch", logs.get("CloudWatchEncryptionMode"), logs.get("KmsKeyArn"))
        bookmarks = encryption_configuration.get("JobBookmarksEncryption") or {}
        _check_key("job bookmarks", bookmarks.get("JobBookmarksEncryptionMode"), bookmarks.get("KmsKeyArn"))
        return emulated.perform(call.operation, call.input)


class CrawlerOperations:
    """Operations on crawlers, their crawls and schedules."""

    def __init__(self, crawlers: Crawlers, runs: Runs) -> None:
        self._crawlers = crawlers
        self._runs = runs

    @operation
    def create_crawler(
        self,
        call: Call,
        *,
        name: str,
        role: str,
        targets: CrawlerTargetsTypeDef,
        schedule: str | None = None,
        tags: Mapping[str, str] | None = None,
        catalog_id: str = ACCOUNT,
        **members: Unpack[DefinitionMembers],
    ) -> Answer:
        """Create a crawler."""
        check_catalog(catalog_id)
        if name in self._crawlers.by_name:
            raise errors.crawler_exists(name)
        region = call.caller.region
        definition = CrawlerDefinition(role=role, targets=targets, **members)
        definition.check()
        check_role(role, name, region)
        check_schedule(schedule)
        self._crawlers.add(Crawler(name, region, definition, Schedule(schedule) if schedule else None))
        emulated.set_tags(arn(region, f"crawler/{name}"), tags or {})
        return {}

    @operation
    def update_crawler(
        self,
        call: Call,
        *,
        name: str,
        role: str | None = None,
        targets: CrawlerTargetsTypeDef | None = None,
        schedule: str | None = None,
        catalog_id: str = ACCOUNT,
        **members: Unpack[DefinitionMembers],
    ) -> Answer:
        """Change a crawler; members that are left out stay as they are."""
        check_catalog(catalog_id)
        crawler = self._crawlers.find_ready(name)
        definition = replace(
            crawler.definition,
            role=role or crawler.definition.role,
            targets=targets or crawler.definition.targets,
            **members,
        )
        definition.check()
        check_role(definition.role, name, call.caller.region)
        check_schedule(schedule)
        crawler.change(definition)
        if schedule is not None:
            crawler.schedule = Schedule(schedule) if schedule else None
        return {}

    @operation
    def delete_crawler(self, call: Call, *, name: str) -> Answer:
        """Delete a crawler that does not run."""
        del self._crawlers.by_name[self._crawlers.find_ready(name).name]
        emulated.set_tags(arn(call.caller.region, f"crawler/{name}"), {})
        return {}

    @operation
    def get_crawler(self, _call: Call, *, name: str) -> Answer:
        """Return a crawler."""
        return {"Crawler": self._crawlers.find(name).describe()}

    @operation
    def get_crawlers(self, _call: Call, *, next_token: str | None = None, max_results: int | None = None) -> Answer:
        """Return all crawlers."""
        crawlers = [crawler.describe() for crawler in self._crawlers.by_name.values()]
        return Page.of(crawlers, next_token, max_results).answer("Crawlers")

    @operation
    def batch_get_crawlers(self, _call: Call, *, crawler_names: Sequence[str]) -> Answer:
        """Return crawlers; names that no crawler has are listed apart."""
        crawlers = self._crawlers.by_name
        return {
            "Crawlers": [crawlers[name].describe() for name in crawler_names if name in crawlers],
            "CrawlersNotFound": [name for name in crawler_names if name not in crawlers],
        }

    @operation
    def list_crawlers(
        self,
        call: Call,
        *,
        tags: Mapping[str, str] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List the names of crawlers, or of those that have some tags."""
        required = (tags or {}).items()
        names = [
            name
            for name in self._crawlers.by_name
            if required <= emulated.tags(arn(call.caller.region, f"crawler/{name}")).items()
        ]
        return Page.of(names, next_token, max_results).answer("CrawlerNames")

    @operation
    def start_crawler(self, _call: Call, *, name: str) -> Answer:
        """Start a crawl in the background."""
        crawler = self._crawlers.find_ready(name)
        # Copies: the crawl goes on with the classifiers and the configuration that it was started with.
        kinds = [emulated.classifier(classifier) or {} for classifier in crawler.definition.classifiers]
        classifiers = [copy.deepcopy(kind["CsvClassifier"]) for kind in kinds if "CsvClassifier" in kind]
        security = emulated.security_configuration(crawler.definition.crawler_security_configuration or "")
        self._runs.start(crawler, classifiers, copy.deepcopy(security))
        return {}

    @operation
    def stop_crawler(self, _call: Call, *, name: str) -> Answer:
        """Ask a running crawl to stop."""
        crawler = self._crawlers.find(name)
        if crawler.state == "STOPPING":
            raise errors.crawler_stopping(name)
        if crawler.state != "RUNNING":
            raise errors.crawler_not_running(name)
        crawler.state = "STOPPING"
        crawler.stopping.set()
        return {}

    @operation
    def list_crawls(
        self,
        _call: Call,
        *,
        crawler_name: str,
        next_token: str | None = None,
        max_results: int = _CRAWLS_PAGE,
    ) -> Answer:
        """List the crawls of a crawler, newest first."""
        crawls = [crawl.describe() for crawl in reversed(self._crawlers.find(crawler_name).crawls)]
        return Page.of(crawls, next_token, max_results).answer("Crawls")

    @operation
    def get_crawler_metrics(
        self,
        _call: Call,
        *,
        crawler_name_list: Sequence[str] = (),
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """Return the metrics of crawlers, of all if no names are listed."""
        crawlers = self._crawlers.by_name
        metrics = [crawlers[name].describe_metrics() for name in crawler_name_list or crawlers if name in crawlers]
        return Page.of(metrics, next_token, max_results).answer("CrawlerMetricsList")

    @operation
    def update_crawler_schedule(self, _call: Call, *, crawler_name: str, schedule: str | None = None) -> Answer:
        """Replace a crawler's schedule; without one it is removed."""
        crawler = self._crawlers.find(crawler_name)
        check_schedule(schedule)
        crawler.schedule = Schedule(schedule) if schedule else None
        return {}

    @operation
    def start_crawler_schedule(self, _call: Call, *, crawler_name: str) -> Answer:
        """Go on with a schedule."""
        schedule = self._schedule(crawler_name)
        if schedule.state == "SCHEDULED":
            raise errors.schedule_running(crawler_name)
        schedule.state = "SCHEDULED"
        return {}

    @operation
    def stop_crawler_schedule(self, _call: Call, *, crawler_name: str) -> Answer:
        """Pause a schedule."""
        schedule = self._schedule(crawler_name)
        if schedule.state == "NOT_SCHEDULED":
            raise errors.schedule_not_running(crawler_name)
        schedule.state = "NOT_SCHEDULED"
        return {}

    def _schedule(self, crawler_name: str) -> Schedule:
        schedule = self._crawlers.find(crawler_name).schedule
        if schedule is None:
            raise errors.no_schedule(crawler_name)
        return schedule


def _kind(call: Call) -> str:
    kinds = [kind for kind in _CLASSIFIER_KINDS if call.get(kind)]
    if len(kinds) != 1:
        raise errors.invalid(f"Exactly one of {', '.join(_CLASSIFIER_KINDS)} has to be given.")
    return kinds[0]


def _check_key(what: str, mode: str | None, key: str | None) -> None:
    if mode in {"SSE-KMS", "CSE-KMS"} and not key:
        raise errors.invalid(f"{mode} encryption of {what} needs a KmsKeyArn.")
