"""The settings of KPI visualisation: when to crawl, what a query may scan, who sees the dashboard."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from contract.arns import Arn, partition_of
from settings import arns, formats, schedules
from settings.crossing import Misfit, refuse
from settings.section import Section, each_once

# CreateDataSource and CreateDataSet of the QuickSight API take this many permissions at once.
_MOST_PRINCIPALS = 64
_TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]


class RefreshSchedule(Section):
    """When QuickSight reads the KPIs anew into SPICE, its memory."""

    interval: Literal["HOURLY", "DAILY"] = Field(default="DAILY", description="HOURLY or DAILY")
    time_of_day: _TimeOfDay = Field(
        default="09:00", description="a time such as 09:00, in quotes, in UTC; an hourly refresh takes its minutes"
    )


class QuickSight(Section):
    """Who sees the dashboard; nobody means that nothing of QuickSight is created.

    A principal is listed once, at most 64 in all, and all of one region: `identityRegion`, or that of the first ARN.
    """

    identity_region: formats.Region | None = Field(
        default=None,
        description="the AWS region of the QuickSight account's users, or null for the region of the ARNs below",
    )
    owners: tuple[arns.QuickSightPrincipal, ...] = Field(
        default=(),
        description=(
            "a list of QuickSight user or group ARNs of this account, such as"
            " arn:aws:quicksight:us-east-1:123456789012:user/default/name; they may change the dashboard"
        ),
    )
    viewers: tuple[arns.QuickSightPrincipal, ...] = Field(
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
    def principals(self) -> dict[tuple[str, int], str]:
        """Every principal by where it is listed: ("owners" or "viewers", position)."""
        lists = (("owners", self.owners), ("viewers", self.viewers))
        return {(name, position): arn for name, listed in lists for position, arn in enumerate(listed)}

    @model_validator(mode="after")
    def _each_once_and_in_one_region(self) -> "QuickSight":
        principals = self.principals
        home = self.identity_region or next((Arn.parse(arn).region for arn in principals.values()), "")
        misfits: list[Misfit] = []
        seen: set[str] = set()
        for location, arn in principals.items():
            if arn in seen:
                misfits.append(Misfit(location=location, given=arn, reason="it is listed twice"))
            elif Arn.parse(arn).region != home:
                reason = "identityRegion" if self.identity_region else "the region of the first ARN"
                misfits.append(Misfit(location=location, given=arn, reason=f"{reason} is {home}"))
            seen.add(arn)
        refuse(misfits)
        if len(principals) > _MOST_PRINCIPALS:
            raise ValueError(f"{len(principals)} principals; QuickSight takes {_MOST_PRINCIPALS}, so list groups")
        return self


class LakeFormation(Section):
    """Grants for accounts whose catalog Lake Formation governs.

    `analystRoles` need `enabled: true`.
    """

    enabled: bool = Field(
        default=False, description="true or false: true grants through Lake Formation what the roles need"
    )
    analyst_roles: tuple[arns.RoleArn, ...] = Field(
        default=(),
        description=(
            "a list of IAM role ARNs of this account, such as arn:aws:iam::123456789012:role/analyst, each once;"
            " [] unless enabled"
        ),
    )

    _each_once = field_validator("analyst_roles")(each_once)

    @model_validator(mode="after")
    def _no_roles_without_grants(self) -> "LakeFormation":
        if self.analyst_roles and not self.enabled:
            given = list(self.analyst_roles)
            refuse([Misfit(location=("analystRoles",), given=given, reason="lakeFormation.enabled is false")])
        return self


class Kpis(Section):
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
    # BytesScannedCutoffPerQuery of the Athena API is at least 10,000,000.
    scan_limit_megabytes: Annotated[
        int, Field(ge=10, description="a whole number of megabytes, 10 or more: a query that scans more is cancelled")
    ] = 1024
    quick_sight: QuickSight = Field(
        default=QuickSight(),
        alias="quicksight",
        description="{identityRegion, owners, viewers, refreshSchedule, patchServiceRole}",
    )
    lake_formation: LakeFormation = Field(default=LakeFormation(), description="{enabled, analystRoles}")

    def misfits(self, account_id: str | None, region: str | None) -> list[Misfit]:
        """Principals of another account or partition than the stack's; what is None has an error of its own."""
        listed = {("quicksight", *location): arn for location, arn in self.quick_sight.principals.items()}
        roles = enumerate(self.lake_formation.analyst_roles)
        listed |= {("lakeFormation", "analystRoles", position): arn for position, arn in roles}
        found: list[Misfit] = []
        for location, text in listed.items():
            arn = Arn.parse(text)
            if account_id and arn.account_id != account_id:
                found.append(Misfit(location=location, given=text, reason=f"operations.accountId is {account_id}"))
            elif region and arn.partition != partition_of(region).name:
                reason = f"partition {partition_of(region).name} is that of {region}"
                found.append(Misfit(location=location, given=text, reason=reason))
            elif arn.region and arn.partition != partition_of(arn.region).name:
                reason = f"{arn.region} lies in partition {partition_of(arn.region).name}"
                found.append(Misfit(location=location, given=text, reason=reason))
        return found
