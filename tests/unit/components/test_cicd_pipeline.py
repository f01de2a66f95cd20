"""The delivery pipeline: its stages, where its commits come from, and what its builds are."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components import Cicd
from components.cicd.jobs import JOBS
from components.cicd.projects import buildspec
from delivery.engine import LOCK_WAIT_SECONDS
from localcloud.emulator.identity import Policies

STAGES = [job for job in JOBS if job.stage is not None]
CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/11111111-2222-3333-4444-555555555555"
GITHUB = {"provider": "github", "repository": "acme/mlops", "connectionArn": CONNECTION}


@pytest.fixture(scope="module")
def stack(cicd_stack: Any) -> Any:
    return cicd_stack


@pytest.fixture(scope="module")
def on_github(build: Any, cicd: Callable[..., Cicd]) -> Any:
    return build(lambda: cicd(source={**GITHUB, "paths": ["components/**", "Pulumi.local.yaml"]}))


def actions(stack: Any) -> dict[str, dict[str, Any]]:
    stages = stack.inputs("delivery-pipeline")["stages"]
    assert all(stage["name"] == stage["actions"][0]["name"] for stage in stages)
    assert [stage["name"] for stage in stages if len(stage["actions"]) > 1] == ["Deploy"]
    return {stage["name"]: stage["actions"][0] for stage in stages}


def project(stack: Any, job: str) -> dict[str, Any]:
    return stack.inputs(f"delivery-{job}-project")


def variables(stack: Any, job: str) -> dict[str, str]:
    return {item["name"]: item["value"] for item in project(stack, job)["environment"]["environmentVariables"]}


def test_the_stages_come_in_order_and_a_newer_execution_overtakes_an_older_one(stack: Any) -> None:
    assert list(actions(stack)) == ["Source", "Preview", "Approve", "SelfUpdate", "Deploy", "Upsert", "Verify"]
    pipeline = stack.inputs("delivery-pipeline")
    assert (pipeline["pipelineType"], pipeline["executionMode"]) == ("V2", "SUPERSEDED")


def test_without_a_required_approval_the_preview_is_followed_by_what_it_says(
    build: Any, cicd: Callable[..., Cicd]
) -> None:
    stack = build(lambda: cicd(approval={"required": False, "approverRoles": []}))
    assert list(actions(stack)) == ["Source", "Preview", "SelfUpdate", "Deploy", "Upsert", "Verify"]


def test_artifacts_are_encrypted_in_the_stacks_own_bucket(stack: Any) -> None:
    [store] = stack.inputs("delivery-pipeline")["artifactStores"]
    assert store["location"] == "artifacts"
    assert store["encryptionKey"] == {"type": "KMS", "id": "arn:aws:kms:us-east-1:123456789012:key/1"}


def test_codecommit_is_not_polled_and_its_pushes_start_the_pipeline_by_a_rule(stack: Any) -> None:
    source = actions(stack)["Source"]
    assert source["provider"] == "CodeCommit"
    assert source["configuration"]["PollForSourceChanges"] == "false"
    assert stack.inputs("delivery-pipeline").get("triggers") is None
    pattern = json.loads(stack.inputs("delivery-source")["eventPattern"])
    assert pattern["detail"]["referenceName"] == ["main"]
    assert pattern["resources"] == ["arn:aws:codecommit:us-east-1:123456789012:mlops-infra"]


def test_github_starts_the_pipeline_by_branch_and_paths_through_the_connection(on_github: Any) -> None:
    source = actions(on_github)["Source"]
    assert source["provider"] == "CodeStarSourceConnection"
    assert source["configuration"]["FullRepositoryId"] == "acme/mlops"
    assert source["configuration"]["DetectChanges"] == "false"
    [trigger] = on_github.inputs("delivery-pipeline")["triggers"]
    [push] = trigger["gitConfiguration"]["pushes"]
    assert push["branches"] == {"includes": ["main"]}
    assert push["filePaths"] == {"includes": ["components/**", "Pulumi.local.yaml"]}
    assert "delivery-source" not in on_github.names_of("aws:cloudwatch/eventRule:EventRule")
    fetch = on_github.statements("delivery-delivery-policy")["FetchCommits"]
    assert (fetch["Action"], fetch["Resource"]) == (["codeconnections:UseConnection"], [CONNECTION])
    assert fetch["Condition"] == {"StringEqualsIfExists": {"codeconnections:FullRepositoryId": "acme/mlops"}}


def test_the_connection_is_handed_to_the_pipeline_by_those_who_change_it(on_github: Any) -> None:
    for policy in ("delivery-self-update-policy", "delivery-manage-delivery"):
        statement = on_github.statements(policy)["ManageConnection"]
        assert (statement["Action"], statement["Resource"]) == (["codeconnections:PassConnection"], [CONNECTION])


def test_an_older_connection_is_used_with_the_older_services_permission(build: Any, cicd: Callable[..., Cicd]) -> None:
    older = CONNECTION.replace("codeconnections", "codestar-connections")
    stack = build(lambda: cicd(source={**GITHUB, "connectionArn": older}))
    assert stack.statements("delivery-delivery-policy")["FetchCommits"]["Action"] == [
        "codestar-connections:UseConnection"
    ]


def test_the_approval_repeats_nothing_that_a_build_says_and_leaves_the_message_to_the_notifier(stack: Any) -> None:
    configuration = actions(stack)["Approve"]["configuration"]
    assert configuration == {
        "CustomData": "Deploy commit #{SourceVars.CommitId} to local? Read the report first.",
        "ExternalEntityLink": (
            "https://us-east-1.console.aws.amazon.com/s3/object/artifacts?region=us-east-1&prefix="
            "abalone-local-delivery%2Fpreviews%2F#{codepipeline.PipelineExecutionId}%2Fpreview.md"
        ),
    }
    statements = stack.statements("delivery-delivery-policy").values()
    assert not [action for statement in statements for action in statement["Action"] if action.startswith("sns:")]


def test_before_the_approval_a_build_writes_its_log_and_its_one_artifact_and_nothing_else(stack: Any) -> None:
    stages = list(actions(stack))
    before = [job for job in STAGES if stages.index(str(job.stage)) < stages.index("Approve")]
    assert [job.name for job in before] == ["preview"]
    for job in before:
        assert not job.exports
        statements = stack.statements(f"delivery-{job.name}-policy")
        assert set(statements) == {
            "FindState", "ReadArtifacts", "ReadState", "ReadStateThroughS3", "UseKey", "WriteArtifacts", "WriteLogs"
        }  # fmt: skip
        assert statements["WriteArtifacts"]["Resource"] == ["arn:aws:s3:::artifacts/abalone-local-delive*/Preview/*"]
        attachments = stack.names_of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        assert not [name for name in attachments if name.startswith(f"delivery-{job.name}-")]


@pytest.mark.parametrize("stage", ["SelfUpdate", "Deploy"])
def test_what_changes_the_stack_gets_the_approved_preview_beside_the_source(stack: Any, stage: str) -> None:
    assert actions(stack)["Preview"]["outputArtifacts"] == ["Preview"]
    action = actions(stack)[stage]
    assert action["inputArtifacts"] == ["Source", "Preview"]
    assert action["configuration"]["PrimarySource"] == "Source"


def test_the_files_of_what_was_deployed_are_kept_by_the_pipeline_itself(stack: Any) -> None:
    [stage] = [stage for stage in stack.inputs("delivery-pipeline")["stages"] if stage["name"] == "Deploy"]
    _, keep = stage["actions"]
    assert (keep["category"], keep["provider"], keep["runOrder"], keep["inputArtifacts"]) == (
        "Deploy", "S3", 2, ["Source"]
    )  # fmt: skip
    assert keep["configuration"] == {
        "BucketName": "artifacts",
        "Extract": "false",
        "ObjectKey": "abalone-local-delivery/delivered/source.zip",
        "KMSEncryptionKeyARN": "arn:aws:kms:us-east-1:123456789012:key/1",
    }
    writes = stack.statements("delivery-delivery-policy")["KeepSource"]
    assert writes["Resource"] == ["arn:aws:s3:::artifacts/abalone-local-delivery/delivered/source.zip"]
    jobs = [statement for job in STAGES for statement in stack.statements(f"delivery-{job.name}-policy").values()]
    written = {resource for item in jobs if "s3:PutObject" in item["Action"] for resource in item["Resource"]}
    assert written
    assert not [resource for resource in written if "/delivered/" in resource or "/Source/" in resource]


def test_every_build_knows_its_execution_and_commit(stack: Any) -> None:
    for job in STAGES:
        configured = json.loads(actions(stack)[str(job.stage)]["configuration"]["EnvironmentVariables"])
        assert {item["name"]: item["value"] for item in configured} == {
            "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
            "COMMIT_ID": "#{SourceVars.CommitId}",
        }


def test_every_project_has_the_buildspec_of_its_job_inside(stack: Any) -> None:
    for job in JOBS:
        assert project(stack, job.name)["source"]["buildspec"] == buildspec(job)


def test_every_project_runs_on_the_current_arm_image_unprivileged_with_time_outs_logs_and_key(stack: Any) -> None:
    for job in JOBS:
        inputs = project(stack, job.name)
        assert inputs["environment"]["image"] == "aws/codebuild/amazonlinux-aarch64-standard:3.0"
        assert inputs["environment"]["type"] == "ARM_CONTAINER"
        assert inputs["environment"]["privilegedMode"] is False
        assert 5 <= inputs["buildTimeout"] <= 120
        assert inputs["encryptionKey"] == "arn:aws:kms:us-east-1:123456789012:key/1"
        logs = stack.inputs(f"delivery-{job.name}-logs")
        assert logs["retentionInDays"] == 7
        assert logs["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/1"
        assert inputs["logsConfig"]["cloudwatchLogs"]["groupName"] == logs["name"] == f"/aws/codebuild/{inputs['name']}"


def test_builds_run_on_the_version_of_the_image_that_the_settings_name(build: Any, cicd: Callable[..., Cicd]) -> None:
    stack = build(lambda: cicd(buildImageVersion="3.0-25.03.03"))
    images = {project(stack, job.name)["environment"]["image"] for job in JOBS}
    assert images == {"aws/codebuild/amazonlinux-aarch64-standard:3.0-25.03.03"}


def test_no_build_is_refused_because_another_one_still_ends(stack: Any) -> None:
    for job in JOBS:
        assert "concurrentBuildLimit" not in project(stack, job.name)


def test_what_changes_the_stack_has_time_to_wait_for_a_whole_deployment_and_then_to_deploy(stack: Any) -> None:
    writers = [job.name for job in JOBS if job.state == "write"]
    assert writers == ["self-update", "deploy"]
    for job in writers:
        assert project(stack, job)["buildTimeout"] * 60 - LOCK_WAIT_SECONDS >= 45 * 60


def test_jobs_get_the_state_and_the_upsert_its_own_variables(stack: Any) -> None:
    deploy_variables = variables(stack, "deploy")
    assert deploy_variables["PULUMI_BACKEND_URL"] == "s3://abalone-local-state-123456789012-us-east-1?region=us-east-1"
    assert deploy_variables["PULUMI_SECRETS_PROVIDER"] == "awskms://alias/abalone-local-state?region=us-east-1"
    assert deploy_variables["STACK"] == "local"
    assert variables(stack, "upsert") == {"SAGEMAKER_PIPELINE_NAME": "abalone-local"}
    assert variables(stack, "pull-request")["REPOSITORY_NAME"] == "mlops-infra"


def test_the_look_for_drift_runs_what_was_deployed_and_not_what_was_pushed(stack: Any, on_github: Any) -> None:
    for drift in (project(stack, "drift"), project(on_github, "drift")):
        assert drift["source"]["type"] == "S3"
        assert drift["source"]["location"] == "artifacts/abalone-local-delivery/delivered/source.zip"
        assert "sourceVersion" not in drift
        assert drift["artifacts"]["type"] == "NO_ARTIFACTS"
    for deployed in (stack, on_github):
        services = {a.split(":")[0] for s in deployed.statements("delivery-drift-policy").values() for a in s["Action"]}
        assert not services & {"codecommit", "codeconnections"}


def test_a_pull_requests_build_finds_its_commit_in_the_history_of_a_branch(stack: Any) -> None:
    pull_request = project(stack, "pull-request")
    assert pull_request["source"]["location"] == "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/mlops-infra"
    assert pull_request["sourceVersion"] == "refs/heads/main"
    assert "gitCloneDepth" not in pull_request["source"]


def test_parts_that_are_switched_off_leave_no_project_role_or_rule(build: Any, cicd: Callable[..., Cicd]) -> None:
    stack = build(lambda: cicd(driftSchedule=None, pullRequestPreviews=False))
    for kind in ("aws:codebuild/project:Project", "aws:iam/role:Role", "aws:cloudwatch/eventRule:EventRule"):
        assert not [name for name in stack.names_of(kind) if "drift" in name or "pull-request" in name]


def test_pull_requests_on_github_have_a_role_for_its_workflow_and_no_project(on_github: Any) -> None:
    assert "delivery-pull-request-project" not in on_github.names_of("aws:codebuild/project:Project")
    [trust] = on_github.statements("delivery-pull-request-role", "assumeRolePolicy").values()
    assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert trust["Condition"]["StringEquals"] == {f"{ISSUER}:aud": "sts.amazonaws.com"}
    actions = {a for s in on_github.statements("delivery-pull-request-policy").values() for a in s["Action"]}
    assert actions == {"s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "kms:Decrypt"}


def test_as_many_approvers_as_the_settings_take_fit_a_trust_policy(build: Any, cicd: Callable[..., Cicd]) -> None:
    roles = [f"arn:aws:iam::123456789012:role/{number:02}{'a' * 58}" for number in range(20)]
    stack = build(lambda: cicd(approval={"required": True, "approverRoles": roles}))
    trust = stack.inputs("delivery-approve-role")["assumeRolePolicy"]
    assert 1800 < len("".join(trust.split())) <= 2048


ISSUER = "token.actions.githubusercontent.com"


def trusted_subjects(stack: Any, subjects: list[str], audience: str = "sts.amazonaws.com") -> list[str]:
    """Those whose tokens the role for pull requests accepts, as the local cloud's IAM decides on its trust."""
    [trust] = stack.statements("delivery-pull-request-role", "assumeRolePolicy").values()
    statement = {key: value for key, value in trust.items() if key != "Principal"} | {"Resource": "*"}
    policies = Policies([json.dumps({"Version": "2012-10-17", "Statement": [statement]})], None)
    return [
        subject
        for subject in subjects
        if policies.decide(
            "sts:AssumeRoleWithWebIdentity",
            "*",
            "us-east-1",
            {f"{ISSUER}:aud": audience, f"{ISSUER}:sub": subject},
        )
        == "Allow"
    ]


# Whoever registered the name anew, a fork, the owner's other repositories, and what is no pull request.
STRANGERS = [
    "repo:acme@99/mlops@22:pull_request",
    "repo:acme@11/mlops@99:pull_request",
    "repo:acme@11/mlops@22/x:pull_request",
    "repo:eve/mlops:pull_request",
    "repo:eve@5/mlops@22:pull_request",
    "repo:acme/other:pull_request",
    "repo:acme@11/other@23:pull_request",
    "repo:acme@11/other@23:environment:/mlops@22:pull_request",
    "repo:acme/other:environment:acme/mlops:pull_request",
    "repo:acme/mlops:ref:refs/heads/main",
    "repo:acme@11/mlops@22:ref:refs/heads/main",
    "repo:acme@11/mlops@22:environment:pull_request",
]


def test_workflows_are_trusted_by_the_repositorys_name_in_any_case_and_by_its_ids(
    build: Any, cicd: Callable[..., Cicd], on_github: Any
) -> None:
    old = ["repo:acme/mlops:pull_request", "repo:Acme/MLOps:pull_request"]
    new = ["repo:acme@11/mlops@22:pull_request", "repo:Acme@11/MLOps@22:pull_request"]
    assert trusted_subjects(on_github, [*old, *new, *STRANGERS]) == old
    by_ids = build(lambda: cicd(source={**GITHUB, "ownerId": 11, "repositoryId": 22}))
    assert trusted_subjects(by_ids, [*old, *new, *STRANGERS]) == [*old, *new]
    assert trusted_subjects(by_ids, [*old, *new], audience="https://github.com/acme") == []


def test_everything_is_below_the_component_so_that_self_update_can_target_it(stack: Any) -> None:
    for urn in stack.resources:
        name = urn.rpartition("::")[2]
        if name.startswith("delivery-"):
            assert "mlops:index:Cicd$" in urn
    assert stack.urn("delivery") in stack.finished


def test_a_preview_registers_the_same_resources(build: Any, cicd: Callable[..., Cicd], stack: Any) -> None:
    assert set(build(cicd, preview=True).resources) == set(stack.resources)
