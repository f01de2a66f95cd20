"""A crawler's definition: what it says to a crawl, and what Glue refuses in it.

Sources: Glue API reference, "Crawlers and classifiers API"; Glue developer guide, "Setting crawler configuration
options".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict, cast

from localcloud.emulator.catalog import classifier, security_configuration
from localcloud.services.glue import errors
from localcloud.services.glue.crawl.targets import glob

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import (
        CrawlerTargetsTypeDef,
        CrawlerTypeDef,
        LakeFormationConfigurationTypeDef,
        LineageConfigurationTypeDef,
        RecrawlPolicyTypeDef,
        S3TargetTypeDef,
        SchemaChangePolicyTypeDef,
    )

_CRON = re.compile(r"cron\(\S+ \S+ \S+ \S+ \S+ \S+\)")
_CONFIGURATION: Mapping[str, Any] = {
    "Version": (1, 1.0),
    "Grouping": {"TableGroupingPolicy": ("CombineCompatibleSchemas",), "TableLevelConfiguration": int},
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": ("InheritFromTable",)},
        "Tables": {"AddOrUpdateBehavior": ("MergeNewColumns",), "TableThreshold": int},
    },
    "CreatePartitionIndex": (True, False),
}


class DefinitionMembers(TypedDict, total=False):
    """The members that CreateCrawler and UpdateCrawler may have, beside role and targets."""

    database_name: str
    description: str
    classifiers: Sequence[str]
    table_prefix: str
    schema_change_policy: SchemaChangePolicyTypeDef
    recrawl_policy: RecrawlPolicyTypeDef
    lineage_configuration: LineageConfigurationTypeDef
    lake_formation_configuration: LakeFormationConfigurationTypeDef
    configuration: str
    crawler_security_configuration: str


def _default_schema_change_policy() -> SchemaChangePolicyTypeDef:
    return {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}


def _default_recrawl_policy() -> RecrawlPolicyTypeDef:
    return {"RecrawlBehavior": "CRAWL_EVERYTHING"}


def _default_lineage_configuration() -> LineageConfigurationTypeDef:
    return {"CrawlerLineageSettings": "DISABLE"}


@dataclass(frozen=True, kw_only=True)
class CrawlerDefinition:
    """A crawler's definition, with the defaults of CreateCrawler; None for what is left out and has no default."""

    role: str
    targets: CrawlerTargetsTypeDef
    database_name: str | None = None
    description: str | None = None
    classifiers: Sequence[str] = ()
    table_prefix: str | None = None
    schema_change_policy: SchemaChangePolicyTypeDef = field(default_factory=_default_schema_change_policy)
    recrawl_policy: RecrawlPolicyTypeDef = field(default_factory=_default_recrawl_policy)
    lineage_configuration: LineageConfigurationTypeDef = field(default_factory=_default_lineage_configuration)
    lake_formation_configuration: LakeFormationConfigurationTypeDef | None = None
    configuration: str | None = None
    crawler_security_configuration: str | None = None

    def describe(self) -> CrawlerTypeDef:
        """Return the definition's part of the Crawler structure."""
        members = {name: value for name, value in asdict(self).items() if value is not None}
        wire = {"".join(word.capitalize() for word in name.split("_")): value for name, value in members.items()}
        return cast("CrawlerTypeDef", {**wire, "Classifiers": list(self.classifiers)})

    def check(self) -> None:
        """Refuse what Glue, or the local cloud, would not crawl.

        Raises:
            AwsError: InvalidInputException, or EntityNotFoundException for what the definition refers to.
        """
        _check_targets(self.targets)
        behavior = self.recrawl_policy.get("RecrawlBehavior")
        if behavior == "CRAWL_EVENT_MODE":
            raise errors.invalid("The local cloud has no crawls by S3 events.")
        policy = self.schema_change_policy
        only_logs = policy.get("UpdateBehavior") == "LOG" and policy.get("DeleteBehavior") == "LOG"
        if self.only_new_folders and not only_logs:
            raise errors.invalid(
                'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG DeleteBehavior '
                "value and LOG UpdateBehavior value."
            )
        for name in self.classifiers:
            if classifier(name) is None:
                raise errors.not_found(f"Classifier {name}")
        security = self.crawler_security_configuration
        if security and security_configuration(security) is None:
            raise errors.not_found(f"Security configuration {security}")
        if self.configuration:
            _check_configuration(self.configuration)

    @property
    def database(self) -> str:
        """The database that tables are written to."""
        return self.database_name or "default"

    @property
    def s3_targets(self) -> Sequence[S3TargetTypeDef]:
        """The S3 targets."""
        return self.targets.get("S3Targets") or []

    @property
    def only_new_folders(self) -> bool:
        """Whether folders that an earlier crawl has seen are left out."""
        return self.recrawl_policy.get("RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY"

    @property
    def delete_behavior(self) -> str:
        """What becomes of tables whose data is gone."""
        return self.schema_change_policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE")

    @property
    def updates_tables(self) -> bool:
        """Whether tables follow changed schemas."""
        return self.schema_change_policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE"

    @property
    def partitions_inherit(self) -> bool:
        """Whether partitions take their columns from their table."""
        return self._output("Partitions") == "InheritFromTable"

    @property
    def merges_columns(self) -> bool:
        """Whether a table keeps columns that its data no longer has."""
        return self._output("Tables") == "MergeNewColumns"

    @property
    def combines_schemas(self) -> bool:
        """Whether all compatible schemas below a target make one table."""
        return self._grouping().get("TableGroupingPolicy") == "CombineCompatibleSchemas"

    @property
    def table_level(self) -> int | None:
        """The level of folders that are tables; the bucket is level 1."""
        return self._grouping().get("TableLevelConfiguration")

    def _output(self, kind: str) -> str | None:
        output: dict[str, Any] = self._configuration().get("CrawlerOutput", {})
        return output.get(kind, {}).get("AddOrUpdateBehavior")

    def _grouping(self) -> dict[str, Any]:
        return self._configuration().get("Grouping", {})

    def _configuration(self) -> dict[str, Any]:
        return json.loads(self.configuration or "{}")


def check_schedule(expression: str | None) -> None:
    """Refuse a schedule that Glue would not take.

    Raises:
        AwsError: InvalidInputException.
    """
    if expression and not _CRON.fullmatch(expression):
        raise errors.invalid(
            f"Schedule expression {expression} is not valid. Expected cron(minutes hours day month weekday year)"
        )


def _check_targets(targets: CrawlerTargetsTypeDef) -> None:
    others = sorted(kind for kind, value in targets.items() if value and kind != "S3Targets")
    if others:
        raise errors.invalid(f"The local cloud crawls S3 targets only, given: {', '.join(others)}")
    s3_targets = targets.get("S3Targets")
    if not s3_targets:
        raise errors.invalid("Crawler has no targets.")
    for target in s3_targets:
        path = target.get("Path")
        if not re.fullmatch(r"s3://[^/]+(/.*)?", path or ""):
            raise errors.invalid(f"S3 path {path} is not valid.")
        for pattern in target.get("Exclusions") or []:
            try:
                glob(pattern)
            except ValueError as error:
                raise errors.invalid(str(error)) from error


def _check_configuration(text: str) -> None:
    try:
        configuration = json.loads(text)
    except ValueError as error:
        raise errors.invalid(f"Configuration is no JSON: {error}") from error
    if not isinstance(configuration, dict) or configuration.get("Version") != 1.0:
        raise errors.invalid('Configuration needs "Version": 1.0')
    _check_members(configuration, _CONFIGURATION, "Configuration")


def _check_members(members: Mapping[str, Any], allowed: Mapping[str, Any], path: str) -> None:
    for name, value in members.items():
        expected = allowed.get(name)
        if isinstance(expected, dict) and isinstance(value, dict):
            _check_members(value, expected, f"{path}.{name}")
        elif isinstance(expected, tuple) and value in expected:
            continue
        elif not (expected is int and isinstance(value, int)):
            raise errors.invalid(f"{path}.{name} has the value {value!r}, which is not supported")
