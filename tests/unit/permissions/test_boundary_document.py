"""The permissions boundary: within IAM's limits, readable for a linter, and closed where it has to be.

`boundary.json` is the boundary of stack dev as it is deployed: a change of the table that widens or narrows it is a
change of that file, which a reviewer reads.
"""

import json
import re
import warnings
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from bootstrap import Target
from contract.images import BUILT_IN_IMAGES, IMAGE_REGISTRIES
from permissions import managed
from permissions.boundary import USED_ACTIONS, actions_without_resource, boundary_document, environment_resources
from settings import StackSettings
from settings.regions import SERVICES, missing_services

from .service_reference import expand

KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
INPUT_KEY_ARN = "arn:aws:kms:ap-southeast-2:210987654321:key/99999999-8888-7777-6666-555555555555"
# Managed policies, not counting white space ("IAM and AWS STS quotas").
LONGEST = 6144


ROOT = Path(__file__).parents[3]
SNAPSHOT = Path(__file__).with_name("boundary.json")


def statements(settings: StackSettings) -> dict[str, Any]:
    return {str(statement.get("Sid")): statement for statement in boundary_document(settings, KEY_ARN)["Statement"]}


@pytest.fixture(scope="module")
def dev() -> StackSettings:
    return Target.read("dev", ROOT).settings


def with_longest_names(dev: StackSettings, **buckets: str) -> StackSettings:
    connection = "arn:aws-us-gov:codestar-connections:us-gov-west-1:123456789012:connection/"
    source = dev.delivery.source.model_copy(
        update={"provider": "github", "repository": "a" * 39 + "/" + "b" * 100, "connection_arn": connection + "0" * 36}
    )
    # Environments with an existing bucket for artifacts have names of 18 characters at most.
    project = "p" * (9 if "artifacts" in buckets else 20)
    return dev.model_copy(
        update={
            "environment": "e" * 8,
            "region": "ap-southeast-2",
            "project": dev.project.model_copy(update={"name": project, "use_case_id": "u" * 32}),
            "pipeline": dev.pipeline.model_copy(
                update={
                    "name": "P" * 49,
                    "input_data_uri": f"s3://{'i' * 63}/{'x' * 900}/",
                    "input_data_key_arn": INPUT_KEY_ARN,
                }
            ),
            "buckets": dev.buckets.model_copy(update=buckets),
            "delivery": dev.delivery.model_copy(update={"source": source}),
            "kpis": dev.kpis.model_copy(
                update={"quick_sight": dev.kpis.quick_sight.model_copy(update={"patch_service_role": True})}
            ),
        }
    )


@pytest.fixture(scope="module", params=["without artifacts", "with artifacts"])
def longest_names(dev: StackSettings, request: pytest.FixtureRequest) -> StackSettings:
    """The environments with the longest values that the settings take together."""
    artifacts = {"artifacts": "a" * 63} if request.param == "with artifacts" else {}
    return with_longest_names(dev, data="d" * 63, **artifacts)


def longest_regions() -> list[tuple[str, str]]:
    """Each partition with its longest region that a stack can be in."""
    data = Loader().load_data("endpoints")["partitions"]
    usable = {
        partition["partition"]: [name for name in partition["regions"] if not missing_services(name, SERVICES)]
        for partition in data
    }
    return [(partition, max(names, key=len)) for partition, names in usable.items() if names]


def test_partitions_of_their_own_are_among_those_that_are_tried() -> None:
    assert {"aws", "aws-cn", "aws-us-gov"} <= {partition for partition, _ in longest_regions()}


def test_one_existing_bucket_for_artifacts_and_data_has_the_folders_of_both(dev: StackSettings) -> None:
    by_sid = statements(with_longest_names(dev, artifacts="a" * 63, data="a" * 63))
    bucket = f"arn:aws:s3:::{'a' * 63}"
    assert [arn for arn in by_sid["Named"]["Resource"] if arn.startswith(bucket)] == [
        bucket,
        f"{bucket}/{'P' * 49}/*",
        f"{bucket}/{'p' * 9}-{'e' * 8}-d*",
        f"{bucket}/use-case={'u' * 32}/*",
    ]


@pytest.mark.parametrize(("partition", "region"), longest_regions())
def test_it_fits_into_one_managed_policy_whatever_the_names(
    partition: str, region: str, longest_names: StackSettings
) -> None:
    place = f"arn:{partition}:{{}}:{region}:123456789012:{{}}/{'0' * 36}"
    source = longest_names.delivery.source.model_copy(
        update={"connection_arn": place.format("codestar-connections", "connection")}
    )
    one = longest_names.model_copy(
        update={
            "region": region,
            "delivery": longest_names.delivery.model_copy(update={"source": source}),
            "pipeline": longest_names.pipeline.model_copy(update={"input_data_key_arn": place.format("kms", "key")}),
        }
    )
    document = boundary_document(one, place.format("kms", "key"))
    assert len(json.dumps(document, separators=(",", ":"))) <= LONGEST


def test_the_boundary_of_dev_is_the_one_that_was_reviewed(dev: StackSettings) -> None:
    assert json.loads(json.dumps(boundary_document(dev, KEY_ARN))) == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def entries(settings: StackSettings) -> list[managed.Managed]:
    deployment = settings.deployment
    return [
        *managed.storage(deployment),
        *managed.messaging(deployment),
        *managed.analytics(deployment, settings.pipeline.model_package_group),
        *managed.delivery(deployment),
        *managed.logs(deployment),
    ]


def test_every_managed_resource_lies_within_it(dev: StackSettings) -> None:
    resources = environment_resources(dev)
    # Keys are told by their tags, and the catalog is everybody's.
    named = [
        (entry.service, arn)
        for entry in entries(dev)
        for arn in entry.resources
        if arn != "*" and not arn.endswith((":key/*", ":catalog"))
    ]
    outside = [arn for service, arn in named if not any(fnmatch(arn, pattern) for pattern in resources[service])]
    assert len(named) > 20
    assert outside == []


def test_resources_are_named_from_the_beginning_of_their_names(dev: StackSettings) -> None:
    patterns = [arn.split(":", 5)[5] for arns in environment_resources(dev).values() for arn in arns]
    assert len(patterns) > 20
    begin = re.compile(r"([^/:]*[:/])*(abalone-dev|abalone_dev_|mlops-infra)")
    assert [pattern for pattern in patterns if not begin.match(pattern)] == []


def test_only_an_action_without_a_resource_is_allowed_on_any(dev: StackSettings) -> None:
    """The patterns stand for what the table has, and for the same on several principals at once."""
    everywhere = {sid for sid, s in statements(dev).items() if s["Effect"] == "Allow" and s["Resource"] == "*"}
    assert everywhere == {"Any"}
    of_table = {
        action
        for entry in entries(dev)
        if tuple(entry.resources) == managed.ANY and entry.conditions is None
        for action in (*entry.read_actions, *entry.manage_actions)
    }
    used = {action for pattern in USED_ACTIONS for action in expand(pattern)}
    several = {"lakeformation:BatchGrantPermissions", "lakeformation:BatchRevokePermissions"}
    expanded = {action for pattern in actions_without_resource(dev) for action in expand(pattern)}
    assert len(of_table) > 30
    assert expanded == of_table | used | several


def test_what_roles_use_at_run_time_is_one_action_each_but_for_traces() -> None:
    assert {pattern: len(expand(pattern)) for pattern in USED_ACTIONS if len(expand(pattern)) != 1} == {"xray:PutT*": 2}


def test_roles_are_passed_to_named_services_only_and_only_the_environments_own(dev: StackSettings) -> None:
    roles = statements(dev)["Roles"]
    assert roles["Resource"] == [
        "arn:aws:iam::*:role/abalone-dev-*",
        "arn:aws:iam::*:policy/abalone-dev-delivery-*",
    ]
    services = roles["Condition"]["StringLikeIfExists"]["iam:PassedToService"]
    assert {"lambda*", "sagemaker*"} <= {*services}
    assert not any(fnmatch("ec2.amazonaws.com", pattern) for pattern in services)


def test_it_refuses_roles_without_it_and_names_neither_itself_nor_the_bucket_and_the_key_of_the_state_as_own(
    dev: StackSettings,
) -> None:
    by_sid = statements(dev)
    boundary = "arn:aws:iam::123456789012:policy/abalone-dev-boundary"
    assert by_sid["Bounded"]["Condition"] == {"StringNotEquals": {"iam:PermissionsBoundary": boundary}}
    assert {"iam:CreateRole", "iam:PutRole*", "iam:*tachRolePolicy"} <= {*by_sid["Bounded"]["Action"]}
    state = "arn:aws:s3:::abalone-dev-state-123456789012-eu-west-1"
    for arn in (boundary, state, f"{state}/x", KEY_ARN):
        naming = {sid for sid, s in by_sid.items() if s["Effect"] == "Allow" and names(s, arn)}
        assert naming - {"Any", "Keys"} == (set() if arn == boundary else {"Named"})
    of_state = {action for pattern in by_sid["Named"]["Action"] for action in expand(pattern)}
    assert {"s3:GetObject", "s3:PutObject", "kms:Decrypt"} <= of_state
    forbidden = "s3:PutBucketPolicy s3:DeleteObjectVersion s3:GetObjectVersion s3:PutBucketVersioning kms:CreateGrant"
    assert of_state.isdisjoint(forbidden.split())


def names(statement: dict[str, Any], arn: str) -> bool:
    resources = statement["Resource"]
    return any(fnmatch(arn, pattern) for pattern in ([resources] if isinstance(resources, str) else resources))


def test_no_role_can_be_taken_out_of_it_whatever_its_own_policies_say(longest_names: StackSettings) -> None:
    """A boundary allows what it names; IAM asks for this action on the role, so a refusal on the policy is none."""
    role = longest_names.deployment.role_arn("deploy")
    on_roles = [s for s in statements(longest_names).values() if s["Effect"] == "Allow" and names_exactly(s, role)]
    assert [s["Sid"] for s in on_roles] == ["Roles"]
    for action in ("iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"):
        assert any(fnmatch(action, pattern) for pattern in on_roles[0]["NotAction"])


def names_exactly(statement: dict[str, Any], arn: str) -> bool:
    return statement["Resource"] != "*" and names(statement, arn)


def test_of_existing_buckets_and_input_data_elsewhere_the_stacks_folders_lie_within_it(
    dev: StackSettings,
) -> None:
    by_sid = statements(with_longest_names(dev, artifacts="a" * 63, data="d" * 63))
    artifacts, data, elsewhere = (f"arn:aws:s3:::{letter * 63}" for letter in "adi")
    assert {arn for arn in by_sid["Named"]["Resource"] if arn.startswith((artifacts, data))} == {
        artifacts,
        f"{artifacts}/{'P' * 49}/*",
        f"{artifacts}/{'p' * 9}-{'e' * 8}-d*",
        data,
        f"{data}/use-case={'u' * 32}/*",
    }
    assert {arn for arn in by_sid["Shared"]["Resource"] if arn.startswith("arn:aws:s3")} == {
        f"{artifacts}/{'p' * 9}-{'e' * 8}-d*",
        elsewhere,
        f"{elsewhere}/{'x' * 16}*",
    }
    assert INPUT_KEY_ARN in by_sid["Shared"]["Resource"]
    reading = {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "kms:Decrypt"}
    assert {action for action in by_sid["Shared"]["Action"] if action.startswith(("s3:", "kms:"))} == reading


def test_the_registries_are_those_of_the_sdk_for_the_images_of_the_steps() -> None:
    package = find_spec("sagemaker.core")
    assert package
    assert package.origin
    folder = Path(package.origin).parent / "image_uri_config"
    for name, version in (("sklearn", "1.9-0"), ("xgboost", "3.2-0")):
        images = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["training"]["versions"][version]
        assert images["repository"] in BUILT_IN_IMAGES
        assert images["registries"] == IMAGE_REGISTRIES


def test_the_role_of_quicksight_is_open_only_where_the_configuration_patches_it(
    dev: StackSettings, longest_names: StackSettings
) -> None:
    service_role = "arn:aws:iam::123456789012:role/service-role/aws-quicksight-service-role-v0"
    assert service_role in statements(longest_names)["Shared"]["Resource"]
    assert [a for a in statements(longest_names)["Shared"]["Action"] if a.startswith("iam:")] == ["iam:*RolePolicy"]
    assert names({"Resource": statements(longest_names)["Bounded"]["NotResource"]}, service_role)
    assert "service-role" not in json.dumps(boundary_document(dev, KEY_ARN))


def test_a_policy_linter_knows_every_action(dev: StackSettings) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import parliament

    document = json.dumps(boundary_document(dev, KEY_ARN))
    analysed = parliament.analyze_policy_string(document)
    findings = {(finding.issue, statement_of(document, finding.location)) for finding in analysed.findings}
    assert findings == {
        # Statements name resources of several services, so some of their actions fit none of the resources.
        ("RESOURCE_MISMATCH", "Keys"),
        ("RESOURCE_MISMATCH", "Named"),
        ("RESOURCE_MISMATCH", "Shared"),
        ("RESOURCE_MISMATCH", "Roles"),
        # A key is tagged when it is created, before it has an ARN.
        ("RESOURCE_STAR", "Any"),
        # These conditions hold without their keys, which one or two actions of the statements have.
        ("UNKNOWN_CONDITION_FOR_ACTION", "Any"),
        ("UNKNOWN_CONDITION_FOR_ACTION", "Roles"),
        # IAM documents this key with string operators ("Permissions boundaries for IAM entities").
        ("MISMATCHED_TYPE_BUT_USABLE", "Bounded"),
    }


def statement_of(document: str, location: dict[str, int]) -> str:
    """The Sid of the statement that a finding is about."""
    start = location["column"] - 1
    start = start if document[start:].startswith('{"Sid"') else document.rindex('{"Sid"', 0, start)
    return str(json.JSONDecoder().raw_decode(document[start:])[0]["Sid"])
