"""Workgroups and named queries.

Source: Athena user guide, "Use workgroups to control query access and costs"; API reference, "WorkGroupConfiguration".
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from localcloud.layout import ACCOUNT
from localcloud.services.athena.errors import invalid, no_named_query

if TYPE_CHECKING:
    from mypy_boto3_athena.literals import WorkGroupStateType
    from mypy_boto3_athena.type_defs import (
        EngineVersionTypeDef,
        NamedQueryTypeDef,
        ResultConfigurationTypeDef,
        ResultConfigurationUpdatesTypeDef,
        WorkGroupConfigurationOutputTypeDef,
        WorkGroupConfigurationTypeDef,
        WorkGroupConfigurationUpdatesTypeDef,
        WorkGroupSummaryTypeDef,
        WorkGroupTypeDef,
    )

PRIMARY = "primary"
"""The workgroup that every account has and that nobody can delete."""
DATA_CATALOG = "AwsDataCatalog"
ENGINE_VERSION = "Athena engine version 3"
_RESULT_MEMBERS = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")


def workgroup_arn(region: str, name: str) -> str:
    """Return the ARN of a workgroup."""
    return f"arn:aws:athena:{region}:{ACCOUNT}:workgroup/{name}"


def data_catalog_arn(region: str, name: str) -> str:
    """Return the ARN of a data catalog."""
    return f"arn:aws:athena:{region}:{ACCOUNT}:datacatalog/{name}"


@dataclass
class WorkGroup:
    """A workgroup; its configuration has all members with a default."""

    name: str
    region: str
    configuration: WorkGroupConfigurationOutputTypeDef
    description: str = ""
    state: WorkGroupStateType = "ENABLED"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def arn(self) -> str:
        """The workgroup's ARN."""
        return workgroup_arn(self.region, self.name)

    def result_configuration(self, client: ResultConfigurationTypeDef) -> ResultConfigurationTypeDef:
        """Return where and how the results of a query are kept that a client starts with settings of its own.

        An enforced workgroup's settings are the only ones (user guide, "Override client-side settings").

        Raises:
            AwsError: InvalidRequestException for wrong settings, or without a location.
        """
        check_results(client)
        settings = self.configuration.get("ResultConfiguration") or {}
        is_enforced = self.configuration.get("EnforceWorkGroupConfiguration")
        results: ResultConfigurationTypeDef = {**settings} if is_enforced else {**settings, **client}
        if not results.get("OutputLocation"):
            raise invalid(
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input."
            )
        return results

    def describe(self) -> WorkGroupTypeDef:
        """Return the WorkGroup structure."""
        return {
            "Name": self.name,
            "State": self.state,
            "Description": self.description,
            "CreationTime": self.created,
            "Configuration": copy.deepcopy(self.configuration),
        }

    def summarize(self) -> WorkGroupSummaryTypeDef:
        """Return the WorkGroupSummary structure."""
        return {
            "Name": self.name,
            "State": self.state,
            "Description": self.description,
            "CreationTime": self.created,
            "EngineVersion": self.configuration.get("EngineVersion") or {},
        }


class WorkGroups:
    """The account's workgroups by name; `primary` is always there."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._by_name: dict[str, WorkGroup] = {}
        self.add(PRIMARY, {"EnforceWorkGroupConfiguration": False})

    def add(self, name: str, configuration: WorkGroupConfigurationTypeDef, description: str = "") -> WorkGroup:
        """Create a workgroup.

        Raises:
            AwsError: InvalidRequestException for a name that is taken or a wrong configuration.
        """
        if name in self._by_name:
            raise invalid(f"WorkGroup {name} is already created")
        workgroup = WorkGroup(name, self._region, _with_defaults(configuration), description)
        self._by_name[name] = workgroup
        return workgroup

    def find(self, name: str) -> WorkGroup:
        """Return a workgroup.

        Raises:
            AwsError: InvalidRequestException when there is none.
        """
        if name not in self._by_name:
            raise invalid(f"WorkGroup {name} is not found.")
        return self._by_name[name]

    def has_arn(self, arn: str) -> bool:
        """Return whether a workgroup has an ARN."""
        return any(workgroup.arn == arn for workgroup in self._by_name.values())

    def all(self) -> list[WorkGroup]:
        """Return all workgroups by name."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def remove(self, name: str) -> None:
        """Delete a workgroup."""
        del self._by_name[name]


@dataclass
class NamedQuery:
    """A statement that is saved in a workgroup."""

    name: str
    database: str
    statement: str
    workgroup: str
    description: str = ""
    identifier: str = field(default_factory=lambda: str(uuid4()))

    def describe(self) -> NamedQueryTypeDef:
        """Return the NamedQuery structure."""
        return {
            "NamedQueryId": self.identifier,
            "Name": self.name,
            "Description": self.description,
            "Database": self.database,
            "QueryString": self.statement,
            "WorkGroup": self.workgroup,
        }


class NamedQueries:
    """The account's named queries by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, NamedQuery] = {}
        self._by_token: dict[str, NamedQuery] = {}

    def add(self, query: NamedQuery, token: str | None) -> NamedQuery:
        """Save a named query; return the one that was saved with the same client token before, if it is still there."""
        saved = self._by_token.get(token or "")
        if saved and saved.identifier in self.by_id:
            return saved
        self.by_id[query.identifier] = query
        if token:
            self._by_token[token] = query
        return query

    def find(self, identifier: str) -> NamedQuery:
        """Return a named query.

        Raises:
            AwsError: InvalidRequestException when there is none.
        """
        if identifier not in self.by_id:
            raise no_named_query(identifier)
        return self.by_id[identifier]

    def workgroup_of(self, identifier: str) -> str | None:
        """Return the workgroup of a named query; None for an unknown id."""
        return self.by_id[identifier].workgroup if identifier in self.by_id else None

    def ids(self, workgroup: str) -> list[str]:
        """Return the ids of a workgroup's named queries."""
        return [query.identifier for query in self.by_id.values() if query.workgroup == workgroup]

    def remove_all(self, workgroup: str) -> None:
        """Delete a workgroup's named queries."""
        for identifier in self.ids(workgroup):
            del self.by_id[identifier]


def _with_defaults(configuration: WorkGroupConfigurationTypeDef) -> WorkGroupConfigurationOutputTypeDef:
    complete = {
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": False,
        "RequesterPaysEnabled": False,
        **configuration,
        "EngineVersion": _engine_version(configuration.get("EngineVersion") or {}),
    }
    checked = cast("WorkGroupConfigurationOutputTypeDef", complete)
    _check(checked)
    return checked


def updated(
    configuration: WorkGroupConfigurationOutputTypeDef, updates: WorkGroupConfigurationUpdatesTypeDef
) -> WorkGroupConfigurationOutputTypeDef:
    """Return a configuration with ConfigurationUpdates applied; members that are left out stay as they are.

    Raises:
        AwsError: InvalidRequestException for what Athena would refuse.
    """
    changed: dict[str, Any] = {**copy.deepcopy(configuration)}
    for member, value in updates.items():
        if member.startswith("Remove"):
            if value:
                changed.pop(member.removeprefix("Remove"), None)
        elif member not in {"ResultConfigurationUpdates", "EngineVersion"}:
            changed[member.removesuffix("Updates")] = value
    if "ResultConfigurationUpdates" in updates:
        results = configuration.get("ResultConfiguration") or {}
        changed["ResultConfiguration"] = _updated_results(results, updates["ResultConfigurationUpdates"])
    if "EngineVersion" in updates:
        changed["EngineVersion"] = _engine_version(updates["EngineVersion"])
    checked = cast("WorkGroupConfigurationOutputTypeDef", changed)
    _check(checked)
    return checked


def _updated_results(results: ResultConfigurationTypeDef, updates: ResultConfigurationUpdatesTypeDef) -> dict[str, Any]:
    changed: dict[str, Any] = dict(results)
    for member in _RESULT_MEMBERS:
        if updates.get(f"Remove{member}"):
            changed.pop(member, None)
        elif updates.get(member) is not None:
            changed[member] = updates.get(member)
    return changed


def _engine_version(selection: EngineVersionTypeDef) -> EngineVersionTypeDef:
    selected = selection.get("SelectedEngineVersion", "AUTO")
    if selected not in {"AUTO", ENGINE_VERSION}:
        raise invalid(f"Engine version {selected} is not supported. Choose AUTO or {ENGINE_VERSION}.")
    return {"SelectedEngineVersion": selected, "EffectiveEngineVersion": ENGINE_VERSION}


def _check(configuration: WorkGroupConfigurationOutputTypeDef) -> None:
    check_results(configuration.get("ResultConfiguration") or {})
    if (configuration.get("ManagedQueryResultsConfiguration") or {}).get("Enabled"):
        raise invalid("The local Athena keeps no managed query results; set an output location.")


def check_results(results: ResultConfigurationTypeDef) -> None:
    """Refuse result settings that Athena would refuse.

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
