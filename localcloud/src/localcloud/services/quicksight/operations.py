"""The QuickSight service: its assets together, and the operations on data sources and on tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.http.tags import ResourceTags, Tag, TagStore
from localcloud.services.quicksight import access, errors
from localcloud.services.quicksight.dashboards import DashboardOperations
from localcloud.services.quicksight.data_sets import DataSetOperations, IngestionOperations, ScheduleOperations
from localcloud.services.quicksight.ingestions import Ingestions
from localcloud.services.quicksight.models import (
    DASHBOARD,
    DATA_SET,
    DATA_SOURCE,
    Assets,
    Dashboard,
    DataSet,
    DataSource,
)
from localcloud.services.quicksight.people import PeopleOperations
from localcloud.services.quicksight.schedules import Schedules
from localcloud.services.quicksight.spice import assume_source_role
from localcloud.services.quicksight.tables import Row

if TYPE_CHECKING:
    from mypy_boto3_quicksight.type_defs import (
        DataSourceParametersOutputTypeDef,
        ResourcePermissionOutputTypeDef,
        SslPropertiesTypeDef,
        VpcConnectionPropertiesTypeDef,
    )


class QuickSight:
    """The QuickSight service; `endpoint` is the cloud's own, through which data sets are filled."""

    def __init__(self, endpoint: str) -> None:
        sources = Assets[DataSource](DATA_SOURCE)
        self._data_sets = Assets[DataSet](DATA_SET)
        dashboards = Assets[Dashboard](DASHBOARD)
        tags = TagStore(missing=errors.missing_resource, too_many=errors.limit_exceeded)
        for owner in (sources.has, self._data_sets.has, dashboards.has):
            tags.owned_by(owner)
        ingestions, schedules = Ingestions(endpoint, sources), Schedules()
        operations = [
            DataSourceOperations(sources, tags),
            DataSetOperations(self._data_sets, sources, ingestions, schedules, tags),
            IngestionOperations(self._data_sets, ingestions),
            ScheduleOperations(self._data_sets, schedules),
            DashboardOperations(dashboards, self._data_sets, tags),
            ResourceTags(tags),
            PeopleOperations(),
        ]
        # AwsAccountId: the check of permissions lets this account's through only.
        self.service = Service(
            "quicksight",
            operations,
            access.permissions,
            invalid="InvalidParameterValueException",
            ignored=["AwsAccountId"],
        )

    def rows(self) -> Mapping[str, Sequence[Row]]:
        """Return what is in SPICE: rows by the data set's id."""
        return {data_set.asset_id: data_set.rows for data_set in self._data_sets.all() if data_set.rows is not None}


class DataSourceOperations:
    """Operations on data sources, of which the local cloud serves Athena's."""

    def __init__(self, sources: Assets[DataSource], tags: TagStore) -> None:
        self._sources = sources
        self._tags = tags

    @operation
    def create_data_source(
        self,
        call: Call,
        *,
        data_source_id: str,
        name: str,
        type: str,  # noqa: A002 (the member's name)
        data_source_parameters: DataSourceParametersOutputTypeDef | None = None,
        permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
        ssl_properties: SslPropertiesTypeDef | None = None,
        vpc_connection_properties: VpcConnectionPropertiesTypeDef | None = None,
        tags: Sequence[Tag] = (),
    ) -> Answer:
        """Create a data source; its role has to trust QuickSight by now."""
        if type != "ATHENA":
            raise errors.invalid(f"The local cloud reads from ATHENA, not {type}.")
        source = DataSource(
            region=call.caller.region,
            asset_id=data_source_id,
            name=name,
            parameters=data_source_parameters or {},
            ssl_properties=ssl_properties,
            vpc_connection_properties=vpc_connection_properties,
        )
        _check_role(source.arn, source.parameters)
        source.share(permissions)
        self._sources.add(source)
        self._tags.put(source.arn, tags)
        return {**source.identity(), "CreationStatus": source.progress.status}

    @operation
    def update_data_source(
        self,
        call: Call,
        *,
        data_source_id: str,
        name: str,
        data_source_parameters: DataSourceParametersOutputTypeDef | None = None,
        ssl_properties: SslPropertiesTypeDef | None = None,
        vpc_connection_properties: VpcConnectionPropertiesTypeDef | None = None,
    ) -> Answer:
        """Change a data source; members that are not given stay as they are."""
        source = self._sources.find(call.caller.region, data_source_id)
        if data_source_parameters is not None:
            _check_role(source.arn, data_source_parameters)
        source.start_work("UPDATE")
        source.name = name
        source.parameters = data_source_parameters or source.parameters
        source.ssl_properties = ssl_properties or source.ssl_properties
        source.vpc_connection_properties = vpc_connection_properties or source.vpc_connection_properties
        return {**source.identity(), "UpdateStatus": source.progress.status}

    @operation
    def describe_data_source(self, call: Call, *, data_source_id: str) -> Answer:
        """Return a data source."""
        return {"DataSource": self._sources.find(call.caller.region, data_source_id).describe()}

    @operation
    def list_data_sources(self, call: Call, *, next_token: str | None = None, max_results: int | None = None) -> Answer:
        """List data sources."""
        summaries = [source.summary() for source in self._sources.of_region(call.caller.region)]
        return Page.of(summaries, next_token, max_results).answer("DataSources")

    @operation
    def delete_data_source(self, call: Call, *, data_source_id: str) -> Answer:
        """Delete a data source."""
        source = self._sources.find(call.caller.region, data_source_id)
        self._sources.remove(source)
        self._tags.forget(source.arn)
        return source.identity()

    @operation
    def describe_data_source_permissions(self, call: Call, *, data_source_id: str) -> Answer:
        """Return whom a data source is shared with."""
        return self._sources.find(call.caller.region, data_source_id).describe_permissions()

    @operation
    def update_data_source_permissions(
        self,
        call: Call,
        *,
        data_source_id: str,
        grant_permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
        revoke_permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
    ) -> Answer:
        """Grant and revoke permissions; what is not named stays."""
        source = self._sources.find(call.caller.region, data_source_id)
        source.share(grant_permissions, revoke_permissions)
        return source.permissions_identity()


def _check_role(source_arn: str, parameters: DataSourceParametersOutputTypeDef) -> None:
    if "AthenaParameters" not in parameters:
        raise errors.invalid("DataSourceParameters must have AthenaParameters.")
    if role_arn := parameters["AthenaParameters"].get("RoleArn"):
        assume_source_role(role_arn, source_arn, endpoint="")
