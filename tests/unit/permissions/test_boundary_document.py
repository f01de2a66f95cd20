"""The permissions boundary: within IAM's limits, readable for a linter, and closed where it has to be.

`boundary.json` is the boundary of stack dev as it is deployed: a change of the table that widens or narrows it is a
change of that file, which a reviewer reads.
"""

import json
import warnings
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from bootstrap import Target
from permissions import managed
from permissions.boundary import boundary_document, environment_resources
from settings import StackSettings
from settings.regions import SERVICES, missing_services

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


@pytest.fixture(scope="module")
def longest_names(dev: StackSettings) -> StackSettings:
    """The environment with the longest values that the settings take."""
    settings = dev
    connection = "arn:aws-us-gov:codestar-connections:us-gov-west-1:123456789012:connection/"
    source = settings.delivery.source.model_copy(
        update={"provider": "github", "repository": "a" * 39 + "/" + "b" * 100, "connection_arn": connection + "0" * 36}
    )
    return settings.model_copy(
        update={
            "environment": "e" * 8,
            "region": "ap-southeast-2",
            "project": settings.project.model_copy(update={"name": "p" * 20}),
            "pipeline": settings.pipeline.model_copy(
                update={"name": "P" * 49, "input_data_uri": f"s3://{'i' * 63}/x", "input_data_key_arn": INPUT_KEY_ARN}
            ),
            "buckets": settings.buckets.model_copy(update={"artifacts": "a" * 63, "data": "d" * 63}),
            "delivery": settings.delivery.model_copy(update={"source": source}),
            "kpis": settings.kpis.model_copy(
                update={"quick_sight": settings.kpis.quick_sight.model_copy(update={"patch_service_role": True})}
            ),
        }
    )


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


def test_every_managed_resource_lies_within_it(dev: StackSettings) -> None:
    deployment, resources = dev.deployment, environment_resources(dev)
    entries = [
        *managed.storage(deployment),
        *managed.messaging(deployment),
        *managed.analytics(deployment, dev.pipeline.model_package_group),
        *managed.delivery(deployment),
        *managed.logs(deployment),
    ]
    named = [(entry.service, arn) for entry in entries for arn in entry.resources if arn != "*"]
    outside = [arn for service, arn in named if not any(fnmatch(arn, pattern) for pattern in resources[service])]
    assert len(named) > 20
    assert outside == []


def test_no_allowed_service_is_open_on_every_resource(dev: StackSettings) -> None:
    everywhere = [s for s in statements(dev).values() if s["Effect"] == "Allow" and s["Resource"] == ["*"]]
    assert [s["Sid"] for s in everywhere] == ["NoResource"]
    assert not [action for action in everywhere[0]["Action"] if action.endswith(":*")]


def test_roles_are_passed_to_named_services_only_and_only_the_environments_own(dev: StackSettings) -> None:
    passed = statements(dev)["PassOwnRoles"]
    assert passed["Resource"] == ["arn:aws:iam::123456789012:role/abalone-dev-*"]
    assert "ec2.amazonaws.com" not in passed["Condition"]["StringEquals"]["iam:PassedToService"]
    assert all(
        service.endswith(".amazonaws.com") for service in passed["Condition"]["StringEquals"]["iam:PassedToService"]
    )


def test_it_refuses_roles_without_it_and_changes_of_itself_of_the_state_and_of_its_key(dev: StackSettings) -> None:
    found = statements(dev)
    boundary = "arn:aws:iam::123456789012:policy/abalone-dev-boundary"
    assert found["RolesWithinBoundary"]["Condition"] == {"StringNotEquals": {"iam:PermissionsBoundary": boundary}}
    assert {"iam:CreateRole", "iam:PutRole*", "iam:*tachRolePolicy"} <= {*found["RolesWithinBoundary"]["Action"]}
    assert "iam:CreatePolicy*" in found["BoundaryStays"]["Action"]
    assert found["BoundaryStays"]["Resource"] == [boundary]
    assert "s3:PutBucketPolicy" not in found["StateBucketStays"]["NotAction"]
    assert "kms:ScheduleKeyDeletion" not in found["StateKeyStays"]["NotAction"]
    assert found["StateKeyStays"]["Resource"] == [KEY_ARN]


def test_no_role_can_be_taken_out_of_it_whatever_its_own_policies_say(longest_names: StackSettings) -> None:
    """A boundary allows what it names; IAM asks for this action on the role, so a refusal on the policy is none."""
    allowed = [a for s in statements(longest_names).values() if s["Effect"] == "Allow" for a in s["Action"]]
    assert [a for a in allowed if fnmatch("iam:PutRolePermissionsBoundary", a)] == ["iam:PutRolePermissionsBoundary"]
    assert [a for a in allowed if fnmatch("iam:DeleteRolePermissionsBoundary", a)] == []


def test_existing_buckets_and_input_data_elsewhere_lie_within_it(longest_names: StackSettings) -> None:
    found = statements(longest_names)
    assert f"arn:aws:s3:::{'a' * 63}/*" in found["OwnResources"]["Resource"]
    assert f"arn:aws:s3:::{'i' * 63}/*" in found["InputData"]["Resource"]
    assert INPUT_KEY_ARN in found["InputData"]["Resource"]
    assert found["InputData"]["Action"] == ["kms:Decrypt", "s3:GetObject", "s3:ListBucket"]


def test_the_role_of_quicksight_is_open_only_where_the_configuration_patches_it(
    dev: StackSettings, longest_names: StackSettings
) -> None:
    service_role = "arn:aws:iam::123456789012:role/service-role/aws-quicksight-service-role-v0"
    assert statements(longest_names)["PatchedRole"]["Resource"] == [service_role]
    assert statements(longest_names)["RolesWithinBoundary"]["NotResource"] == [service_role]
    assert service_role not in json.dumps(boundary_document(dev, KEY_ARN))


def test_a_policy_linter_knows_every_action(dev: StackSettings) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import parliament

    document = json.dumps(boundary_document(dev, KEY_ARN))
    analysed = parliament.analyze_policy_string(document)
    found = {(finding.issue, statement_of(document, finding.location)) for finding in analysed.findings}
    assert found == {
        # Services are named whole, so some of their actions fit none of the resources; they stay refused, as meant.
        ("RESOURCE_MISMATCH", "OwnResources"),
        ("RESOURCE_MISMATCH", "OwnRoles"),
        # Tagging, creating and listing channel configurations takes no resource, changing one does: both are listed.
        ("RESOURCE_STAR", "NoResource"),
        # IAM documents this key with string operators ("Permissions boundaries for IAM entities").
        ("MISMATCHED_TYPE_BUT_USABLE", "RolesWithinBoundary"),
    }


def statement_of(document: str, location: dict[str, int]) -> str:
    """The Sid of the statement that a finding is about."""
    start = location["column"] - 1
    start = start if document[start:].startswith('{"Sid"') else document.rindex('{"Sid"', 0, start)
    return str(json.JSONDecoder().raw_decode(document[start:])[0]["Sid"])
