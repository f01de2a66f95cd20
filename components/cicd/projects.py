"""The CodeBuild projects: one a job, each with its role, its log group and its buildspec."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from components.cicd import names
from components.cicd.args import CicdArgs
from components.cicd.roles import Roles, present_jobs
from contract.names import DeliveryNames

_ROOT: Final = Path(__file__).parents[2]
# Amazon Linux 2023 on Arm, kept current within 3.0 ("Docker images provided by CodeBuild").
_IMAGE: Final = "aws/codebuild/amazonlinux-aarch64-standard:3.0"
_MINUTES: Final = {"deploy": 60, "self-update": 45}
_OTHER_MINUTES: Final = 30
_QUEUED_MINUTES: Final = 60
# Two at once would only wait for each other's lock on the state.
_ONE_AT_A_TIME: Final = ("self-update", "deploy")
# The SageMaker SDK is a gigabyte.
_LARGER: Final = {"upsert": "BUILD_GENERAL1_MEDIUM"}
_BUILDSPECS: Final = {"upsert": "pipeline_def/buildspec.yaml"}


def create(name: str, args: CicdArgs, roles: Roles, opts: pulumi.ResourceOptions) -> dict[str, aws.codebuild.Project]:
    """The projects by the noun of their job."""
    return {noun: _project(name, noun, args, roles, opts) for noun in present_jobs(args) if not _on_github(args, noun)}


def _on_github(args: CicdArgs, noun: str) -> bool:
    """Pull requests on GitHub are previewed by its own workflow."""
    return noun == "pull-request" and args.source.provider == "github"


def _project(name: str, noun: str, args: CicdArgs, roles: Roles, opts: pulumi.ResourceOptions) -> aws.codebuild.Project:
    deployment, own = args.workspace.deployment, DeliveryNames(args.workspace.deployment)
    logs = aws.cloudwatch.LogGroup(
        f"{name}-{noun}-logs",
        name=own.log_group(noun),
        retention_in_days=deployment.log_retention_days,
        kms_key_id=args.workspace.key_arn,
        opts=opts,
    )
    beside = noun in names.BESIDE
    return aws.codebuild.Project(
        f"{name}-{noun}-project",
        name=own.project(noun),
        description=f"Runs the job {noun} of the delivery pipeline {own.pipeline}",
        service_role=roles.by_noun[noun].arn,
        build_timeout=_MINUTES.get(noun, _OTHER_MINUTES),
        queued_timeout=_QUEUED_MINUTES,
        concurrent_build_limit=1 if noun in _ONE_AT_A_TIME else None,
        encryption_key=args.workspace.key_arn,
        artifacts={"type": "NO_ARTIFACTS" if beside else "CODEPIPELINE"},
        source=_source(args, noun),
        source_version=f"refs/heads/{args.source.branch}" if beside else None,
        environment={
            "type": "ARM_CONTAINER",
            "compute_type": _LARGER.get(noun, "BUILD_GENERAL1_SMALL"),
            "image": _IMAGE,
            "image_pull_credentials_type": "CODEBUILD",
            "privileged_mode": False,
            "environment_variables": [
                {"name": key, "value": value} for key, value in sorted(_variables(args, noun).items())
            ],
        },
        logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": logs.name}},
        opts=roles.ready(noun, opts),
    )


def _variables(args: CicdArgs, noun: str) -> Mapping[str, pulumi.Input[str]]:
    deployment = args.workspace.deployment
    if noun == "upsert":
        return args.upsert_environment
    variables: dict[str, pulumi.Input[str]] = {
        "STACK": deployment.environment,
        "AWS_REGION": deployment.region,
        "PULUMI_BACKEND_URL": deployment.backend_url,
        "PULUMI_SECRETS_PROVIDER": deployment.secrets_provider,
        "ARTIFACT_BUCKET": args.workspace.artifacts.bucket_name,
        "NOTIFICATION_TOPIC_ARN": args.topic_arn,
        "PIPELINE_NAME": DeliveryNames(deployment).pipeline,
    }
    return {**variables, "REPOSITORY_NAME": args.source.repository} if noun == "pull-request" else variables


def _source(args: CicdArgs, noun: str) -> aws.codebuild.ProjectSourceArgsDict:
    """From the pipeline's artifacts with its buildspec, except SelfUpdate's, which no commit can break."""
    buildspec = _BUILDSPECS.get(noun, f"delivery/buildspecs/{noun.replace('-', '_')}.yaml")
    if noun == "self-update":
        buildspec = (_ROOT / buildspec).read_text(encoding="utf-8")
    if noun not in names.BESIDE:
        return {"type": "CODEPIPELINE", "buildspec": buildspec}
    source, deployment = args.source, args.workspace.deployment
    if source.connection_arn is not None:
        location = f"https://github.com/{source.repository}.git"
        return {
            "type": "GITHUB",
            "location": location,
            "auth": {"type": "CODECONNECTIONS", "resource": source.connection_arn},
            "buildspec": buildspec,
            "git_clone_depth": 1,
        }
    host = f"git-codecommit.{deployment.region}.{deployment.dns_suffix}"
    location = f"https://{host}/v1/repos/{source.repository}"
    return {"type": "CODECOMMIT", "location": location, "buildspec": buildspec, "git_clone_depth": 1}
