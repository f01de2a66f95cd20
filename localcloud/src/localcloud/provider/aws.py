"""The aws package: pulumi-aws's types, properties and functions, on boto."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import botocore.session

from localcloud.provider import input_types
from localcloud.provider.cloud import Cloud
from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.resource_type import ResourceType
from localcloud.provider.stand_in import Package
from localcloud.provider.types import TYPES
from localcloud.provider.values import Props

_EVERYWHERE: Final = frozenset({"region", "__defaults"})


def _resource_type(token: str) -> ResourceType:
    if token in TYPES:
        return TYPES[token]
    input_types.of(token)
    raise ProviderError(
        f"the resource type {token} is not supported by the local stand-in; it knows {', '.join(sorted(TYPES))}"
    )


def _validate(_region: str, token: str, resource_type: ResourceType, inputs: Props) -> Iterator[Failure]:
    failures = list(input_types.failures(input_types.of(token), inputs))
    yield from failures
    wrong = {failure.path for failure in failures}
    for name in inputs:
        if name not in resource_type.fields and name not in _EVERYWHERE and name not in wrong:
            known = ", ".join(sorted(resource_type.fields))
            yield Failure(name, f"is not supported by the local stand-in; of {token} it knows {known}")


def _with_default_tags(defaults: Mapping[str, str], tags: Any) -> Any:
    """Merge the provider's default tags into a resource's own, which win."""
    return {**defaults, **cast("Mapping[str, Any]", tags or {})} if isinstance(tags, dict | None) else tags


def _without_tags(leaves_out: Callable[[str], bool], tags: Any) -> Any:
    """Leave out tags, where they are known."""
    if not isinstance(tags, dict):
        return tags
    return {key: value for key, value in cast("Mapping[str, Any]", tags).items() if not leaves_out(key)}


def _no_arguments(args: Props, *allowed: str) -> None:
    for name in args.keys() - set(allowed):
        raise ProviderError(f"the argument {name} is not supported by the local stand-in")


def get_caller_identity(cloud: Cloud, args: Props) -> Props:
    """Describe whose credentials these are."""
    _no_arguments(args)
    identity = cloud.call("get_caller_identity")
    return {
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "id": identity["Account"],
        "userId": identity["UserId"],
    }


def get_region(cloud: Cloud, args: Props) -> Props:
    """Describe the given region, or the provider's own."""
    _no_arguments(args, "region", "name")
    region = str(args.get("region") or args.get("name") or cloud.place.region)
    session = botocore.session.get_session()
    partition = session.get_partition_for_region(region)
    suffix = session.get_component("endpoint_resolver").get_partition_dns_suffix(partition)
    return {
        "description": region,
        "endpoint": f"ec2.{region}.{suffix}",
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


AWS: Final = Package(
    name="aws",
    distribution="pulumi-aws",
    resource_type=_resource_type,
    validate=_validate,
    with_default_tags=_with_default_tags,
    without_tags=_without_tags,
    functions={
        "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
        "aws:index/getRegion:getRegion": get_region,
        "aws:index/getPartition:getPartition": get_partition,
    },
)
