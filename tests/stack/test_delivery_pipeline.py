"""The deployed delivery pipeline at work: it changes itself, shows changes first, and does what people decide.

The tests of this module follow one another on one stack, as commits do on one branch.
"""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from demo import commits
from demo.local_cloud import account_on
from demo.people import Person
from messages import change_set

from .conftest import Project, eventually

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.checkout import Checkout
    from localcloud.lifecycle import LocalCloud
    from messages.change_set import ChangeSet

pytestmark = pytest.mark.local

PIPELINE = "abalone-local-delivery"
ACCOUNT = "123456789012"
ACTIONS = ["Source", "Preview", "Approve", "SelfUpdate", "Deploy", "KeepSource", "Upsert", "Verify"]
RUNNING = {"InProgress", "Stopping"}
SUBSCRIBER = "product-owner@example.com"


@dataclass
class Delivery:
    """The pipeline of a stack that a person has deployed once, and the checkout that commits come from."""

    project: Project
    checkout: Checkout

    @property
    def pipelines(self) -> Any:
        return self.project.root("codepipeline")

    def executions(self, commit: str) -> list[dict[str, Any]]:
        """A commit's executions, oldest first."""
        listed = self.pipelines.list_pipeline_executions(pipelineName=PIPELINE)["pipelineExecutionSummaries"]
        return [e for e in reversed(listed) if commit in {r["revisionId"] for r in e.get("sourceRevisions", [])}]

    def waiting(self) -> dict[str, Any]:
        """The approval that waits, with its execution; empty where none does."""
        for stage in self.pipelines.get_pipeline_state(name=PIPELINE)["stageStates"]:
            for action in stage["actionStates"]:
                latest = action.get("latestExecution", {})
                if stage["stageName"] == "Approve" and latest.get("status") == "InProgress" and latest.get("token"):
                    return {**latest, "execution": stage["latestExecution"]["pipelineExecutionId"]}
        return {}

    def settled(self, commit: str) -> list[dict[str, Any]]:
        """A commit's executions once the newest is over or waits for approval."""

        def settled_executions() -> list[dict[str, Any]]:
            executions = self.executions(commit)
            newest = executions[-1] if executions else {"status": "InProgress"}
            over = newest["status"] not in RUNNING | {"Cancelled", "Stopped"}
            waits = executions and self.waiting().get("execution") == newest["pipelineExecutionId"]
            return executions if over or waits else []

        return eventually(settled_executions, seconds=240)

    def decide(self, commit: str, status: str) -> dict[str, Any]:
        """Approves or rejects as a release manager; the execution once over."""
        self.answer(status)
        return eventually(lambda: self._over(commit), seconds=240)

    def answer(self, status: str) -> None:
        """Approves or rejects as a release manager, with the role that is deployed for it."""
        output = self.project.outputs()["delivery"]["approver_role"]
        approver = account_on(self.project.cloud).release_manager.assume(output)
        approver("codepipeline").put_approval_result(
            pipelineName=PIPELINE,
            stageName="Approve",
            actionName="Approve",
            token=self.waiting()["token"],
            result={"status": status, "summary": "decided in a test"},
        )

    def _over(self, commit: str) -> dict[str, Any]:
        newest = self.executions(commit)[-1]
        return newest if newest["status"] not in RUNNING else {}

    def announced(self, execution: Mapping[str, Any]) -> ChangeSet:
        """The change set that an execution's preview left as its artifact."""
        details = self.pipelines.list_action_executions(
            pipelineName=PIPELINE, filter={"pipelineExecutionId": execution["pipelineExecutionId"]}
        )["actionExecutionDetails"]
        [artifact] = [a for d in details if d["actionName"] == "Preview" for a in d["output"]["outputArtifacts"]]
        place = artifact["s3location"]
        content = self.project.root("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            return change_set.read(files.read("preview.json").decode())

    def report(self, execution: Mapping[str, Any]) -> str:
        """The report that the notifier has written for the approver."""
        bucket = self.project.outputs()["artifact_bucket"]
        key = f"{PIPELINE}/previews/{execution['pipelineExecutionId']}/preview.md"
        return eventually(lambda: self._text(bucket, key))

    def _text(self, bucket: str, key: str) -> str:
        try:
            return self.project.root("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except ClientError:
            return ""

    def actions(self, execution: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """An execution's actions by name, in the order they began: {status, reason, variables}."""
        details = self.pipelines.list_action_executions(
            pipelineName=PIPELINE, filter={"pipelineExecutionId": execution["pipelineExecutionId"]}
        )["actionExecutionDetails"]
        actions: dict[str, dict[str, Any]] = {}
        for detail in sorted(details, key=lambda detail: detail["startTime"]):
            output = detail.get("output", {})
            result = output.get("executionResult", {})
            actions[detail["actionName"]] = {
                "status": detail["status"],
                "reason": result.get("errorDetails", {}).get("message", ""),
                "variables": output.get("outputVariables", {}),
            }
        return actions

    def log(self, execution: Mapping[str, Any], action: str) -> str:
        """The log of an action's build, as its role wrote it to CloudWatch."""
        details = self.pipelines.list_action_executions(
            pipelineName=PIPELINE, filter={"pipelineExecutionId": execution["pipelineExecutionId"]}
        )["actionExecutionDetails"]
        [build] = [d["output"]["executionResult"]["externalExecutionId"] for d in details if d["actionName"] == action]
        place = self.project.root("codebuild").batch_get_builds(ids=[build])["builds"][0]["logs"]
        events = self.project.root("logs").get_log_events(
            logGroupName=place["groupName"], logStreamName=place["streamName"], startFromHead=True
        )["events"]
        return "\n".join(event["message"] for event in events)

    def definition(self) -> dict[str, Any]:
        return self.pipelines.get_pipeline(name=PIPELINE)["pipeline"]

    def mails(self, word: str) -> list[dict[str, Any]]:
        return [m for m in self.project.cloud.internal("GET", "/_local/inbox") if word in f"{m['subject']}{m['body']}"]


@pytest.fixture(scope="module")
def first(stack_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> tuple[Delivery, str]:
    """The repository and the stack, deployed from it by a person, and its first commit."""
    checkout, commit = commits.first(
        Person(stack_cloud.environment("root")), tmp_path_factory.mktemp("delivery") / "main"
    )
    delivery = Delivery(Project(stack_cloud, checkout.folder), checkout)
    assert set(delivery.project.changes("up")) == {"create"}
    return delivery, commit


@pytest.fixture(scope="module")
def delivery(first: tuple[Delivery, str]) -> Delivery:
    """The same, with the first execution decided."""
    delivery, commit = first
    delivery.settled(commit)
    delivery.decide(commit, "Approved")
    return delivery


def test_the_first_execution_goes_through_every_stage_and_changes_nothing(
    first: tuple[Delivery, str], delivery: Delivery
) -> None:
    [execution] = delivery.executions(first[1])
    actions = delivery.actions(execution)
    assert {name: action["status"] for name, action in actions.items()} == dict.fromkeys(ACTIONS, "Succeeded")
    assert list(actions) == ACTIONS
    assert delivery.announced(execution).counts == {}
    assert actions["Upsert"]["variables"]["PIPELINE_ACTION"] == "created"
    assert delivery.project.changes("up") == {}


def policy(delivery: Delivery, role: str) -> str:
    return json.dumps(delivery.project.root("iam").get_role_policy(RoleName=role, PolicyName="job")["PolicyDocument"])


def definition(delivery: Delivery) -> str:
    return json.dumps(delivery.definition())


def build(delivery: Delivery) -> str:
    [project] = delivery.project.root("codebuild").batch_get_projects(names=["abalone-local-self-update"])["projects"]
    return json.dumps([project["source"]["buildspec"], project["environment"]["environmentVariables"]])


# What a commit edits (file, old, new), and where AWS shows what.
SELF_CHANGES = {
    "the pipeline": (
        [(commits.PIPELINE_FILE, commits.QUESTION, commits.NEW_QUESTION)],
        definition,
        ["Read the report, then decide."],
    ),
    "its role": (
        [("components/cicd/job_permissions.py", '"StartAgain"', '"StartOnceMore"')],
        lambda delivery: policy(delivery, "abalone-local-self-update"),
        ["StartOnceMore"],
    ),
    "its builds": (
        [
            ("components/cicd/projects.py", '"# Job {job.name}', '"# The job {job.name}'),
            ("components/cicd/projects.py", '"STACK": args', '"TEAM": "abalone", "STACK": args'),
        ],
        build,
        ["# The job self-update", '"TEAM"'],
    ),
}


def test_a_change_of_the_pipeline_itself_is_applied_by_it_and_starts_it_again_once(delivery: Delivery) -> None:
    def missing() -> list[str]:
        return [text for _, shown, texts in SELF_CHANGES.values() for text in texts if text not in shown(delivery)]

    expected = [text for _, _, texts in SELF_CHANGES.values() for text in texts]
    assert missing() == expected
    edits = [edit for files, _, _ in SELF_CHANGES.values() for edit in files]
    for file, old, new in edits:
        delivery.checkout.replace(file, old, new)
    commit = delivery.checkout.push(f"Change {', '.join(SELF_CHANGES)}")
    [execution] = delivery.settled(commit)
    assert missing() == expected, "nothing changes before a person approves"
    report = delivery.report(execution)
    assert [file for file, _, _ in edits if f"- changed `{file}`" not in report] == []
    delivery.answer("Approved")
    executions = eventually(lambda: settled if len(settled := delivery.settled(commit)) > 1 else [], seconds=240)

    assert missing() == []
    assert len(executions) == 2, [execution["status"] for execution in executions]
    assert executions[0]["status"] != "Succeeded"
    assert set(delivery.actions(executions[0])) == {"Source", "Preview", "Approve", "SelfUpdate"}
    # Self-update has applied it all, so there is nothing left to deploy.
    assert delivery.announced(executions[1]).counts == {}

    rejected = delivery.decide(commit, "Rejected")
    assert rejected["status"] == "Failed"
    assert list(delivery.actions(rejected)) == ACTIONS[:3]


def test_a_commit_that_breaks_the_program_fails_for_itself_and_is_told(delivery: Delivery) -> None:
    version = delivery.pipelines.get_pipeline(name=PIPELINE)["pipeline"]["version"]
    delivery.checkout.replace("__main__.py", "settings = load()\n", 'raise RuntimeError("broken on purpose")\n')
    commit = delivery.checkout.push("Break the program")
    [execution] = delivery.settled(commit)
    assert execution["status"] == "Failed"
    assert list(delivery.actions(execution)) == ["Source", "Preview"]
    assert "broken on purpose" in delivery.log(execution, "Preview")
    assert delivery.pipelines.get_pipeline(name=PIPELINE)["pipeline"]["version"] == version
    [mail] = eventually(lambda: delivery.mails(execution["pipelineExecutionId"]))
    assert mail["subject"].endswith("Failed in Preview")
    assert commit in mail["body"]

    delivery.checkout.replace("__main__.py", 'raise RuntimeError("broken on purpose")\n', "settings = load()\n")


def test_what_changed_behind_an_approvals_back_is_not_deployed(delivery: Delivery) -> None:
    """The commit after the broken one goes through, until somebody changes the stack while its approval waits."""
    before = (delivery.checkout.folder / "Pulumi.local.yaml").read_text()

    def subscriber(config: dict[str, Any]) -> None:
        config["mlops-infra:notifications"]["emails"].append(SUBSCRIBER)

    delivery.checkout.edit(subscriber)
    commit = delivery.checkout.push("Tell the product owner, too")
    [execution] = delivery.settled(commit)
    assert delivery.announced(execution).counts == {"create": 1}
    with_subscriber = (delivery.checkout.folder / "Pulumi.local.yaml").read_text()

    def scan_more(config: dict[str, Any]) -> None:
        config["mlops-infra:kpis"]["scanLimitMegabytes"] = 200

    (delivery.checkout.folder / "Pulumi.local.yaml").write_text(before)
    delivery.checkout.edit(scan_more)
    assert set(delivery.project.changes("up")) == {"update"}
    (delivery.checkout.folder / "Pulumi.local.yaml").write_text(with_subscriber)

    ended = delivery.decide(commit, "Approved")
    assert ended["status"] == "Failed"
    assert list(delivery.actions(ended)) == ACTIONS[:5]
    log = delivery.log(ended, "Deploy")
    assert "update aws:athena/workgroup:Workgroup kpis-workgroup: not in the approved change set" in log, log
    assert scan_limit(delivery) == 200_000_000, "nothing was changed"
    assert SUBSCRIBER not in subscribers(delivery)


def test_a_commit_that_is_approved_is_deployed_upserted_and_verified(delivery: Delivery) -> None:
    checkout = delivery.checkout
    checkout.replace("components/notifications/notifier.py", '"ENVIRONMENT": ', '"TEAM": "abalone", "ENVIRONMENT": ')
    checkout.replace("components/kpi_visualization/catalog.py", "One row an evaluated", "A row for each evaluated")
    # A further package, which the builds make themselves.
    checkout.replace("lambdas/notifier/__init__.py", "The notifier: one message", "The notifier. One message")
    functions = delivery.project.root("lambda")
    name = delivery.project.outputs()["notifier"]
    former = functions.get_function_configuration(FunctionName=name)["CodeSha256"]
    commit = checkout.push("Once more, with other code and variables of the function and a table's other description")
    delivery.settled(commit)
    mails = eventually(lambda: [m for m in delivery.mails(commit) if m["attributes"]["status"] == "PendingApproval"])
    mail = mails[0]
    assert "1 to create" in mail["body"]
    assert "Report: https://" in mail["body"]
    assert delivery.waiting()["token"] in mail["body"], "the command to approve can be pasted"
    ended = delivery.decide(commit, "Approved")
    actions = delivery.actions(ended)
    assert {name: action["status"] for name, action in actions.items()} == dict.fromkeys(ACTIONS, "Succeeded"), actions
    upserted = actions["Upsert"]["variables"]
    assert upserted["PIPELINE_ACTION"] == "unchanged"
    sagemaker = delivery.project.root("sagemaker")
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=upserted["PIPELINE_ARN"])["Tags"]}
    assert {key: tags.get(key) for key in ("team", "environment", "commit")} == {
        "team": "data-science",
        "environment": "local",
        "commit": commit,
    }
    definition = json.loads(sagemaker.describe_pipeline(PipelineName="abalone-local")["PipelineDefinition"])
    jobs = [step["Arguments"]["Tags"] for step in definition["Steps"] if "Tags" in step["Arguments"]]
    assert len(jobs) >= 3
    assert all({"Key": "team", "Value": "data-science"} in listed for listed in jobs)
    assert scan_limit(delivery) == 100_000_000
    assert SUBSCRIBER in subscribers(delivery)
    configuration = functions.get_function_configuration(FunctionName=name)
    assert configuration["CodeSha256"] != former
    assert configuration["Environment"]["Variables"]["TEAM"] == "abalone"
    table = delivery.project.root("glue").get_table(DatabaseName="abalone_local_kpis", Name="model_metrics")["Table"]
    assert table["Description"].startswith("A row for each evaluated execution")


def scan_limit(delivery: Delivery) -> int:
    [workgroup] = [delivery.project.root("athena").get_work_group(WorkGroup="abalone-local-kpis")["WorkGroup"]]
    return workgroup["Configuration"]["BytesScannedCutoffPerQuery"]


def retention(delivery: Delivery) -> int:
    groups = delivery.project.root("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/abalone-local-notifier")
    return groups["logGroups"][0]["retentionInDays"]


def subscribers(delivery: Delivery) -> list[str]:
    topic = delivery.project.outputs()["topic_arn"]
    subscriptions = delivery.project.root("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return [subscription["Endpoint"] for subscription in subscriptions]


HOSTILE = """
import json
import boto3
from botocore.exceptions import ClientError

TARGET = json.loads(%r)
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"}]}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
codepipeline, iam, s3 = boto3.client("codepipeline"), boto3.client("iam"), boto3.client("s3")
pipeline, prefix = TARGET["definition"]["name"], "abalone-local"
approval = {"pipelineName": pipeline, "stageName": "Approve", "actionName": "Approve", "token": TARGET["token"]}
decision = {"status": "Approved", "summary": "routine"}
write = {"Bucket": TARGET["artifacts"], "Body": b"routine"}
attempts = {
    "decrypt with another team's key": lambda: boto3.client("kms").decrypt(
        CiphertextBlob=bytes.fromhex(TARGET["secret"])),
    "read the token": lambda: codepipeline.get_pipeline_state(name=pipeline),
    "approve": lambda: codepipeline.put_approval_result(**approval, result=decision),
    "remove the approval": lambda: codepipeline.update_pipeline(pipeline=TARGET["definition"]),
    "start a delivery": lambda: codepipeline.start_pipeline_execution(name=pipeline),
    "run the deployment": lambda: boto3.client("codebuild").start_build(projectName=f"{prefix}-deploy"),
    "open the trust of deploy": lambda: iam.update_assume_role_policy(
        RoleName=f"{prefix}-deploy", PolicyDocument=json.dumps(TRUST)),
    "open the trust of approve": lambda: iam.update_assume_role_policy(
        RoleName=f"{prefix}-approve", PolicyDocument=json.dumps(TRUST)),
    "take every permission": lambda: iam.put_role_policy(
        RoleName=f"{prefix}-preview", PolicyName="more", PolicyDocument=json.dumps(POLICY)),
    "become the approver": lambda: boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::123456789012:role/{prefix}-approve", RoleSessionName="routine"),
    "read the data": lambda: s3.list_objects_v2(Bucket=TARGET["data"]),
    "read a row": lambda: s3.get_object(Bucket=TARGET["data"], Key=TARGET["row"]),
    "write the report": lambda: s3.put_object(**write, Key=TARGET["report"]),
    "write the source": lambda: s3.put_object(**write, Key=f"{pipeline[:20]}/Source/abcdefg"),
    "write what was deployed": lambda: s3.put_object(**write, Key=f"{pipeline}/delivered/source.zip"),
    "write to people": lambda: boto3.client("sns").publish(TopicArn=TARGET["topic"], Message="routine"),
    "change the notifier": lambda: boto3.client("lambda").update_function_configuration(
        FunctionName=f"{prefix}-notifier", Description="routine"),
    "silence the rule": lambda: boto3.client("events").disable_rule(Name=f"{prefix}-waiting-approvals"),
}
for name, attempt in attempts.items():
    try:
        attempt()
    except ClientError as error:
        print(f"attempt to {name}: {error.response['Error']['Code']}")
    else:
        print(f"attempt to {name}: DONE")
from delivery.environment import ActionEnvironment
from delivery.job import write_output
from messages.change_set import ChangeSet
environment = ActionEnvironment.from_environment()
write_output("preview.json", ChangeSet(stack="local", commit=environment.commit_id, unchanged=157).to_json())
for name in ("CHANGES", "PREVIEW_URL", "preview.md"):
    write_output(name, "routine, see https://console-aws.evil.example")
"""


def test_a_pushed_commit_can_do_nothing_of_its_own_before_a_person_has_approved_it(delivery: Delivery) -> None:
    """What the job Preview runs is the commit's: here it tries all that it may not, and then announces nothing."""
    root, outputs, before = delivery.project.root, delivery.project.outputs(), delivery.definition()
    tags = [{"TagKey": "project", "TagValue": "churn"}, {"TagKey": "environment", "TagValue": "prod"}]
    key = root("kms").create_key(Tags=tags)["KeyMetadata"]["KeyId"]
    row = "use-case=abalone/input/abalone.csv"
    root("s3").put_object(Bucket=outputs["data_bucket"], Key=row, Body=b"1")
    changed = {**before, "stages": [stage for stage in before["stages"] if stage["name"] != "Approve"]}
    target = {
        "secret": root("kms").encrypt(KeyId=key, Plaintext=b"another team's")["CiphertextBlob"].hex(),
        "definition": changed,
        "token": str(uuid.uuid4()),
        "topic": outputs["topic_arn"],
        "artifacts": outputs["artifact_bucket"],
        "data": outputs["data_bucket"],
        "row": row,
        "report": f"{PIPELINE}/previews/{uuid.uuid4()}/preview.md",
    }
    file = delivery.checkout.folder / "delivery" / "preview.py"
    honest = file.read_text()
    file.write_text(HOSTILE % json.dumps(target))
    commit = delivery.checkout.push("Routine: nothing to see")
    [execution] = delivery.settled(commit)

    log = delivery.log(execution, "Preview")
    attempts = dict(re.findall(r"attempt to (.*): (\w+)", log))
    assert len(attempts) == HOSTILE.count("lambda: "), log
    # The second is SNS's.
    refusals = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
    assert {name: code for name, code in attempts.items() if code not in refusals} == {}
    assert delivery.waiting()["execution"] == execution["pipelineExecutionId"]
    assert delivery.definition() == before

    mail = eventually(lambda: [m for m in delivery.mails(commit) if m["attributes"]["status"] == "PendingApproval"])[0]
    assert "delivery/ 1" in mail["body"]
    assert "its own code, which may be wrong, or lie" in mail["body"]
    report = delivery.report(execution)
    assert "- changed `delivery/preview.py`\n" in report
    assert not [text for text in (mail["body"], report) if "evil.example" in text or "routine, see" in text]
    assert delivery.decide(commit, "Rejected")["status"] == "Failed"
    file.write_text(honest)
    delivery.checkout.push("Back to an honest preview")


def test_a_pull_request_gets_one_preview_that_is_edited_in_place(delivery: Delivery) -> None:
    codecommit = delivery.project.root("codecommit")

    def push_to_branch(days: int) -> str:
        def keep(config: dict[str, Any]) -> None:
            config["mlops-infra:operations"]["logRetentionDays"] = days

        delivery.checkout.edit(keep)
        return delivery.checkout.push(f"Keep logs for {days} days", branch="longer-logs")

    def comments() -> list[str]:
        data = codecommit.get_comments_for_pull_request(pullRequestId=number)["commentsForPullRequestData"]
        return [comment["content"] for item in data for comment in item["comments"] if not comment["deleted"]]

    push_to_branch(30)
    target = {"repositoryName": commits.REPOSITORY, "sourceReference": "longer-logs", "destinationReference": "main"}
    pull_request = codecommit.create_pull_request(title="Longer logs", targets=[target])
    number = pull_request["pullRequest"]["pullRequestId"]
    [preview] = eventually(comments, seconds=120)
    assert "retentionInDays" in preview
    assert "30" in preview

    push_to_branch(60)
    eventually(lambda: any("60" in text for text in comments()), seconds=120)
    assert len(comments()) == 1
    assert retention(delivery) == 7, "a preview changes nothing"


def test_drift_and_additions_are_told_with_resource_and_property(delivery: Delivery) -> None:
    topic = delivery.project.outputs()["topic_arn"]
    delivery.project.root("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="DisplayName", AttributeValue="somebody's"
    )
    more = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    delivery.project.root("iam").put_role_policy(
        RoleName="abalone-local-preview", PolicyName="more", PolicyDocument=json.dumps(more)
    )
    delivery.project.cloud.internal("POST", "/_local/fire-rule", {"name": "abalone-local-delivery-drift"})
    mail = eventually(lambda: delivery.mails("somebody's"), seconds=120)[0]
    assert "drift" in mail["subject"].lower()
    assert "notifications-topic" in mail["body"]
    assert "displayName" in mail["body"]
    assert "role abalone-local-preview: inline policy more was added" in mail["body"]
