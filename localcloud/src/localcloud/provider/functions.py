"""The functions of the aws package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import botocore.session

from localcloud.provider.cloud import Cloud
from localcloud.provider.errors import ProviderError
from localcloud.provider.package import Function
from localcloud.provider.values import Props


def _no_arguments(args: Props, *allowed: str) -> None:
    for name in args.keys() - set(allowed):
        raise ProviderError(f"the argument {name} is not supported by the local stand-in")


def get_caller_identity(cloud: Cloud, args: Props) -> Props:
    """Tell whose credentials these are."""
    _no_arguments(args)
    answer = cloud.call("get_caller_identity")
    return {
        "accountId": answer["Account"],
        "arn": answer["Arn"],
        "id": answer["Account"],
        "userId": answer["UserId"],
    }


def get_region(cloud: Cloud, args: Props) -> Props:
    """Describe the given region, or the provider's own."""
    _no_arguments(args, "region", "name")
    region = str(args.get("region") or args.get("name") or cloud.place.region)
    session = botocore.session.get_session()
    partition = session.get_partition_for_region(region)
    regions = session.get_component("endpoint_resolver").get_partition_dns_suffix(partition)
    return {
        "description": region,
        "endpoint": f"ec2.{region}.{regions}",
        "id": region,
        "name": region,
        "region": region,
    }


def get_partition(cloud: Cloud, args: Props) -> Props:
    """Describe the partition."""
    _no_arguments(args)
    suffix = (
        botocore.session.get_session()
        .get_component("endpoint_resolver")
        .get_partition_dns_suffix(cloud.place.partition)
    )
    return {
        "partition": cloud.place.partition,
        "dnsSuffix": suffix,
        "id": cloud.place.partition,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


FUNCTIONS: Final[Mapping[str, Function]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getRegion:getRegion": get_region,
    "aws:index/getPartition:getPartition": get_partition,
}
