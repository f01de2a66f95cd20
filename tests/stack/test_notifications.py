"""The deployed notifier, end to end: AWS's events through the deployed rules to the subscribers' mails."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Project

pytestmark = pytest.mark.local

GROUP = "abalone-local-stable-models"
EVALUATION = {"regression_metrics": {"mse": {"value": 4.5, "standard_deviation": 0.2}, "r2": {"value": 0.55}}}


class Registry:
    """The model registry of the deployed stack, and what comes out at the subscriber's end."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.outputs = project.outputs()
        self.sagemaker = project.root("sagemaker")

    def register(self, name: str, *, evaluation: object = EVALUATION, **members: Any) -> str:
        """A version whose evaluation lies where the pipeline puts it; None leaves the file out."""
        bucket, key = self.outputs["artifact_bucket"], f"abalone-local/executions/{name}/evaluation.json"
        if evaluation is not None:
            self.project.root("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(evaluation).encode())
        statistics = {"ContentType": "application/json", "S3Uri": f"s3://{bucket}/{key}"}
        container = {
            "Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/xgboost:1",
            "ModelDataUrl": f"s3://{bucket}/m",
        }
        return self.sagemaker.create_model_package(
            ModelPackageGroupName=GROUP,
            ModelMetrics={"ModelQuality": {"Statistics": statistics}},
            InferenceSpecification={"Containers": [container], "SupportedContentTypes": ["text/csv"],
                                    "SupportedResponseMIMETypes": ["text/csv"]},
            **members,
        )["ModelPackageArn"]  # fmt: skip

    def decide(self, arn: str, status: str, why: str) -> None:
        self.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status, ApprovalDescription=why)

    def mails(self, arn: str, status: str) -> list[dict[str, Any]]:
        inbox = self.project.cloud.internal("GET", "/_local/inbox")
        return [mail for mail in inbox if arn in mail["body"] and mail["attributes"].get("status") == status]

    def mail(self, arn: str, status: str) -> dict[str, Any]:
        return eventually(lambda: self.mails(arn, status))[0]

    def events(self, arn: str) -> list[dict[str, Any]]:
        """What the bus remembers of one version, oldest first."""
        entries = self.project.cloud.internal("GET", "/_local/events")
        return [entry for entry in entries if entry["event"]["detail"].get("ModelPackageArn") == arn]

    def queue(self, name: str) -> list[dict[str, Any]]:
        """What lies in a dead-letter queue; it is taken out."""
        answer = self.project.root("sqs").receive_message(
            QueueUrl=self.outputs["dead_letter_queues"][name],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=0,
        )
        return answer.get("Messages", [])

    def alarm(self, name: str) -> str:
        [alarm] = self.project.root("cloudwatch").describe_alarms(AlarmNames=[f"abalone-local-{name}"])["MetricAlarms"]
        return alarm["StateValue"]


@pytest.fixture(scope="module")
def registry(deployed: Project) -> Registry:
    return Registry(deployed)


def test_each_change_of_a_version_becomes_one_mail(registry: Registry) -> None:
    arn = registry.register("first")
    pending = registry.mail(arn, "PendingManualApproval")
    assert pending["to"] == "data-scientist@example.com"
    assert "4.5" in pending["body"]
    assert "--model-approval-status Approved" in pending["body"]

    registry.decide(arn, "Approved", "looks right")
    assert "looks right" in registry.mail(arn, "Approved")["body"]
    registry.decide(arn, "Rejected", "drifted since")
    assert "drifted since" in registry.mail(arn, "Rejected")["body"]
    assert [len(registry.mails(arn, s)) for s in ("PendingManualApproval", "Approved", "Rejected")] == [1, 1, 1]


def test_metrics_stand_beside_the_last_approved_versions(registry: Registry) -> None:
    approved = registry.register("better", evaluation={"regression_metrics": {"mse": {"value": 5.0}}})
    registry.decide(approved, "Approved", "the reference")
    arn = registry.register("compared")
    body = registry.mail(arn, "PendingManualApproval")["body"]
    assert f"version {approved.rpartition('/')[2]}" in body.lower()
    assert "-0.5" in body


def test_an_event_delivered_three_times_is_told_once(registry: Registry) -> None:
    arn = registry.register("thrice")
    registry.mail(arn, "PendingManualApproval")
    event = registry.events(arn)[0]["event"]
    for _ in range(2):
        registry.project.cloud.internal("POST", "/_local/emit", {"id": event["id"]})

    def all_delivered() -> bool:
        deliveries = [d for entry in registry.events(arn) for d in entry["deliveries"]]
        return len(deliveries) == 3 and all(d["status"] == "Delivered" for d in deliveries)

    eventually(all_delivered)
    invocations = "/aws/lambda/abalone-local-notifier"
    logs = registry.project.root("logs")
    eventually(
        lambda: (
            sum(
                event["id"] in entry["message"] and "REPORT" not in entry["message"]
                for entry in logs.filter_log_events(logGroupName=invocations)["events"]
            )
            >= 3
        )
    )
    assert len(registry.mails(arn, "PendingManualApproval")) == 1
    assert registry.queue("failed") == []


@pytest.mark.parametrize("evaluation", [None, {}, "text", {"regression_metrics": {"mse": {}}}])
def test_without_metrics_the_message_still_arrives(registry: Registry, evaluation: object) -> None:
    arn = registry.register(f"bare-{json.dumps(evaluation)[:4].strip('{}')}", evaluation=evaluation)
    assert registry.mail(arn, "PendingManualApproval")["subject"]


def test_a_version_without_any_quality_statistics_is_told(registry: Registry) -> None:
    arn = registry.sagemaker.create_model_package(ModelPackageGroupName=GROUP)["ModelPackageArn"]
    assert registry.mail(arn, "PendingManualApproval")["subject"]


def test_a_version_that_fails_its_validation_is_told_with_the_reason(registry: Registry) -> None:
    role = registry.outputs["pipeline_environment"]["SAGEMAKER_PIPELINE_ROLE_ARN"]
    bucket = registry.outputs["artifact_bucket"]
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/abalone-local/i"}}
    job = {
        "TransformInput": {"DataSource": source},
        "TransformOutput": {"S3OutputPath": f"s3://{bucket}/abalone-local/o"},
        "TransformResources": resources,
    }
    validation = {"ValidationRole": role, "ValidationProfiles": [{"ProfileName": "p", "TransformJobDefinition": job}]}
    arn = registry.register("invalid", ValidationSpecification=validation)
    assert "cannot be read" in registry.mail(arn, "Failed")["body"]
    assert registry.mails(arn, "PendingManualApproval") == []


def test_each_change_leaves_a_structured_copy_in_its_partition(registry: Registry) -> None:
    arn = registry.register("copied")
    registry.mail(arn, "PendingManualApproval")
    s3, bucket = registry.project.root("s3"), registry.outputs["data_bucket"]
    day = time.strftime("%Y-%m-%d", time.gmtime())
    prefix = f"use-case=abalone/registry-events/use_case=abalone/dt={day}/"
    event_id = registry.events(arn)[0]["event"]["id"]
    key = f"{prefix}{event_id}.json"
    eventually(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", []))
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert body.count("\n") <= 1
    assert event_id in body


def test_the_alarm_of_an_undelivered_event_goes_off_and_is_mailed(registry: Registry) -> None:
    functions = registry.project.root("lambda")
    functions.remove_permission(FunctionName="abalone-local-notifier", StatementId="model-versions")
    try:
        arn = registry.register("undeliverable")
        [message] = eventually(lambda: registry.queue("undelivered"), 60)
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        assert attributes["RULE_ARN"].endswith("rule/abalone-local-model-versions")
        assert attributes["TARGET_ARN"].endswith("function:abalone-local-notifier")
        assert {"ERROR_CODE", "ERROR_MESSAGE", "EXHAUSTED_RETRY_CONDITION", "RETRY_ATTEMPTS"} <= set(attributes) | {
            "EXHAUSTED_RETRY_CONDITION",
            "RETRY_ATTEMPTS",
        }
        assert json.loads(message["Body"])["detail"]["ModelPackageArn"] == arn
        eventually(lambda: registry.alarm("undelivered-queue") == "ALARM", 150)
        inbox = registry.project.cloud
        eventually(
            lambda: [m for m in inbox.internal("GET", "/_local/inbox") if "undelivered-queue" in m["subject"]], 60
        )
    finally:
        registry.project.changes("refresh")
        registry.project.changes("up")


def test_an_event_that_can_not_be_handled_ends_in_its_queue_and_the_alarm_goes_off(registry: Registry) -> None:
    role = {"RoleName": "abalone-local-notifier", "PolicyName": "notify"}
    iam = registry.project.root("iam")
    policy = iam.get_role_policy(**role)["PolicyDocument"]
    without = [s for s in policy["Statement"] if "sns:Publish" not in s["Action"]]
    keep = [s for s in policy["Statement"] if s not in without]
    iam.put_role_policy(**role, PolicyDocument=json.dumps({**policy, "Statement": without}))
    try:
        arn = registry.register("unpublishable")
        [message] = eventually(lambda: registry.queue("failed"), 90)
        failed = json.loads(message["Body"])
        assert failed["requestContext"]["condition"] == "RetriesExhausted"
        assert failed["requestPayload"]["detail"]["ModelPackageArn"] == arn
        eventually(lambda: registry.alarm("failed-queue") == "ALARM", 150)
        assert registry.mails(arn, "PendingManualApproval") == []
    finally:
        iam.put_role_policy(**role, PolicyDocument=json.dumps({**policy, "Statement": [*without, *keep]}))


def test_a_crawl_that_fails_is_mailed_with_the_reason_and_how_to_crawl_again(registry: Registry) -> None:
    crawler, project = registry.outputs["kpis"]["crawler"], registry.project
    iam, role = project.root("iam"), {"RoleName": "abalone-local-kpis-crawler", "PolicyName": "crawl"}
    policy = json.dumps(iam.get_role_policy(**role)["PolicyDocument"])
    iam.delete_role_policy(**role)
    try:
        project.root("glue").start_crawler(Name=crawler)
        mail = eventually(lambda: registry.mails(f"Crawler      {crawler}", "Failed"))[0]
    finally:
        iam.put_role_policy(**role, PolicyDocument=policy)
    assert mail["subject"] == f"[local] {crawler} crawl: Failed"
    assert "is not authorized to perform" in mail["body"]
    assert f"aws glue start-crawler --name {crawler} --region us-east-1" in mail["body"]


DELIVERY = "abalone-local-delivery"


def test_a_delivery_that_fails_is_mailed_with_the_action_the_reason_and_how_to_go_on(registry: Registry) -> None:
    started = registry.project.root("codepipeline").start_pipeline_execution(name=DELIVERY)["pipelineExecutionId"]
    mail = eventually(lambda: registry.mails(started, "Failed"))[0]
    assert mail["subject"] == f"[local] {DELIVERY} execution {started[:8]}: Failed in Source"
    assert "mlops-infra" in mail["body"]
    assert f"/{DELIVERY}/executions/{started}/timeline" in mail["body"]
    assert f"aws codepipeline start-pipeline-execution --name {DELIVERY} --region us-east-1" in mail["body"]
    assert "are missing" not in mail["body"]


def test_an_approval_that_waits_is_mailed_once_with_a_command_that_decides_it(
    registry: Registry, tmp_path: Path
) -> None:
    codepipeline = registry.project.root("codepipeline")
    whole = codepipeline.get_pipeline(name=DELIVERY)["pipeline"]
    stages = {stage["name"]: stage for stage in whole["stages"]}
    [approval] = stages["Approve"]["actions"]
    # Without the builds there is no preview that the approval could show.
    waiting = {"name": "Approve", "actions": [{**approval, "configuration": {"CustomData": "decide"}}]}
    codepipeline.update_pipeline(pipeline={**whole, "stages": [stages["Source"], waiting]})
    try:
        commit = pushed(registry.project, tmp_path)
        asked = eventually(lambda: registry.mails(commit, "PendingApproval"))[0]
        assert asked["subject"] == f"[local] {DELIVERY} commit {commit[:8]}: PendingApproval"
        assert commit in asked["body"]
        assert "Lower the threshold" not in asked["body"], "its author's words are not the notifier's"
        [reject] = [line for line in asked["body"].splitlines() if "status=Rejected" in line]
        options = shlex.split(reject)
        values = dict(zip(options[3::2], options[4::2], strict=True))
        codepipeline.put_approval_result(
            pipelineName=values["--pipeline-name"],
            stageName=values["--stage-name"],
            actionName=values["--action-name"],
            token=values["--token"],
            result=dict(part.split("=") for part in values["--result"].split(",")),
        )
        failed = eventually(lambda: registry.mails(commit, "Failed"))[0]
    finally:
        codepipeline.update_pipeline(pipeline=whole)
    assert failed["subject"] == f"[local] {DELIVERY} commit {commit[:8]}: Failed in Approve"
    assert "why it may not be deployed" in failed["body"]
    assert "retry-stage-execution" in failed["body"]
    assert len(registry.mails(commit, "PendingApproval")) == 1
    inbox = registry.project.cloud.internal("GET", "/_local/inbox")
    assert not [mail for mail in inbox if "APPROVAL NEEDED" in mail["subject"]]


def pushed(project: Project, directory: Path) -> str:
    """A commit on the delivered branch, which starts the pipeline; gives its id."""
    repository = project.cloud.internal(
        "POST", "/_local/repositories", {"provider": "codecommit", "name": "mlops-infra"}
    )
    identity = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), **identity}

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    git("init", "--quiet", "--initial-branch", "main")
    git("commit", "--quiet", "--allow-empty", "--message", "Lower the threshold")
    git("push", "--quiet", str(repository["path"]), "HEAD:main")
    return git("rev-parse", "HEAD")
