"""The EventBridge rules whose events the notifier gets: component and verification take them from here.

The rules send to the notifier, not to the topic: EventBridge takes no conditions in the policies of topics and keys, so
both would be open to the rules of every account.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.names import DeliveryNames, Deployment, KpiNames, model_package_group


@dataclass(frozen=True, kw_only=True)
class NotificationRule:
    """One rule on the default event bus; `name` is its physical name."""

    short_name: str
    name: str
    description: str
    pattern: Mapping[str, object]


def notification_rules(deployment: Deployment, pipeline_name: str) -> tuple[NotificationRule, ...]:
    """Return the rules of a stack with that ML pipeline."""
    group, crawler = model_package_group(pipeline_name), KpiNames(deployment).crawler
    delivery_pipeline = DeliveryNames(deployment).pipeline
    pipeline_arn = deployment.arn("sagemaker", f"pipeline/{pipeline_name}")

    def rule(short_name: str, description: str, pattern: Mapping[str, object]) -> NotificationRule:
        return NotificationRule(
            short_name=short_name, name=deployment.name(short_name), description=description, pattern=pattern
        )

    return (
        # Every state change of a version in the group; the notifier leaves out the states that say nothing yet.
        rule(
            "model-versions",
            f"State changes of the versions in {group}",
            {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "detail": {"ModelPackageGroupName": [group]},
            },
        ),
        # The ARN in the event has the pipeline's name in lower case, as in every answer of the API.
        rule(
            "failed-executions",
            f"Failed executions of SageMaker pipeline {pipeline_name}",
            {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
                "detail": {
                    "pipelineArn": [{"equals-ignore-case": pipeline_arn}],
                    "currentPipelineExecutionStatus": ["Failed"],
                },
            },
        ),
        # "Automating AWS Glue with EventBridge" (AWS Glue Developer Guide).
        rule(
            "failed-crawls",
            f"Failed crawls of {crawler}",
            {
                "source": ["aws.glue"],
                "detail-type": ["Glue Crawler State Change"],
                "detail": {"crawlerName": [crawler], "state": ["Failed"]},
            },
        ),
        # After each of these the notifier compares the tables with the team's files.
        rule(
            "succeeded-crawls",
            f"Succeeded crawls of {crawler}",
            {
                "source": ["aws.glue"],
                "detail-type": ["Glue Crawler State Change"],
                "detail": {"crawlerName": [crawler], "state": ["Succeeded"]},
            },
        ),
        # This and the next: "Monitoring CodePipeline events" (CodePipeline User Guide).
        rule(
            "failed-deliveries",
            f"Failed executions of {delivery_pipeline}",
            {
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Pipeline Execution State Change"],
                "detail": {"pipeline": [delivery_pipeline], "state": ["FAILED"]},
            },
        ),
        rule(
            "waiting-approvals",
            f"Approvals that wait in {delivery_pipeline}",
            {
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Action Execution State Change"],
                "detail": {
                    "pipeline": [delivery_pipeline],
                    "state": ["STARTED"],
                    "type": {"category": ["Approval"]},
                },
            },
        ),
    )
