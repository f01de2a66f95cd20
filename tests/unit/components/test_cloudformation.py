"""The whole program as a CloudFormation template, judged by CloudFormation's own schemas and cfn-lint's rules."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.json_format import MessageToDict

from tools.cloudformation.__main__ import main
from tools.cloudformation.resources import ExportError, Resource, resources_of_state
from tools.cloudformation.table import KINDS, WITHOUT_COUNTERPART
from tools.cloudformation.template import Template, logical_id_of, template_of
from tools.security.cfn_lint import lint
from tools.security.program import from_github

from .conftest import local_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Program, Registered

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"


def without_options(config: dict[str, Any]) -> None:
    config["mlops-infra:notifications"] = {}
    config["mlops-infra:tags"] = {}
    config["mlops-infra:delivery"]["approval"] = {"required": False}
    config["mlops-infra:delivery"]["driftSchedule"] = None
    config["mlops-infra:delivery"]["pullRequestPreviews"] = False
    config["mlops-infra:kpis"]["quicksight"] = {}
    config["mlops-infra:operations"]["removalProtection"] = True


def in_existing_buckets(config: dict[str, Any]) -> None:
    config["mlops-infra:buckets"] = {"artifacts": "team-artifacts", "data": "team-data"}


VARIANTS = (from_github, without_options, in_existing_buckets)


@pytest.fixture(scope="module")
def resources(whole_program: Registered) -> list[Resource]:
    return whole_program.exported()


@pytest.fixture(scope="module")
def template(resources: list[Resource]) -> Template:
    return template_of(resources)


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda change: change.__name__)
def variant(request: pytest.FixtureRequest, program: Program) -> list[Resource]:
    config = local_config()
    request.param(config)
    return program(config).exported()


def complaints(template: Template) -> list[str]:
    return sorted(f"{match.rule.id} {match.path}: {match.message}" for match in lint(template))


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say_of_the_whole_program(template: Template) -> None:
    assert len(template["Resources"]) > 100
    assert complaints(template) == []


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say_of_another_configuration(template: Template, variant: list[Resource]) -> None:
    different = {
        logical_id: resource
        for logical_id, resource in template_of(variant)["Resources"].items()
        if resource != template["Resources"].get(logical_id)
    }
    assert different
    assert complaints(Template(AWSTemplateFormatVersion="2010-09-09", Resources=different)) == []


def test_every_resource_is_in_the_template_by_itself_in_its_whole_or_left_out_with_a_reason(
    resources: list[Resource], template: Template
) -> None:
    exported = set(template["Resources"])
    missing = [r for r in resources if logical_id_of(r.name) not in exported or not r.package.startswith("aws")]
    parts = {r.type for r in missing if r.type in KINDS}
    assert parts == {token for token, kind in KINDS.items() if kind.part_of}
    assert all(r.type in KINDS or r.type.startswith(tuple(WITHOUT_COUNTERPART)) for r in missing)
    assert all(WITHOUT_COUNTERPART.values())


def test_the_table_has_no_type_that_the_program_lacks(resources: list[Resource]) -> None:
    assert set(KINDS) <= {resource.type for resource in resources}


def test_parts_are_in_their_whole(template: Template) -> None:
    bucket = template["Resources"]["DataBucket"]["Properties"]
    assert {
        "BucketEncryption",
        "LifecycleConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "VersioningConfiguration",
    } <= set(bucket)
    role = template["Resources"]["DeliverySelfUpdateRole"]["Properties"]
    assert role["ManagedPolicyArns"] == ["arn:aws:iam::123456789012:policy/abalone-local-delivery-update-roles"]
    rules = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Events::Rule"]
    assert rules
    assert all(rule["Targets"] for rule in rules)


def test_every_policy_is_a_document_that_cfn_lint_reads(template: Template) -> None:
    policies = [
        value
        for resource in template["Resources"].values()
        for name, value in resource["Properties"].items()
        if name in {"AssumeRolePolicyDocument", "KeyPolicy", "PolicyDocument"}
    ]
    assert len(policies) > 40
    assert all(policy["Version"] == "2012-10-17" for policy in policies)


def test_default_tags_are_on_all_that_can_have_some(template: Template) -> None:
    tag = {"Key": "environment", "Value": "local"}
    tagged = {r["Type"] for r in template["Resources"].values() if tag in list(r["Properties"].get("Tags", []))}
    assert {"AWS::S3::Bucket", "AWS::SageMaker::ModelPackageGroup", "AWS::IAM::Role", "AWS::KMS::Key"} <= tagged
    assert template["Resources"]["KpisCrawler"]["Properties"]["Tags"]["environment"] == "local"


def test_a_protected_resource_is_retained(program: Program) -> None:
    config = local_config()
    without_options(config)
    buckets = [
        resource
        for resource in template_of(program(config).exported())["Resources"].values()
        if resource["Type"] == "AWS::S3::Bucket"
    ]
    assert [bucket["DeletionPolicy"] for bucket in buckets] == ["Retain"] * 3


def state_of(registered: Registered) -> dict[str, Any]:
    """What `pulumi stack export` prints of a deployment, with what pulumi-aws fills in, and with other resources."""
    entries: list[dict[str, Any]] = [
        {
            "urn": f"urn:pulumi:local::mlops-infra::{request.type}::{request.name}",
            "type": request.type,
            "inputs": {**MessageToDict(request.object), "tagsAll": {}, "filledIn": 1, "__defaults": ["filledIn"]},
        }
        for request in registered.requests.values()
    ]
    subscription = next(entry for entry in entries if entry["type"] == "aws:sns/topicSubscription:TopicSubscription")
    endpoint = subscription["inputs"]["endpoint"]
    subscription["inputs"]["endpoint"] = {SIGNATURE: SECRET, "plaintext": json.dumps(endpoint)}
    read = {"urn": "urn:pulumi:local::p::aws:x/y:Z::read", "type": "aws:x/y:Z", "external": True}
    replaced = {"urn": "urn:pulumi:local::p::aws:x/y:Z::replaced", "type": "aws:x/y:Z", "delete": True}
    return {"version": 3, "deployment": {"resources": [*entries, read, replaced]}}


def test_the_command_prints_the_same_template_from_a_deployed_state(
    whole_program: Registered, template: Template, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps(state_of(whole_program)), encoding="utf-8")
    main([str(state)])
    assert json.loads(capsys.readouterr().out) == template


def test_an_encrypted_input_is_refused_with_the_option_that_shows_it() -> None:
    inputs = {"name": {SIGNATURE: SECRET, "ciphertext": "v1:abc"}}
    entry = {"urn": "urn:pulumi:local::p::aws:sns/topic:Topic::topic", "type": "aws:sns/topic:Topic", "inputs": inputs}
    with pytest.raises(ExportError, match="topic has an encrypted input: export the state with --show-secrets"):
        resources_of_state({"deployment": {"resources": [entry]}})


def resource(token: str, **inputs: Any) -> Resource:
    return Resource(type=token, name="new", inputs=inputs)


UNKNOWN: dict[str, tuple[Resource, str]] = {
    "a type": (resource("aws:ec2/vpc:Vpc"), "aws:ec2/vpc:Vpc new: .* no entry"),
    "an input": (
        resource("aws:sns/topic:Topic", fifoTopics=True),
        "aws:sns/topic:Topic new: fifoTopics is no property",
    ),
    "an input inside another": (
        resource("aws:lambda/function:Function", environment={"secrets": {}}),
        r"new: environment.secrets is no property",
    ),
    "an input of pulumi-aws-native": (
        resource("aws-native:quicksight:Dashboard", title="KPIs"),
        "title is no property",
    ),
    "the whole of a part": (
        resource("aws:s3/bucketVersioning:BucketVersioning", bucket="elsewhere"),
        "new belongs to AWS::S3::Bucket elsewhere, which the stack doesn't have",
    ),
    "which of two values": (
        resource("aws:codepipeline/pipeline:Pipeline", artifactStores=[{"type": "S3"}, {"type": "S3"}]),
        "new: artifactStores has 2 values",
    ),
}


@pytest.mark.parametrize("what", sorted(UNKNOWN))
def test_nothing_is_left_out_silently(what: str) -> None:
    unknown, message = UNKNOWN[what]
    with pytest.raises(ExportError, match=message):
        template_of([unknown])


def test_two_resources_of_one_name_are_refused() -> None:
    with pytest.raises(ExportError, match="logical id New of another"):
        template_of([resource("aws:sns/topic:Topic"), resource("aws:sqs/queue:Queue")])


# The resource, the mistake, and the rule that has to find it.
MISTAKES: dict[str, tuple[str, Callable[[dict[str, Any]], object], str]] = {
    "a value that is not in a list": (
        "NotificationsUndeliveredQueueAlarm",
        lambda p: p.update(ComparisonOperator="Above"),
        "E3030",
    ),
    "an unknown property": ("KpisWorkgroup", lambda p: p.update(Mode="fast"), "E3002"),
    "an unknown property inside": (
        "DeliveryDeployProject",
        lambda p: p["LogsConfig"]["CloudWatchLogs"].update(Group="x"),
        "E3002",
    ),
    "a missing property": ("ExecutionRole", lambda p: p.pop("AssumeRolePolicyDocument"), "E3003"),
    "a missing property inside": (
        "NotificationsNotifierIdempotency",
        lambda p: p["TimeToLiveSpecification"].pop("Enabled"),
        "E3003",
    ),
    "a malformed ARN": (
        "NotificationsNotifierFunction",
        lambda p: p.update(Role="arn:aws:iam::12345:role/notifier"),
        "E3031",
    ),
    "a principal that is none": (
        "DataPolicy",
        lambda p: p["PolicyDocument"]["Statement"][0].update(Principal={"AWS": "nobody"}),
        "E3512",
    ),
    "an action that a service doesn't have": (
        "DeliveryRead1",
        lambda p: p["PolicyDocument"]["Statement"][0].update(Action=["s3:Shout"]),
        "W3037",
    ),
    "text for a number": ("NotificationsFailed", lambda p: p.update(MessageRetentionPeriod="long"), "E3012"),
    "a number beyond its limit": ("NotificationsUndelivered", lambda p: p.update(VisibilityTimeout=50_000), "E3034"),
    "a name that is too long": ("KpisCrawler", lambda p: p.update(TablePrefix="x" * 200), "E3033"),
    "a runtime that is gone": ("NotificationsNotifierFunction", lambda p: p.update(Runtime="python3.6"), "E2533"),
    "a stage without its artifact": (
        "DeliveryPipeline",
        lambda p: p["Stages"][0]["Actions"][0].pop("OutputArtifacts"),
        "E3702",
    ),
    "a schedule that is none": ("DeliveryDrift", lambda p: p.update(ScheduleExpression="each morning"), "E3027"),
}


def test_cfn_lint_finds_mistakes_that_are_planted_in_the_template(template: Template) -> None:
    planted = Template(AWSTemplateFormatVersion="2010-09-09", Resources={})
    for logical_id, mistake, _ in MISTAKES.values():
        resource = planted["Resources"].setdefault(logical_id, copy.deepcopy(template["Resources"][logical_id]))
        mistake(resource["Properties"])
    findings = {(match.path[1], match.rule.id) for match in lint(planted)}
    missed = {name for name, (logical_id, _, rule) in MISTAKES.items() if (logical_id, rule) not in findings}
    assert missed == set(), sorted(findings)
