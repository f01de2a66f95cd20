"""EventBridge rules: what starts the pipeline and the builds beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.cicd import names
from components.cicd.args import CicdArgs
from components.cicd.permissions.build import repository_arn
from components.cicd.roles import Roles

Transformer = aws.cloudwatch.EventTargetInputTransformerArgsDict

_EVENT_AGE_SECONDS: Final = 3600
_RETRIES: Final = 24


@dataclass(frozen=True, kw_only=True)
class _Target:
    """Where a rule's events go, and what is made of them on the way."""

    arn: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    transformer: Transformer | None = None


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """What a rule listens to or when it fires, and its one target."""

    description: str
    target: _Target
    pattern: Mapping[str, Any] | None = None
    schedule: str | None = None


def create(
    name: str,
    args: CicdArgs,
    roles: Roles,
    pipeline: aws.codepipeline.Pipeline,
    projects: Mapping[str, aws.codebuild.Project],
    opts: pulumi.ResourceOptions,
) -> None:
    """The rules that this configuration has."""
    starter = roles.by_noun[names.EVENTS].arn
    ready = roles.ready(names.EVENTS, opts)
    for noun, rule in _starts(args, pipeline, projects, starter).items():
        made = aws.cloudwatch.EventRule(
            f"{name}-{noun}",
            name=args.workspace.deployment.name(f"delivery-{noun}"),
            description=rule.description,
            event_pattern=json.dumps(rule.pattern) if rule.pattern else None,
            schedule_expression=rule.schedule,
            opts=opts,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{noun}-target",
            rule=made.name,
            target_id=noun,
            arn=rule.target.arn,
            role_arn=rule.target.role_arn,
            input_transformer=rule.target.transformer,
            retry_policy={"maximum_event_age_in_seconds": _EVENT_AGE_SECONDS, "maximum_retry_attempts": _RETRIES},
            opts=ready,
        )


def _starts(
    args: CicdArgs,
    pipeline: aws.codepipeline.Pipeline,
    projects: Mapping[str, aws.codebuild.Project],
    starter: pulumi.Input[str],
) -> dict[str, _Rule]:
    rules: dict[str, _Rule] = {}
    if args.source.provider == "codecommit":
        rules["source"] = _Rule(
            description="Pushes to the delivered branch start the delivery pipeline",
            target=_Target(arn=pipeline.arn, role_arn=starter),
            pattern=_pushes(args),
        )
    if "pull-request" in projects:
        rules["pull-request"] = _Rule(
            description="New and updated pull requests are previewed",
            target=_Target(arn=projects["pull-request"].arn, role_arn=starter, transformer=_pull_request_build()),
            pattern=_pull_requests(args),
        )
    if "drift" in projects:
        rules["drift"] = _Rule(
            description="What is deployed is compared with the state regularly",
            target=_Target(arn=projects["drift"].arn, role_arn=starter),
            schedule=args.settings.delivery.drift_schedule,
        )
    return rules


def _pushes(args: CicdArgs) -> dict[str, Any]:
    """Event shapes: "Monitoring CodeCommit events in Amazon EventBridge"."""
    return {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [repository_arn(args.workspace, args.source)],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [args.source.branch],
        },
    }


def _pull_requests(args: CicdArgs) -> dict[str, Any]:
    return {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Pull Request State Change"],
        "resources": [repository_arn(args.workspace, args.source)],
        "detail": {
            "event": ["pullRequestCreated", "pullRequestSourceBranchUpdated"],
            "destinationReference": [f"refs/heads/{args.source.branch}"],
        },
    }


def _pull_request_build() -> Transformer:
    """StartBuild's parameters, without the project ("CodeBuild as a target", EventBridge User Guide)."""
    variables = {"PULL_REQUEST_ID": "<number>", "SOURCE_COMMIT": "<source>", "DESTINATION_COMMIT": "<destination>"}
    override = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    return {
        "input_paths": {
            "number": "$.detail.pullRequestId",
            "source": "$.detail.sourceCommit",
            "destination": "$.detail.destinationCommit",
        },
        "input_template": json.dumps({"sourceVersion": "<source>", "environmentVariablesOverride": override}),
    }
