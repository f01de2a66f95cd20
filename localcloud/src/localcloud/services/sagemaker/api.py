"""SageMaker as one service: its stores wired together."""

from collections.abc import Callable
from typing import Any

from localcloud.http.service import Service
from localcloud.services.sagemaker import access, events
from localcloud.services.sagemaker.executions import Executions
from localcloud.services.sagemaker.groups import Groups
from localcloud.services.sagemaker.packages import Packages
from localcloud.services.sagemaker.pipelines import Pipelines, ReadObject
from localcloud.services.sagemaker.process import RunnerProcess
from localcloud.services.sagemaker.tags import Tags

Record = dict[str, Any]


def sagemaker(
    runner: RunnerProcess,
    emit: Callable[[Record], None],
    read_object: ReadObject,
    validate: Callable[[Record], str],
) -> Service:
    """The SageMaker service.

    Args:
        runner: runs the steps of pipeline executions.
        emit: takes each EventBridge event.
        read_object: reads a pipeline definition in S3 as the caller.
        validate: the reason why a model package's validation fails, or ''.
    """
    tags = Tags()

    def package_changed(package: Record) -> None:
        own = {tag["Key"]: tag["Value"] for tag in tags.of(package["ModelPackageArn"])}
        emit(events.model_package_changed(package, own))

    def execution_changed(execution: Record, before: str | None) -> None:
        emit(events.execution_changed(execution, before))

    groups = Groups(tags)
    packages = Packages(groups, tags, package_changed, validate)
    pipelines = Pipelines(tags, read_object)
    executions = Executions(pipelines, runner, execution_changed)
    runner.report, runner.ended = executions.report, executions.ended
    handlers = {
        **groups.handlers(),
        **packages.handlers(),
        **pipelines.handlers(),
        **executions.handlers(),
        "AddTags": tags.add,
        "ListTags": tags.list,
        "DeleteTags": tags.delete,
    }
    return Service("sagemaker", handlers, access.permissions)
