"""Topics, queues and chat channels."""

from __future__ import annotations

from .case import EVENTS, ROOT, Case, document, plain

CASES = [
    Case(
        "topic",
        "aws:sns/topic:Topic",
        {"displayName": "one", "kmsMasterKeyId": "${key.arn}", "tags": {"a": "1"}},
        {"displayName": "two", "kmsMasterKeyId": "", "tags": {"b": "2"}},
        {"name": "provider-test-topic"},
        lambda c, out: c("sns").set_topic_attributes(
            TopicArn=out["arn"], AttributeName="DisplayName", AttributeValue="someone's"
        ),
        lambda c, out: c("sns").delete_topic(TopicArn=out["arn"]),
        id="{arn}",
        outputs=("arn", "owner"),
    ),
    Case(
        "topic-policy",
        "aws:sns/topicPolicy:TopicPolicy",
        {"arn": "${topic.arn}", "policy": document("sns:Publish", "${topic.arn}", **EVENTS)},
        {"policy": document("sns:Publish", "${topic.arn}", **ROOT)},
        {"arn": "${topic-2.arn}"},
        lambda c, out: c("sns").set_topic_attributes(
            TopicArn=out["arn"], AttributeName="Policy", AttributeValue=plain("sns:Subscribe", out["arn"], **EVENTS)
        ),
        None,
        id="{arn}",
        outputs=("owner",),
    ),
    Case(
        "subscription",
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": "${topic.arn}", "protocol": "sqs", "endpoint": "${queue.arn}", "rawMessageDelivery": True},
        {"rawMessageDelivery": False, "filterPolicy": {"$json": {"kind": ["a"]}}},
        {"endpoint": "${queue-2.arn}"},
        lambda c, out: c("sns").set_subscription_attributes(
            SubscriptionArn=out["arn"], AttributeName="FilterPolicy", AttributeValue='{"kind": ["b"]}'
        ),
        lambda c, out: c("sns").unsubscribe(SubscriptionArn=out["arn"]),
        id="{arn}",
        outputs=("arn", "ownerId", "pendingConfirmation"),
    ),
    Case(
        "queue",
        "aws:sqs/queue:Queue",
        {"kmsMasterKeyId": "${key.arn}", "messageRetentionSeconds": 1209600, "tags": {"a": "1"}},
        {"messageRetentionSeconds": 60, "visibilityTimeoutSeconds": 90, "tags": {"a": "2"}},
        {"name": "provider-test-queue"},
        lambda c, out: c("sqs").set_queue_attributes(QueueUrl=out["url"], Attributes={"DelaySeconds": "9"}),
        lambda c, out: c("sqs").delete_queue(QueueUrl=out["url"]),
        id="{url}",
        outputs=("arn", "url"),
    ),
    Case(
        "queue-policy",
        "aws:sqs/queuePolicy:QueuePolicy",
        {"queueUrl": "${queue.url}", "policy": document("sqs:SendMessage", "${queue.arn}", **EVENTS)},
        {"policy": document("sqs:SendMessage", "${queue.arn}", **ROOT)},
        {"queueUrl": "${queue-2.url}"},
        lambda c, out: c("sqs").set_queue_attributes(
            QueueUrl=out["queueUrl"], Attributes={"Policy": plain("sqs:ReceiveMessage", "*", **ROOT)}
        ),
        lambda c, out: c("sqs").set_queue_attributes(QueueUrl=out["queueUrl"], Attributes={"Policy": ""}),
        id="{queueUrl}",
    ),
    Case(
        "slack",
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        {
            "configurationName": "provider-test-slack",
            "iamRoleArn": "${chat-role.arn}",
            "slackChannelId": "C07EZ1ABC23",
            "slackTeamId": "T07EA123LEP",
            "snsTopicArns": ["${topic-2.arn}"],
            "loggingLevel": "ERROR",
            "tags": {"a": "1"},
        },
        {"slackChannelId": "C07EZ1ABC24", "loggingLevel": "NONE", "tags": {"a": "2"}},
        {"slackTeamId": "T07EA123LEQ"},
        lambda c, out: c("chatbot").update_slack_channel_configuration(
            ChatConfigurationArn=out["chatConfigurationArn"], SlackChannelId=out["slackChannelId"], LoggingLevel="INFO"
        ),
        lambda c, out: c("chatbot").delete_slack_channel_configuration(
            ChatConfigurationArn=out["chatConfigurationArn"]
        ),
        id="{chatConfigurationArn}",
        outputs=("chatConfigurationArn",),
    ),
    Case(
        "teams",
        "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
        {
            "configurationName": "provider-test-teams",
            "iamRoleArn": "${chat-role.arn}",
            "channelId": "19%3ateam%40thread.tacv2",
            "teamId": "74361522-da01-538d-aa2e-ac7918c6bb92",
            "tenantId": "85361522-da01-538d-aa2e-ac7918c6bb93",
            "snsTopicArns": ["${topic-2.arn}"],
            "loggingLevel": "ERROR",
        },
        {"loggingLevel": "NONE", "snsTopicArns": ["${topic.arn}"]},
        {"teamId": "74361522-da01-538d-aa2e-ac7918c6bb93"},
        lambda c, out: c("chatbot").update_microsoft_teams_channel_configuration(
            ChatConfigurationArn=out["chatConfigurationArn"], ChannelId=out["channelId"], LoggingLevel="INFO"
        ),
        lambda c, out: c("chatbot").delete_microsoft_teams_channel_configuration(
            ChatConfigurationArn=out["chatConfigurationArn"]
        ),
        id="{teamId}",
        outputs=("chatConfigurationArn",),
    ),
]
