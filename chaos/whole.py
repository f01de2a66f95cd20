"""Whether a stack is whole: what is in the cloud is what the state holds, and nothing is left to do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from delivery.additions import additions
from delivery.verification.state import Resource, resources_of
from demo.stack import Stack
from localcloud import LocalCloud, inventory


def _of(property_name: str, prefix: str = "") -> Callable[[Resource], str]:
    return lambda resource: prefix + resource.text(property_name)


def _id(resource: Resource) -> str:
    return resource.id


def _grant(kind: str, **properties: str) -> Callable[[Resource], str]:
    def name(resource: Resource) -> str:
        members = {member: resource.text(property_name) for member, property_name in properties.items()}
        return f"IAM_ALLOWED_PRINCIPALS { ({kind: members}) }"

    return name


# What the inventory names, and how: by its services, then by the engine's types.
_NAMES: Final[Mapping[str, Mapping[str, Callable[[Resource], str]]]] = {
    "athena": {"aws:athena/workgroup:Workgroup": _id, "aws:athena/namedQuery:NamedQuery": _id},
    "chatbot": {
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": _of("chatConfigurationArn"),
        "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": _of("chatConfigurationArn"),
    },
    "cloudwatch": {"aws:cloudwatch/metricAlarm:MetricAlarm": _id},
    "codebuild": {"aws:codebuild/project:Project": _of("name")},
    "codepipeline": {"aws:codepipeline/pipeline:Pipeline": _of("name")},
    "dynamodb": {"aws:dynamodb/table:Table": _of("name")},
    "events": {"aws:cloudwatch/eventRule:EventRule": _of("arn")},
    "glue": {
        "aws:glue/catalogDatabase:CatalogDatabase": _of("name", "database/"),
        "aws:glue/classifier:Classifier": _of("name", "classifier/"),
        "aws:glue/crawler:Crawler": _of("name", "crawler/"),
        "aws:glue/securityConfiguration:SecurityConfiguration": _of("name", "security/"),
    },
    "iam": {"aws:iam/role:Role": _of("name"), "aws:iam/policy:Policy": _of("arn")},
    "kms": {"aws:kms/key:Key": _of("arn"), "aws:kms/alias:Alias": _of("name")},
    # Each gets a grant by Lake Formation's default settings.
    "lakeformation": {
        "aws:glue/catalogDatabase:CatalogDatabase": _grant("Database", CatalogId="catalogId", Name="name"),
        "aws:glue/catalogTable:CatalogTable": _grant(
            "Table", CatalogId="catalogId", DatabaseName="databaseName", Name="name"
        ),
    },
    "lambda": {"aws:lambda/function:Function": _of("name")},
    "logs": {"aws:cloudwatch/logGroup:LogGroup": _of("name")},
    "quicksight": {
        "aws:quicksight/dataSource:DataSource": _of("arn"),
        "aws:quicksight/dataSet:DataSet": _of("arn"),
        "aws-native:quicksight:Dashboard": _of("arn"),
    },
    "s3": {"aws:s3/bucket:Bucket": _id},
    "sagemaker": {"aws-native:sagemaker:ModelPackageGroup": _of("modelPackageGroupArn")},
    "sns": {"aws:sns/topic:Topic": _of("arn"), "aws:sns/topicSubscription:TopicSubscription": _of("arn")},
    "sqs": {"aws:sqs/queue:Queue": _of("name")},
}


def differences(resources: Sequence[Resource], cloud: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield what only the state or only the cloud has, by the cloud's inventory."""
    for service, names in sorted(cloud.items()):
        name_of = _NAMES.get(service, {})
        declared = {name_of[resource.type](resource) for resource in resources if resource.type in name_of}
        yield from (f"{service}: {name} is in the cloud only" for name in sorted(names - declared))
        yield from (f"{service}: {name} is in the state only" for name in sorted(declared - names))


class Whole:
    """Compares a stack with what has come into a cloud since this object was made."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._before = inventory.take(self._client)

    def differences(self, stack: Stack) -> list[str]:
        """Return what only the stack's state or only the cloud has, and what its resources have beside the state."""
        resources = resources_of(stack.export()["deployment"].get("resources") or [])
        new = {
            service: names - self._before.get(service, set()) for service, names in inventory.take(self._client).items()
        }
        return [*differences(resources, new), *additions(resources, self._client)]

    @staticmethod
    def changes_left(stack: Stack) -> list[str]:
        """Return what a preview would still change, each resource read anew."""
        changes = stack.preview(lambda _line: None, "--refresh").changes
        return [f"{operation}: {count} still to do" for operation, count in changes.items()]

    def _client(self, service: str) -> object:
        return self._cloud.client(service, "root")
