"""The QuickSight service, put together."""

from collections.abc import Callable
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.service import Call, Handler, Service
from localcloud.services.quicksight.access import permissions
from localcloud.services.quicksight.assets import Asset, Assets, Record
from localcloud.services.quicksight.dashboards import Dashboards
from localcloud.services.quicksight.data_sets import DataSets
from localcloud.services.quicksight.data_sources import DataSources
from localcloud.services.quicksight.ingestions import Ingestions
from localcloud.services.quicksight.schedules import Schedules


class QuickSight:
    """The account's QuickSight; `endpoint` is where data sets are filled from."""

    def __init__(self, endpoint: str) -> None:
        sources = DataSources()
        self._ingestions = Ingestions(endpoint, sources)
        self._schedules = Schedules()
        self._sets = DataSets(sources, self._ingestions.start)
        boards = Dashboards(self._sets)
        self._assets: tuple[Assets, ...] = (sources, self._sets, boards)
        self.service = Service(
            "quicksight",
            {**_of_sources(sources), **self._of_sets(), **self._of_runs(), **_of_boards(boards), **self._of_tags()},
            permissions,
            invalid="InvalidParameterValueException",
        )

    def rows(self) -> dict[str, Any]:
        """What is in SPICE: rows by the data set's ID."""
        return {asset.record["DataSetId"]: asset.extra["rows"] for asset in self._sets.all() if "rows" in asset.extra}

    def _of_sets(self) -> dict[str, Handler]:
        sets = self._sets
        return {
            "CreateDataSet": sets.create_data_set,
            "UpdateDataSet": sets.update_data_set,
            "DescribeDataSet": sets.describe_data_set,
            "ListDataSets": sets.list_data_sets,
            "DeleteDataSet": self._delete_data_set,
            "DescribeDataSetPermissions": sets.describe_permissions,
            "UpdateDataSetPermissions": sets.update_permissions,
            "PutDataSetRefreshProperties": sets.put_refresh_properties,
            "DescribeDataSetRefreshProperties": sets.describe_refresh_properties,
            "DeleteDataSetRefreshProperties": sets.delete_refresh_properties,
        }

    def _of_runs(self) -> dict[str, Handler]:
        """What needs a data set in SPICE."""
        schedules, ingestions = self._schedules, self._ingestions

        def of_set(work: Callable[[Call, Asset], Record]) -> Handler:
            return lambda call: work(call, self._sets.spice(call))

        return {
            "CreateRefreshSchedule": of_set(schedules.create),
            "UpdateRefreshSchedule": of_set(schedules.update),
            "DescribeRefreshSchedule": of_set(schedules.describe),
            "ListRefreshSchedules": of_set(schedules.listed),
            "DeleteRefreshSchedule": of_set(schedules.delete),
            "CreateIngestion": of_set(ingestions.create),
            "DescribeIngestion": of_set(ingestions.describe),
            "ListIngestions": of_set(ingestions.listed),
            "CancelIngestion": of_set(ingestions.cancel),
        }

    def _delete_data_set(self, call: Call) -> Record:
        answer = self._sets.delete(call)
        self._ingestions.forget(answer["Arn"])
        self._schedules.forget(answer["Arn"])
        return answer

    def _of_tags(self) -> dict[str, Handler]:
        def tagged(work: Callable[[Asset, Call], Record]) -> Handler:
            def handler(call: Call) -> Record:
                arn = call.input["ResourceArn"]
                found = next((asset for kind in self._assets if (asset := kind.by_arn(arn))), None)
                if found is None:
                    raise AwsError("ResourceNotFoundException", f"Resource {arn} is not found.", 404)
                return work(found, call)

            return handler

        return {
            "TagResource": tagged(_tag),
            "UntagResource": tagged(_untag),
            "ListTagsForResource": tagged(
                lambda asset, _: {"Tags": [{"Key": key, "Value": value} for key, value in asset.tags.items()]}
            ),
        }


def _of_sources(sources: DataSources) -> dict[str, Handler]:
    return {
        "CreateDataSource": sources.create_data_source,
        "UpdateDataSource": sources.update_data_source,
        "DescribeDataSource": sources.describe_data_source,
        "ListDataSources": sources.list_data_sources,
        "DeleteDataSource": sources.delete,
        "DescribeDataSourcePermissions": sources.describe_permissions,
        "UpdateDataSourcePermissions": sources.update_permissions,
    }


def _of_boards(boards: Dashboards) -> dict[str, Handler]:
    def changed(call: Call) -> Record:
        if call.get("GrantLinkPermissions") or call.get("RevokeLinkPermissions"):
            raise AwsError("InvalidParameterValueException", "The local cloud has no link sharing.")
        return {**boards.update_permissions(call), "Permissions": boards.describe_permissions(call)["Permissions"]}

    return {
        "CreateDashboard": boards.create_dashboard,
        "UpdateDashboard": boards.update_dashboard,
        "UpdateDashboardPublishedVersion": boards.publish,
        "DescribeDashboard": boards.describe_dashboard,
        "DescribeDashboardDefinition": boards.describe_definition,
        "ListDashboardVersions": boards.versions,
        "ListDashboards": boards.list_dashboards,
        "DeleteDashboard": boards.delete_dashboard,
        "DescribeDashboardPermissions": boards.describe_permissions,
        "UpdateDashboardPermissions": changed,
    }


def _tag(asset: Asset, call: Call) -> Record:
    asset.tags.update({tag["Key"]: tag["Value"] for tag in call.input["Tags"]})
    return {}


def _untag(asset: Asset, call: Call) -> Record:
    for key in call.input["TagKeys"]:
        asset.tags.pop(key, None)
    return {}
