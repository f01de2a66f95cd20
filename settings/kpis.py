"""The settings of KPI visualisation: when to crawl, what a query may scan, who sees the dashboard."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from contract.arns import Arn
from settings import fields, schedules
from settings.fields import Location, Section, each_once_whatever_case, refuse

# CreateDataSource and CreateDataSet of the QuickSight API take this many permissions at once.
_MOST_PRINCIPALS = 64
_TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]


class RefreshSchedule(Section):
    """When QuickSight reads the KPIs anew into SPICE, its memory."""

    interval: Literal["HOURLY", "DAILY"] = Field(default="DAILY", description="HOURLY or DAILY")
    time_of_day: _TimeOfDay = Field(
        default="09:00", description="a time such as 09:00, in quotes, in UTC; an hourly refresh takes its minutes"
    )


class QuickSightSettings(Section):
    """Who sees the dashboard; nobody means that nothing of QuickSight is created.

    A principal is listed once, at most 64 in all, and all of one region: `identityRegion`, or that of the first ARN.
    """

    identity_region: fields.Region | None = Field(
        default=None,
        description="the AWS region of the QuickSight account's users, or null for the region of the ARNs below",
    )
    owners: tuple[fields.QuickSightPrincipal, ...] = Field(
        default=(),
        description=(
            "a list of QuickSight user or group ARNs of this account, such as"
            " arn:aws:quicksight:us-east-1:123456789012:user/default/name; they may change the dashboard"
        ),
    )
    viewers: tuple[fields.QuickSightPrincipal, ...] = Field(
        default=(),
        description=(
            "a list of QuickSight user or group ARNs of this account, such as"
            " arn:aws:quicksight:us-east-1:123456789012:group/default/name; they may look at the dashboard"
        ),
    )
    refresh_schedule: RefreshSchedule = Field(default=RefreshSchedule(), description="{interval, timeOfDay}")
    patch_service_role: bool = Field(
        default=False, description="true or false: true adds one inline policy to aws-quicksight-service-role-v0"
    )

    @property
    def principals(self) -> dict[Location, str]:
        """Every principal by where it is listed: ("owners" or "viewers", position)."""
        lists = (("owners", self.owners), ("viewers", self.viewers))
        return {(name, position): arn for name, arns in lists for position, arn in enumerate(arns)}

    @model_validator(mode="after")
    def _each_once_and_in_one_region(self) -> Self:
        principals = self.principals
        home = self.identity_region or next((Arn.parse(arn).region for arn in principals.values()), "")
        rule = "identityRegion" if self.identity_region else "the region of the first ARN"
        reasons: dict[Location, str] = {}
        seen: set[str] = set()
        for location, arn in principals.items():
            if arn in seen:
                reasons[location] = "it is listed twice"
            elif Arn.parse(arn).region != home:
                reasons[location] = f"{rule} is {home}"
            seen.add(arn)
        refuse(principals, reasons)
        if len(principals) > _MOST_PRINCIPALS:
            raise ValueError(f"{len(principals)} principals; QuickSight takes {_MOST_PRINCIPALS}, so list groups")
        return self


class LakeFormationSettings(Section):
    """Grants for accounts whose catalog Lake Formation governs.

    `analystRoles` need `enabled: true`.
    """

    enabled: bool = Field(
        default=False, description="true or false: true grants through Lake Formation what the roles need"
    )
    analyst_roles: tuple[fields.RoleArn, ...] = Field(
        default=(),
        description=(
            "a list of IAM role ARNs of this account, such as arn:aws:iam::123456789012:role/analyst, each once;"
            " [] unless enabled"
        ),
    )

    _each_once = field_validator("analyst_roles")(each_once_whatever_case)

    @field_validator("analyst_roles")
    @classmethod
    def _no_roles_without_grants(cls, roles: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if roles and info.data.get("enabled") is False:
            raise ValueError("lakeFormation.enabled is false")
        return roles


class KpiSettings(Section):
    """How KPIs become queryable and visible.

    Every ARN is of the stack's account and partition.
    """

    crawler_schedule: schedules.CrawlerSchedule = Field(
        default="cron(0 8 * * ? *)",
        description=(
            "cron(Minutes Hours Day-of-month Month Day-of-week Year) in UTC, such as cron(0 8 * * ? *), at most every"
            " 5 minutes: when to look for new tables"
        ),
    )
    # Athena takes 10 MB at least, which pulumi-aws reads as 10,485,760 bytes: more than 10 of these megabytes
    # (`bytesScannedCutoffPerQuery` of athena.Workgroup; WorkGroupConfiguration of the Athena API says 10,000,000).
    scan_limit_megabytes: Annotated[
        int,
        Field(
            ge=11,
            description="a whole number of megabytes (of 1,000,000 bytes), 11 or more: a query that scans more is"
            " cancelled",
        ),
    ] = 1024
    quick_sight: QuickSightSettings = Field(
        default=QuickSightSettings(),
        alias="quicksight",
        description="{identityRegion, owners, viewers, refreshSchedule, patchServiceRole}",
    )
    lake_formation: LakeFormationSettings = Field(
        default=LakeFormationSettings(), description="{enabled, analystRoles}"
    )

    @property
    def arns(self) -> dict[Location, str]:
        """Every ARN by where it is listed, such as ("quicksight", "owners", 0)."""
        principals = {("quicksight", *location): arn for location, arn in self.quick_sight.principals.items()}
        roles = enumerate(self.lake_formation.analyst_roles)
        return {**principals, **{("lakeFormation", "analystRoles", position): arn for position, arn in roles}}
