"""Model package groups and their resource policies."""

import json
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError, validation
from localcloud.http.paging import page, selected
from localcloud.http.service import Call, Handler
from localcloud.services.sagemaker.names import arn, key
from localcloud.services.sagemaker.tags import Tags

Record = dict[str, Any]


class Groups:
    """The account's model package groups, by name."""

    def __init__(self, tags: Tags) -> None:
        self._groups: dict[str, Record] = {}
        self._policies: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._tags = tags
        tags.owned_by(lambda known: any(group["ModelPackageGroupArn"] == known for group in self._groups.values()))

    def handlers(self) -> dict[str, Handler]:
        """The operations on groups that need no knowledge of their packages."""
        return {
            "CreateModelPackageGroup": self.create,
            "DescribeModelPackageGroup": self.describe,
            "ListModelPackageGroups": self.list,
            "PutModelPackageGroupPolicy": self.put_policy,
            "GetModelPackageGroupPolicy": self.get_policy,
            "DeleteModelPackageGroupPolicy": self.delete_policy,
        }

    def get(self, call: Call, name_or_arn: str) -> Record:
        """A group by name or ARN.

        Raises:
            AwsError: ValidationException when there is none, as SageMaker answers.
        """
        group = self._groups.get(key(name_or_arn))
        if group is None:
            missing = arn(call.caller.region, f"model-package-group/{key(name_or_arn)}")
            raise validation(f"ModelPackageGroup {missing} does not exist.")
        return group

    def next_version(self, group: Record) -> int:
        """The next version number of a group; numbers are not used twice, also after a version is deleted."""
        name = group["ModelPackageGroupName"]
        self._versions[name] = self._versions.get(name, 0) + 1
        return self._versions[name]

    def create(self, call: Call) -> Record:
        """CreateModelPackageGroup."""
        name = call.input["ModelPackageGroupName"]
        group_arn = arn(call.caller.region, f"model-package-group/{name}")
        if key(name) in self._groups:
            raise validation(f"Model Package Group already exists: {group_arn}")
        self._groups[key(name)] = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": group_arn,
            "ModelPackageGroupDescription": call.get("ModelPackageGroupDescription"),
            "CreationTime": datetime.now(UTC),
            "CreatedBy": call.caller.identity(),
            "ModelPackageGroupStatus": "Completed",
        }
        self._tags.put(group_arn, call.get("Tags", []))
        return {"ModelPackageGroupArn": group_arn}

    def describe(self, call: Call) -> Record:
        """DescribeModelPackageGroup."""
        return _present(self.get(call, call.input["ModelPackageGroupName"]))

    def list(self, call: Call) -> Record:
        """ListModelPackageGroups."""
        records = selected(call, self._groups.values(), "ModelPackageGroupName")
        summaries = [_present(record, without=("CreatedBy",)) for record in records]
        return page(call, summaries, "ModelPackageGroupSummaryList")

    def remove(self, group: Record) -> None:
        """Deletes a group that has no packages."""
        name = group["ModelPackageGroupName"]
        self._groups.pop(key(name))
        self._policies.pop(name, None)
        self._versions.pop(name, None)
        self._tags.forget(group["ModelPackageGroupArn"])

    def put_policy(self, call: Call) -> Record:
        """PutModelPackageGroupPolicy."""
        group = self.get(call, call.input["ModelPackageGroupName"])
        try:
            json.loads(call.input["ResourcePolicy"])
        except ValueError as error:
            raise validation(f"ResourcePolicy is not JSON: {error}") from None
        self._policies[group["ModelPackageGroupName"]] = call.input["ResourcePolicy"]
        return {"ModelPackageGroupArn": group["ModelPackageGroupArn"]}

    def get_policy(self, call: Call) -> Record:
        """GetModelPackageGroupPolicy."""
        return {"ResourcePolicy": self._policies[self._with_policy(call)]}

    def delete_policy(self, call: Call) -> Record:
        """DeleteModelPackageGroupPolicy."""
        del self._policies[self._with_policy(call)]
        return {}

    def _with_policy(self, call: Call) -> str:
        group = self.get(call, call.input["ModelPackageGroupName"])
        name = str(group["ModelPackageGroupName"])
        if name not in self._policies:
            raise AwsError("ValidationException", f"Cannot find resource policy for: {group['ModelPackageGroupArn']}")
        return name


def _present(record: Record, without: tuple[str, ...] = ()) -> Record:
    return {key: value for key, value in record.items() if value is not None and key not in without}
