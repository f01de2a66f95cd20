"""The pipeline's own component is updated, and nothing else, with the real engine."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from delivery import change_set, preview, restart, self_update
from delivery.environment import ActionEnvironment
from delivery.job import DeliveryError
from localcloud.clients import AccessKey, Clients

from .conftest import COMMIT, EXECUTION, PIPELINE, PROGRAM, Program

pytestmark = pytest.mark.local
STARTED = "99999999-2222-3333-4444-555555555555"


def update(program: Program, monkeypatch: pytest.MonkeyPatch, execution: str = EXECUTION, *, restarts: bool) -> None:
    environment = program.environment("deployer")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = ActionEnvironment.from_environment(
        {
            **os.environ,
            "STACK": "local",
            "PIPELINE_NAME": PIPELINE,
            "PIPELINE_EXECUTION_ID": execution,
            "COMMIT_ID": COMMIT,
            "ARTIFACT_BUCKET": program.bucket,
        }
    )
    codepipeline: Any = program.cloud.client("codepipeline", "deployer")
    with Stubber(codepipeline) as stub:
        if restarts:
            stub.add_response("start_pipeline_execution", {"pipelineExecutionId": STARTED})
            stub.add_response(
                "stop_pipeline_execution",
                {"pipelineExecutionId": execution},
                {"pipelineName": PIPELINE, "pipelineExecutionId": execution, "abandon": False, "reason": ANY},
            )
        approved = preview.run(settings, program.directory)
        self_update.run(settings, approved, codepipeline, program.cloud.client("s3", "root"), program.directory)
        stub.assert_no_pending_responses()


def test_only_the_component_is_updated_and_the_commit_starts_again_once(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.wants(jobs=60, data=60, extra=True)
    update(program, monkeypatch, restarts=True)
    assert (program.timeout_of("jobs"), program.timeout_of("data")) == ("60", "30")
    assert program.queues() == {"jobs", "data"}
    # The restarted execution finds nothing left to do, and goes on.
    update(program, monkeypatch, STARTED, restarts=False)


def test_a_pipeline_that_changes_at_each_run_starts_again_once_only(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program.wants(jobs=60)
    update(program, monkeypatch, restarts=True)
    program.wants(jobs=61)
    update(program, monkeypatch, STARTED, restarts=False)
    warning = capsys.readouterr().out.partition("warning: The delivery pipeline")[2]
    assert "- update aws:sqs/queue:Queue jobs: visibilityTimeoutSeconds\n" in warning
    assert program.timeout_of("jobs") == "60"


def test_a_commit_that_breaks_the_program_changes_nothing_and_the_next_good_one_goes_through(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.wants(jobs=60)
    (program.directory / "__main__.py").write_text(f"{PROGRAM}\nraise ValueError('this line is wrong')\n")
    with pytest.raises(DeliveryError, match="ValueError: this line is wrong"):
        update(program, monkeypatch, restarts=False)
    assert program.timeout_of("jobs") == "30"
    (program.directory / "__main__.py").write_text(PROGRAM)
    update(program, monkeypatch, restarts=True)
    assert program.timeout_of("jobs") == "60"


def test_a_commit_without_the_component_is_refused(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program.wants(pipeline=False)
    with pytest.raises(DeliveryError, match="registers no mlops:index:Cicd"):
        update(program, monkeypatch, restarts=False)
    assert program.queues() == {"jobs", "data"}


def test_a_pipeline_that_needs_a_resource_of_the_same_commit_is_told_what_to_do(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = PROGRAM.replace(
        'name="delivery-local-jobs",', 'name="delivery-local-jobs", tags={"needs": NEEDED.arn},'
    ).replace("class Cicd", 'NEEDED = aws.sqs.Queue("needed", name="delivery-local-needed")\n\n\nclass Cicd')
    (program.directory / "__main__.py").write_text(changed)
    with pytest.raises(DeliveryError, match=r"(?s)Queue::needed'.*in a commit of its own before this one"):
        update(program, monkeypatch, restarts=False)
    assert program.queues() == {"jobs", "data"}


def test_an_execution_without_a_mark_is_known_only_to_whom_may_list_the_marks(program: Program) -> None:
    environment = ActionEnvironment.from_environment(program.job_environment())
    bucket = f"arn:aws:s3:::{program.bucket}"
    read = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{bucket}/{PIPELINE}/*"}
    marks = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": bucket,
        "Condition": {"StringLike": {"s3:prefix": f"{PIPELINE}/self-updates/*"}},
    }
    iam = program.cloud.client("iam", "root")
    iam.create_user(UserName="self-update")
    key = iam.create_access_key(UserName="self-update")["AccessKey"]
    user = Clients(program.cloud.endpoint, program.cloud.region, AccessKey(key["AccessKeyId"], key["SecretAccessKey"]))
    guard, changes = restart.Restart(environment, user("codepipeline"), user("s3")), change_set.of([], "local", COMMIT)

    def allow(*statements: object) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="self-update", PolicyName="marks", PolicyDocument=document)

    allow(read)
    with pytest.raises(DeliveryError, match="whether this execution is a restart can't be read"):
        guard.is_in_vain(changes)
    allow(read, marks)
    assert not guard.is_in_vain(changes)
