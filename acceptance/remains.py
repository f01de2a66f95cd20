"""What is there of a run, in every service: by the program's names, by the run's own, and by the stack's tags."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from acceptance.run import REPOSITORY_DESCRIPTION, Run
from contract.aws_errors import code_of
from doctor.examination import Examination, Finding, not_checked
from doctor.names import owners
from doctor.program import Planned, planned

_LOG_GROUPS: Final = ("/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs")
# Each with the error by which Glue, SageMaker, SQS or CodeCommit answers that there is none of the name.
_MISSING: Final = frozenset(
    {
        "EntityNotFoundException",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "ValidationException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "RepositoryDoesNotExistException",
    }
)
_UNKNOWN: Final = "not known"


@dataclass(frozen=True, kw_only=True)
class Remnant:
    """One thing that is there, such as the role of a name, or what could not be asked (kind `not known`)."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def remnants(run: Run) -> list[Remnant]:
    """Return what is there now of the stack, and of what the run makes beside it.

    Not what the bootstrap has made, which serves the next run; nor the records of SageMaker's jobs, which stay.
    """
    program = planned(run.name, run.directory)
    looks: list[tuple[str, Callable[[], Iterable[Remnant]]]] = [
        ("the program's names", lambda: _owned(run, program)),
        ("names without tags", lambda: _untagged(run, program)),
        ("CodeCommit repository", lambda: _repository(run)),
        ("ML pipeline", lambda: _ml_pipeline(run)),
        ("model versions", lambda: _model_versions(run)),
        ("queue", lambda: _queue(run)),
        ("log streams", lambda: _streams(run)),
    ]
    there: list[Remnant] = []
    for subject, look in looks:
        try:
            there += look()
        except ClientError as error:
            if code_of(error) not in _MISSING:
                there.append(_unknown(not_checked(subject, error)))
        except BotoCoreError as error:
            there.append(_unknown(not_checked(subject, error)))
    return there


def tagged(run: Run, there: Iterable[Remnant] = ()) -> list[str]:
    """Return the ARNs that AWS's index of tags lists for the stack, without the bootstrap's and those of `there`.

    The index lags behind by hours ("GetResources", Resource Groups Tagging API Reference), so it proves nothing.

    Raises:
        ClientError: it can't be read.
    """
    deployment, tags = run.target.deployment, run.target.settings.all_tags
    filters = [{"Key": key, "Values": [tags[key]]} for key in ("project", "environment")]
    client = run.operator("resourcegroupstaggingapi")
    pages = client.get_paginator("get_resources").paginate(TagFilters=filters)
    arns = [entry["ResourceARN"] for page in pages for entry in page["ResourceTagMappingList"]]
    buckets = (deployment.state_bucket, deployment.state_logs_bucket)
    bootstrapped = {*map(deployment.bucket_arn, buckets), deployment.boundary_arn}
    names = tuple(remnant.name for remnant in there)
    # Keys are deleted after a waiting period, and the bootstrap's stays: neither tells anything here.
    return [arn for arn in arns if arn not in bootstrapped and ":key/" not in arn and not arn.endswith(names)]


def streams_of_jobs(run: Run) -> Iterator[tuple[str, str]]:
    """Yield log group and stream of each job that the run's execution has started, in the groups of all SageMaker jobs.

    A stream's name begins with its job's ("CloudWatch Logs for Amazon SageMaker AI", its Developer Guide).
    """
    logs = run.operator("logs")
    for group in _LOG_GROUPS:
        for job in json.loads(run.progress.fact("jobs") or "[]"):
            pages = logs.get_paginator("describe_log_streams").paginate(
                logGroupName=group, logStreamNamePrefix=f"{job}/"
            )
            try:
                yield from ((group, stream["logStreamName"]) for page in pages for stream in page["logStreams"])
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise


def executions_under_way(run: Run) -> list[str]:
    """Return the ARNs of the ML pipeline's executions that are not over; raise ClientError where it is missing."""
    pages = (
        run.operator("sagemaker")
        .get_paginator("list_pipeline_executions")
        .paginate(PipelineName=run.target.settings.pipeline.name)
    )
    summaries = [summary for page in pages for summary in page["PipelineExecutionSummaries"]]
    return [
        summary["PipelineExecutionArn"]
        for summary in summaries
        if summary["PipelineExecutionStatus"] in {"Executing", "Stopping"}
    ]


def model_versions(run: Run) -> list[str]:
    """Return the ARNs of the model versions; raise ClientError where their group is missing."""
    group = run.target.settings.pipeline.model_package_group
    pages = run.operator("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    return [summary["ModelPackageArn"] for page in pages for summary in page["ModelPackageSummaryList"]]


def _owned(run: Run, program: Iterable[Planned]) -> Iterator[Remnant]:
    examination = Examination(target=run.target, clients=run.operator, caller="")
    for owner in owners(examination, program):
        if isinstance(owner, Finding):
            yield _unknown(owner)
        elif not owner.is_free:
            foreign = f" ({owner.foreign})" if owner.foreign else ""
            yield Remnant(kind=owner.kind, name=f"{owner.name}{foreign}")


def _untagged(run: Run, program: Iterable[Planned]) -> Iterator[Remnant]:
    """Yield what has a name of the program and no tags, so that the name alone tells whose it is."""
    glue = run.operator("glue")
    kinds: Mapping[str, tuple[str, Callable[..., Any]]] = {
        "aws:glue/classifier:Classifier": ("classifier", glue.get_classifier),
        "aws:glue/securityConfiguration:SecurityConfiguration": (
            "security configuration",
            glue.get_security_configuration,
        ),
    }
    for resource in program:
        if resource.type in kinds:
            kind, look = kinds[resource.type]
            name = str(resource.inputs["name"])
            if _exists(lambda look=look, name=name: look(Name=name)):
                yield Remnant(kind=kind, name=name)


def _repository(run: Run) -> Iterator[Remnant]:
    metadata = run.operator("codecommit").get_repository(repositoryName=run.repository)["repositoryMetadata"]
    if metadata.get("repositoryDescription") == REPOSITORY_DESCRIPTION:
        yield Remnant(kind="CodeCommit repository", name=run.repository)


def _ml_pipeline(run: Run) -> Iterator[Remnant]:
    name = run.target.settings.pipeline.name
    run.operator("sagemaker").describe_pipeline(PipelineName=name)
    yield Remnant(kind="ML pipeline", name=name)
    for arn in executions_under_way(run):
        yield Remnant(kind="execution under way", name=arn)


def _model_versions(run: Run) -> Iterator[Remnant]:
    for arn in model_versions(run):
        yield Remnant(kind="model version", name=arn)


def _queue(run: Run) -> Iterator[Remnant]:
    run.operator("sqs").get_queue_url(QueueName=run.queue)
    yield Remnant(kind="queue", name=run.queue)


def _streams(run: Run) -> Iterator[Remnant]:
    for group, stream in streams_of_jobs(run):
        yield Remnant(kind="log stream", name=f"{group} {stream}")


def _exists(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError as error:
        if code_of(error) not in _MISSING:
            raise
        return False
    return True


def _unknown(finding: Finding) -> Remnant:
    return Remnant(kind=_UNKNOWN, name=f"{finding.subject}: {finding.text}")
