"""Pipelines that really run: artifacts, variables, approvals, failures, and the ends that executions come to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Deployment
from .small_pipelines import SmallPipeline, buildspec

pytestmark = pytest.mark.local


@pytest.fixture
def pipeline(deployment: Deployment, tmp_path: Path) -> SmallPipeline:
    return SmallPipeline(deployment, tmp_path)


def test_a_green_run_passes_artifacts_and_resolves_variables(pipeline: SmallPipeline) -> None:
    commit = pipeline.commit({"text.txt": "from the source", "sub/other.txt": "x"}, "A subject\n\nand more")
    make = buildspec(
        'test "$(cat text.txt)" = "from the source"',
        "mkdir out && cat text.txt > out/made.txt && echo ignored > out/ignored.log",
        'export MADE_BY="build $CODEBUILD_BUILD_NUMBER"',
        env={"exported-variables": ["MADE_BY"], "variables": {"OF_THE_SPEC": "spec", "OVERRIDDEN": "spec"}},
        artifacts={"base-directory": "out", "files": ["**/*"], "exclude-paths": ["*.log"]},
    )
    use = buildspec(
        'ls "$CODEBUILD_SRC_DIR_Made"',
        'echo "got $(cat "$CODEBUILD_SRC_DIR_Made/made.txt") $COMMIT of $EXECUTION, $MADE_BY, $GREETING"',
        'test "$CODEBUILD_RESOLVED_SOURCE_VERSION" = "$COMMIT"',
        "test -f sub/other.txt",
    )
    variables = {
        "COMMIT": "#{SourceVariables.CommitId}",
        "EXECUTION": "#{codepipeline.PipelineExecutionId}",
        "MADE_BY": "#{MakeVariables.MADE_BY}",
        "GREETING": "#{variables.Greeting}",
    }
    execution = pipeline.create(
        pipeline.build("Make", pipeline.project("make", make), outputs=("Made",), namespace="MakeVariables"),
        pipeline.build("Use", pipeline.project("use", use), "SourceOutput", "Made", variables=variables),
        variables=[{"name": "Greeting", "defaultValue": "hello"}],
    )
    assert pipeline.ended(execution) == "Succeeded", pipeline.actions(execution)
    done = pipeline.actions(execution)
    assert [action["status"] for action in done.values()] == ["Succeeded"] * 3
    assert f"got from the source {commit} of {execution}, build 1, hello" in pipeline.log(done["Use"])
    assert "ignored.log" not in pipeline.log(done["Use"])
    assert done["Source"]["output"]["outputVariables"]["CommitMessage"] == "A subject\n\nand more"
    revision = pipeline.executions()[0]["sourceRevisions"][0]
    assert (revision["revisionId"], revision["revisionSummary"]) == (commit, "A subject")


def test_a_new_pipeline_runs_at_once_and_an_artifact_is_encrypted_with_its_key(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    pipeline.commit({"a": "b"})
    execution = pipeline.create(pipeline.build("Build", pipeline.project("b", buildspec("true"))))
    assert pipeline.executions()[0]["trigger"]["triggerType"] == "CreatePipeline"
    assert pipeline.ended(execution) == "Succeeded"
    location = pipeline.actions(execution)["Source"]["output"]["outputArtifacts"][0]["s3location"]
    artifact = deployment.root("s3").head_object(Bucket=location["bucket"], Key=location["key"])
    assert (artifact["ServerSideEncryption"], artifact["SSEKMSKeyId"]) == ("aws:kms", pipeline.key)


def test_a_deployment_to_s3_keeps_an_artifact_as_one_zip_that_a_project_builds_from(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    pipeline.commit({"text.txt": "from the source"})
    place = {"BucketName": pipeline.bucket, "ObjectKey": "kept/source.zip", "KMSEncryptionKeyARN": pipeline.key}
    keep = pipeline.keep(Extract="false", **place)
    execution = pipeline.create(keep)
    assert pipeline.ended(execution) == "Succeeded", pipeline.actions(execution)
    artifact = deployment.root("s3").head_object(Bucket=pipeline.bucket, Key="kept/source.zip")
    assert artifact["SSEKMSKeyId"] == pipeline.key
    location = {"location": f"{pipeline.bucket}/kept/source.zip"}
    project = pipeline.project("beside", buildspec("cat text.txt"), source="S3", source_members=location)
    codebuild = deployment.root("codebuild")
    started = codebuild.start_build(projectName=project)["build"]["id"]
    build = deployment.eventually(lambda: _complete(codebuild, started), 60)
    assert build["buildStatus"] == "SUCCEEDED", build["phases"]
    log = {"output": {"executionResult": {"externalExecutionId": started}}}
    assert "from the source" in pipeline.log(log)

    gone = {"location": f"{pipeline.bucket}/kept/nothing.zip"}
    failing = pipeline.project("nothing", buildspec("true"), source="S3", source_members=gone)
    started = codebuild.start_build(projectName=failing)["build"]["id"]
    build = deployment.eventually(lambda: _complete(codebuild, started), 60)
    failed = next(phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    assert failed["phaseType"] == "DOWNLOAD_SOURCE"

    for configuration, problem in (({"Extract": "true"}, "unpacks nothing"), ({"Extract": "false"}, "ObjectKey")):
        stage = pipeline.keep(BucketName=pipeline.bucket, **configuration)
        with pytest.raises(ClientError, match=problem):
            deployment.root("codepipeline").update_pipeline(pipeline=pipeline.structure(stage))


def _complete(codebuild: Any, build_id: str) -> Any:
    [build] = codebuild.batch_get_builds(ids=[build_id])["builds"]
    return build if build["buildComplete"] else None


def test_a_failing_build_stops_the_execution_and_says_why(pipeline: SmallPipeline) -> None:
    pipeline.commit({"a": "b"})
    failing = json.dumps(
        {
            "version": 0.2,
            "phases": {
                "pre_build": {"commands": ["echo one", "sh -c 'exit 7'", "echo never"], "finally": ["echo at last"]},
                "build": {"commands": ["echo not reached"]},
            },
        },
        indent=1,
    )
    execution = pipeline.create(
        pipeline.build("Bad", pipeline.project("bad", failing)),
        pipeline.build("After", pipeline.project("after", buildspec("true"))),
    )
    assert pipeline.ended(execution) == "Failed"
    assert "After" not in pipeline.actions(execution)
    error = pipeline.error(execution, "Bad")
    assert "PRE_BUILD" in error
    assert "sh -c 'exit 7'. Reason: exit status 7" in error
    text = pipeline.log(pipeline.actions(execution)["Bad"])
    assert "at last" in text
    assert "never" not in text
    assert "not reached" not in text
    states = [event for event in _events(pipeline) if event["detail-type"].startswith("CodePipeline Pipeline")]
    assert [event["detail"]["state"] for event in states] == ["STARTED", "FAILED"]
    assert states[1]["detail"]["additional-attributes"]["failedStage"] == "Bad"


def test_an_approved_execution_goes_on_and_a_rejected_one_does_not(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    pipeline.commit({"a": "b"})
    topic = deployment.topic()
    deployment.root("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
    deployment.root("iam").put_role_policy(
        RoleName=f"{pipeline.name}-pipeline",
        PolicyName="publish",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deployment.allow("sns:Publish", topic)]}),
    )
    stage = pipeline.approval(
        NotificationArn=topic,
        CustomData="#{SourceVariables.CommitMessage}",
        ExternalEntityLink="https://example.com/#{codepipeline.PipelineExecutionId}",
    )
    first = pipeline.create(stage, pipeline.build("After", pipeline.project("after", buildspec("true"))))
    token = pipeline.wait_for_token()
    assert "After" not in pipeline.actions(first)
    mail = deployment.eventually(lambda: deployment.mails(topic))[0]
    approval = json.loads(mail["body"])["approval"]
    assert (approval["token"], approval["customData"]) == (token, "Change")
    assert approval["externalEntityLink"] == f"https://example.com/{first}"
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        pipeline.answer("00000000-0000-0000-0000-000000000000", "Approved")
    pipeline.answer(token, "Approved")
    assert pipeline.ended(first) == "Succeeded"

    second = pipeline.start()
    pipeline.answer(pipeline.wait_for_token(), "Rejected")
    assert pipeline.ended(second) == "Failed"
    assert "After" not in pipeline.actions(second)
    assert "looked at it" in pipeline.error(second, "Approve")


def test_an_approval_that_waits_reaches_a_queue_through_a_rule(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    url = deployment.queue("waiting", "events.amazonaws.com")
    event_pattern = {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Action Execution State Change"],
        "detail": {"pipeline": [pipeline.name], "state": ["STARTED"], "type": {"category": ["Approval"]}},
    }
    deployment.rule(event_pattern, {"Id": "q", "Arn": deployment.arn("sqs", f"{pipeline.name}-waiting")})
    execution = pipeline.create(pipeline.approval())
    detail = json.loads(deployment.messages(url)[0]["Body"])["detail"]
    assert (detail["execution-id"], detail["stage"], detail["action"]) == (execution, "Approve", "Approve")
    pipeline.answer(pipeline.wait_for_token(), "Rejected")


def test_only_who_may_answer_this_approval_can(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    execution = pipeline.create(pipeline.approval())
    token = pipeline.wait_for_token()
    action = f"{pipeline.arn}/Approve/Approve"
    stranger = deployment.user("stranger", deployment.allow("codepipeline:PutApprovalResult", f"{pipeline.arn}/X/X"))
    with pytest.raises(ClientError, match=f"not authorized to perform: codepipeline:PutApprovalResult on.*{action}"):
        pipeline.answer(token, "Approved", stranger)
    approver = deployment.user("approver", deployment.allow("codepipeline:PutApprovalResult", action))
    pipeline.answer(token, "Approved", approver)
    assert pipeline.ended(execution) == "Succeeded"
    assert pipeline.actions(execution)["Approve"]["updatedBy"].endswith("-approver")


@pytest.mark.parametrize(
    ("role", "action", "expected"),
    [
        ("pipeline", "Source", "is not authorized to perform: s3:PutObject"),
        ("build", "Make", "is not authorized to perform: s3:PutObject"),
    ],
)
def test_a_role_that_may_not_write_artifacts_fails_readably(
    pipeline: SmallPipeline, deployment: Deployment, role: str, action: str, expected: str
) -> None:
    pipeline.commit({"a": "b"})
    allow = deployment.allow
    logs = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*")
    read = allow(["s3:GetObject", "kms:Decrypt", "kms:GenerateDataKey", "codecommit:*"], "*")
    deployment.grant(role, logs, read)
    make = pipeline.project("make", buildspec("true", artifacts={"files": ["a"]}))
    execution = pipeline.create(pipeline.build("Make", make, outputs=("Made",)))
    assert pipeline.ended(execution) == "Failed"
    assert expected in pipeline.error(execution, action)


def test_a_role_that_does_not_trust_the_service_for_this_resource_is_not_assumed(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    pipeline.commit({"a": "b"})
    elsewhere = {"ArnEquals": {"aws:SourceArn": deployment.arn("codebuild", "project/another")}}
    role = deployment.role("foreign", "codebuild.amazonaws.com", Condition=elsewhere)
    with pytest.raises(ClientError, match="CodeBuild is not authorized to perform: sts:AssumeRole"):
        pipeline.project("refused", buildspec("true"), role=role)
    role = deployment.role("later", "codebuild.amazonaws.com")
    project = pipeline.project("b", buildspec("true"), role=role)
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    deployment.root("iam").update_assume_role_policy(
        RoleName=f"{pipeline.name}-later", PolicyDocument=json.dumps({"Statement": [statement]})
    )
    execution = pipeline.create(pipeline.build("Build", project))
    assert pipeline.ended(execution) == "Failed"
    assert f"Could not assume role {role}" in pipeline.error(execution, "Build")


def test_a_newer_execution_supersedes_the_one_that_waits(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    first = pipeline.create(pipeline.approval(), pipeline.build("After", pipeline.project("a", buildspec("true"))))
    token = pipeline.wait_for_token()
    second = pipeline.start()
    deployment.eventually(lambda: _inbound(pipeline) == [second])
    third = pipeline.start()
    assert pipeline.ended(second) == "Superseded"
    pipeline.answer(token, "Approved")
    assert pipeline.ended(first) == "Succeeded"
    pipeline.answer(deployment.eventually(lambda: _other_token(pipeline, token)), "Approved")
    assert pipeline.ended(third) == "Succeeded"


def test_queued_executions_all_run_in_their_order(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    first = pipeline.create(pipeline.approval(), executionMode="QUEUED")
    token = pipeline.wait_for_token()
    second = pipeline.start()
    deployment.eventually(lambda: _inbound(pipeline) == [second])
    third = pipeline.start()
    deployment.eventually(lambda: _inbound(pipeline) == [second, third])
    for execution in (first, second, third):
        pipeline.answer(token, "Approved")
        assert pipeline.ended(execution) == "Succeeded"
        if execution != third:
            token = deployment.eventually(lambda used=token: _other_token(pipeline, used))


def test_parallel_executions_do_not_wait_for_each_other(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    first = pipeline.create(pipeline.approval(), executionMode="PARALLEL")
    token = pipeline.wait_for_token()
    second = pipeline.start()
    pipeline.answer(deployment.eventually(lambda: _other_token(pipeline, token)), "Approved")
    assert pipeline.ended(second) == "Succeeded"
    assert pipeline.actions(first)["Approve"]["status"] == "InProgress"
    pipeline.answer(token, "Approved")
    assert pipeline.ended(first) == "Succeeded"


def test_an_execution_can_be_stopped_and_abandoned(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    client = deployment.root("codepipeline")
    slow = pipeline.project("slow", buildspec("sleep 2"))
    waits = pipeline.create(pipeline.build("Slow", slow), pipeline.build("After", slow))
    deployment.eventually(lambda: "Slow" in pipeline.actions(waits))
    client.stop_pipeline_execution(pipelineName=pipeline.name, pipelineExecutionId=waits, reason="not now")
    assert pipeline.ended(waits) == "Stopped"
    assert {name: action["status"] for name, action in pipeline.actions(waits).items()} == {
        "Source": "Succeeded",
        "Slow": "Succeeded",
    }
    assert pipeline.executions()[0]["stopTrigger"]["reason"] == "not now"

    left = pipeline.start()
    deployment.eventually(lambda: "Slow" in pipeline.actions(left))
    client.stop_pipeline_execution(pipelineName=pipeline.name, pipelineExecutionId=left, abandon=True)
    assert pipeline.ended(left) == "Stopped"
    assert pipeline.actions(left)["Slow"]["status"] == "Abandoned"
    with pytest.raises(ClientError, match="PipelineExecutionNotStoppableException"):
        client.stop_pipeline_execution(pipelineName=pipeline.name, pipelineExecutionId=left)


def test_a_failed_stage_can_be_retried_with_the_same_commit(pipeline: SmallPipeline, deployment: Deployment) -> None:
    commit = pipeline.commit({"a": "b"})
    project = pipeline.project("b", buildspec("exit 1"))
    execution = pipeline.create(pipeline.build("Build", project))
    assert pipeline.ended(execution) == "Failed"
    pipeline.commit({"a": "c"})
    spec = {"type": "CODEPIPELINE", "buildspec": buildspec('test "$(cat a)" = b')}
    deployment.root("codebuild").update_project(name=project, source=spec)
    retry = {"pipelineName": pipeline.name, "pipelineExecutionId": execution, "stageName": "Build"}
    deployment.root("codepipeline").retry_stage_execution(**retry, retryMode="FAILED_ACTIONS")
    assert pipeline.ended(execution) == "Succeeded"
    assert pipeline.executions()[0]["sourceRevisions"][0]["revisionId"] == commit
    with pytest.raises(ClientError, match="StageNotRetryableException"):
        deployment.root("codepipeline").retry_stage_execution(**retry, retryMode="FAILED_ACTIONS")


def test_an_update_of_the_pipeline_cancels_what_runs(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    execution = pipeline.create(pipeline.approval())
    token = pipeline.wait_for_token()
    client = deployment.root("codepipeline")
    current = client.get_pipeline(name=pipeline.name)["pipeline"]
    changed = client.update_pipeline(pipeline={**current, "executionMode": "QUEUED"})["pipeline"]
    assert changed["version"] == 2
    assert pipeline.ended(execution) == "Cancelled"
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        pipeline.answer(token, "Approved")
    assert len(pipeline.executions()) == 1


SELF_UPDATE = """
import boto3, os, time
client, name = boto3.client("codepipeline"), os.environ["PIPELINE_NAME"]
pipeline = client.get_pipeline(name=name)["pipeline"]
if pipeline["version"] == 1:
    pipeline["stages"][-1]["actions"][0]["configuration"]["EnvironmentVariables"] = "[]"
    client.update_pipeline(pipeline=pipeline)
    revision = {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": os.environ["COMMIT_ID"]}
    client.start_pipeline_execution(name=name, sourceRevisions=[revision])
    time.sleep(6)  # the build's last phases
"""


def updating_itself(pipeline: SmallPipeline, deployment: Deployment, **project: Any) -> tuple[str, str]:
    """Create a pipeline whose first build updates it and starts it again; return the commit and the first execution."""
    commit = pipeline.commit({"update.py": SELF_UPDATE})
    allow = deployment.allow
    calls = ("GetPipeline", "UpdatePipeline", "StartPipelineExecution")
    statements = [
        allow([f"codepipeline:{call}" for call in calls], pipeline.arn),
        {
            **allow("iam:PassRole", pipeline.role),
            "Condition": {"StringEquals": {"iam:PassedToService": "codepipeline.amazonaws.com"}},
        },
    ]
    deployment.root("iam").put_role_policy(
        RoleName=f"{pipeline.name}-build",
        PolicyName="update",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    variables = {"PIPELINE_NAME": pipeline.name, "COMMIT_ID": "#{SourceVariables.CommitId}"}
    update = pipeline.project("update", buildspec("python update.py"), **project)
    after = pipeline.project("after", buildspec("true"))
    first = pipeline.create(
        pipeline.build("SelfUpdate", update, variables=variables),
        pipeline.build("After", after, variables={"OLD": "1"}),
    )
    return commit, first


def restarted(pipeline: SmallPipeline, deployment: Deployment, first: str) -> str:
    """Return the execution that follows the first, once it is started."""
    deployment.eventually(lambda: len(pipeline.executions()) > 1)
    (second,) = [each["pipelineExecutionId"] for each in pipeline.executions() if each["pipelineExecutionId"] != first]
    return str(second)


def test_a_pipeline_updates_itself_and_goes_on_with_the_same_commit_while_its_first_build_ends(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    commit, first = updating_itself(pipeline, deployment)
    assert pipeline.ended(first) == "Cancelled"
    second = restarted(pipeline, deployment, first)
    assert pipeline.ended(second) == "Succeeded"
    assert pipeline.actions(first)["SelfUpdate"]["status"] == "Abandoned"
    assert "After" not in pipeline.actions(first)
    done = pipeline.actions(second)
    assert done["After"]["pipelineVersion"] == 2
    assert done["Source"]["output"]["outputVariables"]["CommitId"] == commit
    builds = deployment.root("codebuild")
    ids = builds.list_builds_for_project(projectName=f"{pipeline.name}-update", sortOrder="ASCENDING")["ids"]
    older, newer = builds.batch_get_builds(ids=ids)["builds"]
    assert newer["startTime"] < older.get("endTime", newer["endTime"]), "both have run at the same time"


def test_a_concurrent_build_limit_refuses_the_build_that_follows_a_self_update(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    _, first = updating_itself(pipeline, deployment, concurrentBuildLimit=1)
    assert pipeline.ended(first) == "Cancelled"
    second = restarted(pipeline, deployment, first)
    assert pipeline.ended(second) == "Failed"
    assert "already" in pipeline.error(second, "SelfUpdate")
    with pytest.raises(ClientError, match="AccountLimitExceededException"):
        deployment.root("codebuild").start_build(
            projectName=f"{pipeline.name}-update",
            sourceTypeOverride="NO_SOURCE",
            artifactsOverride={"type": "NO_ARTIFACTS"},
            buildspecOverride=buildspec("true"),
        )


def test_a_disabled_transition_holds_executions_back(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    project = pipeline.project("b", buildspec("true"))
    assert pipeline.ended(pipeline.create(pipeline.build("Build", project))) == "Succeeded"
    client, stage = deployment.root("codepipeline"), {"pipelineName": pipeline.name, "stageName": "Build"}
    client.disable_stage_transition(**stage, transitionType="Inbound", reason="release freeze")
    execution = pipeline.start()
    deployment.eventually(lambda: _inbound(pipeline, "Build") == [execution])
    client.enable_stage_transition(**stage, transitionType="Inbound")
    assert pipeline.ended(execution) == "Succeeded"


def test_a_start_names_a_commit_and_is_made_once_per_token(pipeline: SmallPipeline) -> None:
    older = pipeline.commit({"a": "old"})
    pipeline.commit({"a": "new"})
    project = pipeline.project("b", buildspec('test "$(cat a)" = "$EXPECTED"'))
    stage = pipeline.build("Build", project, variables={"EXPECTED": "#{variables.Expected}"})
    first = pipeline.create(stage, variables=[{"name": "Expected", "defaultValue": "new"}])
    revision = {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": older}
    members = {"sourceRevisions": [revision], "variables": [{"name": "Expected", "value": "old"}]}
    second = pipeline.start(**members, clientRequestToken="one")
    assert pipeline.start(**members, clientRequestToken="one") == second
    assert [pipeline.ended(execution) for execution in (first, second)] == ["Succeeded", "Succeeded"]
    with pytest.raises(ClientError, match="has no variable Unknown"):
        pipeline.start(variables=[{"name": "Unknown", "value": "x"}])


BAD: dict[str, tuple[Callable[[SmallPipeline], list[dict[str, object]]], str]] = {
    "an artifact of no earlier action": (lambda p: [p.build("B", "x", "Nothing")], "Nothing is the output of no"),
    "a namespace of no earlier action": (
        lambda p: [p.build("B", "x", variables={"A": "#{Later.X}"})],
        "refers to the namespace of no earlier action",
    ),
    "no second stage": (lambda p: [], "should have from 2 to 50 stages"),
    "a stage twice": (lambda p: [p.approval(), p.approval()], "stage name Approve is used twice"),
    "a time-out of a build": (lambda p: [p.build("B", "x", timeoutInMinutes=5)], "only approval actions have this"),
    "another region": (
        lambda p: [p.build("B", "x", region="eu-west-1")],
        "the local cloud runs no action in eu-west-1",
    ),
    "an unknown configuration": (lambda p: [p.approval(Notification="x")], "configuration Notification is not known"),
}


def test_a_pipeline_whose_role_does_not_trust_it_is_refused(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.role = deployment.role("foreign", "codebuild.amazonaws.com")
    with pytest.raises(ClientError, match="CodePipeline is not authorized to perform AssumeRole on role"):
        pipeline.create(pipeline.approval())


@pytest.mark.parametrize("name", BAD)
def test_a_structure_that_cannot_run_is_refused(pipeline: SmallPipeline, name: str) -> None:
    stages, expected = BAD[name]
    with pytest.raises(ClientError, match=expected):
        pipeline.create(*stages(pipeline))


def test_passing_the_pipelines_role_takes_permission(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "b"})
    user = deployment.user("creator", deployment.allow("codepipeline:CreatePipeline", pipeline.arn))
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        user("codepipeline").create_pipeline(pipeline=pipeline.structure(pipeline.approval()))


def _events(pipeline: SmallPipeline) -> list[dict[str, Any]]:
    entries = pipeline.deployment.cloud.internal("GET", "/_local/events")
    return [entry["event"] for entry in entries if entry["event"]["resources"] == [pipeline.arn]]


def _inbound(pipeline: SmallPipeline, stage: str = "Approve") -> list[str]:
    state = pipeline.deployment.root("codepipeline").get_pipeline_state(name=pipeline.name)
    stage_state = next(item for item in state["stageStates"] if item["stageName"] == stage)
    return [item["pipelineExecutionId"] for item in stage_state.get("inboundExecutions", [])]


def _other_token(pipeline: SmallPipeline, used: str) -> str:
    token = pipeline.wait_for_token()
    return token if token != used else ""
