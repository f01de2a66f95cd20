"""CodeBuild projects of the delivery jobs, each with its log group and its buildspec."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import yaml

from components.cicd.args import CicdArgs
from components.cicd.jobs import Job
from components.cicd.roles import Roles
from contract.layout import DeliveryArtifacts

# Amazon Linux 2023 on Arm ("Docker images provided by CodeBuild"). AWS keeps 3.0 current; of its dated versions, which
# ListCuratedEnvironmentImages lists, it publishes no digest.
_IMAGE: Final = "aws/codebuild/amazonlinux-aarch64-standard"
_QUEUED_MINUTES: Final = 60
_OUTPUT_FOLDER: Final = "delivery-output"


def create_projects(
    name: str, args: CicdArgs, roles: Roles, opts: pulumi.ResourceOptions
) -> dict[str, aws.codebuild.Project]:
    """Create the projects of the enabled jobs and return them by the job's name."""
    return {job.name: _create_project(name, job, args, roles, opts) for job in args.builds}


def _create_project(
    name: str, job: Job, args: CicdArgs, roles: Roles, opts: pulumi.ResourceOptions
) -> aws.codebuild.Project:
    logs = aws.cloudwatch.LogGroup(
        f"{name}-{job.name}-logs",
        name=args.names.log_group(job.name),
        retention_in_days=args.deployment.log_retention_days,
        kms_key_id=args.workspace.key_arn,
        opts=opts,
    )
    in_pipeline = job.stage is not None
    branch = f"refs/heads/{args.source.branch}"
    return aws.codebuild.Project(
        f"{name}-{job.name}-project",
        name=args.names.project(job.name),
        description=f"Runs the job {job.name} of the delivery pipeline {args.names.pipeline}",
        service_role=roles.arn(job.name),
        build_timeout=job.minutes,
        queued_timeout=_QUEUED_MINUTES,
        encryption_key=args.workspace.key_arn,
        artifacts={"type": "CODEPIPELINE" if in_pipeline else "NO_ARTIFACTS"},
        source=_source(args, job),
        source_version=branch if job.clones_repository else None,
        environment={
            "type": "ARM_CONTAINER",
            "compute_type": job.compute_type,
            "image": f"{_IMAGE}:{args.settings.delivery.build_image_version}",
            "image_pull_credentials_type": "CODEBUILD",
            "privileged_mode": False,
            "environment_variables": [
                {"name": variable, "value": value} for variable, value in sorted(_variables(args, job).items())
            ],
        },
        logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": logs.name}},
        opts=roles.after_policies(job.name, opts),
    )


def _variables(args: CicdArgs, job: Job) -> Mapping[str, pulumi.Input[str]]:
    if job.environment == "ml-pipeline":
        return args.upsert_environment
    of_stack: dict[str, pulumi.Input[str]] = {
        "STACK": args.deployment.environment,
        "AWS_REGION": args.deployment.region,
        "PULUMI_BACKEND_URL": args.deployment.backend_url,
        "PULUMI_SECRETS_PROVIDER": args.deployment.secrets_provider,
        "ARTIFACT_BUCKET": args.workspace.artifacts.bucket_name,
        "KMS_KEY_ARN": args.workspace.key_arn,
        "NOTIFICATION_TOPIC_ARN": args.topic_arn,
        "PIPELINE_NAME": args.names.pipeline,
    }
    further = {"REPOSITORY_NAME": args.source.repository}
    return {**of_stack, **{variable: further[variable] for variable in job.variables}}


def _source(args: CicdArgs, job: Job) -> aws.codebuild.ProjectSourceArgsDict:
    """Return the pipeline's artifact for a stage; else a clone of the repository, or what was deployed last.

    What is pushed to the branch, nobody has approved yet: a build with a role that it could misuse doesn't run that.
    """
    source = args.source
    if job.stage is not None:
        return {"type": "CODEPIPELINE", "buildspec": buildspec(job)}
    if not job.clones_repository:
        key = DeliveryArtifacts(args.names.pipeline).delivered_source
        location = pulumi.Output.concat(args.workspace.artifacts.bucket_name, f"/{key}")
        return {"type": "S3", "location": location, "buildspec": buildspec(job)}
    if source.connection_arn is not None:
        return {
            "type": "GITHUB",
            "location": f"https://github.com/{source.repository}.git",
            "auth": {"type": "CODECONNECTIONS", "resource": source.connection_arn},
            "buildspec": buildspec(job),
        }
    host = f"git-codecommit.{args.deployment.region}.{args.deployment.dns_suffix}"
    # With the history: in a shallow clone a commit is only found at the tip ("Source version sample", CodeBuild User
    # Guide).
    return {
        "type": "CODECOMMIT",
        "location": f"https://{host}/v1/repos/{source.repository}",
        "buildspec": buildspec(job),
    }


def buildspec(job: Job) -> str:
    """Return the job's buildspec as YAML ("Build specification reference for CodeBuild").

    It is inline in the project instead of a file in the commit: a commit whose program fails leaves SelfUpdate as it
    was for the commits after it, a pull request can't choose which commands run with the job's role, and what a stage
    runs is part of the stack, so that `pulumi preview` shows a change of it. SelfUpdate applies such a change before
    the pipeline goes on with its commit.
    """
    run = f".venv/bin/python -m {job.module}"
    commands = [run] if job.stdout is None else [f"{run} > {job.stdout}", f"cat {job.stdout}"]
    env: dict[str, Any] = {"shell": "bash"}
    if job.output_files:
        env["variables"] = {"DELIVERY_OUTPUT": _OUTPUT_FOLDER}
    if job.exports:
        env["exported-variables"] = list(job.exports)
    specification: dict[str, Any] = {
        "version": 0.2,
        "env": env,
        "phases": {
            "install": {
                "runtime-versions": {"python": "3.13"},
                "on-failure": "ABORT",
                "commands": list(job.install),
            },
            "build": {
                "on-failure": "ABORT",
                "commands": [
                    *commands,
                    *(f'export {variable}="$({command})"' for variable, command in job.exports.items()),
                ],
            },
        },
    }
    if job.output_files:
        specification["artifacts"] = {"base-directory": _OUTPUT_FOLDER, "files": list(job.output_files)}
    return f"# Job {job.name} of components/cicd/jobs.py\n{yaml.safe_dump(specification, sort_keys=False, width=1_000)}"
