"""Amazon S3 locations that are registered with Lake Formation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.service import Call
from localcloud.layout import ACCOUNT
from localcloud.services.lakeformation.resources import invalid

Record = dict[str, Any]
_SERVICE_LINKED = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/lakeformation.amazonaws.com/AWSServiceRoleForLakeFormationDataAccess"
)
_SETTINGS = ("WithFederation", "HybridAccessEnabled", "WithPrivilegedAccess", "ExpectedResourceOwnerAccount")


class Locations:
    """All registered locations, by region and ARN."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Record] = {}

    def registered(self, region: str) -> Mapping[str, Record]:
        """A region's locations by ARN."""
        return {arn: record for (where, arn), record in self._found.items() if where == region}

    def register(self, call: Call) -> Record:
        """RegisterResource: with a role of the account's, or the service-linked one."""
        arn, role, linked = call.input["ResourceArn"], call.get("RoleArn"), call.get("UseServiceLinkedRole", False)
        if not arn.startswith("arn:aws:s3:::"):
            raise invalid(f"{arn} is no location in Amazon S3.")
        if (role is None) == (not linked):
            raise invalid("Either RoleArn or UseServiceLinkedRole has to be given.")
        if (call.caller.region, arn) in self._found:
            raise AwsError("AlreadyExistsException", "Resource is already registered.")
        settings = {name: call.input[name] for name in _SETTINGS if call.get(name) is not None}
        record = {"ResourceArn": arn, "RoleArn": role or _SERVICE_LINKED, "LastModified": datetime.now(UTC), **settings}
        self._found[call.caller.region, arn] = record
        return {}

    def update(self, call: Call) -> Record:
        """UpdateResource."""
        record = self._get(call)
        record.update({name: call.input[name] for name in ("RoleArn", *_SETTINGS) if call.get(name) is not None})
        record["LastModified"] = datetime.now(UTC)
        return {}

    def describe(self, call: Call) -> Record:
        """DescribeResource."""
        return {"ResourceInfo": dict(self._get(call))}

    def list_resources(self, call: Call) -> Record:
        """ListResources."""
        return {"ResourceInfoList": [dict(record) for record in self.registered(call.caller.region).values()]}

    def deregister(self, call: Call) -> Record:
        """DeregisterResource."""
        self._get(call)
        del self._found[call.caller.region, call.input["ResourceArn"]]
        return {}

    def _get(self, call: Call) -> Record:
        found = self._found.get((call.caller.region, call.input["ResourceArn"]))
        if found is None:
            raise AwsError("EntityNotFoundException", f"Resource {call.input['ResourceArn']} is not registered.")
        return found
