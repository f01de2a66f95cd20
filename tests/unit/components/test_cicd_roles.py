"""The roles of the delivery pipeline: who may assume them, and where their permissions end."""

import fnmatch
import json
from collections.abc import Callable
from typing import Any

import pytest

from components import Cicd
from components.cicd.jobs import JOBS
from contract.names import APPROVER_ROLE, DELIVERY_EVENTS_ROLE, DELIVERY_ROLE, Deployment
from permissions import policies
from permissions.managed import PASSED_ROLES
from settings import StackSettings

APPROVER = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_ModelOwner_0123456789abcdef"
BOUNDARY = "arn:aws:iam::123456789012:policy/abalone-local-boundary"
JOB_NAMES = [job.name for job in JOBS]
SERVICES = {
    DELIVERY_ROLE: "codepipeline.amazonaws.com",
    DELIVERY_EVENTS_ROLE: "events.amazonaws.com",
    **dict.fromkeys(JOB_NAMES, "codebuild.amazonaws.com"),
}


@pytest.fixture(scope="module")
def stack(build: Any, cicd: Callable[..., Cicd]) -> Any:
    return build(lambda: cicd(approval={"approverRoles": [APPROVER]}))


def actions(stack: Any, role: str) -> set[str]:
    """What a role's inline policy allows."""
    return {a for s in stack.statements(f"delivery-{role}-policy").values() for a in s["Action"]}


@pytest.mark.parametrize("role", sorted(SERVICES))
def test_a_service_assumes_a_role_only_for_this_account_and_this_pipeline(stack: Any, role: str) -> None:
    [trust] = stack.statements(f"delivery-{role}-role", "assumeRolePolicy").values()
    assert trust["Principal"] == {"Service": SERVICES[role]}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    source = trust["Condition"]["ArnLike"]["aws:SourceArn"]
    assert source.startswith("arn:aws:")
    assert "abalone-local-" in source


READ_ONLY = ("preview", "verify", "drift", "pull-request")


@pytest.mark.parametrize("role", READ_ONLY)
def test_a_reading_role_changes_no_resource_and_cannot_open_the_stacks_secrets(stack: Any, role: str) -> None:
    changing = ("Create", "Delete", "Update", "PutRole", "PutBucket", "Attach", "PassRole", "PutRule", "Tag", "Put")
    allowed = {
        # Their own log, artifacts, results, message and comment.
        *("logs:CreateLogStream", "logs:PutLogEvents", "s3:PutObject"),
        "codecommit:UpdateComment",
    }
    changing_actions = {action for action in actions(stack, role) if action.split(":")[1].startswith(changing)}
    assert changing_actions <= allowed
    state = stack.statements(f"delivery-{role}-policy")["ReadStateThroughS3"]
    assert state["Action"] == ["kms:Decrypt"]
    assert state["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    assert "OpenSecrets" not in stack.statements(f"delivery-{role}-policy")
    bucket = "arn:aws:s3:::abalone-local-state-123456789012-us-east-1"
    writing = [s for s in stack.statements(f"delivery-{role}-policy").values() if "s3:PutObject" in s["Action"]]
    assert not [resource for statement in writing for resource in statement["Resource"] if resource.startswith(bucket)]


def test_verify_may_see_the_default_database_as_athena_asks_of_everybody_who_queries(stack: Any) -> None:
    statement = stack.statements("delivery-verify-policy")["SeeDefaultDatabase"]
    assert statement["Action"] == ["glue:GetDatabase"]
    assert "arn:aws:glue:us-east-1:123456789012:database/default" in statement["Resource"]


def test_only_deploy_and_self_update_open_secrets_and_write_the_state(stack: Any) -> None:
    opens = {job for job in JOB_NAMES if "OpenSecrets" in stack.statements(f"delivery-{job}-policy")}
    writes = {job for job in JOB_NAMES if "WriteState" in stack.statements(f"delivery-{job}-policy")}
    assert opens == writes == {"self-update", "deploy"}


def test_the_managed_policies_that_change_things_are_deploys_alone(stack: Any) -> None:
    attached: dict[str, set[str]] = {}
    for name in stack.names_of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
        attachment = stack.inputs(name)
        policy = attachment["policyArn"].removeprefix("arn:mock:delivery-")
        attached.setdefault(policy, set()).add(attachment["role"].removeprefix("abalone-local-"))
    assert {policy: roles for policy, roles in attached.items() if policy.startswith("manage")} == {
        f"manage-{role}": {"deploy"} for role in ("storage", "messaging", "analytics", "identity", "delivery")
    }
    assert attached["update-roles"] == {"self-update"}
    assert attached["read-1"] == attached["read-2"] == {"deploy", "verify", "drift"}


def statements(deployment: Deployment, local_settings: StackSettings) -> dict[str, dict[str, Any]]:
    documents = policies.manage_policies(
        deployment,
        local_settings.pipeline.model_package_group,
        JOB_NAMES,
        connection_arn=None,
        patch_service_role=False,
    )
    by_sid = {str(statement.get("Sid")): dict(statement) for document in documents.values() for statement in document}
    assert len(by_sid) == sum(map(len, documents.values())) > 20
    return by_sid


def test_deploy_makes_and_changes_roles_only_within_the_boundary(
    deployment: Deployment, local_settings: StackSettings
) -> None:
    by_sid = statements(deployment, local_settings)
    bounded = by_sid["ManageRolesWithinBoundary"]
    assert {"iam:CreateRole", "iam:PutRolePolicy"} <= set(bounded["Action"])
    assert bounded["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    assert by_sid["ManageAttachments"]["Condition"]["StringEquals"] == {"iam:PermissionsBoundary": BOUNDARY}
    unbounded = {a for s in by_sid.values() if not s.get("Condition") for a in s["Action"] if a.startswith("iam:")}
    assert not unbounded & {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PassRole"}
    assert "iam:DeleteRolePermissionsBoundary" not in {a for s in by_sid.values() for a in s["Action"]}


def test_deploy_passes_each_role_to_its_one_service(deployment: Deployment, local_settings: StackSettings) -> None:
    passed: dict[str, str] = {}
    for statement in statements(deployment, local_settings).values():
        if statement["Action"] == ["iam:PassRole"]:
            for role in statement["Resource"]:
                passed[role.rpartition("/")[2]] = statement["Condition"]["StringEquals"]["iam:PassedToService"]
    expected = {**PASSED_ROLES, **SERVICES}
    assert passed == {f"abalone-local-{role}": service for role, service in expected.items()}


def test_deploy_names_only_what_is_the_stacks_own(deployment: Deployment, local_settings: StackSettings) -> None:
    database = "abalone_local_kpis"
    for sid, statement in statements(deployment, local_settings).items():
        for resource in statement["Resource"]:
            is_own = "abalone-local" in resource or database in resource or resource.endswith(":catalog")
            # Keys are told apart by their tags; "*" is read over in test_policies.py.
            assert is_own or resource == "*" or sid in {"ManageKeys", "ManageNewKeyTags"}, resource
    keys = statements(deployment, local_settings)["ManageKeys"]["Condition"]["StringEquals"]
    assert keys == {"aws:ResourceTag/project": "abalone", "aws:ResourceTag/environment": "local"}
    new_keys = statements(deployment, local_settings)["ManageNewKeyTags"]
    assert new_keys["Action"] == ["kms:TagResource"]
    assert new_keys["Condition"] == {
        "StringEquals": {"aws:RequestTag/project": "abalone", "aws:RequestTag/environment": "local"},
        "Null": {"aws:ResourceTag/project": "true", "kms:ResourceAliases": "true"},
    }


def test_no_role_of_the_pipeline_changes_the_state_bucket_its_key_or_the_boundary(
    deployment: Deployment, local_settings: StackSettings
) -> None:
    state = "arn:aws:s3:::abalone-local-state-123456789012-us-east-1"
    alias = "arn:aws:kms:us-east-1:123456789012:alias/abalone-local-state"
    for sid, statement in statements(deployment, local_settings).items():
        for protected in (state, f"{state}/x", alias, BOUNDARY):
            reached = [pattern for pattern in statement["Resource"] if fnmatch.fnmatchcase(protected, pattern)]
            # Actions without a resource reach nothing by name.
            assert reached in ([], ["*"]), sid


def test_self_update_reaches_the_pipelines_own_roles_and_rules_and_no_other(deployment: Deployment) -> None:
    document = policies.update_roles_policy(deployment, JOB_NAMES)
    by_sid: dict[str, dict[str, Any]] = {str(statement.get("Sid")): dict(statement) for statement in document}
    roles = {f"arn:aws:iam::123456789012:role/abalone-local-{role}" for role in (*SERVICES, APPROVER_ROLE)}
    assert set(by_sid["ManageRolesWithinBoundary"]["Resource"]) == roles
    assert "arn:aws:iam::123456789012:role/abalone-local-notifier" not in json.dumps(by_sid)


def test_self_update_changes_no_rule_of_the_notifications(stack: Any) -> None:
    by_sid = stack.statements("delivery-self-update-policy")
    assert by_sid["ManageRules"]["Resource"] == ["arn:aws:events:us-east-1:123456789012:rule/abalone-local-delivery-*"]
    services = {action.split(":")[0] for action in actions(stack, "self-update")}
    assert services == {"codebuild", "codepipeline", "events", "kms", "logs", "s3"}


def test_self_update_may_ask_whether_an_execution_has_a_mark_and_lists_nothing_else(stack: Any) -> None:
    statement = stack.statements("delivery-self-update-policy")["FindMarks"]
    assert statement["Action"] == ["s3:ListBucket"]
    assert statement["Resource"] == ["arn:aws:s3:::artifacts"]
    assert statement["Condition"] == {"StringLike": {"s3:prefix": "abalone-local-delivery/self-updates/*"}}


def test_the_upsert_hands_over_the_execution_role_only_to_sagemaker_and_writes_only_code(stack: Any) -> None:
    by_sid = stack.statements("delivery-upsert-policy")
    assert by_sid["PassToSagemaker"]["Resource"] == ["arn:aws:iam::123456789012:role/abalone-local-sagemaker-execution"]
    assert by_sid["UploadCode"]["Resource"] == [
        "arn:aws:s3:::artifacts/abalone-local/code/*",
        "arn:aws:s3:::artifacts/abalone-local/definitions/*",
    ]
    assert "sagemaker:DeletePipeline" not in actions(stack, "upsert")
    assert "sagemaker:StartPipelineExecution" not in actions(stack, "upsert")


def test_the_pipeline_runs_its_five_builds_and_rules_start_only_what_is_beside(stack: Any) -> None:
    runs = stack.statements("delivery-delivery-policy")["RunBuilds"]["Resource"]
    assert {arn.rpartition("/abalone-local-")[2] for arn in runs} == {job.name for job in JOBS if job.stage}
    starts = stack.statements("delivery-delivery-events-policy")["StartBuilds"]["Resource"]
    assert {arn.rpartition("/abalone-local-")[2] for arn in starts} == {"drift", "pull-request"}


def test_each_build_reads_its_inputs_and_no_other_artifact(stack: Any) -> None:
    jobs = [job for job in JOBS if job.stage is not None]
    assert len(jobs) == 5
    for job in jobs:
        readable = stack.statements(f"delivery-{job.name}-policy")["ReadArtifacts"]["Resource"]
        assert readable == [f"arn:aws:s3:::artifacts/abalone-local-delive*/{name}/*" for name in job.inputs]


def test_only_self_update_marks_restarts(stack: Any) -> None:
    marks = stack.statements("delivery-self-update-policy")["MarkRestarts"]
    assert marks["Resource"] == [
        "arn:aws:s3:::artifacts/abalone-local-delivery/self-updates/*",
        "arn:aws:s3:::artifacts/abalone-local-delivery/restarted/*.json",
    ]


def test_approvers_assume_a_role_that_decides_this_one_approval(stack: Any) -> None:
    [trust] = stack.statements("delivery-approve-role", "assumeRolePolicy").values()
    assert trust["Principal"] == {"AWS": [APPROVER]}
    decide = stack.statements("delivery-approve-policy")["Decide"]
    assert decide["Action"] == ["codepipeline:PutApprovalResult"]
    assert decide["Resource"] == ["arn:aws:codepipeline:us-east-1:123456789012:abalone-local-delivery/Approve/Approve"]
    assert actions(stack, "approve") - {"codepipeline:PutApprovalResult"} == {
        *(f"codepipeline:{name}" for name in ("GetPipeline", "GetPipelineExecution", "GetPipelineState")),
        *("codepipeline:ListActionExecutions", "codepipeline:ListPipelineExecutions", "s3:GetObject", "kms:Decrypt"),
    }


def test_without_approvers_there_is_no_such_role(build: Any, cicd: Callable[..., Cicd]) -> None:
    stack = build(lambda: cicd(approval={"approverRoles": []}))
    assert "delivery-approve-role" not in stack.names_of("aws:iam/role:Role")
