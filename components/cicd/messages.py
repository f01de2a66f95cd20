"""What rules tell the topic: a text in AWS Chatbot's custom notification format, which it shows and e-mail can bear.

EventBridge can give a message neither a subject nor a form for each protocol, and AWS Chatbot drops every text that is
in no format of its own ("Custom notifications using Amazon Q Developer in chat applications").
"""

import json

import pulumi_aws as aws

from components.cicd.names import Names

Transformer = aws.cloudwatch.EventTargetInputTransformerArgsDict


def failed_execution(own: Names) -> Transformer:
    """An execution that failed, with the link to it and what to read."""
    return _message(
        f"{own.deployment.environment}: delivery failed",
        f"Execution <execution> of {own.pipeline} failed at <time>. See which action failed, and its log: "
        f"{_console(own)}/executions/<execution>/timeline",
        "Runbook: docs/operations.md, Delivery",
    )


def waiting_approval(own: Names) -> Transformer:
    """An approval that waits, with the link to where it is given."""
    return _message(
        f"{own.deployment.environment}: a deployment waits for approval",
        f"Execution <execution> of {own.pipeline} waits since <time>. Read its preview, approve or reject it: "
        f"{_console(own)}/view",
        "The approval shows the preview as its link for review",
    )


def _message(title: str, description: str, next_step: str) -> Transformer:
    """An input transformer; what it takes from the event holds no quotes, so the text stays JSON."""
    content = {"textType": "client-markdown", "title": title, "description": description, "nextSteps": [next_step]}
    return {
        "input_paths": {"execution": "$.detail.execution-id", "time": "$.time"},
        "input_template": json.dumps({"version": "1.0", "source": "custom", "content": content}),
    }


def _console(own: Names) -> str:
    """The pipeline's page, without a slash at its end."""
    region = own.deployment.region
    return f"https://{region}.{own.deployment.console_domain}/codesuite/codepipeline/pipelines/{own.pipeline}"
