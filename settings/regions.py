"""Which regions AWS has, and which services in them, by the endpoint data that comes with botocore.

The data is read as files: importing botocore costs five times as much at each preview.
"""

import difflib
import functools
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypedDict, cast

from contract.arns import partition_of

SERVICES: Final[Mapping[str, str]] = {
    "Amazon Athena": "athena",
    "Amazon CloudWatch": "monitoring",
    "Amazon CloudWatch Logs": "logs",
    "Amazon DynamoDB": "dynamodb",
    "Amazon EventBridge": "events",
    "Amazon S3": "s3",
    "Amazon SNS": "sns",
    "Amazon SQS": "sqs",
    "Amazon SageMaker": "api.sagemaker",
    "AWS Cloud Control API": "cloudcontrolapi",
    "AWS CodeBuild": "codebuild",
    "AWS CodePipeline": "codepipeline",
    "AWS Glue": "glue",
    "AWS KMS": "kms",
    "AWS Lambda": "lambda",
    "AWS STS": "sts",
    "AWS X-Ray": "xray",
}
"""What every stack uses: the service's name to its prefix in the endpoint data. IAM has no region."""

# What some configurations use. botocore knows no regions of CodeConnections and of AWS Chatbot.
CODECOMMIT: Final = ("AWS CodeCommit", "codecommit")
LAKE_FORMATION: Final = ("AWS Lake Formation", "lakeformation")
QUICKSIGHT: Final = ("Amazon QuickSight", "quicksight")


class _Service(TypedDict, total=False):
    endpoints: Mapping[str, object]


class _Partition(TypedDict):
    partition: str
    regions: Mapping[str, object]
    services: Mapping[str, _Service]


def require_known(region: str) -> str:
    """Return the region; raise ValueError where botocore doesn't know it."""
    regions = [name for partition in _partitions() for name in partition["regions"]]
    if region not in regions:
        similar = difflib.get_close_matches(region, regions, n=1)
        hint = f"; did you mean {similar[0]}?" if similar else ""
        raise ValueError(f"AWS has no such region, as far as the installed botocore knows{hint}")
    return region


def missing_services(region: str, services: Mapping[str, str]) -> list[str]:
    """Return those of the services, by name, that a known region doesn't have."""
    name = partition_of(region).name
    known = next(partition["services"] for partition in _partitions() if partition["partition"] == name)
    return [service for service, prefix in services.items() if region not in known.get(prefix, {}).get("endpoints", {})]


@functools.cache
def _partitions() -> list[_Partition]:
    botocore = find_spec("botocore")
    if botocore is None or botocore.origin is None:
        raise ModuleNotFoundError("botocore is not installed: see requirements.txt", name="botocore")
    data = Path(botocore.origin).parent / "data"
    return cast("list[_Partition]", json.loads((data / "endpoints.json").read_bytes())["partitions"])
