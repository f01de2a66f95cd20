"""The steps of the run, in order; each may be repeated after it failed or was killed in the middle."""

from __future__ import annotations

import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from acceptance.data import rows_for
from acceptance.operator import Operator
from acceptance.progress import Progress
from bootstrap import Target, apply
from contract.aws_errors import code_of
from contract.layout import DataLayout, bucket_and_key
from contract.names import LAMBDA_LOGS, DeliveryNames
from delivery.drift import drifted_resources
from delivery.engine import Engine
from demo import DemoError, Patience, kpis, ml_pipeline
from demo.checkout import Checkout
from demo.delivery import Delivery
from demo.inbox import Inbox
from demo.stack import Stack
from demo.timeline import Timeline
from doctor.examination import Examination, Finding, examine
from doctor.names import owners
from doctor.probes import probes
from doctor.program import planned

_TABLE: Final = "acceptance"
_REPOSITORY: Final = "Made by an acceptance run, which deletes it"
# What each job's project is described by: a part of the delivery pipeline in every form of the configuration.
_PROJECTS: Final = "components/cicd/projects.py"
_DESCRIPTIONS: Final = ("Runs the job {job.name}", "Runs job {job.name}")
# On AWS a delivery takes 10 to 20 minutes, twice that where it starts again; a crawl or an execution takes minutes.
_DELIVERY_SECONDS: Final = 3600.0
_STEP_SECONDS: Final = 1800.0
_MESSAGE_SECONDS: Final = 300.0
_DRIFTED_DAYS: Final = 1

Progressing = Callable[[str], None]


class AcceptanceError(DemoError):
    """A step did not show what it should; the message says what."""


@dataclass
class Run:
    """One run: where it works, with whose credentials, and what earlier steps have left.

    `directory` holds the stack file, `poll_seconds` is how long to wait between two looks.
    """

    target: Target
    operator: Operator
    progress: Progress
    timeline: Timeline
    directory: Path
    poll_seconds: float
    text: str = field(default="", init=False)

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.target.deployment.environment

    @cached_property
    def checkout(self) -> Checkout:
        """The clone that is delivered, made on first use, with the stack file of the directory."""
        folder, file = self.progress.folder / "checkout", f"Pulumi.{self.name}.yaml"
        if not folder.exists():
            # Whole or not at all: a clone that was killed in the middle is made anew.
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            remote = self.operator("codecommit").get_repository(repositoryName=self.repository)["repositoryMetadata"]
            Checkout.of_this_repository(partial, remote["cloneUrlHttp"], self.operator.environment)
            (partial / file).write_bytes((self.directory / file).read_bytes())
            partial.rename(folder)
        # Nobody else works in this clone: a lock is that of a git which was killed.
        for lock in (folder / ".git").rglob("*.lock"):
            lock.unlink()
        return Checkout(folder, self.operator.environment, file)

    @property
    def stack(self) -> Stack:
        """The stack of the clone."""
        log = self.progress.folder / "pulumi.log"
        return Stack(self.operator.environment, log, self.checkout.folder, self.name)

    @property
    def repository(self) -> str:
        """The name of the repository that is delivered."""
        return self.target.settings.delivery.source.repository

    @property
    def queue(self) -> str:
        """The name of the run's own queue, which is subscribed to the topic."""
        return f"{self.target.deployment.prefix}-acceptance"

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return self.stack.outputs()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the ML pipeline's upsert: names, buckets, the use case."""
        return self.outputs["pipeline_environment"]

    def patience(self, longest_seconds: float) -> Patience:
        """Return how long something is waited for."""
        return Patience(poll_seconds=self.poll_seconds, longest_seconds=longest_seconds)

    def inbox(self) -> Inbox:
        """Subscribe the run's queue to the topic; it is the same one again where the run goes on."""
        return Inbox(self.operator, self.outputs["topic_arn"], self.queue, _MESSAGE_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: `run` raises DemoError, DeliveryError, BootstrapError or ClientError where it shows something else.

    `applies` tells whether the settings have what it tries; `ends` marks those that `--keep` leaves out; one that
    `shows_itself` prints its progress on its own.
    """

    name: str
    text: str
    run: Callable[[Run, Progressing], None]
    applies: Callable[[Run], bool] = lambda _: True
    ends: bool = False
    shows_itself: bool = False


@contextmanager
def _allowing(*codes: str) -> Generator[None]:
    """Go on after AWS's errors of these codes, which say that a run which ended here before has done this already."""
    try:
        yield
    except ClientError as error:
        if code_of(error) not in codes:
            raise


def _doctor(run: Run, _progress: Progressing) -> None:
    found = list(examine(run.target, run.operator, probes(run.name, run.directory)))
    lacks = [finding for finding in found if finding.status == "lacking"]
    for finding in found:
        if finding.status != "ok":
            run.timeline.note(f"{finding.status}: {finding.subject}: {finding.text}. {finding.remedy}")
    # The next step makes what the bootstrap lacks.
    left = [finding.subject for finding in lacks if not finding.remedy.startswith("make bootstrap")]
    if left:
        raise AcceptanceError(f"make doctor STACK={run.name} says what is lacking: {', '.join(left)}")


def _bootstrap(run: Run, progress: Progressing) -> None:
    for outcome in apply(run.operator, run.target):
        progress(f"{outcome.status} {outcome.kind} {outcome.name}")
    changed = [o for o in apply(run.operator, run.target, dry_run=True) if o.status != "unchanged"]
    if changed:
        raise AcceptanceError(f"a second bootstrap would change {', '.join(outcome.name for outcome in changed)}")


def _up(run: Run, progress: Progressing) -> None:
    with _allowing("RepositoryNameExistsException"):
        run.operator("codecommit").create_repository(repositoryName=run.repository, repositoryDescription=_REPOSITORY)
    run.stack.select(run.target.deployment.secrets_provider)
    commit = run.checkout.push("Begin the acceptance run")
    outcome = run.stack.up(progress)
    run.text = f"{outcome.changes.get('create', 0)} resources created"
    run.progress.remember("commit", commit)


def _follow(run: Run, commit: str, text: str, executions: int) -> str:
    """Follow a commit through the delivery pipeline; return what its upsert did.

    The commit is forgotten where it fails: when the step is repeated, it pushes another one.
    """
    pipeline = run.outputs["delivery"]["pipeline"]
    delivery = Delivery(run.operator, run.operator, pipeline, run.timeline, patience=run.patience(_DELIVERY_SECONDS))
    try:
        entries = delivery.follow(commit, text)
    except DemoError:
        run.progress.remember("commit", "")
        raise
    if len(entries) != executions:
        run.progress.remember("commit", "")
        statuses = ", ".join(f"{entry['execution_id']} {entry['status']}" for entry in entries)
        raise AcceptanceError(f"expected {executions} executions of {commit}, there were {statuses}")
    return delivery.output(entries[-1], "Upsert", "PIPELINE_ACTION")


def _delivery(run: Run, _progress: Progressing) -> None:
    commit = run.progress.fact("commit") or run.checkout.push("Deliver again")
    run.progress.remember("commit", commit)
    action = _follow(run, commit, "The first commit", executions=1)
    if action not in {"created", "unchanged"}:
        raise AcceptanceError(f"the Upsert stage said {action!r}, expected created")
    run.progress.remember("commit", "")
    run.text = f"the upsert: {action}"


def _second_up(run: Run, progress: Progressing) -> None:
    changes = run.stack.up(progress).changes
    if changes:
        raise AcceptanceError(f"a second up changed {_counted(changes)}")


def _self_update(run: Run, _progress: Progressing) -> None:
    commit = run.progress.fact("commit")
    if not commit:
        _change_projects(run)
        commit = run.checkout.push("Describe the jobs in other words")
        run.progress.remember("commit", commit)
    _follow(run, commit, "A commit that changes the delivery pipeline itself", executions=2)
    run.progress.remember("commit", "")
    run.text = "updated itself, started again once, and delivered"


def _change_projects(run: Run) -> None:
    """Describe the projects otherwise than they are deployed, whatever a run that ended here has left in the clone."""
    name = DeliveryNames(run.target.deployment).project("self-update")
    [project] = run.operator("codebuild").batch_get_projects(names=[name])["projects"]
    before, after = _DESCRIPTIONS
    if not project["description"].startswith(before.split("{")[0]):
        before, after = after, before
    if after not in (run.checkout.folder / _PROJECTS).read_text(encoding="utf-8"):
        run.checkout.replace(_PROJECTS, before, after)


def _execution(run: Run, progress: Progressing) -> None:
    inbox = run.inbox()
    bucket, prefix = bucket_and_key(run.environment["INPUT_DATA_URI"])
    body = rows_for(run.target.settings.pipeline)
    run.operator("s3").put_object(Bucket=bucket, Key=f"{prefix}{_TABLE}.csv", Body=body)
    known, sagemaker = _versions(run), run.operator("sagemaker")
    arn = ml_pipeline.start(sagemaker, run.environment["SAGEMAKER_PIPELINE_NAME"], _TABLE, {})
    execution = ml_pipeline.wait(sagemaker, arn, progress, run.patience(_STEP_SECONDS))
    versions = [version for version in _versions(run) if version not in known]
    if execution.status != "Succeeded" or len(versions) != 1:
        raise AcceptanceError(
            f"execution {arn} ended {execution.status} ({execution.failure_reason}), with {len(versions)} versions"
        )
    created = sagemaker.describe_model_package(ModelPackageName=versions[0])["CreationTime"]
    message = inbox.next("PendingManualApproval", versions[0], created)
    run.text = message.subject
    run.progress.remember("version", versions[0])


def _approval(run: Run, _progress: Progressing) -> None:
    inbox, version, sagemaker = run.inbox(), run.progress.fact("version"), run.operator("sagemaker")
    status = sagemaker.describe_model_package(ModelPackageName=version)["ModelApprovalStatus"]
    if status == "Approved":
        # Where the run was ended here before: the message came, and is gone with that run.
        sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="PendingManualApproval")
    sagemaker.update_model_package(
        ModelPackageArn=version, ModelApprovalStatus="Approved", ApprovalDescription="by the acceptance run"
    )
    described = sagemaker.describe_model_package(ModelPackageName=version)
    changed = described.get("LastModifiedTime") or described["CreationTime"]
    run.text = inbox.next("Approved", version, changed).subject
    inbox.close()


def _queries(run: Run, _progress: Progressing) -> None:
    deployed = run.outputs["kpis"]
    answers = kpis.answers(run.operator, deployed["workgroup"], deployed["named_queries"], run.patience(_STEP_SECONDS))
    if not answers["metric-by-version"]["rows"]:
        raise AcceptanceError("metric-by-version has no row, after an execution that registered a version")
    run.text = f"{len(answers)} named queries, {sum(len(a['rows']) for a in answers.values())} rows"


def _crawl(run: Run, _progress: Progressing) -> None:
    deployed = run.outputs["kpis"]
    key = f"{DataLayout(run.environment['USE_CASE_ID']).tables}/{_TABLE}/{_TABLE}.csv"
    body = b"name,value\nfirst,1\nsecond,2\n"
    run.operator("s3").put_object(Bucket=run.environment["DATA_BUCKET"], Key=key, Body=body)
    kpis.crawl(run.operator, deployed["crawler"], run.patience(_STEP_SECONDS))
    name = f"csv_{_TABLE}"
    table = run.operator("glue").get_table(DatabaseName=deployed["database"], Name=name)["Table"]
    columns = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
    if columns != ["name", "value"]:
        raise AcceptanceError(f"the crawled table {name} has columns {columns}, expected name and value")
    run.text = name


def _refresh(run: Run, _progress: Progressing) -> None:
    account, state = run.target.deployment.account_id, run.stack.export()
    rows = kpis.refresh(run.operator, account, state, f"acceptance-{uuid.uuid4()}", run.patience(_STEP_SECONDS))
    if not rows or not sum(rows.values()):
        raise AcceptanceError(f"{len(rows)} data sets were refreshed, without a row")
    run.text = f"{sum(rows.values())} rows in {len(rows)} data sets"


def _drift(run: Run, progress: Progressing) -> None:
    logs, group = run.operator("logs"), f"{LAMBDA_LOGS}/{run.outputs['notifier']}"
    days = run.target.deployment.log_retention_days
    planted = _DRIFTED_DAYS if days != _DRIFTED_DAYS else _DRIFTED_DAYS + 2
    logs.put_retention_policy(logGroupName=group, retentionInDays=planted)
    engine = Engine(
        stack=run.name, directory=run.checkout.folder, environment=run.operator.environment, report=progress
    )
    drifted = [f"{resource.type} {resource.name}" for resource in drifted_resources(engine.refresh_preview())]
    if len(drifted) != 1 or "logGroup" not in drifted[0]:
        raise AcceptanceError(f"the planted drift of {group} was not found, but {', '.join(drifted) or 'nothing'}")
    run.stack.up(progress, "--refresh")
    [described] = [g for g in _log_groups(logs, group) if g["logGroupName"] == group]
    if described.get("retentionInDays") != days:
        raise AcceptanceError(f"{group} keeps {described.get('retentionInDays')} days after the repair, not {days}")
    run.text = f"{drifted[0]} found and set back"


def _verify(run: Run, _progress: Progressing) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "delivery.verify"],
        cwd=run.checkout.folder,
        env={**run.operator.environment, "STACK": run.name},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
        raise AcceptanceError("\n".join([done.stderr.strip(), *failed]))
    run.text = done.stdout.strip().splitlines()[-1]


def _destroy(run: Run, progress: Progressing) -> None:
    # Each part may be gone already, where the run was ended here before.
    sagemaker, codecommit, sqs = (run.operator(service) for service in ("sagemaker", "codecommit", "sqs"))
    with _allowing("ValidationException", "ResourceNotFound"):
        for version in _versions(run):
            sagemaker.delete_model_package(ModelPackageName=version)
    with _allowing("ResourceNotFound"):
        sagemaker.delete_pipeline(PipelineName=run.target.settings.pipeline.name)
    run.stack.select(run.target.deployment.secrets_provider)
    outcome = run.stack.destroy(progress)
    run.stack.remove()
    for url in sqs.list_queues(QueueNamePrefix=run.queue).get("QueueUrls", []):
        sqs.delete_queue(QueueUrl=url)
    with _allowing("RepositoryDoesNotExistException"):
        repository = codecommit.get_repository(repositoryName=run.repository)["repositoryMetadata"]
        if repository.get("repositoryDescription") == _REPOSITORY:
            codecommit.delete_repository(repositoryName=run.repository)
    run.text = _counted(outcome.changes)


def _left(run: Run, _progress: Progressing) -> None:
    names = left(run)
    if names:
        raise AcceptanceError(f"left after destroy: {', '.join(names)}")
    # This index lags behind by hours, so it is reported only ("GetResources", Resource Groups Tagging API Reference).
    try:
        tagged = _tagged(run)
    except ClientError as error:
        run.text = f"AWS's index of tags was not read: {code_of(error)}"
    else:
        run.text = f"AWS's index of tags still lists {len(tagged)}: {', '.join(tagged)}" if tagged else "nothing"


def _tagged(run: Run) -> list[str]:
    """Return the ARNs that have the stack's tags, without what the bootstrap has made."""
    deployment, tags = run.target.deployment, run.target.settings.all_tags
    filters = [{"Key": key, "Values": [tags[key]]} for key in ("project", "environment")]
    client = run.operator("resourcegroupstaggingapi")
    pages = client.get_paginator("get_resources").paginate(TagFilters=filters)
    arns = [entry["ResourceARN"] for page in pages for entry in page["ResourceTagMappingList"]]
    bootstrapped = {deployment.bucket_arn(deployment.state_bucket), deployment.boundary_arn}
    # Keys are deleted after a waiting period, and the bootstrap's stays: neither tells anything here.
    return [arn for arn in arns if arn not in bootstrapped and ":key/" not in arn]


def left(run: Run) -> list[str]:
    """Return what is there of the stack: whatever has one of the program's names, in every service it uses.

    Not what the bootstrap has made, which serves the next run.
    """
    examination = Examination(target=run.target, clients=run.operator, caller="")
    names: list[str] = []
    for owner in owners(examination, planned(run.name, run.directory)):
        if isinstance(owner, Finding):
            names.append(f"{owner.subject} (not checked: {owner.text})")
        elif not owner.is_free:
            names.append(f"{owner.kind} {owner.name}")
    return names


def _versions(run: Run) -> list[str]:
    pages = (
        run.operator("sagemaker")
        .get_paginator("list_model_packages")
        .paginate(ModelPackageGroupName=run.target.settings.pipeline.model_package_group)
    )
    return [summary["ModelPackageArn"] for page in pages for summary in page["ModelPackageSummaryList"]]


def _log_groups(logs: Any, prefix: str) -> list[dict[str, Any]]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    return [group for page in pages for group in page["logGroups"]]


def _counted(changes: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {operation}" for operation, count in changes.items())


def _has_principals(run: Run) -> bool:
    return bool(run.target.settings.kpis.quick_sight.principals)


STEPS: Final = (
    Step(name="doctor", text="Ask what the account lacks", run=_doctor),
    Step(name="bootstrap", text="Bootstrap, and again", run=_bootstrap),
    Step(name="up", text="Deploy by hand, for the first time", run=_up),
    Step(name="delivery", text="Deliver the first commit", run=_delivery, shows_itself=True),
    Step(name="second-up", text="Deploy again, without a change", run=_second_up),
    Step(
        name="self-update",
        text="Deliver a commit that changes the delivery pipeline itself",
        run=_self_update,
        shows_itself=True,
    ),
    Step(name="execution", text="Execute the ML pipeline once, and get the message", run=_execution),
    Step(name="approval", text="Approve the model version, and get the message", run=_approval),
    Step(name="queries", text="Ask every named query", run=_queries),
    Step(name="crawl", text="Crawl a team's own CSV", run=_crawl),
    Step(name="refresh", text="Refresh the dashboard's data", run=_refresh, applies=_has_principals),
    Step(name="drift", text="Plant, find and repair a drift", run=_drift),
    Step(name="verify", text="Verify", run=_verify),
    Step(name="destroy", text="Destroy", run=_destroy, ends=True),
    Step(name="left", text="Look for what is left", run=_left, ends=True),
)
