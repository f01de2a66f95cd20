"""The pipeline: its stages, its source and its triggers."""

import json
from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.cicd import names
from components.cicd.args import CicdArgs
from components.cicd.roles import Roles
from contract.names import DeliveryNames

Action = aws.codepipeline.PipelineStageActionArgsDict

_SOURCE_ARTIFACT: Final = "Source"
_PREVIEW_ARTIFACT: Final = "Preview"
# Newer commits contain the older ones, so an execution that waits between stages gives way to a newer one: nobody
# approves or deploys what has been overtaken ("How pipeline executions work").
_EXECUTION_MODE: Final = "SUPERSEDED"
_VARIABLES: Final = {
    "PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}",
    "COMMIT_ID": "#{SourceVars.CommitId}",
}
_NAMESPACES: Final = {"Preview": "PreviewVars"}
_INPUTS: Final = {"Deploy": [_SOURCE_ARTIFACT, _PREVIEW_ARTIFACT]}
_OUTPUTS: Final = {"Preview": [_PREVIEW_ARTIFACT]}


def create(
    name: str,
    args: CicdArgs,
    roles: Roles,
    projects: Mapping[str, aws.codebuild.Project],
    opts: pulumi.ResourceOptions,
) -> aws.codepipeline.Pipeline:
    """The pipeline of type V2 in the artifact bucket of the stack."""
    own = DeliveryNames(args.workspace.deployment)
    builds = {stage: _stage(_build(stage, projects[noun])) for stage, noun in names.STAGES.items()}
    approval = [_stage(_approval(args))] if args.approval.required else []
    return aws.codepipeline.Pipeline(
        f"{name}-pipeline",
        name=own.pipeline,
        pipeline_type="V2",
        execution_mode=_EXECUTION_MODE,
        role_arn=roles.by_noun[names.PIPELINE].arn,
        artifact_stores=[
            {
                "type": "S3",
                "location": args.workspace.artifacts.bucket_name,
                "encryption_key": {"type": "KMS", "id": args.workspace.key_arn},
            }
        ],
        stages=[
            _stage(_source(args)),
            builds["SelfUpdate"],
            builds["Preview"],
            *approval,
            builds["Deploy"],
            builds["Upsert"],
            builds["Verify"],
        ],
        triggers=_triggers(args),
        opts=roles.ready(names.PIPELINE, opts),
    )


def _stage(action: Action) -> aws.codepipeline.PipelineStageArgsDict:
    """A stage of one action, both of one name."""
    return {"name": action["name"], "actions": [action]}


def _source(args: CicdArgs) -> Action:
    source = args.source
    action: Action = {
        "name": names.SOURCE,
        "category": "Source",
        "owner": "AWS",
        "version": "1",
        "provider": "CodeCommit",
        "namespace": "SourceVars",
        "output_artifacts": [_SOURCE_ARTIFACT],
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


def _build(stage: str, project: aws.codebuild.Project) -> Action:
    variables = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in _VARIABLES.items()]
    action: Action = {
        "name": stage,
        "category": "Build",
        "owner": "AWS",
        "provider": "CodeBuild",
        "version": "1",
        "input_artifacts": _INPUTS.get(stage, [_SOURCE_ARTIFACT]),
        "configuration": {
            "ProjectName": project.name,
            "PrimarySource": _SOURCE_ARTIFACT,
            "EnvironmentVariables": json.dumps(variables),
        },
    }
    if stage in _OUTPUTS:
        action["output_artifacts"] = _OUTPUTS[stage]
    if stage in _NAMESPACES:
        action["namespace"] = _NAMESPACES[stage]
    return action


def _approval(args: CicdArgs) -> Action:
    """Without a topic of its own: the notifier tells of it, in a form that chat shows as well."""
    environment = args.workspace.deployment.environment
    return {
        "name": names.APPROVAL,
        "category": "Approval",
        "owner": "AWS",
        "provider": "Manual",
        "version": "1",
        "configuration": {
            "ExternalEntityLink": "#{PreviewVars.PREVIEW_URL}",
            "CustomData": f"{environment}, commit #{{SourceVars.CommitId}}: #{{PreviewVars.CHANGES}}",
        },
    }


def _triggers(args: CicdArgs) -> list[aws.codepipeline.PipelineTriggerArgsDict] | None:
    """GitHub's pushes to the branch; CodeCommit's come through a rule."""
    source = args.source
    if source.connection_arn is None:
        return None
    push: aws.codepipeline.PipelineTriggerGitConfigurationPushArgsDict = {"branches": {"includes": [source.branch]}}
    if source.paths:
        push["file_paths"] = {"includes": list(source.paths)}
    return [
        {
            "provider_type": "CodeStarSourceConnection",
            "git_configuration": {"source_action_name": names.SOURCE, "pushes": [push]},
        }
    ]
