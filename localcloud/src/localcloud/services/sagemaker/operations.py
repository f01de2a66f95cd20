"""The SageMaker service: registry, pipelines and executions together, and the tags of their resources."""

from __future__ import annotations

from collections.abc import Sequence

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.http.tags import Tag, TagStore
from localcloud.services.events.models import Emit
from localcloud.services.sagemaker import access, errors, events
from localcloud.services.sagemaker.executions import Execution, Executions
from localcloud.services.sagemaker.models import Groups, ModelPackage, Packages, Pipelines
from localcloud.services.sagemaker.pipelines import ExecutionOperations, PipelineOperations
from localcloud.services.sagemaker.process import Runner
from localcloud.services.sagemaker.registry import GroupOperations, PackageOperations
from localcloud.services.sagemaker.storage import Storage

_TAGS_PAGE = 50


class SageMaker:
    """The SageMaker service, and how its executions end with the cloud.

    Args:
        endpoint: the cloud's own, through which S3 is read.
        emit: takes each EventBridge event.
        runner: how executions are run.
    """

    def __init__(self, endpoint: str, emit: Emit, runner: Runner) -> None:
        groups, packages, pipelines = Groups(), Packages(), Pipelines()
        tags = TagStore(too_many=errors.too_many_tags)
        for owner in (groups.has, packages.has, pipelines.has):
            tags.owned_by(owner)

        def package_changed(package: ModelPackage) -> None:
            emit(events.model_package_changed(package, tags.mapping(package.arn)))

        def execution_changed(execution: Execution, before: str | None) -> None:
            emit(events.execution_changed(execution, before))

        storage = Storage(endpoint)
        self._executions = Executions(runner, execution_changed)
        operations = [
            GroupOperations(groups, packages, tags),
            PackageOperations(groups, packages, tags, package_changed, storage.validation_problem),
            PipelineOperations(pipelines, self._executions, tags, storage),
            ExecutionOperations(pipelines, self._executions),
            TagOperations(tags),
        ]
        # ClientToken: the SDKs send a new one with each call, and nothing repeats a call to this machine.
        self.service = Service("sagemaker", operations, access.permissions, ignored=["ClientToken"])

    def stop(self) -> None:
        """End the processes of running executions."""
        self._executions.stop_all()


class TagOperations:
    """Operations on the tags of groups, packages and pipelines."""

    def __init__(self, tags: TagStore) -> None:
        self._tags = tags

    @operation
    def add_tags(self, _call: Call, *, resource_arn: str, tags: Sequence[Tag]) -> Answer:
        """Add tags to a resource."""
        self._tags.put(self._tags.require(resource_arn), tags)
        return {"Tags": self._tags.of(resource_arn)}

    @operation
    def list_tags(
        self, _call: Call, *, resource_arn: str, next_token: str | None = None, max_results: int | None = None
    ) -> Answer:
        """List the tags of a resource."""
        tags = self._tags.of(self._tags.require(resource_arn))
        return Page.of(tags, next_token, max_results, _TAGS_PAGE).answer("Tags")

    @operation
    def delete_tags(self, _call: Call, *, resource_arn: str, tag_keys: Sequence[str]) -> Answer:
        """Remove tags from a resource."""
        self._tags.remove(self._tags.require(resource_arn), tag_keys)
        return {}
