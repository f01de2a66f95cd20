"""The life of a stack: deployed, unchanged, drifted, repaired, replaced, destroyed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bootstrap import Target, apply
from localcloud import inventory
from tools.cloudformation.resources import resources_of_state
from tools.cloudformation.template import template_of

from .verification import verify

if TYPE_CHECKING:
    from .conftest import Project

pytestmark = pytest.mark.local


def test_a_second_up_and_a_preview_change_nothing(deployed: Project) -> None:
    assert deployed.changes("up") == {}
    assert "expect" not in deployed.ok("preview", "--expect-no-changes", "--diff").lower()


def test_a_refresh_right_after_the_deployment_finds_nothing(deployed: Project) -> None:
    assert deployed.changes("refresh", "--expect-no-changes") == {}


def test_the_state_has_a_cloudformation_template(deployed: Project) -> None:
    template = template_of(resources_of_state(json.loads(deployed.ok("stack", "export"))))
    bucket = template["Resources"]["DataBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert {"Key": "environment", "Value": "local"} in bucket["Tags"]


def test_every_child_stands_below_its_component(deployed: Project) -> None:
    for resource in deployed.resources():
        if not resource["type"].startswith("mlops:"):
            assert "mlops:index:" in resource["urn"].split("::")[2].rpartition("$")[0], resource["urn"]


def test_every_taggable_resource_carries_the_projects_tags(deployed: Project) -> None:
    queue = next(r for r in deployed.resources() if r["urn"].endswith("::notifications-undelivered"))
    tags = deployed.root("sqs").list_queue_tags(QueueUrl=queue["id"])["Tags"]
    assert tags["environment"] == "local"
    assert tags["sagemaker:project-name"] == "abalone"
    assert tags["team"] == "data-science"


def drift_of_a_queue(project: Project, url: str) -> None:
    project.root("sqs").set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})


def test_drift_is_found_by_refresh_and_repaired_by_up(deployed: Project) -> None:
    url = deployed.outputs()["dead_letter_queues"]["failed"]
    drift_of_a_queue(deployed, url)
    deployed.root("events").disable_rule(Name="abalone-local-model-versions")
    role = {"RoleName": "abalone-local-notifier", "PolicyName": "notify"}
    too_much = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    deployed.root("iam").put_role_policy(
        **role, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [too_much]})
    )
    assert deployed.changes("refresh") == {"update": 3}
    assert deployed.changes("up") == {"update": 3}
    attributes = deployed.root("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["MessageRetentionPeriod"] == str(14 * 86400)
    assert deployed.root("events").describe_rule(Name="abalone-local-model-versions")["State"] == "ENABLED"
    assert too_much not in deployed.root("iam").get_role_policy(**role)["PolicyDocument"]["Statement"]


def test_tags_that_an_organisation_puts_on_from_outside_are_drift_unless_they_are_ignored(deployed: Project) -> None:
    outputs = deployed.outputs()
    [group] = deployed.root("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    groups_arn = group["ModelPackageGroupArn"]
    tags = [{"Key": "CostCenter", "Value": "1"}, {"Key": "org:unit", "Value": "a"}]

    def outside() -> list[set[str]]:
        topic = deployed.root("sns").list_tags_for_resource(ResourceArn=outputs["topic_arn"])["Tags"]
        role = deployed.root("iam").list_role_tags(RoleName="abalone-local-notifier")["Tags"]
        versions = deployed.root("sagemaker").list_tags(ResourceArn=groups_arn)["Tags"]
        return [{tag["Key"] for tag in listed} & {"CostCenter", "org:unit"} for listed in (topic, role, versions)]

    deployed.root("sns").tag_resource(ResourceArn=outputs["topic_arn"], Tags=tags)
    deployed.root("iam").tag_role(RoleName="abalone-local-notifier", Tags=tags)
    deployed.root("sagemaker").add_tags(ResourceArn=groups_arn, Tags=tags)
    assert json.loads(deployed.ok("refresh", "--preview-only", "--json"))["changeSummary"].get("update") == 3

    deployed.configure(lambda config: config["mlops-infra:operations"].update(ignoredTags=["CostCenter", "org:*"]))
    assert set(deployed.changes("up")) <= {"update"}
    assert deployed.changes("refresh", "--expect-no-changes") == {}
    deployed.configure(lambda config: config["mlops-infra:tags"].update(team="other"))
    assert set(deployed.changes("up")) == {"update"}
    assert outside() == [{"CostCenter", "org:unit"}] * 3, "they stay"

    deployed.configure(lambda config: config["mlops-infra:tags"].update(team="data-science"))
    deployed.configure(lambda config: config["mlops-infra:operations"].update(ignoredTags=[]))
    deployed.ok("up", "--yes", "--skip-preview")
    assert deployed.changes("refresh") == deployed.changes("up") == {"update": 3}
    assert outside() == [set()] * 3


def test_what_was_deleted_behind_its_back_comes_back(deployed: Project) -> None:
    deployed.root("cloudwatch").delete_alarms(AlarmNames=["abalone-local-failed-queue"])
    assert deployed.changes("refresh") == {"delete": 1}
    assert deployed.changes("up") == {"create": 1}
    assert deployed.root("cloudwatch").describe_alarms(AlarmNames=["abalone-local-failed-queue"])["MetricAlarms"]


def test_another_log_retention_updates_the_log_groups_and_the_expiry_of_access_logs_only(deployed: Project) -> None:
    groups = [resource["type"] for resource in deployed.resources()].count("aws:cloudwatch/logGroup:LogGroup")

    deployed.configure(lambda config: config["mlops-infra:operations"].update(logRetentionDays=14))
    assert deployed.changes("up") == {"update": groups + 1}
    group = deployed.root("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/abalone-local")["logGroups"][0]
    assert group["retentionInDays"] == 14


def test_another_pipeline_name_replaces_the_model_package_group(deployed: Project) -> None:
    deployed.configure(lambda config: config["mlops-infra:pipeline"].update(name="abalone-local-two"))
    changes = deployed.changes("up")
    assert changes["replace"] == 1
    groups = deployed.root("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [group["ModelPackageGroupName"] for group in groups] == ["abalone-local-two-stable-models"]
    deployed.configure(lambda config: config["mlops-infra:pipeline"].update(name="abalone-local"))
    assert deployed.changes("up")["replace"] == 1


def test_addresses_and_chat_channels_come_and_go_with_the_configuration(deployed: Project) -> None:
    chatbot, topic = deployed.root("chatbot"), deployed.outputs()["topic_arn"]

    def addresses() -> list[str]:
        subscriptions = deployed.root("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return sorted(subscription["Endpoint"] for subscription in subscriptions if subscription["Protocol"] == "email")

    teams = {"tenantId": "1" * 8 + "-1111-1111-1111-" + "1" * 12, "teamId": "2" * 8 + "-2222-2222-2222-" + "2" * 12}
    subscribers = {
        "emails": ["data-scientist@example.com", "second@example.com"],
        "slackChannels": [{"workspaceId": "T07EA123LEP", "channelId": "C07EZ1ABC23"}],
        "teamsChannels": [{**teams, "channelId": "19%3Aab12%40thread.tacv2"}],
    }
    deployed.configure(lambda config: config["mlops-infra:notifications"].update(subscribers))
    # The channels have a role of their own.
    assert deployed.changes("up") == {"create": 4}
    assert addresses() == ["data-scientist@example.com", "second@example.com"]
    [slack] = chatbot.describe_slack_channel_configurations()["SlackChannelConfigurations"]
    assert slack["SnsTopicArns"] == [topic]
    assert slack["GuardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AWSDenyAll"]
    assert deployed.changes("refresh", "--expect-no-changes") == {}

    fewer = {"emails": ["data-scientist@example.com"], "slackChannels": [], "teamsChannels": []}
    deployed.configure(lambda config: config["mlops-infra:notifications"].update(fewer))
    assert deployed.changes("up") == {"delete": 4}
    assert addresses() == ["data-scientist@example.com"]
    assert chatbot.describe_slack_channel_configurations()["SlackChannelConfigurations"] == []


def test_an_existing_bucket_is_used_and_outlives_the_stacks_interest_in_it(deployed: Project) -> None:
    s3 = deployed.root("s3")
    s3.create_bucket(Bucket="a-team-s-own-lake")
    deployed.configure(lambda config: config["mlops-infra:buckets"].update(data="a-team-s-own-lake"))
    assert deployed.changes("up")["delete"] == 8
    assert deployed.outputs()["data_bucket"] == "a-team-s-own-lake"
    policy = deployed.root("iam").get_role_policy(RoleName="abalone-local-notifier", PolicyName="notify")
    assert "a-team-s-own-lake/use-case=abalone/registry-events" in json.dumps(policy["PolicyDocument"])
    deployed.configure(lambda config: config["mlops-infra:buckets"].update(data=None))
    assert deployed.changes("up")["create"] == 8
    assert s3.head_bucket(Bucket="a-team-s-own-lake")


def test_one_existing_bucket_for_artifacts_and_data_works_as_verified(deployed: Project) -> None:
    def use(bucket: str | None) -> None:
        deployed.configure(lambda config: config["mlops-infra:buckets"].update(artifacts=bucket, data=bucket))
        outcomes = list(apply(deployed.root, Target.read(deployed.stack, deployed.directory)))
        assert [outcome.status for outcome in outcomes if outcome.kind == "permissions boundary"] == ["updated"]
        deployed.changes("up")

    deployed.root("s3").create_bucket(Bucket="a-team-s-only-bucket")
    use("a-team-s-only-bucket")
    outputs = deployed.outputs()
    assert outputs["artifact_bucket"] == outputs["data_bucket"] == "a-team-s-only-bucket"
    done = verify(deployed)
    assert done.returncode == 0, done.stdout + done.stderr
    use(None)


def test_removal_protection_refuses_to_destroy_and_changes_nothing(deployed: Project) -> None:
    def protect(on: bool) -> Any:
        return lambda config: config["mlops-infra:operations"].update(removalProtection=on)

    deployed.configure(protect(on=True))
    deployed.changes("up")
    before = inventory.take(deployed.root)
    result = deployed.run("destroy", "--yes")
    assert result.returncode != 0
    assert "protected" in result.stdout
    assert inventory.take(deployed.root) == before
    deployed.configure(protect(on=False))
    assert set(deployed.changes("up")) == {"update"}


def test_a_secret_of_the_stack_is_in_no_state_file(deployed: Project) -> None:
    state = deployed.ok("stack", "export")
    assert json.loads(state)["deployment"]["secrets_providers"]["type"] == "cloud"


def test_destroy_empties_the_buckets_and_leaves_nothing(deployed: Project) -> None:
    outputs = deployed.outputs()
    for key in ("one", "two"):
        deployed.root("s3").put_object(Bucket=outputs["data_bucket"], Key="left-behind", Body=key.encode())
    there = inventory.take(deployed.root)
    changes = deployed.changes("destroy")
    assert set(changes) == {"delete"}
    assert deployed.resources() == []
    deployment = Target.read(deployed.stack, deployed.directory).deployment
    bootstrapped = {
        deployment.state_bucket,
        deployment.state_logs_bucket,
        deployment.secrets_alias,
        deployment.boundary_arn,
    }
    names = {
        service: [name for name in remaining if "abalone" in name and name not in bootstrapped]
        for service, remaining in inventory.take(deployed.root).items()
    }
    assert not any(names.values()), names
    assert any("abalone" in name for name in there["s3"])
