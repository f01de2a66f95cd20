"""QuickSight's operations on data sets, and on the ingestions and refresh schedules of those in SPICE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Unpack
from uuid import uuid4

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, operation
from localcloud.http.tags import Tag, TagStore
from localcloud.services.quicksight import errors
from localcloud.services.quicksight.ingestions import Ingestion, Ingestions
from localcloud.services.quicksight.models import Assets, DataSet, DataSetSettings, DataSource, now
from localcloud.services.quicksight.schedules import Schedules, schedule_arn
from localcloud.services.quicksight.tables import Tables

if TYPE_CHECKING:
    from mypy_boto3_quicksight.literals import (
        DataSetImportModeType,
        IngestionRequestTypeType,
        IngestionTypeType,
    )
    from mypy_boto3_quicksight.type_defs import (
        DataSetRefreshPropertiesTypeDef,
        LogicalTableOutputTypeDef,
        PhysicalTableOutputTypeDef,
        RefreshScheduleOutputTypeDef,
        ResourcePermissionOutputTypeDef,
    )


class DataSetOperations:
    """Operations on data sets and their refresh properties."""

    def __init__(
        self,
        data_sets: Assets[DataSet],
        sources: Assets[DataSource],
        ingestions: Ingestions,
        schedules: Schedules,
        tags: TagStore,
    ) -> None:
        self._data_sets = data_sets
        self._sources = sources
        self._ingestions = ingestions
        self._schedules = schedules
        self._tags = tags

    @operation
    def create_data_set(
        self,
        call: Call,
        *,
        data_set_id: str,
        name: str,
        import_mode: DataSetImportModeType,
        physical_table_map: Mapping[str, PhysicalTableOutputTypeDef],
        logical_table_map: Mapping[str, LogicalTableOutputTypeDef] | None = None,
        permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
        tags: Sequence[Tag] = (),
        **settings: Unpack[DataSetSettings],
    ) -> Answer:
        """Create a data set; one in SPICE is filled at once."""
        data_set = DataSet(
            region=call.caller.region,
            asset_id=data_set_id,
            name=name,
            tables=self._checked(Tables.of(physical_table_map, logical_table_map)),
            import_mode=import_mode,
            settings=settings,
        )
        data_set.share(permissions)
        self._data_sets.add(data_set)
        self._tags.put(data_set.arn, tags)
        return self._filled(data_set, "INITIAL_INGESTION")

    @operation
    def update_data_set(
        self,
        call: Call,
        *,
        data_set_id: str,
        name: str,
        import_mode: DataSetImportModeType,
        physical_table_map: Mapping[str, PhysicalTableOutputTypeDef],
        logical_table_map: Mapping[str, LogicalTableOutputTypeDef] | None = None,
        **settings: Unpack[DataSetSettings],
    ) -> Answer:
        """Replace the whole definition of a data set; one in SPICE is filled again."""
        data_set = self._data_sets.find(call.caller.region, data_set_id)
        data_set.tables = self._checked(Tables.of(physical_table_map, logical_table_map))
        data_set.name, data_set.import_mode, data_set.settings = name, import_mode, settings
        data_set.updated = now()
        return self._filled(data_set, "EDIT")

    @operation
    def describe_data_set(self, call: Call, *, data_set_id: str) -> Answer:
        """Return a data set."""
        return {"DataSet": self._data_sets.find(call.caller.region, data_set_id).describe()}

    @operation
    def list_data_sets(self, call: Call, *, next_token: str | None = None, max_results: int | None = None) -> Answer:
        """List data sets."""
        summaries = [data_set.summary() for data_set in self._data_sets.of_region(call.caller.region)]
        return Page.of(summaries, next_token, max_results).answer("DataSetSummaries")

    @operation
    def delete_data_set(self, call: Call, *, data_set_id: str) -> Answer:
        """Delete a data set with its ingestions and schedules."""
        data_set = self._data_sets.find(call.caller.region, data_set_id)
        self._data_sets.remove(data_set)
        self._ingestions.forget(data_set)
        self._schedules.forget(data_set)
        self._tags.forget(data_set.arn)
        return data_set.identity()

    @operation
    def describe_data_set_permissions(self, call: Call, *, data_set_id: str) -> Answer:
        """Return whom a data set is shared with."""
        return self._data_sets.find(call.caller.region, data_set_id).describe_permissions()

    @operation
    def update_data_set_permissions(
        self,
        call: Call,
        *,
        data_set_id: str,
        grant_permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
        revoke_permissions: Sequence[ResourcePermissionOutputTypeDef] = (),
    ) -> Answer:
        """Grant and revoke permissions; what is not named stays."""
        data_set = self._data_sets.find(call.caller.region, data_set_id)
        data_set.share(grant_permissions, revoke_permissions)
        return data_set.permissions_identity()

    @operation
    def put_data_set_refresh_properties(
        self, call: Call, *, data_set_id: str, data_set_refresh_properties: DataSetRefreshPropertiesTypeDef
    ) -> Answer:
        """Set how a data set is refreshed; the look-back column has to be a date."""
        data_set = _in_spice(self._data_sets, call, data_set_id)
        configuration = data_set_refresh_properties.get("RefreshConfiguration")
        if configuration:
            column = configuration["IncrementalRefresh"]["LookbackWindow"]["ColumnName"]
            if data_set.column_types.get(column) != "DATETIME":
                raise errors.invalid(f"The look-back column {column} is no DATETIME column of the data set.")
        data_set.refresh_properties = data_set_refresh_properties
        return {}

    @operation
    def describe_data_set_refresh_properties(self, call: Call, *, data_set_id: str) -> Answer:
        """Return how a data set is refreshed."""
        return {"DataSetRefreshProperties": self._with_refresh_properties(call, data_set_id).refresh_properties}

    @operation
    def delete_data_set_refresh_properties(self, call: Call, *, data_set_id: str) -> Answer:
        """Remove the refresh properties of a data set."""
        self._with_refresh_properties(call, data_set_id).refresh_properties = None
        return {}

    def _with_refresh_properties(self, call: Call, data_set_id: str) -> DataSet:
        data_set = self._data_sets.find(call.caller.region, data_set_id)
        if data_set.refresh_properties is None:
            raise errors.missing_resource(f"Data set {data_set_id} has no refresh properties.")
        return data_set

    def _checked(self, tables: Tables) -> Tables:
        """Return tables whose columns and data source exist."""
        source_arn = tables.source["DataSourceArn"]
        if not self._sources.has(source_arn):
            raise errors.invalid(f"Data source {source_arn} is not found.")
        tables.output_columns()
        return tables

    def _filled(self, data_set: DataSet, request_type: IngestionRequestTypeType) -> Answer:
        if data_set.import_mode != "SPICE":
            return data_set.identity()
        ingestion = self._ingestions.start(data_set, str(uuid4()), request_type)
        return {**data_set.identity(), "IngestionArn": ingestion.arn, "IngestionId": ingestion.ingestion_id}


class IngestionOperations:
    """Operations on ingestions."""

    def __init__(self, data_sets: Assets[DataSet], ingestions: Ingestions) -> None:
        self._data_sets = data_sets
        self._ingestions = ingestions

    @operation
    def create_ingestion(
        self, call: Call, *, data_set_id: str, ingestion_id: str, ingestion_type: IngestionTypeType = "FULL_REFRESH"
    ) -> Answer:
        """Start an ingestion."""
        data_set = _in_spice(self._data_sets, call, data_set_id)
        if ingestion_type == "INCREMENTAL_REFRESH" and data_set.refresh_properties is None:
            raise errors.invalid("An incremental refresh needs the data set's refresh properties.")
        ingestion = self._ingestions.start(data_set, ingestion_id, ingestion_type)
        return {"Arn": ingestion.arn, "IngestionId": ingestion_id, "IngestionStatus": "INITIALIZED"}

    @operation
    def describe_ingestion(self, call: Call, *, data_set_id: str, ingestion_id: str) -> Answer:
        """Return an ingestion."""
        return {"Ingestion": self._find(call, data_set_id, ingestion_id).describe()}

    @operation
    def list_ingestions(
        self, call: Call, *, data_set_id: str, next_token: str | None = None, max_results: int | None = None
    ) -> Answer:
        """List the ingestions of a data set, newest first."""
        ingestions = self._ingestions.of(_in_spice(self._data_sets, call, data_set_id))
        descriptions = [ingestion.describe() for ingestion in ingestions]
        return Page.of(descriptions, next_token, max_results).answer("Ingestions")

    @operation
    def cancel_ingestion(self, call: Call, *, data_set_id: str, ingestion_id: str) -> Answer:
        """Cancel an ingestion that has not ended."""
        ingestion = self._find(call, data_set_id, ingestion_id)
        self._ingestions.cancel(ingestion)
        return {"Arn": ingestion.arn, "IngestionId": ingestion_id}

    def _find(self, call: Call, data_set_id: str, ingestion_id: str) -> Ingestion:
        return self._ingestions.find(_in_spice(self._data_sets, call, data_set_id), ingestion_id)


class ScheduleOperations:
    """Operations on refresh schedules."""

    def __init__(self, data_sets: Assets[DataSet], schedules: Schedules) -> None:
        self._data_sets = data_sets
        self._schedules = schedules

    @operation
    def create_refresh_schedule(
        self, call: Call, *, data_set_id: str, schedule: RefreshScheduleOutputTypeDef
    ) -> Answer:
        """Add a schedule to a data set."""
        data_set = _in_spice(self._data_sets, call, data_set_id)
        self._schedules.create(data_set, schedule)
        return _schedule_identity(data_set, schedule["ScheduleId"])

    @operation
    def update_refresh_schedule(
        self, call: Call, *, data_set_id: str, schedule: RefreshScheduleOutputTypeDef
    ) -> Answer:
        """Replace a schedule of a data set."""
        data_set = _in_spice(self._data_sets, call, data_set_id)
        self._schedules.update(data_set, schedule)
        return _schedule_identity(data_set, schedule["ScheduleId"])

    @operation
    def describe_refresh_schedule(self, call: Call, *, data_set_id: str, schedule_id: str) -> Answer:
        """Return a schedule."""
        data_set = _in_spice(self._data_sets, call, data_set_id)
        schedule = self._schedules.find(data_set, schedule_id)
        return {"RefreshSchedule": schedule, "Arn": schedule_arn(data_set, schedule_id)}

    @operation
    def list_refresh_schedules(self, call: Call, *, data_set_id: str) -> Answer:
        """List the schedules of a data set."""
        return {"RefreshSchedules": self._schedules.of(_in_spice(self._data_sets, call, data_set_id))}

    @operation
    def delete_refresh_schedule(self, call: Call, *, data_set_id: str, schedule_id: str) -> Answer:
        """Delete a schedule."""
        data_set = _in_spice(self._data_sets, call, data_set_id)
        self._schedules.delete(data_set, schedule_id)
        return _schedule_identity(data_set, schedule_id)


def _schedule_identity(data_set: DataSet, schedule_id: str) -> Answer:
    return {"ScheduleId": schedule_id, "Arn": schedule_arn(data_set, schedule_id)}


def _in_spice(data_sets: Assets[DataSet], call: Call, data_set_id: str) -> DataSet:
    """Return a data set that has to be in SPICE."""
    data_set = data_sets.find(call.caller.region, data_set_id)
    if data_set.import_mode != "SPICE":
        raise errors.invalid(f"Data set {data_set_id} is not in SPICE.")
    return data_set
