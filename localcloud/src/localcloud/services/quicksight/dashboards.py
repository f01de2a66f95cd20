"""Dashboards, their versions and which of them is published."""

import copy

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call
from localcloud.services.quicksight import definition
from localcloud.services.quicksight.assets import DASHBOARD, Asset, Assets, Progress, Record, now
from localcloud.services.quicksight.tables import invalid

_SUMMARY = (
    "Arn",
    "DashboardId",
    "Name",
    "CreatedTime",
    "LastUpdatedTime",
    "PublishedVersionNumber",
    "LastPublishedTime",
)
_VERSION_SUMMARY = ("Arn", "CreatedTime", "VersionNumber", "Description")


class Dashboards(Assets):
    """The account's dashboards; `data_sets` are what they show."""

    def __init__(self, data_sets: Assets) -> None:
        super().__init__(DASHBOARD)
        self._data_sets = data_sets

    def create_dashboard(self, call: Call) -> Record:
        """CreateDashboard: version 1, published when it is valid."""
        self._check(call)
        if call.get("LinkSharingConfiguration") or call.get("FolderArns"):
            raise invalid("The local cloud has no link sharing and no folders.")
        version, failure = self._version(call, 1)
        record = {"Name": call.input["Name"], "PublishedVersionNumber": 1, "LastPublishedTime": now()}
        asset = self.create(call, {**record, "LinkEntities": call.get("LinkEntities")}, Progress("CREATION", failure))
        self._keep(call, asset, version)
        return self._answer(asset, version, "CreationStatus")

    def update_dashboard(self, call: Call) -> Record:
        """UpdateDashboard: a new version, which is not published."""
        asset = self.get(call)
        self._check(call)
        version, failure = self._version(call, len(asset.extra["versions"]) + 1)
        self.change(call, {"Name": call.input["Name"]}, "CREATION", failure)
        self._keep(call, asset, version)
        return self._answer(asset, version, "CreationStatus")

    def publish(self, call: Call) -> Record:
        """UpdateDashboardPublishedVersion."""
        asset = self.get(call)
        version = self._find(asset, call.input["VersionNumber"])
        if self._status(asset, version) != "CREATION_SUCCESSFUL":
            text = f"Version {version['VersionNumber']} is in state {self._status(asset, version)}."
            raise AwsError("ConflictException", text, 409)
        asset.record.update(PublishedVersionNumber=version["VersionNumber"], LastPublishedTime=now())
        return {"DashboardArn": asset.arn, "DashboardId": asset.record["DashboardId"]}

    def describe_dashboard(self, call: Call) -> Record:
        """DescribeDashboard: the published version unless another is asked for."""
        asset = self.get(call)
        version = self._asked(call, asset)
        shown = {name: value for name, value in version.items() if name not in {"Definition", "Options"}}
        members = ("DashboardId", "Arn", "Name", "CreatedTime", "LastPublishedTime", "LastUpdatedTime", "LinkEntities")
        described = {name: asset.described()[name] for name in members if name in asset.described()}
        return {"Dashboard": {**described, "Version": {**shown, "Status": self._status(asset, version)}}}

    def describe_definition(self, call: Call) -> Record:
        """DescribeDashboardDefinition."""
        asset = self.get(call)
        version = self._asked(call, asset)
        return {
            "DashboardId": asset.record["DashboardId"],
            "Name": asset.record["Name"],
            "ResourceStatus": self._status(asset, version),
            "Errors": version["Errors"],
            "Definition": version["Definition"],
            **({"DashboardPublishOptions": version["Options"]} if version["Options"] else {}),
        }

    def versions(self, call: Call) -> Record:
        """ListDashboardVersions."""
        asset = self.get(call)
        found = [
            {**{name: item[name] for name in _VERSION_SUMMARY if item.get(name)}, "Status": self._status(asset, item)}
            for item in asset.extra["versions"]
        ]
        return page(call, found, "DashboardVersionSummaryList")

    def list_dashboards(self, call: Call) -> Record:
        """ListDashboards."""
        return self.summaries(call, "DashboardSummaryList", _SUMMARY)

    def delete_dashboard(self, call: Call) -> Record:
        """DeleteDashboard, with all its versions."""
        if call.get("VersionNumber"):
            raise invalid("The local cloud deletes whole dashboards only.")
        return self.delete(call)

    def _check(self, call: Call) -> None:
        if not call.get("Definition"):
            raise invalid("The local cloud makes dashboards of a Definition, not of a template.")
        definition.check_ids(call.input["Definition"])

    def _version(self, call: Call, number: int) -> tuple[Record, str]:
        wanted = call.input["Definition"]
        errors = definition.errors(wanted, self._columns)
        if (call.get("ValidationStrategy") or {}).get("Mode") == "LENIENT":
            errors = []
        version: Record = {
            "VersionNumber": number,
            "CreatedTime": now(),
            "Description": call.get("VersionDescription", ""),
            "DataSetArns": sorted({item["DataSetArn"] for item in wanted["DataSetIdentifierDeclarations"]}),
            "Sheets": [_sheet(sheet) for sheet in wanted.get("Sheets", [])],
            "Errors": errors,
            "Definition": copy.deepcopy(wanted),
            "Options": call.get("DashboardPublishOptions", {}),
        }
        return version, "; ".join(error["Message"] for error in errors)

    def _columns(self, arn: str) -> dict[str, str] | None:
        found = self._data_sets.by_arn(arn)
        return {item["Name"]: item["Type"] for item in found.record["OutputColumns"]} if found else None

    def _keep(self, call: Call, asset: Asset, version: Record) -> None:
        version["Arn"] = f"{asset.arn}/version/{version['VersionNumber']}"
        if call.get("ThemeArn"):
            version["ThemeArn"] = call.input["ThemeArn"]
        asset.extra.setdefault("versions", []).append(version)

    def _asked(self, call: Call, asset: Asset) -> Record:
        alias = call.get("AliasName", "$PUBLISHED")
        latest = len(asset.extra["versions"])
        published = asset.record["PublishedVersionNumber"]
        return self._find(asset, call.get("VersionNumber", latest if alias == "$LATEST" else published))

    def _find(self, asset: Asset, number: int) -> Record:
        for version in asset.extra["versions"]:
            if version["VersionNumber"] == number:
                return version
        text = f"Dashboard {asset.record['DashboardId']} has no version {number}."
        raise AwsError("ResourceNotFoundException", text, 404)

    def _status(self, asset: Asset, version: Record) -> str:
        if version is asset.extra["versions"][-1]:
            return asset.progress.status
        return "CREATION_FAILED" if version["Errors"] else "CREATION_SUCCESSFUL"

    def _answer(self, asset: Asset, version: Record, status: str) -> Record:
        return {
            "Arn": asset.arn,
            "VersionArn": version["Arn"],
            "DashboardId": asset.record["DashboardId"],
            status: asset.progress.status,
        }


def _sheet(sheet: Record) -> Record:
    return {"SheetId": sheet["SheetId"], **({"Name": sheet["Name"]} if sheet.get("Name") else {})}
