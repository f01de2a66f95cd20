"""SageMaker's operations on model package groups and model packages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, operation
from localcloud.http.tags import Tag, TagStore
from localcloud.services.sagemaker import errors
from localcloud.services.sagemaker.models import (
    Group,
    Groups,
    ModelPackage,
    PackageChanges,
    Packages,
    PackageSettings,
    now,
    resource_arn,
    selected,
    user_context,
)

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.literals import ModelApprovalStatusType
    from mypy_boto3_sagemaker.type_defs import (
        AdditionalInferenceSpecificationDefinitionOutputTypeDef,
        BatchDescribeModelPackageErrorTypeDef,
        BatchDescribeModelPackageSummaryTypeDef,
    )


class GroupOperations:
    """Operations on model package groups and their resource policies."""

    def __init__(self, groups: Groups, packages: Packages, tags: TagStore) -> None:
        self._groups = groups
        self._packages = packages
        self._tags = tags

    @operation
    def create_model_package_group(
        self,
        call: Call,
        *,
        model_package_group_name: str,
        model_package_group_description: str | None = None,
        tags: Sequence[Tag] = (),
    ) -> Answer:
        """Create a group."""
        group = Group(
            arn=resource_arn(call.caller.region, f"model-package-group/{model_package_group_name}"),
            name=model_package_group_name,
            description=model_package_group_description,
            created_by=user_context(call.caller),
        )
        self._groups.add(group)
        self._tags.put(group.arn, tags)
        return {"ModelPackageGroupArn": group.arn}

    @operation
    def describe_model_package_group(self, call: Call, *, model_package_group_name: str) -> Answer:
        """Return a group."""
        return self._find(call, model_package_group_name).describe()

    @operation
    def list_model_package_groups(
        self,
        _call: Call,
        *,
        name_contains: str = "",
        creation_time_after: datetime | None = None,
        creation_time_before: datetime | None = None,
        sort_by: str = "CreationTime",
        sort_order: str = "Descending",
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List groups."""
        groups = selected(
            self._groups.all(),
            contains=name_contains,
            after=creation_time_after,
            before=creation_time_before,
            sort_by=sort_by,
            sort_order=sort_order,
        )
        summaries = [group.summary() for group in groups]
        return Page.of(summaries, next_token, max_results).answer("ModelPackageGroupSummaryList")

    @operation
    def delete_model_package_group(self, call: Call, *, model_package_group_name: str) -> Answer:
        """Delete a group; refused while it has packages."""
        group = self._find(call, model_package_group_name)
        if packages := self._packages.of_group(group):
            raise errors.group_with_packages(group.name, len(packages))
        self._groups.remove(group)
        self._tags.forget(group.arn)
        return {}

    @operation
    def put_model_package_group_policy(
        self, call: Call, *, model_package_group_name: str, resource_policy: str
    ) -> Answer:
        """Set the resource policy of a group."""
        group = self._find(call, model_package_group_name)
        try:
            json.loads(resource_policy)
        except ValueError as error:
            raise errors.invalid_policy(str(error)) from None
        group.policy = resource_policy
        return {"ModelPackageGroupArn": group.arn}

    @operation
    def get_model_package_group_policy(self, call: Call, *, model_package_group_name: str) -> Answer:
        """Return the resource policy of a group."""
        return {"ResourcePolicy": self._with_policy(call, model_package_group_name).policy}

    @operation
    def delete_model_package_group_policy(self, call: Call, *, model_package_group_name: str) -> Answer:
        """Remove the resource policy of a group."""
        self._with_policy(call, model_package_group_name).policy = None
        return {}

    def _find(self, call: Call, name_or_arn: str) -> Group:
        return self._groups.find(call.caller.region, name_or_arn)

    def _with_policy(self, call: Call, name_or_arn: str) -> Group:
        group = self._find(call, name_or_arn)
        if group.policy is None:
            raise errors.missing_policy(group.arn)
        return group


class PackageOperations:
    """Operations on model packages.

    Args:
        groups: the groups that packages are versions of.
        packages: the packages.
        tags: SageMaker's tags.
        changed: hears of every new package, and of every change of a status.
        validation_problem: returns why the validation of a package fails, '' where it does not.
    """

    def __init__(
        self,
        groups: Groups,
        packages: Packages,
        tags: TagStore,
        changed: Callable[[ModelPackage], None],
        validation_problem: Callable[[ModelPackage], str],
    ) -> None:
        self._groups = groups
        self._packages = packages
        self._tags = tags
        self._changed = changed
        self._validation_problem = validation_problem

    @operation
    def create_model_package(
        self,
        call: Call,
        *,
        model_package_name: str | None = None,
        model_package_group_name: str | None = None,
        model_approval_status: ModelApprovalStatusType = "PendingManualApproval",
        tags: Sequence[Tag] = (),
        **settings: Unpack[PackageSettings],
    ) -> Answer:
        """Create a package; one with a validation specification is InProgress until it was validated."""
        if bool(model_package_name) == bool(model_package_group_name):
            raise errors.name_or_group()
        region, created_by = call.caller.region, user_context(call.caller)
        if model_package_group_name:
            group = self._groups.find(region, model_package_group_name)
            version = group.next_version()
            package = ModelPackage(
                arn=resource_arn(region, f"model-package/{group.name}/{version}"),
                group_name=group.name,
                version=version,
                model_approval_status=model_approval_status,
                created_by=created_by,
                **settings,
            )
        else:
            arn = resource_arn(region, f"model-package/{model_package_name}")
            package = ModelPackage(arn=arn, model_package_name=model_package_name, created_by=created_by, **settings)
        if self._packages.has(package.arn):
            raise errors.existing_package(package.arn)
        self._tags.put(package.arn, tags)
        if package.validation_specification:
            self._put(replace(package, status="InProgress"))
            self._put(package.validated(self._validation_problem(package)))
        else:
            self._put(package)
        return {"ModelPackageArn": package.arn}

    @operation
    def describe_model_package(self, call: Call, *, model_package_name: str) -> Answer:
        """Return a package by name or ARN."""
        return self._packages.find(call.caller.region, model_package_name).describe()

    @operation
    def batch_describe_model_package(self, _call: Call, *, model_package_arn_list: Sequence[str]) -> Answer:
        """Return packages by ARN, and an error for each that does not exist."""
        summaries: dict[str, BatchDescribeModelPackageSummaryTypeDef] = {}
        missing: dict[str, BatchDescribeModelPackageErrorTypeDef] = {}
        for arn in model_package_arn_list:
            if package := self._packages.get(arn):
                summaries[arn] = package.batch_summary()
            else:
                error = errors.missing_package(arn)
                missing[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
        return {"ModelPackageSummaries": summaries, "BatchDescribeModelPackageErrorMap": missing}

    @operation
    def update_model_package(
        self,
        call: Call,
        *,
        model_package_arn: str,
        customer_metadata_properties: Mapping[str, str] | None = None,
        customer_metadata_properties_to_remove: Sequence[str] = (),
        additional_inference_specifications_to_add: Sequence[
            AdditionalInferenceSpecificationDefinitionOutputTypeDef
        ] = (),
        **changes: Unpack[PackageChanges],
    ) -> Answer:
        """Change a package; remember who changed it and when."""
        package = self._packages.find(call.caller.region, model_package_arn)
        if changes.get("model_approval_status") and package.version is None:
            raise errors.no_version()
        properties = {**(package.customer_metadata_properties or {}), **(customer_metadata_properties or {})}
        for key in customer_metadata_properties_to_remove:
            properties.pop(key, None)
        specifications = [
            *(package.additional_inference_specifications or []),
            *additional_inference_specifications_to_add,
        ]
        changed = replace(
            package,
            customer_metadata_properties=properties or None,
            additional_inference_specifications=specifications or None,
            last_modified=now(),
            last_modified_by=user_context(call.caller),
            **changes,
        )
        self._packages.put(changed)
        if changed.model_approval_status != package.model_approval_status:
            self._changed(changed)
        return {"ModelPackageArn": package.arn}

    @operation
    def list_model_packages(
        self,
        call: Call,
        *,
        model_package_group_name: str | None = None,
        model_package_type: str = "Unversioned",
        model_approval_status: str | None = None,
        name_contains: str = "",
        creation_time_after: datetime | None = None,
        creation_time_before: datetime | None = None,
        sort_by: str = "CreationTime",
        sort_order: str = "Descending",
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List packages: the versions of a group; without one, by default, those with a name of their own."""
        packages = self._packages.all()
        if model_package_group_name:
            packages = self._packages.of_group(self._groups.find(call.caller.region, model_package_group_name))
        elif model_package_type != "Both":
            packages = [package for package in packages if _type_of(package) == model_package_type]
        if model_approval_status:
            packages = [package for package in packages if package.model_approval_status == model_approval_status]
        packages = selected(
            packages,
            contains=name_contains,
            after=creation_time_after,
            before=creation_time_before,
            sort_by=sort_by,
            sort_order=sort_order,
        )
        summaries = [package.summary() for package in packages]
        return Page.of(summaries, next_token, max_results).answer("ModelPackageSummaryList")

    @operation
    def delete_model_package(self, call: Call, *, model_package_name: str) -> Answer:
        """Delete a package."""
        package = self._packages.find(call.caller.region, model_package_name)
        self._packages.remove(package)
        self._tags.forget(package.arn)
        return {}

    def _put(self, package: ModelPackage) -> None:
        self._packages.put(package)
        self._changed(package)


def _type_of(package: ModelPackage) -> str:
    return "Unversioned" if package.version is None else "Versioned"
