"""The delivery pipeline: its stages, its source and its triggers."""

import json
from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.cicd.args import CicdArgs
from components.cicd.jobs import Job
from components.cicd.roles import Roles
from contract import console
from contract.layout import DeliveryArtifacts
from contract.names import APPROVAL_STAGE, DELIVERY_ROLE, DEPLOY_STAGE, KEEP_SOURCE_ACTION, SOURCE_STAGE

Stage = aws.codepipeline.PipelineStageArgsDict
Action = aws.codepipeline.PipelineStageActionArgsDict

# Newer commits contain the older ones, so an execution that waits between stages gives way to a newer one: nobody
# approves or deploys what has been overtaken ("How pipeline executions work").
_EXECUTION_MODE: Final = "SUPERSEDED"
_VARIABLES: Final = {
    "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
    "COMMIT_ID": "#{SourceVars.CommitId}",
}


def create_pipeline(
    name: str,
    args: CicdArgs,
    roles: Roles,
    projects: Mapping[str, aws.codebuild.Project],
    opts: pulumi.ResourceOptions,
) -> aws.codepipeline.Pipeline:
    """Create the delivery pipeline, of type V2, with its artifacts in the artifact bucket of the stack."""
    return aws.codepipeline.Pipeline(
        f"{name}-pipeline",
        name=args.names.pipeline,
        pipeline_type="V2",
        execution_mode=_EXECUTION_MODE,
        role_arn=roles.arn(DELIVERY_ROLE),
        artifact_stores=[
            {
                "type": "S3",
                "location": args.workspace.artifacts.bucket_name,
                "encryption_key": {"type": "KMS", "id": args.workspace.key_arn},
            }
        ],
        stages=_stages(args, projects),
        triggers=_triggers(args),
        opts=roles.after_policies(DELIVERY_ROLE, opts),
    )


def _stages(args: CicdArgs, projects: Mapping[str, aws.codebuild.Project]) -> list[Stage]:
    actions = [_source(args)]
    is_approved = not args.approval.required
    for job in args.stages:
        if job.after_approval and not is_approved:
            actions.append(_approval(args))
            is_approved = True
        actions.append(_build(job, projects[job.name]))
    # Each stage has one action, both of one name. Deploy has one more, which keeps the files of what is deployed now.
    return [
        {"name": action["name"], "actions": [action, *([_keep_source(args)] if action["name"] == DEPLOY_STAGE else [])]}
        for action in actions
    ]


def _source(args: CicdArgs) -> Action:
    source = args.source
    action: Action = {
        "name": SOURCE_STAGE,
        "category": "Source",
        "owner": "AWS",
        "version": "1",
        "provider": "CodeCommit",
        "namespace": "SourceVars",
        "output_artifacts": [SOURCE_STAGE],
    }
    if source.connection_arn is not None:
        # Started by the trigger below, so the action itself detects no change.
        configuration = {
            "ConnectionArn": source.connection_arn,
            "FullRepositoryId": source.repository,
            "BranchName": source.branch,
            "DetectChanges": "false",
        }
        return {**action, "provider": "CodeStarSourceConnection", "configuration": configuration}
    configuration = {
        "RepositoryName": source.repository,
        "BranchName": source.branch,
        "PollForSourceChanges": "false",
    }
    return {**action, "configuration": configuration}


def _build(job: Job, project: aws.codebuild.Project) -> Action:
    variables = [{"name": variable, "value": value, "type": "PLAINTEXT"} for variable, value in _VARIABLES.items()]
    action: Action = {
        "name": str(job.stage),
        "category": "Build",
        "owner": "AWS",
        "provider": "CodeBuild",
        "version": "1",
        "input_artifacts": list(job.inputs),
        "configuration": {
            "ProjectName": project.name,
            "PrimarySource": SOURCE_STAGE,
            "EnvironmentVariables": json.dumps(variables),
        },
    }
    if job.output_files:
        action["output_artifacts"] = [str(job.stage)]
    return action


def _keep_source(args: CicdArgs) -> Action:
    """Return the action that copies the commit's files to one key, where builds beside the pipeline find them."""
    return {
        "name": KEEP_SOURCE_ACTION,
        "run_order": 2,
        "category": "Deploy",
        "owner": "AWS",
        "provider": "S3",
        "version": "1",
        "input_artifacts": [SOURCE_STAGE],
        "configuration": {
            "BucketName": args.workspace.artifacts.bucket_name,
            "Extract": "false",
            "ObjectKey": DeliveryArtifacts(args.names.pipeline).delivered_source,
            "KMSEncryptionKeyARN": args.workspace.key_arn,
        },
    }


def _approval(args: CicdArgs) -> Action:
    """Return the approval, without a topic of its own: the notifier publishes it in a form that chat shows as well.

    It repeats nothing that a build says: until somebody approves, builds run code that nobody has looked at.
    """
    environment = args.deployment.environment
    configuration: dict[str, pulumi.Input[str]] = {
        "CustomData": f"Deploy commit #{{SourceVars.CommitId}} to {environment}? Read the report first.",
    }
    report = DeliveryArtifacts(args.names.pipeline).preview_report_key("EXECUTION")
    page = console.s3_object(args.deployment.region, f"s3://BUCKET/{report}")
    if page is not None:
        page = page.replace("EXECUTION", _VARIABLES["PIPELINE_EXECUTION_ID"])
        configuration["ExternalEntityLink"] = args.workspace.artifacts.bucket_name.apply(
            lambda bucket: page.replace("BUCKET", bucket)
        )
    return {
        "name": APPROVAL_STAGE,
        "category": "Approval",
        "owner": "AWS",
        "provider": "Manual",
        "version": "1",
        "configuration": configuration,
    }


def _triggers(args: CicdArgs) -> list[aws.codepipeline.PipelineTriggerArgsDict] | None:
    """Return the trigger by pushes to GitHub; those to CodeCommit come through a rule."""
    source = args.source
    if source.connection_arn is None:
        return None
    push: aws.codepipeline.PipelineTriggerGitConfigurationPushArgsDict = {"branches": {"includes": [source.branch]}}
    if source.paths:
        push["file_paths"] = {"includes": list(source.paths)}
    return [
        {
            "provider_type": "CodeStarSourceConnection",
            "git_configuration": {"source_action_name": SOURCE_STAGE, "pushes": [push]},
        }
    ]
