"""Model versions as the registry knows them: details of one, and the last approved one of the group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from lambdas.notifier.arns import package_arn
from lambdas.notifier.events import FAILED
from lambdas.notifier.fields import mapping_at, objects_at, text_at, timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_sagemaker import SageMakerClient

# Names under which pipelines record where a version comes from, without case, hyphens and underscores.
_COMMIT_NAMES = ("commitid", "commit", "commitsha", "gitcommit")
_EXECUTION_NAMES = ("executionarn", "pipelineexecutionarn", "generatedby")


@dataclass(frozen=True, kw_only=True)
class PackageDetails:
    """A model version; the fields that nobody recorded are None."""

    status: str | None
    created_at: datetime | None
    created_by: str | None
    last_modified_by: str | None
    approval_description: str | None
    commit: str | None
    execution: str | None
    image: str | None
    model_data: str | None
    metrics_uri: str | None
    failure_reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ApprovedVersion:
    """A version that was approved before."""

    arn: str
    version: int


def describe(client: SageMakerClient, arn: str) -> PackageDetails:
    """Asks the registry for a version."""
    return details_of(cast("Mapping[str, object]", client.describe_model_package(ModelPackageName=arn)))


def details_of(package: Mapping[str, object]) -> PackageDetails:
    """The details in an answer of DescribeModelPackage, or in an event, which has a part of the same fields."""
    recorded = mapping_at(package, "CustomerMetadataProperties")
    container = next(iter(objects_at(package, "InferenceSpecification", "Containers")), {})
    return PackageDetails(
        status=FAILED if package.get("ModelPackageStatus") == FAILED else text_at(package, "ModelApprovalStatus"),
        created_at=timestamp(package.get("CreationTime")),
        created_by=user(mapping_at(package, "CreatedBy")),
        last_modified_by=user(mapping_at(package, "LastModifiedBy")),
        approval_description=text_at(package, "ApprovalDescription"),
        commit=text_at(package, "MetadataProperties", "CommitId") or _recorded(recorded, _COMMIT_NAMES),
        execution=text_at(package, "MetadataProperties", "GeneratedBy") or _recorded(recorded, _EXECUTION_NAMES),
        image=text_at(container, "Image"),
        model_data=text_at(container, "ModelDataUrl") or text_at(container, "ModelDataSource", "S3DataSource", "S3Uri"),
        metrics_uri=text_at(package, "ModelMetrics", "ModelQuality", "Statistics", "S3Uri"),
        failure_reasons=tuple(_failure_reasons(package)),
    )


def latest_approved(client: SageMakerClient, group: str, other_than: str) -> ApprovedVersion | None:
    """The approved version of the group with the highest number, leaving one ARN out; None where there is none."""
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 100},
    )
    for page in pages:
        arns = (package_arn(summary["ModelPackageArn"]) for summary in page["ModelPackageSummaryList"])
        others = [arn for arn in arns if arn is not None and arn.text != other_than]
        # Versions are numbered in the order of their creation: later pages hold only lower ones.
        if others:
            latest = max(others, key=lambda arn: arn.version)
            return ApprovedVersion(arn=latest.text, version=latest.version)
    return None


def user(context: Mapping[str, object]) -> str | None:
    """Who a UserContext of SageMaker's API names: the Studio user profile, else the IAM identity."""
    profile = text_at(context, "UserProfileName")
    if profile is not None:
        domain = text_at(context, "DomainId")
        return f"{profile} (Studio domain {domain})" if domain else profile
    arn = text_at(context, "IamIdentity", "Arn")
    source = text_at(context, "IamIdentity", "SourceIdentity")
    return f"{source} ({arn})" if source and arn else arn


def _recorded(properties: Mapping[str, object], names: Iterable[str]) -> str | None:
    plain = {name.replace("_", "").replace("-", "").lower(): name for name in properties}
    return next((text_at(properties, plain[name]) for name in names if name in plain), None)


def _failure_reasons(package: Mapping[str, object]) -> Iterable[str]:
    for checks in ("ValidationStatuses", "ImageScanStatuses"):
        for check in objects_at(package, "ModelPackageStatusDetails", checks):
            if check.get("Status") == FAILED:
                yield text_at(check, "FailureReason") or f"{text_at(check, 'Name') or checks} failed"
