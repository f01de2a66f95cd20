"""What QuickSight keeps: data sources, data sets and dashboards, and how each looks on the wire."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypedDict, TypeVar, cast

from localcloud.http.service import Answer
from localcloud.layout import ACCOUNT
from localcloud.services.quicksight import errors, grants
from localcloud.services.quicksight.tables import Row, Tables

if TYPE_CHECKING:
    from mypy_boto3_quicksight.literals import DataSetImportModeType, ResourceStatusType
    from mypy_boto3_quicksight.type_defs import (
        ColumnGroupOutputTypeDef,
        ColumnLevelPermissionRuleOutputTypeDef,
        DashboardErrorTypeDef,
        DashboardPublishOptionsTypeDef,
        DashboardSummaryTypeDef,
        DashboardTypeDef,
        DashboardVersionDefinitionOutputTypeDef,
        DashboardVersionSummaryTypeDef,
        DataSetRefreshPropertiesTypeDef,
        DataSetSummaryTypeDef,
        DataSetTypeDef,
        DataSetUsageConfigurationTypeDef,
        DataSourceParametersOutputTypeDef,
        DataSourceSummaryTypeDef,
        DataSourceTypeDef,
        FieldFolderOutputTypeDef,
        ResourcePermissionOutputTypeDef,
        RowLevelPermissionDataSetTypeDef,
        RowLevelPermissionTagConfigurationOutputTypeDef,
        SheetTypeDef,
        SslPropertiesTypeDef,
        VpcConnectionPropertiesTypeDef,
    )

SERVICE = "quicksight.amazonaws.com"
"""The principal that roles trust."""
WORK_SECONDS = 0.3
"""How long QuickSight is at work on a creation or an update; minutes on AWS."""


def now() -> datetime:
    """Return the time, as QuickSight keeps it."""
    return datetime.now(UTC)


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that have a value; QuickSight leaves out the others."""
    return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True)
class Kind:
    """A kind of asset: its name in the API, its part of the ARN (service authorization reference), its sharing."""

    name: str
    path: str
    sharing: grants.Sharing

    @property
    def id_member(self) -> str:
        """The member that holds the id."""
        return f"{self.name}Id"

    def arn(self, region: str, asset_id: str) -> str:
        """Return the ARN of an asset."""
        return f"arn:aws:quicksight:{region}:{ACCOUNT}:{self.path}/{asset_id}"


DATA_SOURCE = Kind("DataSource", "datasource", grants.DATA_SOURCE)
DATA_SET = Kind("DataSet", "dataset", grants.DATA_SET)
DASHBOARD = Kind("Dashboard", "dashboard", grants.DASHBOARD)
KINDS = (DATA_SOURCE, DATA_SET, DASHBOARD)


@dataclass(frozen=True)
class Progress:
    """A creation or an update that takes a moment, and why it will fail, '' where it won't."""

    verb: str
    failure: str = ""
    until: float = field(default_factory=lambda: time.monotonic() + WORK_SECONDS)

    @property
    def is_over(self) -> bool:
        """Whether the work has ended."""
        return time.monotonic() >= self.until

    @property
    def status(self) -> ResourceStatusType:
        """The status now, e.g. CREATION_IN_PROGRESS."""
        state = "IN_PROGRESS" if not self.is_over else "FAILED" if self.failure else "SUCCESSFUL"
        return cast("ResourceStatusType", f"{self.verb}_{state}")


@dataclass(kw_only=True)
class Asset:
    """What all kinds of assets have in common."""

    region: str
    asset_id: str
    name: str
    permissions: grants.Permissions = field(default_factory=dict[str, frozenset[str]])
    progress: Progress = field(default_factory=lambda: Progress("CREATION"))
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)

    kind: ClassVar[Kind]

    @property
    def arn(self) -> str:
        """The asset's ARN."""
        return self.kind.arn(self.region, self.asset_id)

    def identity(self) -> Answer:
        """Return ARN and id, as most operations answer them."""
        return {"Arn": self.arn, self.kind.id_member: self.asset_id}

    def start_work(self, verb: str, failure: str = "") -> None:
        """Begin an update.

        Raises:
            AwsError: ConflictException while QuickSight is still at work on the asset.
        """
        if not self.progress.is_over:
            raise errors.conflict(f"{self.kind.name} is in state {self.progress.status} and cannot be updated.")
        self.progress, self.updated = Progress(verb, failure), now()

    def share(
        self,
        grant_permissions: Iterable[ResourcePermissionOutputTypeDef],
        revoke_permissions: Iterable[ResourcePermissionOutputTypeDef] = (),
    ) -> None:
        """Grant and revoke permissions.

        Raises:
            AwsError: InvalidParameterValueException; nothing is changed then.
        """
        permissions = grants.granted(self.kind.sharing, self.permissions, grant_permissions)
        self.permissions = grants.revoked(permissions, revoke_permissions)

    def permissions_identity(self) -> Answer:
        """Return ARN and id, as the operations on permissions answer them."""
        return {f"{self.kind.name}Arn": self.arn, self.kind.id_member: self.asset_id}

    def describe_permissions(self) -> Answer:
        """Return the permissions as Describe...Permissions answers them."""
        return {**self.permissions_identity(), "Permissions": grants.describe(self.permissions)}

    def _common(self) -> dict[str, Any]:
        return {
            **self.identity(),
            "Name": self.name,
            "CreatedTime": self.created,
            "LastUpdatedTime": self.updated,
        }


A = TypeVar("A", bound=Asset)


class Assets(Generic[A]):
    """The account's assets of one kind, by ARN."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._by_arn: dict[str, A] = {}

    def all(self) -> list[A]:
        """Return the assets in all regions."""
        return list(self._by_arn.values())

    def of_region(self, region: str) -> list[A]:
        """Return the assets of a region."""
        return [asset for asset in self._by_arn.values() if asset.region == region]

    def has(self, arn: str) -> bool:
        """Return whether an asset has the ARN."""
        return arn in self._by_arn

    def get(self, arn: str) -> A | None:
        """Return an asset; None when there is none of the ARN."""
        return self._by_arn.get(arn)

    def find(self, region: str, asset_id: str) -> A:
        """Return an asset.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        asset = self._by_arn.get(self._kind.arn(region, asset_id))
        if asset is None:
            raise errors.missing(f"{self._kind.name} {asset_id}")
        return asset

    def add(self, asset: A) -> None:
        """Add an asset.

        Raises:
            AwsError: ResourceExistsException for an id that is taken.
        """
        if asset.arn in self._by_arn:
            raise errors.existing(f"{self._kind.name} {asset.asset_id}")
        self._by_arn[asset.arn] = asset

    def remove(self, asset: A) -> None:
        """Remove an asset."""
        del self._by_arn[asset.arn]


@dataclass(kw_only=True)
class DataSource(Asset):
    """A data source: Athena, in a workgroup and with a role."""

    parameters: DataSourceParametersOutputTypeDef
    ssl_properties: SslPropertiesTypeDef | None = None
    vpc_connection_properties: VpcConnectionPropertiesTypeDef | None = None

    kind = DATA_SOURCE

    @property
    def role_arn(self) -> str | None:
        """The role that queries are run with."""
        return self.parameters.get("AthenaParameters", {}).get("RoleArn")

    @property
    def workgroup(self) -> str:
        """The workgroup that queries are run in."""
        return self.parameters.get("AthenaParameters", {}).get("WorkGroup", "primary")

    def describe(self) -> DataSourceTypeDef:
        """Return the data source as DescribeDataSource answers it."""
        description = {
            **self._common(),
            "Type": "ATHENA",
            "Status": self.progress.status,
            "DataSourceParameters": self.parameters,
            "SslProperties": self.ssl_properties,
            "VpcConnectionProperties": self.vpc_connection_properties,
        }
        return cast("DataSourceTypeDef", present(description))

    def summary(self) -> DataSourceSummaryTypeDef:
        """Return the data source as ListDataSources answers it."""
        return cast("DataSourceSummaryTypeDef", {**self._common(), "Type": "ATHENA"})


class DataSetSettings(TypedDict, total=False):
    """The members of CreateDataSet and UpdateDataSet that are kept as they are."""

    column_groups: list[ColumnGroupOutputTypeDef]
    field_folders: dict[str, FieldFolderOutputTypeDef]
    row_level_permission_data_set: RowLevelPermissionDataSetTypeDef
    row_level_permission_tag_configuration: RowLevelPermissionTagConfigurationOutputTypeDef
    column_level_permission_rules: list[ColumnLevelPermissionRuleOutputTypeDef]
    data_set_usage_configuration: DataSetUsageConfigurationTypeDef
    use_as: str


@dataclass(kw_only=True)
class DataSet(Asset):
    """A data set; one in SPICE has rows, once an ingestion has ended."""

    tables: Tables
    import_mode: DataSetImportModeType
    settings: DataSetSettings
    refresh_properties: DataSetRefreshPropertiesTypeDef | None = None
    rows: list[Row] | None = None
    size: int = 0

    kind = DATA_SET

    @property
    def column_types(self) -> dict[str, str]:
        """The types of the columns that the data set offers to dashboards, by name."""
        return {column.get("Name", ""): column.get("Type", "") for column in self.tables.output_columns()}

    def describe(self) -> DataSetTypeDef:
        """Return the data set as DescribeDataSet answers it."""
        usage = {"DisableUseAsDirectQuerySource": False, "DisableUseAsImportedSource": False}
        settings = self.settings
        description = {
            **self._common(),
            "PhysicalTableMap": self.tables.physical,
            "LogicalTableMap": self.tables.logical,
            "OutputColumns": self.tables.output_columns(),
            "ImportMode": self.import_mode,
            "ConsumedSpiceCapacityInBytes": self.size,
            "ColumnGroups": settings.get("column_groups"),
            "FieldFolders": settings.get("field_folders"),
            "RowLevelPermissionDataSet": settings.get("row_level_permission_data_set"),
            "RowLevelPermissionTagConfiguration": settings.get("row_level_permission_tag_configuration"),
            "ColumnLevelPermissionRules": settings.get("column_level_permission_rules"),
            "DataSetUsageConfiguration": {**usage, **settings.get("data_set_usage_configuration", {})},
            "UseAs": settings.get("use_as"),
        }
        return cast("DataSetTypeDef", present(description))

    def summary(self) -> DataSetSummaryTypeDef:
        """Return the data set as ListDataSets answers it."""
        return cast("DataSetSummaryTypeDef", {**self._common(), "ImportMode": self.import_mode})


@dataclass(frozen=True, kw_only=True)
class DashboardVersion:
    """A version of a dashboard; one with errors has failed."""

    number: int
    definition: DashboardVersionDefinitionOutputTypeDef
    errors: list[DashboardErrorTypeDef]
    description: str = ""
    theme_arn: str | None = None
    publish_options: DashboardPublishOptionsTypeDef | None = None
    created: datetime = field(default_factory=now)

    @property
    def failure(self) -> str:
        """Why the version has failed, '' where it has not."""
        return "; ".join(error.get("Message", "") for error in self.errors)

    def sheets(self) -> list[SheetTypeDef]:
        """Return the sheets' ids and names."""
        sheets = self.definition.get("Sheets", [])
        summaries = [present({"SheetId": sheet["SheetId"], "Name": sheet.get("Name") or None}) for sheet in sheets]
        return cast("list[SheetTypeDef]", summaries)


@dataclass(kw_only=True)
class Dashboard(Asset):
    """A dashboard, of which one version is published; version numbers begin with 1."""

    versions: list[DashboardVersion]
    published: int = 1
    last_published: datetime = field(default_factory=now)
    link_entities: list[str] | None = None

    kind = DASHBOARD

    @property
    def latest(self) -> DashboardVersion:
        """The latest version."""
        return self.versions[-1]

    def version(self, number: int) -> DashboardVersion:
        """Return a version.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        if not 1 <= number <= len(self.versions):
            raise errors.missing_resource(f"Dashboard {self.asset_id} has no version {number}.")
        return self.versions[number - 1]

    def version_arn(self, version: DashboardVersion) -> str:
        """Return a version's ARN."""
        return f"{self.arn}/version/{version.number}"

    def status(self, version: DashboardVersion) -> ResourceStatusType:
        """Return a version's status."""
        if version is self.latest:
            return self.progress.status
        return "CREATION_FAILED" if version.errors else "CREATION_SUCCESSFUL"

    def publish(self, version: DashboardVersion) -> None:
        """Publish a version.

        Raises:
            AwsError: ConflictException for one that has failed or is not ready yet.
        """
        if self.status(version) != "CREATION_SUCCESSFUL":
            raise errors.conflict(f"Version {version.number} is in state {self.status(version)}.")
        self.published, self.last_published = version.number, now()

    def describe(self, version: DashboardVersion) -> DashboardTypeDef:
        """Return the dashboard in one of its versions as DescribeDashboard answers it."""
        declarations = version.definition["DataSetIdentifierDeclarations"]
        described_version = {
            "Arn": self.version_arn(version),
            "VersionNumber": version.number,
            "CreatedTime": version.created,
            "Status": self.status(version),
            "Description": version.description,
            "DataSetArns": sorted({declaration["DataSetArn"] for declaration in declarations}),
            "Sheets": version.sheets(),
            "Errors": version.errors,
            "ThemeArn": version.theme_arn,
        }
        description = {
            **self._common(),
            "LastPublishedTime": self.last_published,
            "LinkEntities": self.link_entities,
            "Version": present(described_version),
        }
        return cast("DashboardTypeDef", present(description))

    def summary(self) -> DashboardSummaryTypeDef:
        """Return the dashboard as ListDashboards answers it."""
        summary = {
            **self._common(),
            "PublishedVersionNumber": self.published,
            "LastPublishedTime": self.last_published,
        }
        return cast("DashboardSummaryTypeDef", summary)

    def version_summary(self, version: DashboardVersion) -> DashboardVersionSummaryTypeDef:
        """Return a version as ListDashboardVersions answers it."""
        summary = {
            "Arn": self.version_arn(version),
            "CreatedTime": version.created,
            "VersionNumber": version.number,
            "Status": self.status(version),
            "Description": version.description or None,
        }
        return cast("DashboardVersionSummaryTypeDef", present(summary))
