"""What a push sets off: CodeCommit's events, rules that start pipelines and builds, triggers of connections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.lifecycle import LocalCloudError

from .conftest import Deployment
from .small_pipelines import SmallPipeline, buildspec

pytestmark = pytest.mark.local

EVENTS = "events.amazonaws.com"


@pytest.fixture
def pipeline(deployment: Deployment, tmp_path: Path) -> SmallPipeline:
    return SmallPipeline(deployment, tmp_path)


def pattern(pipeline: SmallPipeline, detail_type: str = "CodeCommit Repository State Change", **detail: Any) -> Any:
    return {
        "source": ["aws.codecommit"],
        "detail-type": [detail_type],
        "resources": [pipeline.repository_arn],
        **({"detail": detail} if detail else {}),
    }


def events_role(pipeline: SmallPipeline, *statements: dict[str, Any]) -> str:
    rule = pipeline.deployment.arn("events", f"rule/{pipeline.name}-rule")
    return pipeline.deployment.role("events", EVENTS, *statements, Condition={"ArnEquals": {"aws:SourceArn": rule}})


def test_a_push_starts_the_pipeline_through_the_deployed_rule(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "1"})
    first = pipeline.create(pipeline.build("Build", pipeline.project("b", buildspec("true"))))
    pipeline.ended(first)
    role = events_role(pipeline, deployment.allow("codepipeline:StartPipelineExecution", pipeline.arn))
    event_pattern = pattern(
        pipeline, event=["referenceCreated", "referenceUpdated"], referenceType=["branch"], referenceName=["main"]
    )
    rule = deployment.rule(event_pattern, {"Id": "p", "Arn": pipeline.arn, "RoleArn": role})
    pipeline.commit({"a": "2"}, branch="other")
    commit = pipeline.commit({"a": "3"}, "third")
    started = deployment.eventually(lambda: pipeline.executions() if len(pipeline.executions()) == 2 else None)[0]
    assert started["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
    assert pipeline.ended(started["pipelineExecutionId"]) == "Succeeded"
    assert pipeline.executions()[0]["sourceRevisions"][0]["revisionId"] == commit
    assert len(pipeline.executions()) == 2
    events = [entry["event"] for entry in deployment.cloud.internal("GET", "/_local/events")]
    detail = next(e["detail"] for e in events if e["detail"].get("commitId") == commit)
    assert (detail["event"], detail["referenceFullName"]) == ("referenceUpdated", "refs/heads/main")


def test_a_rule_whose_role_may_not_start_the_pipeline_starts_nothing(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    pipeline.commit({"a": "1"})
    pipeline.create(pipeline.approval())
    role = events_role(pipeline)
    deployment.rule(pattern(pipeline), {"Id": "p", "Arn": pipeline.arn, "RoleArn": role})
    pipeline.commit({"a": "2"})
    delivery = deployment.deliveries()[0]
    assert delivery["status"] == "Failed"
    assert "not authorized to perform: codepipeline:StartPipelineExecution" in delivery["error"]
    assert len(pipeline.executions()) == 1


def test_a_role_for_another_rule_is_not_assumed(pipeline: SmallPipeline, deployment: Deployment) -> None:
    pipeline.commit({"a": "1"})
    pipeline.create(pipeline.approval())
    elsewhere = {"ArnEquals": {"aws:SourceArn": deployment.arn("events", "rule/another")}}
    role = deployment.role(
        "events",
        EVENTS,
        deployment.allow("codepipeline:StartPipelineExecution", pipeline.arn),
        Condition=elsewhere,
    )
    deployment.rule(pattern(pipeline), {"Id": "p", "Arn": pipeline.arn, "RoleArn": role})
    pipeline.commit({"a": "2"})
    assert "NO_PERMISSIONS: Could not assume role" in deployment.deliveries()[0]["error"]


def test_a_pull_request_starts_a_build_with_a_transformed_input_and_gets_its_comment(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    pipeline.commit({"a": "1"})
    tip = pipeline.commit({"a": "2"}, branch="topic")
    deployment.root("iam").put_role_policy(
        RoleName=f"{pipeline.name}-build",
        PolicyName="comment",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    deployment.allow(
                        ["codecommit:PostCommentForPullRequest", "codecommit:GetCommentsForPullRequest"],
                        pipeline.repository_arn,
                    )
                ],
            }
        ),
    )
    script = (
        "import boto3, os\n"
        "boto3.client('codecommit').post_comment_for_pull_request(pullRequestId=os.environ['PR'],\n"
        "    repositoryName=os.environ['REPOSITORY'], beforeCommitId=os.environ['BEFORE'],\n"
        "    afterCommitId=os.environ['AFTER'], content='content of a is ' + open('a').read())\n"
    )
    location = f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{pipeline.name}"
    project = pipeline.project(
        "pr", buildspec(f'python -c "{script}"'), source="CODECOMMIT", source_members={"location": location}
    )
    project_arn = deployment.arn("codebuild", f"project/{project}")
    role = events_role(pipeline, deployment.allow("codebuild:StartBuild", project_arn))
    names = {"PR": "pullRequestId", "BEFORE": "destinationCommit", "AFTER": "sourceCommit"}
    variables = [f'{{"name": "{name}", "value": <{name}>}}' for name in names]
    variables.append('{"name": "REPOSITORY", "value": <REPOSITORY>}')
    paths = {name: f"$.detail.{member}" for name, member in names.items()}
    transformer = {
        "InputPathsMap": {
            **paths,
            "REFERENCE": "$.detail.sourceReference",
            "REPOSITORY": "$.detail.repositoryNames[0]",
        },
        "InputTemplate": '{"sourceVersion": "<REFERENCE>^{<AFTER>}", "environmentVariablesOverride": ['
        + ", ".join(variables)
        + "]}",
    }
    event_pattern = pattern(pipeline, "CodeCommit Pull Request State Change", event=["pullRequestCreated"])
    deployment.rule(event_pattern, {"Id": "b", "Arn": project_arn, "RoleArn": role, "InputTransformer": transformer})
    client = deployment.root("codecommit")
    targets = [{"repositoryName": pipeline.name, "sourceReference": "topic", "destinationReference": "main"}]
    request = client.create_pull_request(title="Two", targets=targets)["pullRequest"]
    comments = deployment.eventually(
        lambda: client.get_comments_for_pull_request(pullRequestId=request["pullRequestId"])[
            "commentsForPullRequestData"
        ],
        30,
    )
    assert (comments[0]["comments"][0]["content"], comments[0]["afterCommitId"]) == ("content of a is 2", tip)
    with pytest.raises(ClientError, match="CommentNotCreatedByCallerException"):
        client.update_comment(commentId=comments[0]["comments"][0]["commentId"], content="mine")


def test_a_schedule_can_be_fired(pipeline: SmallPipeline, deployment: Deployment) -> None:
    project = pipeline.project("drift", buildspec("echo drifting"), source="NO_SOURCE")
    arn = deployment.arn("codebuild", f"project/{project}")
    role = events_role(pipeline, deployment.allow("codebuild:StartBuild", arn))
    events, rule = deployment.root("events"), f"{pipeline.name}-rule"
    events.put_rule(Name=rule, ScheduleExpression="cron(0 6 * * ? *)")
    events.put_targets(Rule=rule, Targets=[{"Id": "b", "Arn": arn, "RoleArn": role}])
    deployment.cloud.internal("POST", "/_local/fire-rule", {"name": rule})
    assert deployment.deliveries()[0]["status"] == "Delivered"
    builds = deployment.root("codebuild").list_builds_for_project(projectName=project)["ids"]
    assert deployment.root("codebuild").batch_get_builds(ids=builds)["builds"][0]["initiator"] == f"rule/{rule}"
    events.disable_rule(Name=rule)
    with pytest.raises(LocalCloudError, match="no enabled rule"):
        deployment.cloud.internal("POST", "/_local/fire-rule", {"name": rule})


@pytest.fixture
def github(pipeline: SmallPipeline, deployment: Deployment) -> tuple[str, str, dict[str, Any]]:
    """A repository on GitHub's stand-in, its path and a source action that reads it."""
    name = f"{pipeline.name}/app"
    path = deployment.cloud.internal("POST", "/_local/repositories", {"provider": "github", "name": name})["path"]
    client = deployment.root("codeconnections")
    arn = client.create_connection(ConnectionName="gh", ProviderType="GitHub")["ConnectionArn"]
    deployment.root("iam").put_role_policy(
        RoleName=f"{pipeline.name}-pipeline",
        PolicyName="connection",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [deployment.allow("codeconnections:UseConnection", arn)]}
        ),
    )
    action = pipeline.source()
    action["actionTypeId"]["provider"] = "CodeStarSourceConnection"
    action["configuration"] = {"ConnectionArn": arn, "FullRepositoryId": name, "BranchName": "main"}
    return path, arn, action


def test_a_connection_has_to_be_completed_before_it_can_be_used(
    pipeline: SmallPipeline, deployment: Deployment, github: Any
) -> None:
    path, arn, action = github
    pipeline.commit({"a": "1"}, path=path)
    project = pipeline.project("b", buildspec('test "$BRANCH" = main'))
    first = pipeline.create(
        pipeline.build("Build", project, variables={"BRANCH": "#{SourceVariables.BranchName}"}), source=action
    )
    assert pipeline.ended(first) == "Failed"
    assert "is not available" in pipeline.error(first, "Source")
    deployment.cloud.internal("POST", "/_local/connection-available", {"arn": arn})
    connection = deployment.root("codestar-connections").get_connection(ConnectionArn=arn)["Connection"]
    assert connection["ConnectionStatus"] == "AVAILABLE"
    assert pipeline.ended(pipeline.start()) == "Succeeded"


def test_a_connections_trigger_filters_on_branch_and_paths(
    pipeline: SmallPipeline, deployment: Deployment, github: Any
) -> None:
    path, arn, action = github
    deployment.cloud.internal("POST", "/_local/connection-available", {"arn": arn})
    pipeline.commit({"src/a": "0"}, path=path)
    push = {
        "branches": {"includes": ["main", "release/**"]},
        "filePaths": {"includes": ["src/**"], "excludes": ["**/*.md"]},
    }
    trigger = {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Source", "push": [push]},
    }
    project = pipeline.project("b", buildspec('echo "built $BRANCH"'))
    stage = pipeline.build("Build", project, variables={"BRANCH": "#{SourceVariables.BranchName}"})
    pipeline.ended(pipeline.create(stage, source=action, triggers=[trigger]))
    pipeline.commit({"docs/x": "1"}, path=path)
    pipeline.commit({"src/readme.md": "1"}, path=path)
    pipeline.commit({"src/b": "1"}, branch="feature", path=path)
    assert len(pipeline.executions()) == 1
    commit = pipeline.commit({"src/c": "1"}, branch="release/1/x", path=path)
    started = pipeline.executions()[0]
    assert started["trigger"]["triggerType"] == "WebhookV2"
    assert pipeline.ended(started["pipelineExecutionId"]) == "Succeeded"
    done = pipeline.actions(started["pipelineExecutionId"])
    assert done["Source"]["output"]["outputVariables"]["CommitId"] == commit
    assert "built release/1/x" in pipeline.log(done["Build"])


def test_a_polling_source_notices_a_push_by_itself(pipeline: SmallPipeline) -> None:
    pipeline.commit({"a": "1"})
    pipeline.ended(
        pipeline.create(
            pipeline.build("B", pipeline.project("b", buildspec("true"))),
            source=pipeline.source(PollForSourceChanges="true"),
        )
    )
    pipeline.commit({"a": "2"})
    assert pipeline.executions()[0]["trigger"]["triggerType"] == "PollForSourceChanges"


def test_an_input_that_start_build_would_refuse_is_not_delivered(
    pipeline: SmallPipeline, deployment: Deployment
) -> None:
    project = pipeline.project("p", buildspec("true"), source="NO_SOURCE")
    arn = deployment.arn("codebuild", f"project/{project}")
    role = events_role(pipeline, deployment.allow("codebuild:StartBuild", arn))
    text = json.dumps({"environmentVariablesOverride": [{"name": "A"}]})
    deployment.rule(pattern(pipeline), {"Id": "b", "Arn": arn, "RoleArn": role, "Input": text})
    pipeline.commit({"a": "1"})
    delivery = deployment.deliveries()[0]
    assert delivery["status"] == "Failed"
    assert "environmentVariablesOverride.1.member.value" in delivery["error"]
