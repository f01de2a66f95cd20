"""Workgroups: who may query with which settings and limits.

Source: Athena user guide, "Use workgroups to control query access and costs"; API reference, "WorkGroupConfiguration".
"""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.services.athena.errors import invalid
from localcloud.services.athena.names import PRIMARY, workgroup_arn
from localcloud.services.athena.tags import Tags

Record = dict[str, Any]
_ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
_DEFAULTS: Record = {
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": False,
    "RequesterPaysEnabled": False,
}
_RESULT_MEMBERS = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")


class WorkGroups:
    """The account's workgroups by name; `primary` is always there."""

    def __init__(self, tags: Tags, region: str) -> None:
        self._tags = tags
        self._records: dict[str, Record] = {}
        self.contents: list[Callable[[str], int]] = []
        self.emptied: list[Callable[[str], None]] = []
        self._records[PRIMARY] = _new(PRIMARY, {**_DEFAULTS, "EnforceWorkGroupConfiguration": False}, "")
        tags.owned_by(lambda arn: any(workgroup_arn(region, name) == arn for name in self._records))

    def handlers(self) -> dict[str, Handler]:
        """The operations on workgroups."""
        return {
            "CreateWorkGroup": self.create,
            "GetWorkGroup": self.get,
            "UpdateWorkGroup": self.update,
            "DeleteWorkGroup": self.delete,
            "ListWorkGroups": self.list,
        }

    def named(self, name: str) -> Record:
        """A workgroup's record.

        Raises:
            AwsError: InvalidRequestException when there is none.
        """
        if name not in self._records:
            raise invalid(f"WorkGroup {name} is not found.")
        return self._records[name]

    def create(self, call: Call) -> Record:
        """CreateWorkGroup."""
        name = call.input["Name"]
        if name in self._records:
            raise invalid(f"WorkGroup {name} is already created")
        configuration = {**_DEFAULTS, **call.get("Configuration", {})}
        _check(configuration)
        self._records[name] = _new(name, configuration, call.get("Description", ""))
        self._tags.put(workgroup_arn(call.caller.region, name), call.get("Tags", []))
        return {}

    def get(self, call: Call) -> Record:
        """GetWorkGroup."""
        return {"WorkGroup": copy.deepcopy(self.named(call.input["WorkGroup"]))}

    def update(self, call: Call) -> Record:
        """UpdateWorkGroup: members that are not given stay as they are."""
        record = self.named(call.input["WorkGroup"])
        configuration = _updated(record["Configuration"], call.get("ConfigurationUpdates", {}))
        _check(configuration)
        record["Configuration"] = configuration
        for member in ("Description", "State"):
            if call.get(member) is not None:
                record[member] = call.input[member]
        return {}

    def delete(self, call: Call) -> Record:
        """DeleteWorkGroup: one that holds named queries or executions needs RecursiveDeleteOption."""
        name = call.input["WorkGroup"]
        if name == PRIMARY:
            raise invalid("The primary workgroup cannot be deleted.")
        self.named(name)
        if any(count(name) for count in self.contents) and not call.get("RecursiveDeleteOption"):
            raise invalid(f"WorkGroup {name} is not empty")
        for empty in self.emptied:
            empty(name)
        del self._records[name]
        self._tags.forget(workgroup_arn(call.caller.region, name))
        return {}

    def list(self, call: Call) -> Record:
        """ListWorkGroups."""
        summaries = [
            {
                "Name": record["Name"],
                "State": record["State"],
                "Description": record["Description"],
                "CreationTime": record["CreationTime"],
                "EngineVersion": record["Configuration"]["EngineVersion"],
            }
            for _, record in sorted(self._records.items())
        ]
        return page(call, summaries, "WorkGroups", default_size=50)


def _new(name: str, configuration: Record, description: str) -> Record:
    return {
        "Name": name,
        "State": "ENABLED",
        "Description": description,
        "CreationTime": datetime.now(UTC),
        "Configuration": {"ResultConfiguration": {}, **configuration, "EngineVersion": _engine(configuration)},
    }


def _engine(configuration: Record) -> Record:
    selected = configuration.get("EngineVersion", {}).get("SelectedEngineVersion", "AUTO")
    if selected not in {"AUTO", "Athena engine version 3"}:
        raise invalid(f"Engine version {selected} is not supported. Choose AUTO or Athena engine version 3.")
    return {**_ENGINE, "SelectedEngineVersion": selected}


def _updated(configuration: Record, updates: Record) -> Record:
    updated = copy.deepcopy(configuration)
    for member, value in updates.items():
        if member == "ResultConfigurationUpdates":
            updated["ResultConfiguration"] = _updated_results(updated.get("ResultConfiguration", {}), value)
        elif member.startswith("Remove"):
            if value:
                updated.pop(member.removeprefix("Remove"), None)
        elif member == "EngineVersion":
            updated["EngineVersion"] = _engine({"EngineVersion": value})
        else:
            updated[member.removesuffix("Updates")] = value
    return updated


def _updated_results(results: Record, updates: Record) -> Record:
    updated = dict(results)
    for member in _RESULT_MEMBERS:
        if updates.get(f"Remove{member}"):
            updated.pop(member, None)
        elif updates.get(member) is not None:
            updated[member] = updates[member]
    return updated


def _check(configuration: Record) -> None:
    check_results(configuration.get("ResultConfiguration", {}))
    if configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled"):
        raise invalid("The local Athena keeps no managed query results; set an output location.")


def check_results(results: Record) -> None:
    """Refuses result settings that Athena would refuse.

    Raises:
        AwsError: InvalidRequestException.
    """
    location = results.get("OutputLocation")
    if location is not None and (not location.startswith("s3://") or not location.removeprefix("s3://").strip("/")):
        raise invalid("outputLocation is not a valid S3 path.")
    encryption = results.get("EncryptionConfiguration") or {}
    option = encryption.get("EncryptionOption")
    if option in {"SSE_KMS", "CSE_KMS"} and not encryption.get("KmsKey"):
        raise invalid(f"KmsKey is required with encryption option {option}.")
    if option == "CSE_KMS":
        raise invalid("The local Athena does not encrypt results on the client side; choose SSE_KMS or SSE_S3.")
