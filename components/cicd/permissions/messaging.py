"""Topics, queues, rules, chat channels, functions, logs and alarms."""

from components.cicd.permissions.managed import Managed
from contract.names import Deployment


def messaging(deployment: Deployment) -> list[Managed]:
    """What notifications are made of."""
    prefix = deployment.prefix
    return [
        Managed(
            sid="Topics",
            service="sns",
            resources=[deployment.arn("sns", f"{prefix}-*")],
            reads="GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource",
            changes="CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource UntagResource",
        ),
        # One subscription is no resource of these actions in the service authorization reference.
        Managed(
            sid="Subscriptions",
            service="sns",
            resources=["*"],
            reads="GetSubscriptionAttributes",
            changes="SetSubscriptionAttributes Unsubscribe",
        ),
        Managed(
            sid="Queues",
            service="sqs",
            resources=[deployment.arn("sqs", f"{prefix}-*")],
            reads="GetQueueAttributes GetQueueUrl ListQueueTags",
            changes="CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue",
        ),
        rules(deployment),
        Managed(
            sid="Channels",
            service="chatbot",
            resources=[deployment.global_arn("chatbot", f"chat-configuration/*/{prefix}-*")],
            changes="DeleteMicrosoftTeamsChannelConfiguration DeleteSlackChannelConfiguration "
            "UpdateMicrosoftTeamsChannelConfiguration UpdateSlackChannelConfiguration",
        ),
        # The reference gives these actions no resource.
        Managed(
            sid="AnyChannel",
            service="chatbot",
            resources=["*"],
            reads="DescribeSlackChannelConfigurations GetMicrosoftTeamsChannelConfiguration "
            "ListMicrosoftTeamsChannelConfigurations ListTagsForResource",
            changes="CreateMicrosoftTeamsChannelConfiguration CreateSlackChannelConfiguration TagResource "
            "UntagResource",
        ),
        Managed(
            sid="Functions",
            service="lambda",
            resources=[deployment.arn("lambda", f"function:{prefix}-*")],
            reads="GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionConfiguration "
            "GetFunctionEventInvokeConfig GetPolicy ListTags ListVersionsByFunction",
            changes="AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency "
            "DeleteFunctionEventInvokeConfig PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission "
            "TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig",
        ),
        Managed(
            sid="Alarms",
            service="cloudwatch",
            resources=[deployment.arn("cloudwatch", f"alarm:{prefix}-*")],
            reads="DescribeAlarms ListTagsForResource",
            changes="DeleteAlarms DisableAlarmActions EnableAlarmActions PutMetricAlarm TagResource UntagResource",
        ),
    ]


def rules(deployment: Deployment, noun: str = "") -> Managed:
    """EventBridge rules and their targets, of all whose noun begins so."""
    return Managed(
        sid="Rules",
        service="events",
        resources=[deployment.arn("events", f"rule/{deployment.prefix}-{noun}*")],
        reads="DescribeRule ListTagsForResource ListTargetsByRule",
        changes="DeleteRule DisableRule EnableRule PutRule PutTargets RemoveTargets TagResource UntagResource",
    )


def logs(deployment: Deployment, *folders: str) -> list[Managed]:
    """Log groups `/{folder}/{prefix}-...` of the stack."""
    groups = [deployment.arn("logs", f"log-group:/{folder}/{deployment.prefix}-*") for folder in folders]
    return [
        Managed(
            sid="LogGroups",
            service="logs",
            resources=[arn for group in groups for arn in (group, f"{group}:*")],
            reads="ListTagsForResource",
            changes="AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey "
            "PutRetentionPolicy TagResource UntagResource",
        ),
        # The reference gives logs:DescribeLogGroups no resource below the account's.
        Managed(sid="AnyLogGroup", service="logs", resources=["*"], reads="DescribeLogGroups"),
    ]
