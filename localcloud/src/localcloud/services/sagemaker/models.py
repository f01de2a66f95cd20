"""What SageMaker keeps: model package groups, model packages and pipelines, and how each looks on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, TypeVar, cast

from localcloud.http.request import Caller
from localcloud.http.service import Answer
from localcloud.layout import ACCOUNT
from localcloud.services.sagemaker import errors

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.literals import (
        ModelApprovalStatusType,
        ModelPackageRegistrationTypeType,
        ModelPackageStatusType,
        SkipModelValidationType,
    )
    from mypy_boto3_sagemaker.type_defs import (
        AdditionalInferenceSpecificationDefinitionOutputTypeDef,
        BatchDescribeModelPackageSummaryTypeDef,
        DriftCheckBaselinesTypeDef,
        InferenceSpecificationOutputTypeDef,
        MetadataPropertiesTypeDef,
        ModelLifeCycleTypeDef,
        ModelMetricsTypeDef,
        ModelPackageGroupSummaryTypeDef,
        ModelPackageModelCardTypeDef,
        ModelPackageSecurityConfigTypeDef,
        ModelPackageStatusDetailsTypeDef,
        ModelPackageSummaryTypeDef,
        ModelPackageValidationSpecificationOutputTypeDef,
        ParallelismConfigurationTypeDef,
        PipelineSummaryTypeDef,
        SourceAlgorithmSpecificationOutputTypeDef,
        UserContextTypeDef,
    )

SERVICE = "sagemaker.amazonaws.com"
"""The principal that roles trust."""

_PACKAGE_SUMMARY = (
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


def now() -> datetime:
    """Return the time, as SageMaker keeps it."""
    return datetime.now(UTC)


def resource_arn(region: str, resource: str) -> str:
    """Return the ARN of a resource, e.g. `pipeline/train`; SageMaker writes names in lower case there."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{resource.lower()}"


def qualified_arn(region: str, kind: str, name_or_arn: str) -> str:
    """Return the ARN of a resource that a request names by its name or by its ARN."""
    return name_or_arn if name_or_arn.startswith("arn:") else resource_arn(region, f"{kind}/{name_or_arn}")


def user_context(caller: Caller) -> UserContextTypeDef:
    """Return a caller as SageMaker names somebody who is no Studio user profile."""
    return {"IamIdentity": {"Arn": caller.arn, "PrincipalId": caller.principal_id}}


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that have a value; SageMaker leaves out the others."""
    return {name: value for name, value in members.items() if value is not None}


def _key(name_or_arn: str) -> str:
    """Return what a resource is stored under: its name in lower case, also of an ARN (`...:pipeline/train`)."""
    return name_or_arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1].lower()


class Listed(Protocol):
    """What list operations filter and sort by."""

    @property
    def name(self) -> str:
        """What NameContains looks into, and what SortBy sorts by unless that is the creation time."""
        ...

    @property
    def created(self) -> datetime:
        """The creation time."""
        ...


L = TypeVar("L", bound=Listed)


def selected(
    resources: Iterable[L],
    *,
    contains: str = "",
    after: datetime | None = None,
    before: datetime | None = None,
    sort_by: str = "CreationTime",
    sort_order: str = "Descending",
) -> list[L]:
    """Return the resources of a name and of a time, sorted: what SageMaker's list operations have in common."""
    matching = [
        resource
        for resource in resources
        if contains.lower() in resource.name.lower()
        and (after is None or resource.created > after)
        and (before is None or resource.created < before)
    ]
    descending = sort_order == "Descending"
    if sort_by == "CreationTime":
        return sorted(matching, key=lambda resource: resource.created, reverse=descending)
    return sorted(matching, key=lambda resource: resource.name, reverse=descending)


@dataclass(kw_only=True)
class Group:
    """A model package group. Version numbers are not used twice, also after a version is deleted."""

    arn: str
    name: str
    created_by: UserContextTypeDef
    description: str | None = None
    created: datetime = field(default_factory=now)
    policy: str | None = None
    latest_version: int = 0

    def next_version(self) -> int:
        """Return the next version number."""
        self.latest_version += 1
        return self.latest_version

    def describe(self) -> Answer:
        """Return the group as DescribeModelPackageGroup answers it."""
        return {**self.summary(), "CreatedBy": self.created_by}

    def summary(self) -> ModelPackageGroupSummaryTypeDef:
        """Return the group as ListModelPackageGroups answers it."""
        summary: ModelPackageGroupSummaryTypeDef = {
            "ModelPackageGroupName": self.name,
            "ModelPackageGroupArn": self.arn,
            "CreationTime": self.created,
            "ModelPackageGroupStatus": "Completed",
        }
        if self.description is not None:
            summary["ModelPackageGroupDescription"] = self.description
        return summary


class Groups:
    """The account's model package groups, by name."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}

    def all(self) -> list[Group]:
        """Return every group."""
        return list(self._groups.values())

    def has(self, arn: str) -> bool:
        """Return whether a group has the ARN."""
        return any(group.arn == arn for group in self._groups.values())

    def find(self, region: str, name_or_arn: str) -> Group:
        """Return a group.

        Raises:
            AwsError: ValidationException.
        """
        group = self._groups.get(_key(name_or_arn))
        if group is None:
            raise errors.missing_group(resource_arn(region, f"model-package-group/{_key(name_or_arn)}"))
        return group

    def add(self, group: Group) -> None:
        """Add a group.

        Raises:
            AwsError: ValidationException for a name that another one has, in whatever case.
        """
        if _key(group.name) in self._groups:
            raise errors.existing_group(group.arn)
        self._groups[_key(group.name)] = group

    def remove(self, group: Group) -> None:
        """Remove a group."""
        del self._groups[_key(group.name)]


class PackageSettings(TypedDict, total=False):
    """The members of CreateModelPackage that are kept as they are."""

    model_package_description: str
    model_package_registration_type: ModelPackageRegistrationTypeType
    inference_specification: InferenceSpecificationOutputTypeDef
    validation_specification: ModelPackageValidationSpecificationOutputTypeDef
    source_algorithm_specification: SourceAlgorithmSpecificationOutputTypeDef
    certify_for_marketplace: bool
    metadata_properties: MetadataPropertiesTypeDef
    model_metrics: ModelMetricsTypeDef
    domain: str
    task: str
    sample_payload_url: str
    customer_metadata_properties: dict[str, str]
    drift_check_baselines: DriftCheckBaselinesTypeDef
    additional_inference_specifications: list[AdditionalInferenceSpecificationDefinitionOutputTypeDef]
    skip_model_validation: SkipModelValidationType
    source_uri: str
    security_config: ModelPackageSecurityConfigTypeDef
    model_card: ModelPackageModelCardTypeDef
    model_life_cycle: ModelLifeCycleTypeDef


class PackageChanges(TypedDict, total=False):
    """The members of UpdateModelPackage that replace those of the package."""

    model_approval_status: ModelApprovalStatusType
    approval_description: str
    model_package_registration_type: ModelPackageRegistrationTypeType
    inference_specification: InferenceSpecificationOutputTypeDef
    source_uri: str
    model_card: ModelPackageModelCardTypeDef
    model_life_cycle: ModelLifeCycleTypeDef


def _no_statuses() -> ModelPackageStatusDetailsTypeDef:
    return {"ValidationStatuses": [], "ImageScanStatuses": []}


@dataclass(frozen=True, kw_only=True)
class ModelPackage:
    """A model package: a version of a group, or one with a name of its own."""

    arn: str
    created_by: UserContextTypeDef
    model_package_name: str | None = None
    group_name: str | None = None
    version: int | None = None
    created: datetime = field(default_factory=now)
    status: ModelPackageStatusType = "Completed"
    status_details: ModelPackageStatusDetailsTypeDef = field(default_factory=_no_statuses)
    last_modified: datetime | None = None
    last_modified_by: UserContextTypeDef | None = None
    model_approval_status: ModelApprovalStatusType | None = None
    approval_description: str | None = None
    model_package_description: str | None = None
    model_package_registration_type: ModelPackageRegistrationTypeType | None = None
    inference_specification: InferenceSpecificationOutputTypeDef | None = None
    validation_specification: ModelPackageValidationSpecificationOutputTypeDef | None = None
    source_algorithm_specification: SourceAlgorithmSpecificationOutputTypeDef | None = None
    certify_for_marketplace: bool = False
    metadata_properties: MetadataPropertiesTypeDef | None = None
    model_metrics: ModelMetricsTypeDef | None = None
    domain: str | None = None
    task: str | None = None
    sample_payload_url: str | None = None
    customer_metadata_properties: Mapping[str, str] | None = None
    drift_check_baselines: DriftCheckBaselinesTypeDef | None = None
    additional_inference_specifications: list[AdditionalInferenceSpecificationDefinitionOutputTypeDef] | None = None
    skip_model_validation: SkipModelValidationType | None = None
    source_uri: str | None = None
    security_config: ModelPackageSecurityConfigTypeDef | None = None
    model_card: ModelPackageModelCardTypeDef | None = None
    model_life_cycle: ModelLifeCycleTypeDef | None = None

    @property
    def name(self) -> str:
        """What ListModelPackages looks into and sorts by: versions have no name but their ARN."""
        return self.arn

    def validated(self, problem: str) -> ModelPackage:
        """Return the package after its validation, which failed for a problem unless that is ''."""
        specification = self.validation_specification
        profiles = specification["ValidationProfiles"] if specification else []
        status: ModelPackageStatusType = "Failed" if problem else "Completed"
        statuses = [
            {"Name": profile["ProfileName"], "Status": status, "FailureReason": problem or None} for profile in profiles
        ]
        details = {**_no_statuses(), "ValidationStatuses": [present(item) for item in statuses]}
        return replace(self, status=status, status_details=cast("ModelPackageStatusDetailsTypeDef", details))

    def describe(self) -> Answer:
        """Return the package as DescribeModelPackage answers it."""
        return present(
            {
                "ModelPackageName": self.model_package_name,
                "ModelPackageGroupName": self.group_name,
                "ModelPackageVersion": self.version,
                "ModelPackageRegistrationType": self.model_package_registration_type,
                "ModelPackageArn": self.arn,
                "ModelPackageDescription": self.model_package_description,
                "CreationTime": self.created,
                "InferenceSpecification": self.inference_specification,
                "SourceAlgorithmSpecification": self.source_algorithm_specification,
                "ValidationSpecification": self.validation_specification,
                "ModelPackageStatus": self.status,
                "ModelPackageStatusDetails": self.status_details,
                "CertifyForMarketplace": self.certify_for_marketplace,
                "ModelApprovalStatus": self.model_approval_status,
                "CreatedBy": self.created_by,
                "MetadataProperties": self.metadata_properties,
                "ModelMetrics": self.model_metrics,
                "LastModifiedTime": self.last_modified,
                "LastModifiedBy": self.last_modified_by,
                "ApprovalDescription": self.approval_description,
                "Domain": self.domain,
                "Task": self.task,
                "SamplePayloadUrl": self.sample_payload_url,
                "CustomerMetadataProperties": self.customer_metadata_properties,
                "DriftCheckBaselines": self.drift_check_baselines,
                "AdditionalInferenceSpecifications": self.additional_inference_specifications,
                "SkipModelValidation": self.skip_model_validation,
                "SourceUri": self.source_uri,
                "SecurityConfig": self.security_config,
                "ModelCard": self.model_card,
                "ModelLifeCycle": self.model_life_cycle,
            }
        )

    def summary(self) -> ModelPackageSummaryTypeDef:
        """Return the package as ListModelPackages answers it."""
        description = self.describe()
        summary = {name: description[name] for name in _PACKAGE_SUMMARY if name in description}
        return cast("ModelPackageSummaryTypeDef", summary)

    def batch_summary(self) -> BatchDescribeModelPackageSummaryTypeDef:
        """Return the package as BatchDescribeModelPackage answers it."""
        description = self.describe()
        further = ("InferenceSpecification", "ModelPackageRegistrationType")
        summary = {**self.summary(), **{name: description[name] for name in further if name in description}}
        return cast("BatchDescribeModelPackageSummaryTypeDef", summary)


class Packages:
    """The account's model packages, by ARN."""

    def __init__(self) -> None:
        self._packages: dict[str, ModelPackage] = {}

    def all(self) -> list[ModelPackage]:
        """Return every package."""
        return list(self._packages.values())

    def of_group(self, group: Group) -> list[ModelPackage]:
        """Return the versions of a group."""
        return [package for package in self._packages.values() if package.group_name == group.name]

    def get(self, arn: str) -> ModelPackage | None:
        """Return a package; None when there is none of the ARN."""
        return self._packages.get(arn)

    def has(self, arn: str) -> bool:
        """Return whether a package has the ARN."""
        return arn in self._packages

    def find(self, region: str, name_or_arn: str) -> ModelPackage:
        """Return a package.

        Raises:
            AwsError: ValidationException.
        """
        arn = qualified_arn(region, "model-package", name_or_arn)
        if arn not in self._packages:
            raise errors.missing_package(arn)
        return self._packages[arn]

    def put(self, package: ModelPackage) -> None:
        """Add a package, or put it in the place of the one with its ARN."""
        self._packages[package.arn] = package

    def remove(self, package: ModelPackage) -> None:
        """Remove a package."""
        del self._packages[package.arn]


class PipelineSettings(TypedDict, total=False):
    """The members that CreatePipeline and UpdatePipeline have in common, but for the definition."""

    pipeline_display_name: str
    pipeline_description: str
    role_arn: str
    parallelism_configuration: ParallelismConfigurationTypeDef


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A pipeline; its definition is a text of JSON that is valid."""

    arn: str
    name: str
    definition: str
    role_arn: str
    created_by: UserContextTypeDef
    last_modified_by: UserContextTypeDef
    pipeline_display_name: str | None = None
    pipeline_description: str | None = None
    parallelism_configuration: ParallelismConfigurationTypeDef | None = None
    created: datetime = field(default_factory=now)
    last_modified: datetime = field(default_factory=now)
    last_run: datetime | None = None

    def describe(self) -> Answer:
        """Return the pipeline as DescribePipeline answers it."""
        return present(
            {
                "PipelineArn": self.arn,
                "PipelineName": self.name,
                "PipelineDisplayName": self.pipeline_display_name,
                "PipelineDefinition": self.definition,
                "PipelineDescription": self.pipeline_description,
                "RoleArn": self.role_arn,
                "PipelineStatus": "Active",
                "CreationTime": self.created,
                "LastModifiedTime": self.last_modified,
                "LastRunTime": self.last_run,
                "CreatedBy": self.created_by,
                "LastModifiedBy": self.last_modified_by,
                "ParallelismConfiguration": self.parallelism_configuration,
            }
        )

    def summary(self) -> PipelineSummaryTypeDef:
        """Return the pipeline as ListPipelines answers it."""
        summary = {
            "PipelineArn": self.arn,
            "PipelineName": self.name,
            "PipelineDisplayName": self.pipeline_display_name,
            "PipelineDescription": self.pipeline_description,
            "RoleArn": self.role_arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.last_modified,
            "LastExecutionTime": self.last_run,
        }
        return cast("PipelineSummaryTypeDef", present(summary))


class Pipelines:
    """The account's pipelines, by name."""

    def __init__(self) -> None:
        self._pipelines: dict[str, Pipeline] = {}

    def all(self) -> list[Pipeline]:
        """Return every pipeline."""
        return list(self._pipelines.values())

    def has(self, arn: str) -> bool:
        """Return whether a pipeline has the ARN."""
        return any(pipeline.arn == arn for pipeline in self._pipelines.values())

    def get(self, name_or_arn: str) -> Pipeline | None:
        """Return a pipeline; None when there is none."""
        return self._pipelines.get(_key(name_or_arn))

    def find(self, region: str, name_or_arn: str) -> Pipeline:
        """Return a pipeline.

        Raises:
            AwsError: ResourceNotFound.
        """
        pipeline = self.get(name_or_arn)
        if pipeline is None:
            raise errors.missing_pipeline(resource_arn(region, f"pipeline/{_key(name_or_arn)}"))
        return pipeline

    def put(self, pipeline: Pipeline) -> None:
        """Add a pipeline, or put it in the place of the one of its name."""
        self._pipelines[_key(pipeline.name)] = pipeline

    def remove(self, pipeline: Pipeline) -> None:
        """Remove a pipeline."""
        del self._pipelines[_key(pipeline.name)]
