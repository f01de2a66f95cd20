"""The steps of the run, in order; each may be repeated after it failed or was killed in the middle."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from acceptance.data import rows_for
from acceptance.remains import executions_under_way, model_versions, remnants, streams_of_jobs, tagged
from acceptance.run import REPOSITORY_DESCRIPTION, AcceptanceError, Run
from bootstrap import apply
from contract.aws_errors import code_of
from contract.layout import DataLayout, bucket_and_key
from contract.names import LAMBDA_LOGS, UPSERT_STAGE, DeliveryNames
from delivery.drift import drifted_resources
from delivery.engine import Engine
from demo import DemoError, kpis, ml_pipeline
from demo.delivery import Delivery
from doctor.examination import examine
from doctor.probes import probes

_TABLE: Final = "acceptance"
# What each job's project is described by: a part of the delivery pipeline in every form of the configuration.
_PROJECTS: Final = "components/cicd/projects.py"
_DESCRIPTIONS: Final = ("Runs the job {job.name}", "Runs job {job.name}")
# On AWS a delivery takes 10 to 20 minutes, twice that where it starts again; a crawl or an execution takes minutes.
_DELIVERY_SECONDS: Final = 3600.0
_STEP_SECONDS: Final = 1800.0
_DRIFTED_DAYS: Final = 1
_RULE: Final = "aws:cloudwatch/eventRule:EventRule"

Progressing = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: `run` raises DemoError, DeliveryError, BootstrapError or ClientError where it shows something else.

    `applies` tells whether the settings have what it tries; `ends` marks those that `--keep` leaves out, and those that
    need no stack can be done without one; one that `shows_itself` prints its progress on its own.
    """

    name: str
    text: str
    run: Callable[[Run, Progressing], None]
    applies: Callable[[Run], bool] = lambda _: True
    ends: bool = False
    needs_stack: bool = True
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
    findings = list(examine(run.target, run.operator, probes(run.name, run.directory)))
    lacks = [finding for finding in findings if finding.status == "lacking"]
    for finding in findings:
        if finding.status != "ok":
            run.timeline.note(f"{finding.status}: {finding.subject}: {finding.text}. {finding.remedy}")
    # The next step makes what the bootstrap lacks.
    left = [finding.subject for finding in lacks if not finding.remedy.startswith("make bootstrap")]
    if left:
        raise AcceptanceError(f"make doctor STACK={run.name} says what is lacking: {', '.join(left)}")
    unknown = [finding.subject for finding in findings if finding.status == "not checked"]
    if unknown:
        run.status = "incomplete"
        run.text = f"these credentials could not ask about {', '.join(unknown)}"


def _bootstrap(run: Run, progress: Progressing) -> None:
    for outcome in apply(run.operator, run.target):
        progress(f"{outcome.status} {outcome.kind} {outcome.name}")
    changed = [o for o in apply(run.operator, run.target, dry_run=True) if o.status != "unchanged"]
    if changed:
        raise AcceptanceError(f"a second bootstrap would change {', '.join(outcome.name for outcome in changed)}")


def _up(run: Run, progress: Progressing) -> None:
    with _allowing("RepositoryNameExistsException"):
        run.operator("codecommit").create_repository(
            repositoryName=run.repository,
            repositoryDescription=REPOSITORY_DESCRIPTION,
            tags=run.target.settings.all_tags,
        )
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
    return delivery.output(entries[-1], UPSERT_STAGE, "PIPELINE_ACTION")


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
    known, sagemaker = model_versions(run), run.operator("sagemaker")
    arn = ml_pipeline.start(sagemaker, run.environment["SAGEMAKER_PIPELINE_NAME"], _TABLE, {})
    execution = ml_pipeline.wait(sagemaker, arn, progress, run.patience(_STEP_SECONDS))
    jobs = [*json.loads(run.progress.fact("jobs") or "[]"), *_jobs(sagemaker, arn)]
    run.progress.remember("jobs", json.dumps(jobs))
    versions = [version for version in model_versions(run) if version not in known]
    if execution.status != "Succeeded" or len(versions) != 1:
        raise AcceptanceError(
            f"execution {arn} ended {execution.status} ({execution.failure_reason}), with {len(versions)} versions"
        )
    created = sagemaker.describe_model_package(ModelPackageName=versions[0])["CreationTime"]
    message = inbox.next("PendingManualApproval", versions[0], created)
    run.text = message.subject
    run.progress.remember("version", versions[0])
    metrics = ml_pipeline.evaluation(run.operator("s3"), run.environment, execution)
    run.progress.remember("metrics", json.dumps({name: metric["value"] for name, metric in metrics.items()}))


def _jobs(sagemaker: Any, execution: str) -> list[str]:
    """Return the names of the jobs that an execution has started."""
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
    metadata = [step.get("Metadata", {}) for page in pages for step in page["PipelineExecutionSteps"]]
    kinds = ("ProcessingJob", "TrainingJob")
    return [entry[kind]["Arn"].rpartition("/")[2] for entry in metadata for kind in kinds if kind in entry]


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
    version = int(run.progress.fact("version").rpartition("/")[2])
    rows = [row for row in answers["metric-by-version"]["rows"] if row["version"] == version]
    if len(rows) != 1:
        raise AcceptanceError(f"metric-by-version has {len(rows)} rows of version {version}, which was registered")
    evaluated: dict[str, float] = json.loads(run.progress.fact("metrics"))
    answered = {name: rows[0][name] for name in evaluated.keys() & rows[0].keys()}
    if not answered or not all(_is_close(value, evaluated[name]) for name, value in answered.items()):
        raise AcceptanceError(f"metric-by-version answers {answered} for version {version}, evaluated was {evaluated}")
    count = sum(len(answer["rows"]) for answer in answers.values())
    run.text = f"{len(answers)} named queries, {count} rows; {', '.join(sorted(answered))} as evaluated"


def _is_close(answered: object, evaluated: float) -> bool:
    return isinstance(answered, (int, float)) and math.isclose(answered, evaluated, rel_tol=1e-9)


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


def _verify(run: Run, progress: Progressing) -> None:
    events, rule = run.operator("events"), run.progress.fact("disabled rule")
    if rule:
        # Where the run was ended here before, which had disabled it.
        _enable(run, rule)
    healthy = _verification(run)
    if healthy.returncode:
        raise AcceptanceError("\n".join([healthy.stderr.strip(), *_failures(healthy.stdout)]))
    state = run.stack.export()["deployment"]["resources"]
    rules = {resource["outputs"]["name"]: resource["urn"] for resource in state if resource["type"] == _RULE}
    rule = min(rules)
    # Verification names what differs from the state by its name in the program.
    names = (rule, rules[rule].rpartition("::")[2])
    progress(f"finds that rule {rule} is disabled")
    run.progress.remember("disabled rule", rule)
    events.disable_rule(Name=rule)
    try:
        broken = _failures(_verification(run).stdout)
    finally:
        _enable(run, rule)
    if not any(rule in line for line in broken) or not all(any(name in line for name in names) for line in broken):
        raise AcceptanceError(f"verification did not find that rule {rule} was disabled, but {broken or 'nothing'}")
    run.text = f"{healthy.stdout.strip().splitlines()[-1]}; found that rule {rule} was disabled"


def _enable(run: Run, rule: str) -> None:
    run.operator("events").enable_rule(Name=rule)
    run.progress.remember("disabled rule", "")


def _verification(run: Run) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "delivery.verify"],
        cwd=run.checkout.folder,
        env={**run.operator.environment, "STACK": run.name},
        capture_output=True,
        text=True,
        check=False,
    )


def _failures(table: str) -> list[str]:
    return [line for line in table.splitlines() if line.startswith("FAIL")]


def _destroy(run: Run, progress: Progressing) -> None:
    # Each part may be gone already, where the run was ended here before.
    sagemaker, codecommit, sqs = (run.operator(service) for service in ("sagemaker", "codecommit", "sqs"))
    with _allowing("ResourceNotFound", "ValidationException"):
        for execution in executions_under_way(run):
            with _allowing("ValidationException"):
                sagemaker.stop_pipeline_execution(PipelineExecutionArn=execution)
            ml_pipeline.wait(sagemaker, execution, progress, run.patience(_STEP_SECONDS))
    with _allowing("ValidationException", "ResourceNotFound"):
        for version in model_versions(run):
            sagemaker.delete_model_package(ModelPackageName=version)
    with _allowing("ResourceNotFound"):
        sagemaker.delete_pipeline(PipelineName=run.target.settings.pipeline.name)
    # Without a clone and without its repository nothing was deployed.
    with _allowing("RepositoryDoesNotExistException"):
        run.stack.select(run.target.deployment.secrets_provider)
        run.text = _counted(run.stack.destroy(progress).changes)
        run.stack.remove()
    for group, stream in streams_of_jobs(run):
        run.operator("logs").delete_log_stream(logGroupName=group, logStreamName=stream)
    for url in sqs.list_queues(QueueNamePrefix=run.queue).get("QueueUrls", []):
        sqs.delete_queue(QueueUrl=url)
    with _allowing("RepositoryDoesNotExistException"):
        repository = codecommit.get_repository(repositoryName=run.repository)["repositoryMetadata"]
        if repository.get("repositoryDescription") == REPOSITORY_DESCRIPTION:
            codecommit.delete_repository(repositoryName=run.repository)


def _left(run: Run, _progress: Progressing) -> None:
    there = remnants(run)
    if there:
        raise AcceptanceError(f"left after destroy: {', '.join(map(str, there))}")
    try:
        arns = tagged(run)
    except ClientError as error:
        run.text = f"AWS's index of tags was not read: {code_of(error)}"
    else:
        run.text = f"AWS's index of tags still lists {len(arns)}: {', '.join(arns)}" if arns else "nothing"


def _log_groups(logs: Any, prefix: str) -> list[dict[str, Any]]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    return [group for page in pages for group in page["logGroups"]]


def _counted(changes: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {operation}" for operation, count in changes.items())


def _has_principals(run: Run) -> bool:
    return bool(run.target.settings.kpis.quick_sight.principals)


STEPS: Final = (
    Step(name="doctor", text="Ask what the account lacks", run=_doctor, needs_stack=False),
    Step(name="bootstrap", text="Bootstrap, and again", run=_bootstrap, needs_stack=False),
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
    Step(name="destroy", text="Destroy", run=_destroy, ends=True, needs_stack=False),
    Step(name="left", text="Look for what is left", run=_left, ends=True, needs_stack=False),
)
