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
def own(deployment: Deployment, tmp_path: Path) -> SmallPipeline:
    return SmallPipeline(deployment, tmp_path)


def pattern(own: SmallPipeline, detail_type: str = "CodeCommit Repository State Change", **detail: Any) -> Any:
    return {
        "source": ["aws.codecommit"],
        "detail-type": [detail_type],
        "resources": [own.repository_arn],
        **({"detail": detail} if detail else {}),
    }


def events_role(own: SmallPipeline, *statements: dict[str, Any]) -> str:
    rule = own.on.arn("events", f"rule/{own.name}-rule")
    return own.on.role("events", EVENTS, *statements, Condition={"ArnEquals": {"aws:SourceArn": rule}})


def test_a_push_starts_the_pipeline_through_the_deployed_rule(own: SmallPipeline) -> None:
    own.commit({"a": "1"})
    first = own.create(own.build("Build", own.project("b", buildspec("true"))))
    own.ended(first)
    role = events_role(own, own.on.allow("codepipeline:StartPipelineExecution", own.arn))
    wanted = pattern(
        own, event=["referenceCreated", "referenceUpdated"], referenceType=["branch"], referenceName=["main"]
    )
    rule = own.on.rule(wanted, {"Id": "p", "Arn": own.arn, "RoleArn": role})
    own.commit({"a": "2"}, branch="other")
    commit = own.commit({"a": "3"}, "third")
    started = own.on.eventually(lambda: own.executions() if len(own.executions()) == 2 else None)[0]
    assert started["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
    assert own.ended(started["pipelineExecutionId"]) == "Succeeded"
    assert own.executions()[0]["sourceRevisions"][0]["revisionId"] == commit
    assert len(own.executions()) == 2
    events = [entry["event"] for entry in own.on.cloud.internal("GET", "/_local/events")]
    detail = next(e["detail"] for e in events if e["detail"].get("commitId") == commit)
    assert (detail["event"], detail["referenceFullName"]) == ("referenceUpdated", "refs/heads/main")


def test_a_rule_whose_role_may_not_start_the_pipeline_starts_nothing(own: SmallPipeline) -> None:
    own.commit({"a": "1"})
    own.create(own.approval())
    role = events_role(own)
    own.on.rule(pattern(own), {"Id": "p", "Arn": own.arn, "RoleArn": role})
    own.commit({"a": "2"})
    delivery = own.on.deliveries()[0]
    assert delivery["status"] == "Failed"
    assert "not authorized to perform: codepipeline:StartPipelineExecution" in delivery["error"]
    assert len(own.executions()) == 1


def test_a_role_for_another_rule_is_not_assumed(own: SmallPipeline) -> None:
    own.commit({"a": "1"})
    own.create(own.approval())
    elsewhere = {"ArnEquals": {"aws:SourceArn": own.on.arn("events", "rule/another")}}
    role = own.on.role(
        "events", EVENTS, own.on.allow("codepipeline:StartPipelineExecution", own.arn), Condition=elsewhere
    )
    own.on.rule(pattern(own), {"Id": "p", "Arn": own.arn, "RoleArn": role})
    own.commit({"a": "2"})
    assert "NO_PERMISSIONS: Could not assume role" in own.on.deliveries()[0]["error"]


def test_a_pull_request_starts_a_build_with_a_transformed_input_and_gets_its_comment(own: SmallPipeline) -> None:
    own.commit({"a": "1"})
    tip = own.commit({"a": "2"}, branch="topic")
    own.on.root("iam").put_role_policy(
        RoleName=f"{own.name}-build",
        PolicyName="comment",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    own.on.allow(
                        ["codecommit:PostCommentForPullRequest", "codecommit:GetCommentsForPullRequest"],
                        own.repository_arn,
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
    location = f"https://git-codecommit.us-east-1.amazonaws.com/v1/repos/{own.name}"
    project = own.project(
        "pr", buildspec(f'python -c "{script}"'), source="CODECOMMIT", source_members={"location": location}
    )
    project_arn = own.on.arn("codebuild", f"project/{project}")
    role = events_role(own, own.on.allow("codebuild:StartBuild", project_arn))
    names = {"PR": "pullRequestId", "BEFORE": "destinationCommit", "AFTER": "sourceCommit"}
    variables = [f'{{"name": "{name}", "value": <{name}>}}' for name in names]
    variables.append('{"name": "REPOSITORY", "value": <REPOSITORY>}')
    paths = {name: f"$.detail.{member}" for name, member in names.items()}
    transformer = {
        "InputPathsMap": {**paths, "REPOSITORY": "$.detail.repositoryNames[0]"},
        "InputTemplate": '{"sourceVersion": <AFTER>, "environmentVariablesOverride": [' + ", ".join(variables) + "]}",
    }
    wanted = pattern(own, "CodeCommit Pull Request State Change", event=["pullRequestCreated"])
    own.on.rule(wanted, {"Id": "b", "Arn": project_arn, "RoleArn": role, "InputTransformer": transformer})
    client = own.on.root("codecommit")
    targets = [{"repositoryName": own.name, "sourceReference": "topic", "destinationReference": "main"}]
    request = client.create_pull_request(title="Two", targets=targets)["pullRequest"]
    comments = own.on.eventually(
        lambda: client.get_comments_for_pull_request(pullRequestId=request["pullRequestId"])[
            "commentsForPullRequestData"
        ],
        30,
    )
    assert (comments[0]["comments"][0]["content"], comments[0]["afterCommitId"]) == ("content of a is 2", tip)
    with pytest.raises(ClientError, match="CommentNotCreatedByCallerException"):
        client.update_comment(commentId=comments[0]["comments"][0]["commentId"], content="mine")


def test_a_schedule_can_be_fired(own: SmallPipeline) -> None:
    project = own.project("drift", buildspec("echo drifting"), source="NO_SOURCE")
    arn = own.on.arn("codebuild", f"project/{project}")
    role = events_role(own, own.on.allow("codebuild:StartBuild", arn))
    events, rule = own.on.root("events"), f"{own.name}-rule"
    events.put_rule(Name=rule, ScheduleExpression="cron(0 6 * * ? *)")
    events.put_targets(Rule=rule, Targets=[{"Id": "b", "Arn": arn, "RoleArn": role}])
    own.on.cloud.internal("POST", "/_local/fire-rule", {"name": rule})
    assert own.on.deliveries()[0]["status"] == "Delivered"
    builds = own.on.root("codebuild").list_builds_for_project(projectName=project)["ids"]
    assert own.on.root("codebuild").batch_get_builds(ids=builds)["builds"][0]["initiator"] == f"rule/{rule}"
    events.disable_rule(Name=rule)
    with pytest.raises(LocalCloudError, match="no enabled rule"):
        own.on.cloud.internal("POST", "/_local/fire-rule", {"name": rule})


@pytest.fixture
def github(own: SmallPipeline) -> tuple[str, str, dict[str, Any]]:
    """A repository on GitHub's stand-in, its path and a source action that reads it."""
    name = f"{own.name}/app"
    path = own.on.cloud.internal("POST", "/_local/repositories", {"provider": "github", "name": name})["path"]
    client = own.on.root("codeconnections")
    arn = client.create_connection(ConnectionName="gh", ProviderType="GitHub")["ConnectionArn"]
    own.on.root("iam").put_role_policy(
        RoleName=f"{own.name}-pipeline",
        PolicyName="connection",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [own.on.allow("codeconnections:UseConnection", arn)]}
        ),
    )
    action = own.source()
    action["actionTypeId"]["provider"] = "CodeStarSourceConnection"
    action["configuration"] = {"ConnectionArn": arn, "FullRepositoryId": name, "BranchName": "main"}
    return path, arn, action


def test_a_connection_has_to_be_completed_before_it_can_be_used(own: SmallPipeline, github: Any) -> None:
    path, arn, action = github
    own.commit({"a": "1"}, path=path)
    project = own.project("b", buildspec('test "$BRANCH" = main'))
    first = own.create(
        own.build("Build", project, variables={"BRANCH": "#{SourceVariables.BranchName}"}), source=action
    )
    assert own.ended(first) == "Failed"
    assert "is not available" in own.error(first, "Source")
    own.on.cloud.internal("POST", "/_local/connection-available", {"arn": arn})
    connection = own.on.root("codestar-connections").get_connection(ConnectionArn=arn)["Connection"]
    assert connection["ConnectionStatus"] == "AVAILABLE"
    assert own.ended(own.start()) == "Succeeded"


def test_a_connections_trigger_filters_on_branch_and_paths(own: SmallPipeline, github: Any) -> None:
    path, arn, action = github
    own.on.cloud.internal("POST", "/_local/connection-available", {"arn": arn})
    own.commit({"src/a": "0"}, path=path)
    push = {
        "branches": {"includes": ["main", "release/**"]},
        "filePaths": {"includes": ["src/**"], "excludes": ["**/*.md"]},
    }
    trigger = {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Source", "push": [push]},
    }
    project = own.project("b", buildspec('echo "built $BRANCH"'))
    stage = own.build("Build", project, variables={"BRANCH": "#{SourceVariables.BranchName}"})
    own.ended(own.create(stage, source=action, triggers=[trigger]))
    own.commit({"docs/x": "1"}, path=path)
    own.commit({"src/readme.md": "1"}, path=path)
    own.commit({"src/b": "1"}, branch="feature", path=path)
    assert len(own.executions()) == 1
    commit = own.commit({"src/c": "1"}, branch="release/1/x", path=path)
    started = own.executions()[0]
    assert started["trigger"]["triggerType"] == "WebhookV2"
    assert own.ended(started["pipelineExecutionId"]) == "Succeeded"
    done = own.actions(started["pipelineExecutionId"])
    assert done["Source"]["output"]["outputVariables"]["CommitId"] == commit
    assert "built release/1/x" in own.log(done["Build"])


def test_a_polling_source_notices_a_push_by_itself(own: SmallPipeline) -> None:
    own.commit({"a": "1"})
    own.ended(
        own.create(own.build("B", own.project("b", buildspec("true"))), source=own.source(PollForSourceChanges="true"))
    )
    own.commit({"a": "2"})
    assert own.executions()[0]["trigger"]["triggerType"] == "PollForSourceChanges"


def test_an_input_that_start_build_would_refuse_is_not_delivered(own: SmallPipeline) -> None:
    project = own.project("p", buildspec("true"), source="NO_SOURCE")
    arn = own.on.arn("codebuild", f"project/{project}")
    role = events_role(own, own.on.allow("codebuild:StartBuild", arn))
    text = json.dumps({"environmentVariablesOverride": [{"name": "A"}]})
    own.on.rule(pattern(own), {"Id": "b", "Arn": arn, "RoleArn": role, "Input": text})
    own.commit({"a": "1"})
    delivery = own.on.deliveries()[0]
    assert delivery["status"] == "Failed"
    assert "environmentVariablesOverride.1.member.value" in delivery["error"]
