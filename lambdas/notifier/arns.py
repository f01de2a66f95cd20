"""ARNs of what events are about, taken apart; the patterns also keep shell characters out of the commands."""

import re
from dataclasses import dataclass

_PARTITION, _PLACE = r"arn:(?P<partition>aws[a-z-]*)", r"(?P<region>[a-z0-9-]+):(?P<account>\d{12})"
_PREFIX = rf"{_PARTITION}:sagemaker:{_PLACE}:"
_NAME = r"[a-zA-Z0-9](?:-*[a-zA-Z0-9])*"
_PACKAGE = re.compile(rf"{_PREFIX}model-package/(?P<group>{_NAME})/(?P<version>\d{{1,9}})")
_EXECUTION = re.compile(rf"{_PREFIX}pipeline/(?P<pipeline>{_NAME})/execution/(?P<execution>[a-zA-Z0-9]+)")
# PipelineName in the CodePipeline API reference; its ARNs have the name right behind the account.
_DELIVERY = re.compile(rf"{_PARTITION}:codepipeline:{_PLACE}:(?P<pipeline>[A-Za-z0-9.@_-]{{1,100}})")


@dataclass(frozen=True, kw_only=True)
class Arn:
    """What every ARN says."""

    text: str
    partition: str
    region: str
    account: str


@dataclass(frozen=True, kw_only=True)
class PackageArn(Arn):
    """A version of a model package group."""

    group: str
    version: int


@dataclass(frozen=True, kw_only=True)
class ExecutionArn(Arn):
    """One execution of a pipeline."""

    pipeline: str
    execution: str


@dataclass(frozen=True, kw_only=True)
class DeliveryArn(Arn):
    """A pipeline of CodePipeline."""

    pipeline: str


def package_arn(text: str) -> PackageArn | None:
    """The parts of a model version's ARN; None where it is no such ARN."""
    match = _PACKAGE.fullmatch(text)
    if match is None:
        return None
    return PackageArn(
        text=text,
        partition=match["partition"],
        region=match["region"],
        account=match["account"],
        group=match["group"],
        version=int(match["version"]),
    )


def execution_arn(text: str) -> ExecutionArn | None:
    """The parts of a pipeline execution's ARN; None where it is no such ARN."""
    match = _EXECUTION.fullmatch(text)
    if match is None:
        return None
    return ExecutionArn(
        text=text,
        partition=match["partition"],
        region=match["region"],
        account=match["account"],
        pipeline=match["pipeline"],
        execution=match["execution"],
    )


def delivery_arn(text: str) -> DeliveryArn | None:
    """The parts of the ARN of a pipeline of CodePipeline; None where it is no such ARN."""
    match = _DELIVERY.fullmatch(text)
    if match is None:
        return None
    return DeliveryArn(
        text=text,
        partition=match["partition"],
        region=match["region"],
        account=match["account"],
        pipeline=match["pipeline"],
    )
