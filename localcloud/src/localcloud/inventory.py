"""What is in the local cloud, by service: to tell after a destroy what a stack has left."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Client = Callable[[str], Any]


def take(client: Client) -> dict[str, set[str]]:
    """Return the names or ARNs of everything in the cloud, by service; keys that wait for deletion are gone."""
    return {service: set(names) for service, names in _names(client).items()}


def left(before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> dict[str, int]:
    """Return how many things of each service are there now that were not before."""
    return {service: len(names - before.get(service, set())) for service, names in sorted(after.items())}


def _names(client: Client) -> dict[str, Iterable[str]]:
    return {
        "athena": _athena(client("athena")),
        "chatbot": _channels(client),
        "cloudwatch": _pages(client, "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        "codebuild": _pages(client, "codebuild", "list_projects", "projects"),
        "codecommit": _pages(client, "codecommit", "list_repositories", "repositories", "repositoryName"),
        "codeconnections": [
            connection["ConnectionArn"] for connection in client("codeconnections").list_connections()["Connections"]
        ],
        "codepipeline": _pages(client, "codepipeline", "list_pipelines", "pipelines", "name"),
        "dynamodb": client("dynamodb").list_tables()["TableNames"],
        "events": _pages(client, "events", "list_rules", "Rules", "Arn"),
        "glue": _glue(client),
        "iam": [
            *_pages(client, "iam", "list_roles", "Roles", "RoleName"),
            *_pages(client, "iam", "list_policies", "Policies", "Arn", Scope="Local"),
        ],
        "kms": [*_live_keys(client("kms")), *_pages(client, "kms", "list_aliases", "Aliases", "AliasName")],
        "lakeformation": _data_lake(client("lakeformation")),
        "lambda": _pages(client, "lambda", "list_functions", "Functions", "FunctionName"),
        "logs": _pages(client, "logs", "describe_log_groups", "logGroups", "logGroupName"),
        "quicksight": _quicksight(client),
        "s3": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
        "sagemaker": _sagemaker(client),
        "sns": [
            *_pages(client, "sns", "list_topics", "Topics", "TopicArn"),
            *_pages(client, "sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
        ],
        # A URL has the host that was asked for it.
        "sqs": [url.rpartition("/")[2] for url in client("sqs").list_queues().get("QueueUrls", [])],
    }


def _channels(client: Client) -> list[str]:
    operations = {
        "describe_slack_channel_configurations": "SlackChannelConfigurations",
        "list_microsoft_teams_channel_configurations": "TeamChannelConfigurations",
    }
    return [
        arn
        for operation, items in operations.items()
        for arn in _pages(client, "chatbot", operation, items, "ChatConfigurationArn")
    ]


def _sagemaker(client: Client) -> list[str]:
    groups = _pages(
        client, "sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroupArn"
    )
    return [*groups, *_pages(client, "sagemaker", "list_pipelines", "PipelineSummaries", "PipelineArn")]


def _athena(athena: Any) -> list[str]:
    """Return the workgroups, except the one that every account has, and the named queries of all."""
    groups = [group["Name"] for page in _raw(athena, "list_work_groups") for group in page["WorkGroups"]]
    queries = [
        query
        for group in groups
        for page in _raw(athena, "list_named_queries", WorkGroup=group)
        for query in page["NamedQueryIds"]
    ]
    return [*(group for group in groups if group != "primary"), *queries]


def _glue(client: Client) -> list[str]:
    databases = _pages(client, "glue", "get_databases", "DatabaseList", "Name")
    crawlers = _pages(client, "glue", "get_crawlers", "Crawlers", "Name")
    configurations = _pages(client, "glue", "get_security_configurations", "SecurityConfigurations", "Name")
    pages = client("glue").get_paginator("get_classifiers").paginate()
    classifiers = [next(iter(item.values()))["Name"] for page in pages for item in page["Classifiers"]]
    kinds = {"database": databases, "crawler": crawlers, "security": configurations, "classifier": classifiers}
    return [f"{kind}/{name}" for kind, names in kinds.items() for name in names]


def _data_lake(lakeformation: Any) -> list[str]:
    locations = [item["ResourceArn"] for item in lakeformation.list_resources()["ResourceInfoList"]]
    permissions = [
        item for page in _raw(lakeformation, "list_permissions") for item in page["PrincipalResourcePermissions"]
    ]
    grants = (f"{item['Principal']['DataLakePrincipalIdentifier']} {item['Resource']}" for item in permissions)
    return [*locations, *grants]


def _quicksight(client: Client) -> list[str]:
    account = {"AwsAccountId": client("sts").get_caller_identity()["Account"]}
    return [
        *_pages(client, "quicksight", "list_data_sources", "DataSources", "Arn", **account),
        *_pages(client, "quicksight", "list_data_sets", "DataSetSummaries", "Arn", **account),
        *_pages(client, "quicksight", "list_dashboards", "DashboardSummaryList", "Arn", **account),
    ]


def _raw(client: Any, operation: str, **parameters: str) -> Iterable[Any]:
    """Yield the pages of an operation, of which not every service's model says how it is paged."""
    token: dict[str, str] = {}
    while True:
        page = getattr(client, operation)(**parameters, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _pages(client: Client, service: str, operation: str, items: str, name: str = "", **parameters: str) -> list[str]:
    """Return the items of all pages, or one member of each."""
    pages = client(service).get_paginator(operation).paginate(**parameters)
    return [item[name] if name else item for page in pages for item in page.get(items, [])]


def _live_keys(kms: Any) -> list[str]:
    keys = [key["KeyArn"] for page in kms.get_paginator("list_keys").paginate() for key in page["Keys"]]
    return [key for key in keys if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion"]
