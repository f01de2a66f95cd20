"""Data sets and their refresh properties."""

from collections.abc import Callable
from uuid import uuid4

from localcloud.http.errors import AwsError
from localcloud.http.service import Call
from localcloud.services.quicksight import tables
from localcloud.services.quicksight.assets import DATA_SET, Asset, Assets, Progress, Record, now
from localcloud.services.quicksight.data_sources import DataSources

_SUMMARY = ("Arn", "DataSetId", "Name", "CreatedTime", "LastUpdatedTime", "ImportMode")
_CHANGEABLE = (
    "Name",
    "PhysicalTableMap",
    "LogicalTableMap",
    "ImportMode",
    "ColumnGroups",
    "FieldFolders",
    "DataSetUsageConfiguration",
    "RowLevelPermissionDataSet",
    "RowLevelPermissionTagConfiguration",
    "ColumnLevelPermissionRules",
    "UseAs",
)
StartIngestion = Callable[[Asset, str, str], Record]
"""Starts an ingestion of an asset under an ID for a reason; gives what CreateIngestion answers."""


class DataSets(Assets):
    """The account's data sets."""

    def __init__(self, sources: DataSources, ingest: StartIngestion) -> None:
        super().__init__(DATA_SET)
        self._sources = sources
        self._ingest = ingest

    def create_data_set(self, call: Call) -> Record:
        """CreateDataSet: one in SPICE is filled at once."""
        record = self._record(call)
        asset = self.create(call, record, Progress("CREATION"))
        return self._filled(asset, "INITIAL_INGESTION")

    def update_data_set(self, call: Call) -> Record:
        """UpdateDataSet: the whole definition is replaced; one in SPICE is filled again."""
        asset = self.get(call)
        asset.record.update(self._record(call))
        asset.record["LastUpdatedTime"] = now()
        return self._filled(asset, "EDIT")

    def describe_data_set(self, call: Call) -> Record:
        """DescribeDataSet."""
        asset = self.get(call)
        return {"DataSet": {**asset.described(), "ConsumedSpiceCapacityInBytes": asset.extra.get("bytes", 0)}}

    def list_data_sets(self, call: Call) -> Record:
        """ListDataSets."""
        return self.summaries(call, "DataSetSummaries", _SUMMARY)

    def put_refresh_properties(self, call: Call) -> Record:
        """PutDataSetRefreshProperties: the look-back column has to be a date."""
        asset = self.spice(call)
        window = call.input["DataSetRefreshProperties"].get("RefreshConfiguration", {})
        column = window.get("IncrementalRefresh", {}).get("LookbackWindow", {}).get("ColumnName")
        kinds = {item["Name"]: item["Type"] for item in asset.record["OutputColumns"]}
        if column is not None and kinds.get(column) != "DATETIME":
            raise tables.invalid(f"The look-back column {column} is no DATETIME column of the data set.")
        asset.extra["refresh"] = call.input["DataSetRefreshProperties"]
        return {}

    def describe_refresh_properties(self, call: Call) -> Record:
        """DescribeDataSetRefreshProperties."""
        return {"DataSetRefreshProperties": self._refresh(self.get(call))}

    def delete_refresh_properties(self, call: Call) -> Record:
        """DeleteDataSetRefreshProperties."""
        asset = self.get(call)
        self._refresh(asset)
        del asset.extra["refresh"]
        return {}

    def spice(self, call: Call) -> Asset:
        """The data set that a call names, which has to be in SPICE.

        Raises:
            AwsError: ResourceNotFoundException, InvalidParameterValueException.
        """
        asset = self.get(call)
        if asset.record["ImportMode"] != "SPICE":
            raise tables.invalid(f"Data set {asset.record['DataSetId']} is not in SPICE.")
        return asset

    def _refresh(self, asset: Asset) -> Record:
        if "refresh" not in asset.extra:
            text = f"Data set {asset.record['DataSetId']} has no refresh properties."
            raise AwsError("ResourceNotFoundException", text, 404)
        return asset.extra["refresh"]

    def _record(self, call: Call) -> Record:
        record = {name: call.get(name) for name in _CHANGEABLE}
        source = tables.physical(record)["DataSourceArn"]
        if self._sources.by_arn(source) is None:
            raise tables.invalid(f"Data source {source} is not found.")
        # Without one, QuickSight makes a logical table of each physical one.
        if not record["LogicalTableMap"]:
            made = {key: _logical(key, table) for key, table in record["PhysicalTableMap"].items()}
            record["LogicalTableMap"] = made
        usage = {"DisableUseAsDirectQuerySource": False, "DisableUseAsImportedSource": False}
        record["DataSetUsageConfiguration"] = {**usage, **(record["DataSetUsageConfiguration"] or {})}
        return {**record, "OutputColumns": tables.output_columns(record)}

    def _filled(self, asset: Asset, reason: str) -> Record:
        answer = {"Arn": asset.arn, "DataSetId": asset.record["DataSetId"]}
        if asset.record["ImportMode"] != "SPICE":
            return answer
        started = self._ingest(asset, str(uuid4()), reason)
        return {**answer, "IngestionArn": started["Arn"], "IngestionId": started["IngestionId"]}


def _logical(key: str, table: Record) -> Record:
    name = next(iter(table.values())).get("Name", key)
    return {"Alias": name, "Source": {"PhysicalTableId": key}}
