"""What is in the local cloud, by service: to tell after a destroy what a stack has left."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Client = Callable[[str], Any]


def take(client: Client) -> dict[str, set[str]]:
    """The names or ARNs of everything in the cloud, by service; keys that wait for deletion are gone."""
    return {service: set(found) for service, found in _found(client).items()}


def left(before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> dict[str, int]:
    """How many things of each service are there now that were not before."""
    return {service: len(found - before.get(service, set())) for service, found in sorted(after.items())}


def _found(client: Client) -> dict[str, Iterable[str]]:
    return {
        "cloudwatch": _pages(client, "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        "codebuild": _pages(client, "codebuild", "list_projects", "projects"),
        "codecommit": _pages(client, "codecommit", "list_repositories", "repositories", "repositoryName"),
        "codeconnections": [
            connection["ConnectionArn"] for connection in client("codeconnections").list_connections()["Connections"]
        ],
        "codepipeline": _pages(client, "codepipeline", "list_pipelines", "pipelines", "name"),
        "dynamodb": client("dynamodb").list_tables()["TableNames"],
        "events": _pages(client, "events", "list_rules", "Rules", "Arn"),
        "iam": _pages(client, "iam", "list_roles", "Roles", "RoleName"),
        "kms": _live_keys(client("kms")),
        "lambda": _pages(client, "lambda", "list_functions", "Functions", "FunctionName"),
        "logs": _pages(client, "logs", "describe_log_groups", "logGroups", "logGroupName"),
        "s3": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
        "sagemaker": _sagemaker(client),
        "sns": _pages(client, "sns", "list_topics", "Topics", "TopicArn"),
        "sqs": client("sqs").list_queues().get("QueueUrls", []),
    }


def _sagemaker(client: Client) -> list[str]:
    groups = _pages(
        client, "sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroupArn"
    )
    return [*groups, *_pages(client, "sagemaker", "list_pipelines", "PipelineSummaries", "PipelineArn")]


def _pages(client: Client, service: str, operation: str, items: str, name: str = "") -> list[str]:
    """The items of all pages, or one member of each."""
    pages = client(service).get_paginator(operation).paginate()
    return [item[name] if name else item for page in pages for item in page.get(items, [])]


def _live_keys(kms: Any) -> list[str]:
    keys = [key["KeyArn"] for page in kms.get_paginator("list_keys").paginate() for key in page["Keys"]]
    return [key for key in keys if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion"]
