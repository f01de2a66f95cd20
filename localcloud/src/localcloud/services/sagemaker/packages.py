"""Model packages: versions of a group, or packages with a name of their own."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError, validation
from localcloud.http.paging import page, selected
from localcloud.http.service import Call, Handler
from localcloud.services.sagemaker.groups import Groups
from localcloud.services.sagemaker.names import arn, qualified
from localcloud.services.sagemaker.tags import Tags

Record = dict[str, Any]
PackageChanged = Callable[[Record], None]

_GIVEN = (
    "ModelPackageDescription",
    "InferenceSpecification",
    "ValidationSpecification",
    "SourceAlgorithmSpecification",
    "CertifyForMarketplace",
    "MetadataProperties",
    "ModelMetrics",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "AdditionalInferenceSpecifications",
    "SkipModelValidation",
    "SourceUri",
    "SecurityConfig",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)
_SUMMARY = (
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
    "ModelLifeCycle",
)


class Packages:
    """The account's model packages, by ARN; `changed` hears of every change of a status."""

    def __init__(self, groups: Groups, tags: Tags, changed: PackageChanged, validate: Callable[[Record], str]) -> None:
        self._packages: dict[str, Record] = {}
        self._groups = groups
        self._tags = tags
        self._changed = changed
        self._validate = validate
        tags.owned_by(self._packages.__contains__)

    def handlers(self) -> dict[str, Handler]:
        """The operations on packages, and the one on groups that depends on them."""
        return {
            "CreateModelPackage": self.create,
            "DescribeModelPackage": self.describe,
            "BatchDescribeModelPackage": self.batch_describe,
            "UpdateModelPackage": self.update,
            "ListModelPackages": self.list,
            "DeleteModelPackage": self.delete,
            "DeleteModelPackageGroup": self.delete_group,
        }

    def create(self, call: Call) -> Record:
        """CreateModelPackage; a package with a ValidationSpecification is InProgress until it was validated."""
        record: Record = {**self._identity(call), **{name: call.get(name) for name in _GIVEN}}
        package_arn = record["ModelPackageArn"]
        if package_arn in self._packages:
            raise AwsError("ConflictException", f"Model package already exists: {package_arn}")
        versioned = "ModelPackageGroupName" in record
        record.update(
            CreationTime=datetime.now(UTC),
            CreatedBy=call.caller.identity(),
            CertifyForMarketplace=call.get("CertifyForMarketplace", False),
            ModelApprovalStatus=call.get("ModelApprovalStatus", "PendingManualApproval") if versioned else None,
            ModelPackageStatus="InProgress" if record["ValidationSpecification"] else "Completed",
            ModelPackageStatusDetails={"ValidationStatuses": [], "ImageScanStatuses": []},
        )
        self._packages[package_arn] = record
        self._tags.put(package_arn, call.get("Tags", []))
        self._changed(dict(record))
        if record["ValidationSpecification"]:
            self._finish_validation(record)
        return {"ModelPackageArn": package_arn}

    def describe(self, call: Call) -> Record:
        """DescribeModelPackage."""
        return _present(self._get(call, call.input["ModelPackageName"]))

    def batch_describe(self, call: Call) -> Record:
        """BatchDescribeModelPackage."""
        found: Record = {}
        errors: Record = {}
        for package_arn in call.input["ModelPackageArnList"]:
            if package_arn in self._packages:
                wanted = (*_SUMMARY, "InferenceSpecification", "ModelPackageRegistrationType")
                found[package_arn] = {k: v for k, v in _present(self._packages[package_arn]).items() if k in wanted}
            else:
                text = f"ModelPackage {package_arn} does not exist."
                errors[package_arn] = {"ErrorCode": "ValidationException", "ErrorResponse": text}
        return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": errors}

    def update(self, call: Call) -> Record:
        """UpdateModelPackage; remembers who changed it and when, and an approval's description."""
        record = self._get(call, call.input["ModelPackageArn"])
        before = record["ModelApprovalStatus"]
        if call.get("ModelApprovalStatus") and "ModelPackageGroupName" not in record:
            raise validation("ModelApprovalStatus can be set on versioned model packages only.")
        replaced = ("ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification", "SourceUri", "ModelCard")
        for name in (*replaced, "ModelLifeCycle", "ModelPackageRegistrationType"):
            if call.get(name) is not None:
                record[name] = call.input[name]
        properties = {**(record["CustomerMetadataProperties"] or {}), **call.get("CustomerMetadataProperties", {})}
        for key in call.get("CustomerMetadataPropertiesToRemove", []):
            properties.pop(key, None)
        record["CustomerMetadataProperties"] = properties or None
        if added := call.get("AdditionalInferenceSpecificationsToAdd"):
            present = record["AdditionalInferenceSpecifications"] or []
            record["AdditionalInferenceSpecifications"] = [*present, *added]
        record.update(LastModifiedTime=datetime.now(UTC), LastModifiedBy=call.caller.identity())
        if record["ModelApprovalStatus"] != before:
            self._changed(dict(record))
        return {"ModelPackageArn": record["ModelPackageArn"]}

    def list(self, call: Call) -> Record:
        """ListModelPackages; without a group only packages with a name of their own, as SageMaker's default is."""
        kind, group = call.get("ModelPackageType", "Unversioned"), call.get("ModelPackageGroupName")
        if group:
            group, kind = self._groups.get(call, group)["ModelPackageGroupName"], "Versioned"
        status = call.get("ModelApprovalStatus")
        records = [
            record
            for record in self._packages.values()
            if (kind == "Both" or (kind == "Versioned") == ("ModelPackageGroupName" in record))
            and group in (None, record.get("ModelPackageGroupName"))
            and status in (None, record["ModelApprovalStatus"])
        ]
        chosen = selected(call, records, "ModelPackageArn")
        summaries = [{k: v for k, v in _present(record).items() if k in _SUMMARY} for record in chosen]
        return page(call, summaries, "ModelPackageSummaryList")

    def delete(self, call: Call) -> Record:
        """DeleteModelPackage."""
        package_arn = self._get(call, call.input["ModelPackageName"])["ModelPackageArn"]
        del self._packages[package_arn]
        self._tags.forget(package_arn)
        return {}

    def delete_group(self, call: Call) -> Record:
        """DeleteModelPackageGroup; refused while the group has packages."""
        group = self._groups.get(call, call.input["ModelPackageGroupName"])
        name = group["ModelPackageGroupName"]
        left = [record for record in self._packages.values() if record.get("ModelPackageGroupName") == name]
        if left:
            text = f"Model Package Group {name} cannot be deleted: it has {len(left)} model package(s)."
            raise AwsError("ConflictException", text)
        self._groups.remove(group)
        return {}

    def _identity(self, call: Call) -> Record:
        name, group_name = call.get("ModelPackageName"), call.get("ModelPackageGroupName")
        if bool(name) == bool(group_name):
            raise validation("Exactly one of ModelPackageName and ModelPackageGroupName must be given.")
        if not group_name:
            return {"ModelPackageName": name, "ModelPackageArn": arn(call.caller.region, f"model-package/{name}")}
        group = self._groups.get(call, group_name)
        version = self._groups.next_version(group)
        name = group["ModelPackageGroupName"]
        return {
            "ModelPackageGroupName": name,
            "ModelPackageVersion": version,
            "ModelPackageArn": arn(call.caller.region, f"model-package/{name}/{version}"),
        }

    def _get(self, call: Call, name_or_arn: str) -> Record:
        package_arn = qualified(call.caller, "model-package", name_or_arn)
        if package_arn not in self._packages:
            raise validation(f"ModelPackage {package_arn} does not exist.")
        return self._packages[package_arn]

    def _finish_validation(self, record: Record) -> None:
        problem = self._validate(record)
        profiles = record["ValidationSpecification"]["ValidationProfiles"]
        status = {"Status": "Failed", "FailureReason": problem} if problem else {"Status": "Completed"}
        details = {"ValidationStatuses": [{"Name": profile["ProfileName"], **status} for profile in profiles]}
        record["ModelPackageStatusDetails"] = {**details, "ImageScanStatuses": []}
        record["ModelPackageStatus"] = status["Status"]
        self._changed(dict(record))


def _present(record: Record) -> Record:
    return {key: value for key, value in record.items() if value is not None}
