"""How a step ends that did not fail: kept out by a lock, without AWS's answer, or with half of the questions asked."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from rich.console import Console

from acceptance import remains, steps
from acceptance.locks import is_abandoned, is_locked
from acceptance.progress import Place, Progress
from acceptance.remains import remnants
from acceptance.run import REPOSITORY_DESCRIPTION, Run
from acceptance.runner import require_whole, run_steps
from acceptance.steps import Step
from bootstrap.target import Target
from demo.stack import StackError
from demo.timeline import Timeline
from doctor.examination import Finding
from doctor.names import Owner
from doctor.program import Planned

ROOT = Path(__file__).resolve().parents[3]


def locked(host: str, process: int) -> str:
    return (
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
        "lock file with `pulumi cancel`.\n  s3://state/.pulumi/locks/a.json: created by "
        f"root@{host} (pid {process}) at 2026-11-28T14:00:00Z"
    )


@pytest.fixture(scope="module")
def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


class Stack:
    """Counts how often its lock was released."""

    def __init__(self) -> None:
        self.released = 0

    def release_lock(self) -> None:
        self.released += 1


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    stack = Stack()
    monkeypatch.setattr(Run, "stack", stack)
    return stack


class Services:
    """Clients whose operations answer from a table by `service.operation`; what it lacks is missing on AWS."""

    environment = {"PULUMI_BACKEND_URL": "s3://state"}  # noqa: RUF012 read only

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers

    def __call__(self, service: str, region: str | None = None) -> Any:
        return Service(service, self._answers)


class Service:
    """One of them."""

    def __init__(self, name: str, answers: dict[str, Any]) -> None:
        self._name, self._answers = name, answers

    def __getattr__(self, operation: str) -> Any:
        def call(**_: object) -> Any:
            missing = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, operation)
            answer = self._answers.get(f"{self._name}.{operation}", missing)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, operation: str) -> Any:
        class Pages:
            @staticmethod
            def paginate(**parameters: object) -> Any:
                yield getattr(self, operation)(**parameters)

        return Pages


def run_in(folder: Path, answers: dict[str, Any] | None = None) -> Run:
    place = Place(stack="local", account_id="123456789012", region="us-east-1", endpoint="http://127.0.0.1:1")
    operator: Any = Services(answers or {})
    return Run(
        target=Target.read("local", ROOT),
        operator=operator,
        progress=Progress(folder, place, {}),
        timeline=Timeline(Console(file=io.StringIO())),
        directory=ROOT,
        poll_seconds=1,
    )


def test_a_lock_is_abandoned_where_all_its_holders_have_ended_on_this_machine(ended_process: int) -> None:
    here = socket.gethostname()
    assert is_abandoned(locked(here, ended_process))
    assert not is_abandoned(locked(here, os.getpid()))
    assert not is_abandoned(locked("another", ended_process))
    assert not is_abandoned(locked(here, ended_process) + locked("another", ended_process))
    assert not is_abandoned("error: the stack is currently locked by 1 lock(s)")
    assert not is_locked("error: access denied")


def failing(*errors: Exception) -> Step:
    remaining = list(errors)

    def work(run: Run, _progress: object) -> None:
        if remaining:
            raise remaining.pop(0)
        run.text = "done"

    return Step(name="up", text="Deploy", run=work)


def test_a_lock_of_a_process_that_has_ended_is_released_and_the_step_goes_on(
    tmp_path: Path, stack: Stack, ended_process: int
) -> None:
    run = run_in(tmp_path)
    step = failing(StackError(locked(socket.gethostname(), ended_process)))
    assert run_steps(run, [step]) == 0
    assert stack.released == 1
    assert run.progress.records["up"].status == "passed"


def test_another_ones_lock_stops_the_run_with_the_engines_words_and_the_command_and_fails_no_claim(
    tmp_path: Path, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_in(tmp_path)
    assert run_steps(run, [failing(StackError(locked("another", 1)))]) == 1
    assert stack.released == 0
    assert run.progress.records["up"].status == "stopped"
    said = capsys.readouterr().err
    assert "currently locked by 1 lock(s)" in said
    assert "pulumi cancel --yes --stack local" in said


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (EndpointConnectionError(endpoint_url="https://sts"), "stopped"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": ""}}, "GetRole"), "stopped"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "GetRole"), "failed"),
        (StackError("creating the topic: denied"), "failed"),
    ],
)
def test_only_what_aws_has_answered_fails_a_step(tmp_path: Path, error: Exception, status: str) -> None:
    run = run_in(tmp_path)
    assert run_steps(run, [failing(error)]) == 1
    assert run.progress.records["up"].status == status


def test_a_doctor_who_could_not_ask_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [
        Finding(status="ok", subject="credentials", text="of the account"),
        Finding(status="not checked", subject="quotas", text="may not", remedy="run it as an administrator"),
    ]
    monkeypatch.setattr(steps, "examine", lambda *_: iter(findings))
    run = run_in(tmp_path)
    [doctor] = [step for step in steps.STEPS if step.name == "doctor"]
    assert run_steps(run, [doctor]) == 0
    assert run.progress.records["doctor"].status == "incomplete"
    assert "quotas" in run.progress.records["doctor"].text
    findings.pop()
    assert run_steps(run, [doctor]) == 0
    assert run.progress.is_over("doctor")


def test_what_the_run_itself_makes_is_there_as_well_as_what_the_program_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = [Planned(type="aws:glue/classifier:Classifier", name="c", inputs={"name": "a-classifier"})]
    monkeypatch.setattr(remains, "planned", lambda *_: program)
    monkeypatch.setattr(remains, "owners", lambda *_: iter([Owner(kind="role", name="a-role")]))
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "GetQueueUrl")
    run = run_in(
        tmp_path,
        {
            "glue.get_classifier": {},
            "codecommit.get_repository": {"repositoryMetadata": {"repositoryDescription": REPOSITORY_DESCRIPTION}},
            "sagemaker.describe_pipeline": {},
            "sagemaker.list_pipeline_executions": {
                "PipelineExecutionSummaries": [
                    {"PipelineExecutionArn": "arn:over", "PipelineExecutionStatus": "Succeeded"},
                    {"PipelineExecutionArn": "arn:running", "PipelineExecutionStatus": "Executing"},
                ]
            },
            "sagemaker.list_model_packages": {"ModelPackageSummaryList": [{"ModelPackageArn": "arn:version/1"}]},
            "logs.describe_log_streams": {"logStreams": [{"logStreamName": "job/algo"}]},
            "sqs.get_queue_url": denied,
        },
    )
    run.progress.remember("jobs", '["job"]')
    assert [str(remnant) for remnant in remnants(run)] == [
        "role a-role",
        "classifier a-classifier",
        "CodeCommit repository mlops-infra",
        "ML pipeline abalone-local",
        "execution under way arn:running",
        "model version arn:version/1",
        "not known queue: these credentials may not call GetQueueUrl",
        "log stream /aws/sagemaker/ProcessingJobs job/algo",
        "log stream /aws/sagemaker/TrainingJobs job/algo",
    ]


def test_a_sandbox_that_was_destroyed_early_is_not_gone_on_with(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    run.progress.write("up", "passed", 1.0, "")
    run.progress.write("destroy", "passed", 1.0, "")
    with pytest.raises(steps.AcceptanceError, match=r"destroyed before delivery: remove the folder"):
        require_whole(run.progress, destroy=False)
    require_whole(run.progress, destroy=True)


VERIFICATION = "ok    all\n59 of 59 checks passed\n"
DISABLED = "FAIL  rule abalone-local-a  DISABLED\nFAIL  aws:cloudwatch/eventRule:EventRule a  state is DISABLED\n"


@pytest.mark.parametrize(
    ("second_table", "code"), [(DISABLED, 0), (VERIFICATION, 1), (DISABLED + "FAIL  topic  is missing\n", 1)]
)
def test_verification_has_to_find_the_rule_that_the_run_disables_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: Stack, second_table: str, code: int
) -> None:
    answers = iter([(0, VERIFICATION), (1, second_table)])
    urn = "urn:pulumi:local::mlops-infra::aws:cloudwatch/eventRule:EventRule::a"
    rule = {"type": "aws:cloudwatch/eventRule:EventRule", "urn": urn, "outputs": {"name": "abalone-local-a"}}
    monkeypatch.setattr(stack, "export", lambda: {"deployment": {"resources": [rule]}}, raising=False)

    def verified(_run: Run) -> subprocess.CompletedProcess[str]:
        returncode, table = next(answers)
        return subprocess.CompletedProcess([], returncode, table, "")

    monkeypatch.setattr(steps, "_verification", verified)
    run = run_in(tmp_path, {"events.disable_rule": {}, "events.enable_rule": {}})
    [verify] = [step for step in steps.STEPS if step.name == "verify"]
    assert run_steps(run, [verify]) == code
    assert run.progress.fact("disabled rule") == ""
