"""A further job is one entry of the table: all that belongs to it follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml

from components import Cicd, iam
from components.cicd.jobs import JOBS, Job
from permissions.boundary import boundary_document
from settings import StackSettings

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/abalone-local-releases"
RELEASE = Job(
    name="release-notes",
    stage="ReleaseNotes",
    after_approval=True,
    description="Writes the notes of a release",
    module="delivery.release_notes",
    permissions=lambda _: [iam.allow("WriteNotes", ["dynamodb:PutItem"], [TABLE])],
    state="read",
    shared_policies=("read",),
    minutes=15,
    inputs=("Source", "Preview"),
    output_files=("notes.md",),
    exports={"RELEASE": 'cat "$DELIVERY_OUTPUT/RELEASE"'},
)
PROJECT = "arn:aws:codebuild:us-east-1:123456789012:project/abalone-local-release-notes"
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/codebuild/abalone-local-release-notes"
ROLE = "arn:aws:iam::123456789012:role/abalone-local-release-notes"


@pytest.fixture(scope="module")
def stack(build: Any, cicd: Callable[..., Cicd]) -> Any:
    return build(lambda: cicd(jobs=(*JOBS, RELEASE)))


def test_it_is_the_last_stage_of_the_pipeline_with_its_artifacts(stack: Any) -> None:
    stages = stack.inputs("delivery-pipeline")["stages"]
    assert [stage["name"] for stage in stages].count("Approve") == 1
    stage = stages[-1]
    [action] = stage["actions"]
    assert stage["name"] == action["name"] == "ReleaseNotes"
    assert action["configuration"]["ProjectName"] == "abalone-local-release-notes"
    assert action["inputArtifacts"] == ["Source", "Preview"]
    assert action["outputArtifacts"] == ["ReleaseNotes"]


def test_it_has_a_project_and_a_log_group_of_its_own(stack: Any) -> None:
    project = stack.inputs("delivery-release-notes-project")
    assert project["buildTimeout"] == 15
    assert project["serviceRole"] == "arn:mock:delivery-release-notes-role"
    logs = stack.inputs("delivery-release-notes-logs")["name"]
    assert project["logsConfig"]["cloudwatchLogs"]["groupName"] == logs == "/aws/codebuild/abalone-local-release-notes"


def test_its_buildspec_runs_its_module_and_hands_on_what_it_wrote(stack: Any) -> None:
    specification = yaml.safe_load(stack.inputs("delivery-release-notes-project")["source"]["buildspec"])
    assert specification["phases"]["build"]["commands"] == [
        ".venv/bin/python -m delivery.release_notes",
        'export RELEASE="$(cat "$DELIVERY_OUTPUT/RELEASE")"',
    ]
    assert specification["env"]["exported-variables"] == ["RELEASE"]
    assert specification["artifacts"]["files"] == ["notes.md"]


def test_its_role_has_what_every_job_has_and_what_its_entry_says(stack: Any) -> None:
    [trust] = stack.statements("delivery-release-notes-role", "assumeRolePolicy").values()
    assert trust["Condition"]["ArnLike"]["aws:SourceArn"] == PROJECT
    statements = stack.statements("delivery-release-notes-policy")
    assert set(statements) == {
        "FindState", "ReadState", "ReadStateThroughS3",
        "ReadArtifacts", "UseKey", "WriteArtifacts", "WriteLogs", "WriteNotes",
    }  # fmt: skip
    assert statements["WriteArtifacts"]["Resource"] == ["arn:aws:s3:::artifacts/abalone-local-delive*/ReleaseNot/*"]
    attachments = [
        stack.inputs(name)
        for name in stack.names_of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if "release-notes" in name
    ]
    assert {attachment["policyArn"] for attachment in attachments} == {
        "arn:mock:delivery-read-1",
        "arn:mock:delivery-read-2",
    }


def test_the_pipeline_may_run_it_and_those_that_change_the_pipeline_may_change_it(stack: Any) -> None:
    assert PROJECT in stack.statements("delivery-delivery-policy")["RunBuilds"]["Resource"]
    assert PROJECT in stack.statements("delivery-self-update-policy")["ManageProjects"]["Resource"]
    assert PROJECT in stack.statements("delivery-manage-delivery")["ManageProjects"]["Resource"]
    assert PROJECT in stack.statements("delivery-read-2")["ReadProjects"]["Resource"]
    for policy in ("delivery-update-roles", "delivery-manage-identity"):
        assert ROLE in stack.statements(policy)["PassToCodebuild"]["Resource"]
    assert ROLE in stack.statements("delivery-update-roles")["ManageRolesWithinBoundary"]["Resource"]


def test_the_managed_policies_have_room_for_it_also_with_the_longest_names(stack: Any) -> None:
    longest = {"abalone-local": "p" * 20 + "-" + "e" * 8, "us-east-1": "ap-southeast-2", "arn:aws:": "arn:aws-us-gov:"}
    names = stack.names_of("aws:iam/policy:Policy")
    assert "delivery-update-roles" in names
    for name in names:
        text = json.dumps(json.loads(stack.inputs(name)["policy"]), separators=(",", ":"))
        for short, long in longest.items():
            text = text.replace(short, long)
        assert len(text) <= 6_144, name  # "IAM and AWS STS quotas"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("codebuild:StartBuild", PROJECT),
        ("codebuild:UpdateProject", PROJECT),
        ("dynamodb:PutItem", TABLE),
        ("iam:CreateRole", ROLE),
        ("iam:PassRole", ROLE),
        ("logs:PutLogEvents", LOG_GROUP),
    ],
)
def test_the_boundary_has_room_for_it(local_settings: StackSettings, action: str, resource: str) -> None:
    boundary = boundary_document(local_settings, "arn:aws:kms:us-east-1:123456789012:key/state")
    assert any(
        statement.get("Effect") == "Allow"
        and any(fnmatchcase(action, pattern) for pattern in statement.get("Action", ()))
        and any(fnmatchcase(resource, pattern) for pattern in statement.get("Resource", ()))
        for statement in boundary["Statement"]
    )


def test_a_job_beside_the_pipeline_runs_what_was_deployed_and_may_be_started_by_a_rule(
    build: Any, cicd: Callable[..., Cicd]
) -> None:
    beside = Job(name="audit", description="Audits the account", module="delivery.audit")
    stack = build(lambda: cicd(jobs=(*JOBS, beside)))
    project = stack.inputs("delivery-audit-project")
    assert (project["source"]["type"], project["artifacts"]["type"]) == ("S3", "NO_ARTIFACTS")
    assert set(stack.statements("delivery-audit-policy")) == {
        "ReadDeliveredSource", "SeeSourceBucket", "UseKey", "WriteLogs"
    }  # fmt: skip
    started = stack.statements("delivery-delivery-events-policy")["StartBuilds"]["Resource"]
    assert "arn:aws:codebuild:us-east-1:123456789012:project/abalone-local-audit" in started
    assert "audit" not in str(stack.inputs("delivery-pipeline")["stages"])
