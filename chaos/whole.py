"""Whether a stack is whole: what is in the cloud is what the state holds, once each, and nothing is left to do."""

from collections.abc import Mapping
from typing import Final

from demo.stack import Stack
from localcloud import LocalCloud, inventory

# What the inventory counts, by the engine's types.
_COUNTED: Final[Mapping[str, frozenset[str]]] = {
    "athena": frozenset({"aws:athena/workgroup:Workgroup", "aws:athena/namedQuery:NamedQuery"}),
    "cloudwatch": frozenset({"aws:cloudwatch/metricAlarm:MetricAlarm"}),
    "codebuild": frozenset({"aws:codebuild/project:Project"}),
    "codepipeline": frozenset({"aws:codepipeline/pipeline:Pipeline"}),
    "dynamodb": frozenset({"aws:dynamodb/table:Table"}),
    "events": frozenset({"aws:cloudwatch/eventRule:EventRule"}),
    "glue": frozenset(
        {
            "aws:glue/catalogDatabase:CatalogDatabase",
            "aws:glue/classifier:Classifier",
            "aws:glue/crawler:Crawler",
            "aws:glue/securityConfiguration:SecurityConfiguration",
        }
    ),
    "iam": frozenset({"aws:iam/role:Role"}),
    "kms": frozenset({"aws:kms/key:Key"}),
    # Each gets a grant by Lake Formation's default settings.
    "lakeformation": frozenset({"aws:glue/catalogDatabase:CatalogDatabase", "aws:glue/catalogTable:CatalogTable"}),
    "lambda": frozenset({"aws:lambda/function:Function"}),
    "logs": frozenset({"aws:cloudwatch/logGroup:LogGroup"}),
    "quicksight": frozenset(
        {"aws:quicksight/dataSource:DataSource", "aws:quicksight/dataSet:DataSet", "aws-native:quicksight:Dashboard"}
    ),
    "s3": frozenset({"aws:s3/bucket:Bucket"}),
    "sagemaker": frozenset({"aws-native:sagemaker:ModelPackageGroup"}),
    "sns": frozenset({"aws:sns/topic:Topic"}),
    "sqs": frozenset({"aws:sqs/queue:Queue"}),
}


class Whole:
    """Compares a stack with what has come into a cloud since this object was made."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._before = inventory.take(self._client)

    def there(self) -> dict[str, int]:
        """Return how much of each service has come since."""
        return inventory.left(self._before, inventory.take(self._client))

    def differences(self, stack: Stack) -> list[str]:
        """Return the services of which the cloud has more or less than the state."""
        state, there = stack.resources(), self.there()
        declared = {service: sum(state.get(kind, 0) for kind in _COUNTED.get(service, ())) for service in there}
        return [
            f"{service}: {count} in the cloud, {declared[service]} in the state"
            for service, count in there.items()
            if count != declared[service]
        ]

    @staticmethod
    def changes_left(stack: Stack) -> list[str]:
        """Return what a preview would still change."""
        changes = stack.preview(lambda _line: None).changes
        return [f"{operation}: {count} still to do" for operation, count in changes.items()]

    def _client(self, service: str) -> object:
        return self._cloud.client(service, "root")
