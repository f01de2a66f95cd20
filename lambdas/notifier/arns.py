"""ARNs of what events are about, taken apart; the patterns also keep shell characters out of the commands."""

import re
from dataclasses import dataclass
from typing import Self, TypedDict

from contract.arns import Arn

_NAME = r"[a-zA-Z0-9](?:-*[a-zA-Z0-9])*"


def _pattern(service: str, resource: str) -> re.Pattern[str]:
    return re.compile(
        rf"arn:(?P<partition>aws[a-z-]*):(?P<service>{service}):(?P<region>[a-z0-9-]+):(?P<account_id>\d{{12}}):"
        rf"(?P<resource>{resource})"
    )


_MODEL_VERSION = _pattern("sagemaker", rf"model-package/(?P<group>{_NAME})/(?P<version>\d{{1,9}})")
_EXECUTION = _pattern("sagemaker", rf"pipeline/(?P<pipeline>{_NAME})/execution/(?P<execution>[a-zA-Z0-9]+)")
# PipelineName in the CodePipeline API reference; its ARNs have the name right behind the account.
_DELIVERY_PIPELINE = _pattern("codepipeline", r"(?P<pipeline>[A-Za-z0-9.@_-]{1,100})")


class _Parts(TypedDict):
    partition: str
    service: str
    region: str
    account_id: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class SageMakerArn(Arn):
    """A resource of SageMaker, which writes its name as it was given or in lower case."""

    @property
    def identity(self) -> str:
        """The same text for the same resource."""
        return str(self).lower()


@dataclass(frozen=True, kw_only=True)
class ModelVersionArn(SageMakerArn):
    """A version of a model package group."""

    group: str
    version: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take the ARN apart; raise ValueError where the text isn't one of a model version."""
        match = _match(_MODEL_VERSION, text)
        return cls(**_parts(match), group=match["group"], version=int(match["version"]))


@dataclass(frozen=True, kw_only=True)
class ExecutionArn(SageMakerArn):
    """One execution of an ML pipeline."""

    pipeline: str
    execution: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take the ARN apart; raise ValueError where the text isn't one of an execution."""
        match = _match(_EXECUTION, text)
        return cls(**_parts(match), pipeline=match["pipeline"], execution=match["execution"])


@dataclass(frozen=True, kw_only=True)
class DeliveryPipelineArn(Arn):
    """A pipeline of CodePipeline."""

    pipeline: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take the ARN apart; raise ValueError where the text isn't one of a pipeline."""
        match = _match(_DELIVERY_PIPELINE, text)
        return cls(**_parts(match), pipeline=match["pipeline"])


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r:.300} isn't an ARN of this kind")
    return match


def _parts(match: re.Match[str]) -> _Parts:
    return {
        "partition": match["partition"],
        "service": match["service"],
        "region": match["region"],
        "account_id": match["account_id"],
        "resource": match["resource"],
    }
