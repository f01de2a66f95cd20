"""What data sources, data sets and dashboards share: IDs, ARNs, permissions, tags, and states that take time."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call
from localcloud.layout import ACCOUNT
from localcloud.services.quicksight import grants

Record = dict[str, Any]
WORK_SECONDS = 0.3
"""How long QuickSight is at work on a creation or an update; minutes on AWS."""


@dataclass(frozen=True)
class Kind:
    """One kind of asset: its member names and its part of the ARN (service authorization reference)."""

    noun: str
    path: str
    principals: frozenset[str] = frozenset({"user", "group"})

    @property
    def id_member(self) -> str:
        """The request's member that holds the ID."""
        return f"{self.noun}Id"

    def arn(self, region: str, asset_id: str) -> str:
        """The ARN of one asset."""
        return f"arn:aws:quicksight:{region}:{ACCOUNT}:{self.path}/{asset_id}"


DATA_SOURCE = Kind("DataSource", "datasource")
DATA_SET = Kind("DataSet", "dataset")
# QuickSight API reference, ResourcePermission: a namespace may be given a dashboard.
DASHBOARD = Kind("Dashboard", "dashboard", frozenset({"user", "group", "namespace"}))


@dataclass
class Progress:
    """A creation or an update that takes a moment, and how it will end."""

    verb: str
    failure: str = ""
    until: float = field(default_factory=lambda: time.monotonic() + WORK_SECONDS)

    @property
    def status(self) -> str:
        """The status now, e.g. CREATION_IN_PROGRESS."""
        if time.monotonic() < self.until:
            return f"{self.verb}_IN_PROGRESS"
        return f"{self.verb}_{'FAILED' if self.failure else 'SUCCESSFUL'}"

    @property
    def over(self) -> bool:
        """Whether the work has ended."""
        return time.monotonic() >= self.until


@dataclass
class Asset:
    """One asset: the record as Describe gives it, and what other operations give."""

    record: Record
    permissions: grants.Permissions
    tags: dict[str, str]
    progress: Progress
    extra: Record = field(default_factory=dict[str, Any])

    @property
    def arn(self) -> str:
        """The asset's ARN."""
        return str(self.record["Arn"])

    def described(self) -> Record:
        """The record, with the times and members that every description has."""
        return {name: value for name, value in self.record.items() if value is not None}


def now() -> datetime:
    """The time, as QuickSight keeps it."""
    return datetime.now(UTC)


class Assets:
    """All assets of one kind, by region and ID."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._found: dict[tuple[str, str], Asset] = {}

    def create(self, call: Call, record: Record, progress: Progress) -> Asset:
        """Keeps a new asset with the request's permissions and tags.

        Raises:
            AwsError: ResourceExistsException for an ID that is taken; InvalidParameterValueException.
        """
        key = (call.caller.region, call.input[self.kind.id_member])
        if key in self._found:
            text = f"{self.kind.noun} {key[1]} already exists."
            raise AwsError("ResourceExistsException", text, 409)
        permissions: grants.Permissions = {}
        grants.grant(self.kind.noun, self.kind.principals, permissions, call.get("Permissions", []))
        made = now()
        record = {"Arn": self.kind.arn(*key), self.kind.id_member: key[1], "CreatedTime": made, **record}
        tags = {tag["Key"]: tag["Value"] for tag in call.get("Tags", [])}
        asset = Asset({**record, "LastUpdatedTime": made}, permissions, tags, progress)
        self._found[key] = asset
        return asset

    def get(self, call: Call) -> Asset:
        """The asset that a call names.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        return self.by_id(call.caller.region, call.input[self.kind.id_member])

    def by_id(self, region: str, asset_id: str) -> Asset:
        """The asset of an ID.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        found = self._found.get((region, asset_id))
        if found is None:
            raise AwsError("ResourceNotFoundException", f"{self.kind.noun} {asset_id} is not found.", 404)
        return found

    def by_arn(self, arn: str) -> Asset | None:
        """The asset of an ARN, if there is one."""
        return next((asset for asset in self._found.values() if asset.arn == arn), None)

    def change(self, call: Call, record: Record, verb: str = "UPDATE", failure: str = "") -> Asset:
        """Changes an asset's record.

        Raises:
            AwsError: ConflictException while QuickSight is still at work on it.
        """
        asset = self.get(call)
        if not asset.progress.over:
            text = f"{self.kind.noun} is in state {asset.progress.status} and cannot be updated."
            raise AwsError("ConflictException", text, 409)
        asset.record.update(record)
        asset.record["LastUpdatedTime"] = now()
        asset.progress = Progress(verb, failure)
        return asset

    def delete(self, call: Call) -> Record:
        """Deletes an asset."""
        asset = self.get(call)
        del self._found[call.caller.region, call.input[self.kind.id_member]]
        return {"Arn": asset.arn, self.kind.id_member: asset.record[self.kind.id_member]}

    def all(self) -> list[Asset]:
        """All assets in all regions."""
        return [*self._found.values()]

    def summaries(self, call: Call, key: str, members: tuple[str, ...]) -> Record:
        """One page of summaries with these members."""
        found = [
            {name: asset.described()[name] for name in members if name in asset.described()}
            for (region, _), asset in self._found.items()
            if region == call.caller.region
        ]
        return page(call, found, key)

    def describe_permissions(self, call: Call) -> Record:
        """Describe...Permissions."""
        asset = self.get(call)
        permissions = grants.listed(asset.permissions)
        return {f"{self.kind.noun}Arn": asset.arn, **self._identity(asset), "Permissions": permissions}

    def update_permissions(self, call: Call) -> Record:
        """Update...Permissions: what is not named stays."""
        asset = self.get(call)
        changed = {principal: set(actions) for principal, actions in asset.permissions.items()}
        grants.grant(self.kind.noun, self.kind.principals, changed, call.get("GrantPermissions", []))
        grants.revoke(changed, call.get("RevokePermissions", []))
        asset.permissions = changed
        return {f"{self.kind.noun}Arn": asset.arn, **self._identity(asset)}

    def _identity(self, asset: Asset) -> Record:
        return {self.kind.id_member: asset.record[self.kind.id_member]}
