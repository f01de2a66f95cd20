"""QuickSight's operations on dashboards, their versions and which of them is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, operation
from localcloud.http.tags import Tag, TagStore
from localcloud.services.quicksight import definition as definitions
from localcloud.services.quicksight import errors
from localcloud.services.quicksight.models import Assets, Dashboard, DashboardVersion, DataSet, Progress

if TYPE_CHECKING:
    from mypy_boto3_quicksight.type_defs import (
        DashboardPublishOptionsTypeDef,
        DashboardVersionDefinitionOutputTypeDef,
        ResourcePermissionOutputTypeDef,
        ValidationStrategyTypeDef,
    )

# QuickSight user guide, "Using themes": the starter themes, which every account has. No others can be created here.
_THEMES = frozenset(f"arn:aws:quicksight::aws:theme/{name}" for name in ("CLASSIC", "MIDNIGHT", "RAINIER", "SEASIDE"))


class DashboardOperations:
    """Operations on dashboards; the local cloud makes them of a definition, not of a template."""

    def __init__(self, dashboards: Assets[Dashboard], data_sets: Assets[DataSet], tags: TagStore) -> None:
        self._dashboards = dashboards
        self._data_sets = data_sets
        self._tags = tags

    @operation
    def create_dashboard(
        self,
        call: Call,
        *,
        dashboard_id: str,
        name: str,
        definition: DashboardVersionDefinitionOutputTypeDef,
        permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
        version_description: str = "",
        dashboard_publish_options: DashboardPublishOptionsTypeDef | None = None,
        theme_arn: str | None = None,
        validation_strategy: ValidationStrategyTypeDef | None = None,
        link_entities: list[str] | None = None,
        tags: Sequence[Tag] = (),
    ) -> Answer:
        """Create a dashboard of version 1, which is published."""
        version = self._version(
            1, definition, version_description, theme_arn, dashboard_publish_options, validation_strategy
        )
        dashboard = Dashboard(
            region=call.caller.region,
            asset_id=dashboard_id,
            name=name,
            versions=[version],
            link_entities=link_entities,
            progress=Progress("CREATION", version.failure),
        )
        dashboard.share(permissions)
        self._dashboards.add(dashboard)
        self._tags.put(dashboard.arn, tags)
        return _describe_work(dashboard)

    @operation
    def update_dashboard(
        self,
        call: Call,
        *,
        dashboard_id: str,
        name: str,
        definition: DashboardVersionDefinitionOutputTypeDef,
        version_description: str = "",
        dashboard_publish_options: DashboardPublishOptionsTypeDef | None = None,
        theme_arn: str | None = None,
        validation_strategy: ValidationStrategyTypeDef | None = None,
    ) -> Answer:
        """Add a version, which is not published."""
        dashboard = self._find(call, dashboard_id)
        number = len(dashboard.versions) + 1
        version = self._version(
            number, definition, version_description, theme_arn, dashboard_publish_options, validation_strategy
        )
        dashboard.start_work("CREATION", version.failure)
        dashboard.name = name
        dashboard.versions.append(version)
        return _describe_work(dashboard)

    @operation
    def update_dashboard_published_version(self, call: Call, *, dashboard_id: str, version_number: int) -> Answer:
        """Publish a version that was created successfully."""
        dashboard = self._find(call, dashboard_id)
        dashboard.publish(dashboard.version(version_number))
        return dashboard.permissions_identity()

    @operation
    def describe_dashboard(
        self, call: Call, *, dashboard_id: str, version_number: int | None = None, alias_name: str = "$PUBLISHED"
    ) -> Answer:
        """Return a dashboard in its published version unless another is asked for."""
        dashboard = self._find(call, dashboard_id)
        return {"Dashboard": dashboard.describe(_version_of(dashboard, version_number, alias_name))}

    @operation
    def describe_dashboard_definition(
        self, call: Call, *, dashboard_id: str, version_number: int | None = None, alias_name: str = "$PUBLISHED"
    ) -> Answer:
        """Return the definition of a version."""
        dashboard = self._find(call, dashboard_id)
        version = _version_of(dashboard, version_number, alias_name)
        answer: dict[str, Any] = {
            "DashboardId": dashboard.asset_id,
            "Name": dashboard.name,
            "ResourceStatus": dashboard.status(version),
            "Errors": version.errors,
            "Definition": version.definition,
        }
        if version.publish_options:
            answer["DashboardPublishOptions"] = version.publish_options
        return answer

    @operation
    def list_dashboard_versions(
        self, call: Call, *, dashboard_id: str, next_token: str | None = None, max_results: int | None = None
    ) -> Answer:
        """List the versions of a dashboard, the oldest first."""
        dashboard = self._find(call, dashboard_id)
        summaries = [dashboard.version_summary(version) for version in dashboard.versions]
        return Page.of(summaries, next_token, max_results).answer("DashboardVersionSummaryList")

    @operation
    def list_dashboards(self, call: Call, *, next_token: str | None = None, max_results: int | None = None) -> Answer:
        """List dashboards."""
        summaries = [dashboard.summary() for dashboard in self._dashboards.of_region(call.caller.region)]
        return Page.of(summaries, next_token, max_results).answer("DashboardSummaryList")

    @operation
    def delete_dashboard(self, call: Call, *, dashboard_id: str) -> Answer:
        """Delete a dashboard with all its versions."""
        dashboard = self._find(call, dashboard_id)
        self._dashboards.remove(dashboard)
        self._tags.forget(dashboard.arn)
        return dashboard.identity()

    @operation
    def describe_dashboard_permissions(self, call: Call, *, dashboard_id: str) -> Answer:
        """Return whom a dashboard is shared with."""
        return self._find(call, dashboard_id).describe_permissions()

    @operation
    def update_dashboard_permissions(
        self,
        call: Call,
        *,
        dashboard_id: str,
        grant_permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
        revoke_permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
    ) -> Answer:
        """Grant and revoke permissions; what is not named stays."""
        dashboard = self._find(call, dashboard_id)
        dashboard.share(grant_permissions, revoke_permissions)
        return dashboard.describe_permissions()

    def _find(self, call: Call, dashboard_id: str) -> Dashboard:
        return self._dashboards.find(call.caller.region, dashboard_id)

    def _version(
        self,
        number: int,
        definition: DashboardVersionDefinitionOutputTypeDef,
        description: str,
        theme_arn: str | None,
        publish_options: DashboardPublishOptionsTypeDef | None,
        strategy: ValidationStrategyTypeDef | None,
    ) -> DashboardVersion:
        """Return a new version; with the validation strategy LENIENT it has no errors."""
        definitions.check_ids(definition)
        if theme_arn is not None and theme_arn not in _THEMES:
            raise errors.missing(f"Theme {theme_arn}")
        lenient = strategy is not None and strategy["Mode"] == "LENIENT"
        return DashboardVersion(
            number=number,
            definition=definition,
            errors=[] if lenient else definitions.errors(definition, self._column_types),
            description=description,
            theme_arn=theme_arn,
            publish_options=publish_options,
        )

    def _column_types(self, data_set_arn: str) -> dict[str, str] | None:
        data_set = self._data_sets.get(data_set_arn)
        return data_set.column_types if data_set else None


def _version_of(dashboard: Dashboard, number: int | None, alias: str) -> DashboardVersion:
    if number is not None:
        return dashboard.version(number)
    return dashboard.latest if alias == "$LATEST" else dashboard.version(dashboard.published)


def _describe_work(dashboard: Dashboard) -> Answer:
    return {
        **dashboard.identity(),
        "VersionArn": dashboard.version_arn(dashboard.latest),
        "CreationStatus": dashboard.progress.status,
    }
