"""EventBridge rules that start the delivery pipeline and the builds beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.cicd.args import CicdArgs
from components.cicd.roles import Roles
from contract.names import DELIVERY_EVENTS_ROLE

Transformer = aws.cloudwatch.EventTargetInputTransformerArgsDict

_EVENT_AGE_SECONDS: Final = 3600
_RETRIES: Final = 24


@dataclass(frozen=True, kw_only=True)
class _Target:
    """The target of a rule, and how its events are transformed on the way."""

    arn: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    transformer: Transformer | None = None


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A rule with an event pattern or a schedule, and its one target."""

    description: str
    target: _Target
    pattern: Mapping[str, Any] | None = None
    schedule: str | None = None


def create_rules(
    name: str,
    args: CicdArgs,
    roles: Roles,
    pipeline: aws.codepipeline.Pipeline,
    projects: Mapping[str, aws.codebuild.Project],
    opts: pulumi.ResourceOptions,
) -> None:
    """Create the rules that this configuration has, each with its target."""
    for short_name, rule in _rules(args, pipeline, projects, roles.arn(DELIVERY_EVENTS_ROLE)).items():
        event_rule = aws.cloudwatch.EventRule(
            f"{name}-{short_name}",
            name=args.deployment.name(f"delivery-{short_name}"),
            description=rule.description,
            event_pattern=json.dumps(rule.pattern) if rule.pattern else None,
            schedule_expression=rule.schedule,
            opts=opts,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{short_name}-target",
            rule=event_rule.name,
            target_id=short_name,
            arn=rule.target.arn,
            role_arn=rule.target.role_arn,
            input_transformer=rule.target.transformer,
            retry_policy={"maximum_event_age_in_seconds": _EVENT_AGE_SECONDS, "maximum_retry_attempts": _RETRIES},
            opts=roles.after_policies(DELIVERY_EVENTS_ROLE, opts),
        )


def _rules(
    args: CicdArgs,
    pipeline: aws.codepipeline.Pipeline,
    projects: Mapping[str, aws.codebuild.Project],
    role_arn: pulumi.Input[str],
) -> dict[str, _Rule]:
    rules: dict[str, _Rule] = {}
    if args.source.provider == "codecommit":
        rules["source"] = _Rule(
            description="Pushes to the delivered branch start the delivery pipeline",
            target=_Target(arn=pipeline.arn, role_arn=role_arn),
            pattern=_pushes(args),
        )
    if "pull-request" in projects:
        rules["pull-request"] = _Rule(
            description="New and updated pull requests are previewed",
            target=_Target(arn=projects["pull-request"].arn, role_arn=role_arn, transformer=_pull_request_build()),
            pattern=_pull_requests(args),
        )
    if "drift" in projects:
        rules["drift"] = _Rule(
            description="What is deployed is compared with the state regularly",
            target=_Target(arn=projects["drift"].arn, role_arn=role_arn),
            schedule=args.settings.delivery.drift_schedule,
        )
    return rules


def _pushes(args: CicdArgs) -> dict[str, Any]:
    """Return the pattern of pushes to the branch ("Monitoring CodeCommit events in Amazon EventBridge")."""
    return {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [args.job_context.repository_arn],
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
        "resources": [args.job_context.repository_arn],
        "detail": {
            "event": ["pullRequestCreated", "pullRequestSourceBranchUpdated"],
            "destinationReference": [f"refs/heads/{args.source.branch}"],
        },
    }


def _pull_request_build() -> Transformer:
    """Return StartBuild's parameters without the project ("CodeBuild as a target", EventBridge User Guide).

    The source version is the commit on its branch, of which CodeBuild downloads that branch only ("Source version
    sample", CodeBuild User Guide).
    """
    variables = {"PULL_REQUEST_ID": "<number>", "SOURCE_COMMIT": "<source>", "DESTINATION_COMMIT": "<destination>"}
    override = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    return {
        "input_paths": {
            "number": "$.detail.pullRequestId",
            "reference": "$.detail.sourceReference",
            "source": "$.detail.sourceCommit",
            "destination": "$.detail.destinationCommit",
        },
        "input_template": json.dumps(
            {"sourceVersion": "<reference>^{<source>}", "environmentVariablesOverride": override}
        ),
    }
