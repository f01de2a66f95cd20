"""EventBridge rules: which events reach the notifier, and what happens to those that don't arrive."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.workspace import Workspace
from contract.names import Deployment

# Less than the notifier's idempotency window, so that a late retry is still recognised as a duplicate.
_MAXIMUM_EVENT_AGE_SECONDS = 6 * 3600
_MAXIMUM_RETRY_ATTEMPTS = 24


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The names of what other components hold, and the notifier tells of."""

    crawler_name: str
    delivery_pipeline: str


def connect(
    name: str,
    workspace: Workspace,
    sources: Sources,
    notifier: aws.lambda_.Function,
    undelivered_queue_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Output[str]]:
    """The rules with the notifier as their target; gives the rules' ARNs."""
    deployment, pipeline = workspace.deployment, workspace.pipeline
    patterns = {
        "model-versions": _model_versions(pipeline.model_package_group),
        "failed-executions": _failed_executions(deployment, pipeline.name),
        "failed-crawls": _failed_crawls(sources.crawler_name),
        "failed-deliveries": _failed_deliveries(sources.delivery_pipeline),
        "waiting-approvals": _waiting_approvals(sources.delivery_pipeline),
    }
    arns: list[pulumi.Output[str]] = []
    for short_name, (description, pattern) in patterns.items():
        rule = aws.cloudwatch.EventRule(
            f"{name}-{short_name}",
            name=deployment.name(short_name),
            description=description,
            event_pattern=json.dumps(pattern),
            opts=opts,
        )
        permission = aws.lambda_.Permission(
            f"{name}-{short_name}-permission",
            statement_id=short_name,
            function=notifier.name,
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            source_account=deployment.account_id,
            opts=opts,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-{short_name}-target",
            rule=rule.name,
            target_id="notifier",
            arn=notifier.arn,
            retry_policy={
                "maximum_event_age_in_seconds": _MAXIMUM_EVENT_AGE_SECONDS,
                "maximum_retry_attempts": _MAXIMUM_RETRY_ATTEMPTS,
            },
            dead_letter_config={"arn": undelivered_queue_arn},
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[permission])),
        )
        arns.append(rule.arn)
    return arns


def _model_versions(model_package_group: str) -> tuple[str, dict[str, object]]:
    """Every state change of a version in the group; the notifier leaves out the states that say nothing yet."""
    return f"State changes of the versions in {model_package_group}", {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [model_package_group]},
    }


def _failed_executions(deployment: Deployment, pipeline_name: str) -> tuple[str, dict[str, object]]:
    """The ARN in the event has the pipeline's name in lower case, as in every answer of the API."""
    return f"Failed executions of SageMaker pipeline {pipeline_name}", {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
        "detail": {
            "pipelineArn": [{"equals-ignore-case": deployment.arn("sagemaker", f"pipeline/{pipeline_name}")}],
            "currentPipelineExecutionStatus": ["Failed"],
        },
    }


def _failed_crawls(crawler_name: str) -> tuple[str, dict[str, object]]:
    """Source: "Automating AWS Glue with EventBridge" (AWS Glue Developer Guide)."""
    return f"Failed crawls of {crawler_name}", {
        "source": ["aws.glue"],
        "detail-type": ["Glue Crawler State Change"],
        "detail": {"crawlerName": [crawler_name], "state": ["Failed"]},
    }


def _failed_deliveries(pipeline: str) -> tuple[str, dict[str, object]]:
    """Source of this and the next: "Monitoring CodePipeline events" (CodePipeline User Guide)."""
    return f"Failed executions of {pipeline}", {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Pipeline Execution State Change"],
        "detail": {"pipeline": [pipeline], "state": ["FAILED"]},
    }


def _waiting_approvals(pipeline: str) -> tuple[str, dict[str, object]]:
    return f"Approvals that wait in {pipeline}", {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Action Execution State Change"],
        "detail": {"pipeline": [pipeline], "state": ["STARTED"], "type": {"category": ["Approval"]}},
    }
