"""Updating the pipeline by itself: the restart, its guard, and what is refused."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from contract.layout import DeliveryArtifacts
from delivery import change_set, restart, self_update
from delivery.environment import ActionEnvironment
from delivery.events import Event, Step
from delivery.job import DeliveryError, StackLockedError
from messages.change_set import ChangeSet

from .conftest import COMMIT, EXECUTION, KEY_ARN

STARTED = "99999999-2222-3333-4444-555555555555"
BUCKET = "abalone-local-artifacts"
PIPELINE = "aws:codepipeline/pipeline:Pipeline"


def step(op: str, kind: str = PIPELINE, name: str = "cicd-pipeline", *, done: bool = False, **more: Any) -> Step:
    urn = f"urn:pulumi:local::mlops-infra::mlops:index:Cicd${kind}::{name}"
    empty: dict[str, Any] = {"old": None, "new": None, "diffs": (), "detailed": {}, "replace_keys": ()}
    return Step(op=op, urn=urn, type=kind, done=done, **{**empty, **more})


COMPONENT = step("same", "mlops:index:Cicd", "cicd")
CHANGED = step("update", diffs=("stages",), new={"inputs": {"stages": ["b"]}}, old={"inputs": {"stages": ["a"]}})


@dataclass
class Engine:
    """Hands out prepared events and notes what it was asked to do."""

    planned: list[Event]
    done: list[Event] = field(default_factory=list[Event])
    locks: int = 0
    calls: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def preview(self, *options: str) -> list[Event]:
        self.calls.append(("preview", *options))
        return self.planned

    def up(self, *options: str) -> list[Event]:
        self.calls.append(("up", *options))
        if self.locks:
            self.locks -= 1
            raise StackLockedError("pulumi up failed:\n  the stack is currently locked by 1 lock(s)")
        return self.done


@dataclass
class Aws:
    s3: Any
    codepipeline: Any
    stub: Stubber

    def starts(self, answer: str = STARTED) -> None:
        self.stub.add_response(
            "start_pipeline_execution",
            {"pipelineExecutionId": answer},
            {
                "name": "abalone-local-delivery",
                "clientRequestToken": f"self-update-{EXECUTION}",
                "sourceRevisions": [
                    {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": COMMIT},
                ],
            },
        )

    def stops(self, execution: str, reason: str) -> None:
        expected = {"pipelineName": "abalone-local-delivery", "pipelineExecutionId": execution, "abandon": False}
        self.stub.add_response("stop_pipeline_execution", {}, {**expected, "reason": reason})


@pytest.fixture(scope="module")
def clients() -> tuple[Any, Any]:
    """Those of S3 and CodePipeline, made once: they cost far more than emulated calls."""
    session = boto3.session.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1"
    )  # never AWS's: every test runs under mock_aws
    return session.client("s3"), session.client("codepipeline")


@pytest.fixture
def aws(clients: tuple[Any, Any]) -> Iterator[Aws]:
    s3, codepipeline = clients
    with mock_aws():
        s3.create_bucket(Bucket=BUCKET)
        with Stubber(codepipeline) as stub:
            yield Aws(s3, codepipeline, stub)
            stub.assert_no_pending_responses()


def run(
    settings: ActionEnvironment,
    aws: Aws,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    approved: ChangeSet | None = None,
) -> None:
    """Runs the job; what the engine has planned is approved where nothing else is said."""

    @contextmanager
    def opened(*_: object) -> Generator[Engine]:
        yield engine

    monkeypatch.setattr(self_update, "with_secrets", opened)
    approved = approved or change_set.of(engine.planned, "local", COMMIT)
    self_update.run(settings, approved, aws.codepipeline, aws.s3)


def test_a_change_of_the_pipeline_that_was_not_approved_stops_before_anything_is_changed(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine([COMPONENT, CHANGED], done=[CHANGED])
    other = step("update", "aws:codebuild/project:Project", "cicd-deploy", diffs=("name",))
    with pytest.raises(DeliveryError, match=r"(?s)nothing was changed.*cicd-pipeline: not in the approved change set"):
        run(settings, aws, engine, monkeypatch, approved=change_set.of([other], "local", COMMIT))
    assert [call[0] for call in engine.calls] == ["preview"]


@pytest.mark.parametrize("name", ["emails", "mlops:index:Cicd$emails"])
def test_an_approved_change_set_without_the_pipeline_runs_no_program_and_changes_nothing(
    name: str, settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = f"urn:pulumi:local::mlops-infra::mlops:index:Notifications$aws:sns/topic:Topic::{name}"
    engine = Engine([COMPONENT, CHANGED], done=[CHANGED])
    run(settings, aws, engine, monkeypatch, approved=change_set.of([replace(CHANGED, urn=elsewhere)], "local", COMMIT))
    assert engine.calls == []
    assert aws.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.parametrize(
    "planned",
    [step("delete", "mlops:index:Cicd", "cicd"), step("create", "aws:codebuild/project:Project", "cicd-new"), CHANGED],
)
def test_any_approved_change_of_the_pipeline_runs_the_program(
    planned: Step, settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine([COMPONENT])
    run(settings, aws, engine, monkeypatch, approved=change_set.of([planned], "local", COMMIT))
    assert [call[0] for call in engine.calls] == ["preview"]


REASON = f"The delivery pipeline was updated; execution {STARTED} goes on with this commit."


def test_a_changed_pipeline_starts_again_on_the_same_commit_and_this_execution_stops(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.starts()
    aws.stops(EXECUTION, REASON)
    engine = Engine([COMPONENT, CHANGED], [step("update", done=True)])
    run(settings, aws, engine, monkeypatch)
    assert engine.calls == [("preview", *self_update.TARGETS), ("up", *self_update.TARGETS)]
    marks = [entry.get("Key", "") for entry in aws.s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert len(marks) == 2
    for key in marks:
        written = aws.s3.head_object(Bucket=BUCKET, Key=key)
        assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", KEY_ARN)


def test_the_first_self_update_to_this_code_has_no_key_yet_and_leaves_the_buckets_default(
    settings: ActionEnvironment, aws: Aws
) -> None:
    aws.starts()
    aws.stops(EXECUTION, REASON)
    before = settings.model_copy(update={"key_arn": None})
    changes = self_update.change_set.of([CHANGED], "local")
    restart.Restart(before, aws.codepipeline, aws.s3).start_again(changes)
    mark = DeliveryArtifacts(before.pipeline_name).restart_mark_key(STARTED)
    assert aws.s3.head_object(Bucket=BUCKET, Key=mark)["ContentLength"] > 0


def test_an_update_waits_for_the_build_that_holds_the_stacks_lock_and_looks_again(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.starts()
    aws.stops(EXECUTION, REASON)
    monkeypatch.setattr("time.sleep", lambda _: None)
    engine = Engine([COMPONENT, CHANGED], [step("update", done=True)], locks=2)
    run(settings, aws, engine, monkeypatch)
    assert [call[0] for call in engine.calls] == ["preview", "up"] * 3


def test_a_pipeline_that_is_as_approved_already_goes_on(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine([COMPONENT, step("same")])
    run(settings, aws, engine, monkeypatch, approved=change_set.of([CHANGED], "local", COMMIT))
    assert [call[0] for call in engine.calls] == ["preview"]


def test_a_restarted_execution_with_the_same_differences_warns_of_them_and_goes_on(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.starts()
    aws.stops(EXECUTION, REASON)
    run(settings, aws, Engine([COMPONENT, CHANGED], [step("update", done=True)]), monkeypatch)
    other_value = step("update", diffs=("stages",), new={"inputs": {"stages": ["c"]}}, old={"inputs": {"stages": []}})
    engine = Engine([COMPONENT, other_value])
    run(settings.model_copy(update={"execution_id": STARTED}), aws, engine, monkeypatch)
    assert [call[0] for call in engine.calls] == ["preview"]
    warning = capsys.readouterr().out.partition("warning: ")[2]
    assert f"the same differences are there again:\n  - update {PIPELINE} cicd-pipeline: stages\n" in warning
    assert EXECUTION in warning


@pytest.mark.parametrize(
    "other",
    [
        step("update", diffs=("stages", "roleArn"), new={"inputs": {}}, old={"inputs": {}}),
        step("delete", "aws:cloudwatch/eventRule:EventRule", "cicd-source"),
        step("update", "aws:codebuild/project:Project", "cicd-deploy", diffs=("stages",)),
    ],
)
def test_a_restarted_execution_with_another_difference_fails_and_names_it(
    other: Step, settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.starts()
    aws.stops(EXECUTION, REASON)
    run(settings, aws, Engine([COMPONENT, CHANGED], [step("update", done=True)]), monkeypatch)
    engine = Engine([COMPONENT, other])
    with pytest.raises(DeliveryError, match="the same commit changes something else") as error:
        run(settings.model_copy(update={"execution_id": STARTED}), aws, engine, monkeypatch)
    assert [call[0] for call in engine.calls] == ["preview"]
    assert f"  - {other.op} {other.type} {other.name}: " in str(error.value)


@pytest.mark.parametrize("op", ["delete", "replace"])
def test_a_restarted_execution_that_would_remove_its_pipeline_fails_with_the_way_out(
    op: str, settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.starts()
    aws.stops(EXECUTION, REASON)
    run(settings, aws, Engine([COMPONENT, CHANGED], [step("update", done=True)]), monkeypatch)
    engine = Engine([COMPONENT, step(op, diffs=("stages",), replace_keys=("stages",))])
    with pytest.raises(DeliveryError, match=f"would {op} the delivery pipeline .* break-glass"):
        run(settings.model_copy(update={"execution_id": STARTED}), aws, engine, monkeypatch)


def test_a_restarted_execution_without_a_further_change_goes_on(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.starts()
    aws.stops(EXECUTION, REASON)
    run(settings, aws, Engine([COMPONENT, CHANGED], [step("update", done=True)]), monkeypatch)
    run(settings.model_copy(update={"execution_id": STARTED}), aws, Engine([COMPONENT]), monkeypatch)


def test_an_older_commit_that_is_released_again_may_update_the_pipeline_back(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.starts()
    aws.stops(EXECUTION, REASON)
    run(settings, aws, Engine([COMPONENT, CHANGED], [step("update", done=True)]), monkeypatch)
    later = settings.model_copy(update={"execution_id": "33333333-2222-3333-4444-555555555555"})
    assert not restart.Restart(later, aws.codepipeline, aws.s3).is_in_vain(
        self_update.change_set.of([CHANGED], "local")
    )


def test_an_execution_that_aws_cancelled_already_need_not_be_stopped(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.starts()
    aws.stub.add_client_error("stop_pipeline_execution", "PipelineExecutionNotStoppableException")
    run(settings, aws, Engine([COMPONENT, CHANGED], [step("update", done=True)]), monkeypatch)


def test_nothing_is_started_where_it_could_not_be_marked(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = settings.model_copy(update={"artifact_bucket": "missing-bucket"})
    with pytest.raises(aws.s3.exceptions.ClientError, match="NoSuchBucket"):
        restart.Restart(elsewhere, aws.codepipeline, aws.s3).start_again(self_update.change_set.of([CHANGED], "local"))


def test_an_execution_whose_mark_fails_is_stopped_again(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.starts()
    aws.stops(STARTED, "its mark could not be written, so that it might have started again for ever")
    guard = restart.Restart(settings, aws.codepipeline, aws.s3)
    put, puts = aws.s3.put_object, []

    def refuse_the_second(**arguments: Any) -> Any:
        puts.append(arguments["Key"])
        return put(**{**arguments, "Bucket": BUCKET if len(puts) == 1 else "missing-bucket"})

    monkeypatch.setattr(aws.s3, "put_object", refuse_the_second)
    with pytest.raises(DeliveryError, match=f"the restarted execution {STARTED} was stopped"):
        guard.start_again(self_update.change_set.of([CHANGED], "local"))


@pytest.mark.parametrize("op", ["delete", "replace"])
def test_a_commit_that_would_remove_its_own_pipeline_is_refused(
    op: str, settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine([COMPONENT, step(op, diffs=("name",), replace_keys=("name",))])
    with pytest.raises(DeliveryError, match=f"would {op} the delivery pipeline that runs it"):
        run(settings, aws, engine, monkeypatch)
    assert [call[0] for call in engine.calls] == ["preview"]


def test_a_program_without_the_component_is_refused(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine([step("delete", "mlops:index:Cicd", "cicd"), step("delete")])
    with pytest.raises(DeliveryError, match="registers no mlops:index:Cicd"):
        run(settings, aws, engine, monkeypatch)


def test_reasons_are_as_short_as_the_api_asks(settings: ActionEnvironment, aws: Aws) -> None:
    shape = aws.codepipeline.meta.service_model.operation_model("StopPipelineExecution").input_shape
    assert shape.members["reason"].metadata["max"] == restart.REASON_CHARACTERS
    assert len(REASON) <= restart.REASON_CHARACTERS


def test_an_unreadable_mark_stops_the_update_and_is_not_taken_for_none(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Stubber(aws.s3) as s3:
        s3.add_client_error("list_objects_v2", "AccessDenied", http_status_code=403)
        engine = Engine([COMPONENT, CHANGED])
        with pytest.raises(DeliveryError, match=r"s3:ListBucket on abalone-local-artifacts are needed"):
            run(settings, aws, engine, monkeypatch)
    assert [call[0] for call in engine.calls] == ["preview"]


def test_a_listed_mark_that_may_not_be_read_stops_the_update_too(
    settings: ActionEnvironment, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"{settings.pipeline_name}/self-updates/{EXECUTION}.json"
    with Stubber(aws.s3) as s3:
        s3.add_response("list_objects_v2", {"Contents": [{"Key": key}]}, {"Bucket": BUCKET, "Prefix": key})
        s3.add_client_error("get_object", "AccessDenied", http_status_code=403)
        engine = Engine([COMPONENT, CHANGED])
        with pytest.raises(DeliveryError, match="s3:GetObject on"):
            run(settings, aws, engine, monkeypatch)
    assert [call[0] for call in engine.calls] == ["preview"]
