"""What the program registers for the stacks that are looked at, without an account: it runs under Pulumi's mocks.

The mocks answer with the ARNs that AWS would give, so that policies are whole.
"""

import json
import logging
import runpy
from collections.abc import Callable, Mapping
from typing import Any, Final
from unittest import mock

import pulumi
import yaml
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.mocks import MockMonitor

from tools.cloudformation.resources import Resource, plain
from tools.toolchain.workspace import REPOSITORY

_ACCOUNT: Final = "123456789012"
_ANALYST: Final = f"arn:aws:iam::{_ACCOUNT}:role/analyst"
_TEAMS_CHANNEL: Final = {
    "tenantId": "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0",
    "teamId": "1c2d3e4f-5061-7283-94a5-b6c7d8e9f00b",
    "channelId": "19%3Aab12%40thread.tacv2",
}

Config = dict[str, Any]


def with_every_option(config: Config) -> None:
    """Switch the optional parts on."""
    config["mlops-infra:kpis"]["quicksight"]["patchServiceRole"] = True
    config["mlops-infra:kpis"]["lakeFormation"] = {"enabled": True, "analystRoles": [_ANALYST]}
    config["mlops-infra:notifications"]["slackChannels"] = [{"workspaceId": "T07EA123LEP", "channelId": "C07EZ1ABC23"}]
    config["mlops-infra:notifications"]["teamsChannels"] = [_TEAMS_CHANNEL]


def from_github(config: Config) -> None:
    """Take the commits from GitHub."""
    connection = f"connection/{_TEAMS_CHANNEL['tenantId']}"
    config["mlops-infra:delivery"]["source"] = {
        "provider": "github",
        "repository": "example/mlops-infra",
        "branch": "main",
        "paths": ["components/**"],
        "connectionArn": f"arn:aws:codeconnections:{config['aws:region']}:{_ACCOUNT}:{connection}",
    }


def _as_committed(_: Config) -> None:
    pass


STACKS: Final[Mapping[str, tuple[str, Callable[[Config], None]]]] = {
    "dev": ("dev", _as_committed),
    "prod": ("prod", _as_committed),
    "all": ("local", with_every_option),
    "github": ("dev", from_github),
}
"""The stacks that are looked at: the committed file that each begins with, and what is changed in it."""


def config_of(stack: str) -> Config:
    """Return the configuration of one of `STACKS`, by key."""
    file, change = STACKS[stack]
    config: Config = yaml.safe_load((REPOSITORY / f"Pulumi.{file}.yaml").read_text(encoding="utf-8"))["config"]
    change(config)
    config["mlops-infra:pipeline"]["name"] = f"rings-{stack}"
    return config


def flat(config: Config) -> dict[str, str]:
    """Return a configuration as the engine hands it over: text, or JSON."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def resources_of(stack: str, config: Config) -> list[Resource]:
    """Run `__main__.py` for a stack with a configuration; return what it registers."""
    recorder = Recorder(AwsAnswers(config["aws:region"]))
    run_program(stack, config, recorder)
    return recorder.exported()


def run_program(stack: str, config: Config, monitor: MockMonitor) -> None:
    """Run `__main__.py` for a stack with a configuration; the monitor keeps what it registers."""
    # What the program says of its settings is for whoever deploys.
    silent = logging.getLogger(__name__)
    silent.setLevel(logging.CRITICAL)
    pulumi.runtime.set_mocks(
        monitor.mocks, project="mlops-infra", stack=stack, preview=False, logger=silent, monitor=monitor
    )

    @pulumi.runtime.test
    def main() -> None:
        # Outputs of the stack need a stack, which mocks don't have.
        with mock.patch.object(pulumi, "export"):
            pulumi.runtime.set_all_config(flat(config))
            runpy.run_path(str(REPOSITORY / "__main__.py"), run_name="program")

    main()
    pulumi.runtime.set_all_config({})


class Recorder(MockMonitor):
    """Keeps what is registered: requests by their names in the program, and what was answered by URN (`resources`)."""

    def __init__(self, answers: pulumi.runtime.Mocks) -> None:
        super().__init__(answers)
        self.requests: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 the engine's name
        """Answer, and keep the request."""
        response = super().RegisterResource(request)
        self.requests[request.name] = request
        return response

    def exported(self) -> list[Resource]:
        """Return the resources as a state has them, without the stack itself."""
        return [
            _exported(self.requests[urn.rpartition("::")[2]], answered.state)
            for urn, answered in self.resources.items()
            if urn.rpartition("::")[2] in self.requests
        ]


def _exported(request: Any, outputs: Mapping[str, Any]) -> Resource:
    return Resource(
        type=request.type,
        name=request.name,
        inputs=plain(MessageToDict(request.object), request.name),
        is_retained=request.protect or request.retainOnDelete,
        arn=str(outputs.get("arn", "")),
        references={name: list(sources.urns) for name, sources in request.propertyDependencies.items()},
    )


_ARNS: Final[Mapping[str, str]] = {
    "aws:cloudwatch/eventRule:EventRule": "events:{place}:rule/{name}",
    "aws:cloudwatch/logGroup:LogGroup": "logs:{place}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{place}:alarm:{name}",
    "aws:codebuild/project:Project": "codebuild:{place}:project/{name}",
    "aws:codepipeline/pipeline:Pipeline": "codepipeline:{place}:{name}",
    "aws:dynamodb/table:Table": "dynamodb:{place}:table/{name}",
    "aws:glue/crawler:Crawler": "glue:{place}:crawler/{name}",
    "aws:iam/policy:Policy": "iam::{account}:policy/{name}",
    "aws:iam/role:Role": "iam::{account}:role/{name}",
    "aws:kms/key:Key": "kms:{place}:key/11111111-2222-3333-4444-555555555555",
    "aws:lambda/function:Function": "lambda:{place}:function:{name}",
    "aws:quicksight/dataSet:DataSet": "quicksight:{place}:dataset/{dataSetId}",
    "aws:quicksight/dataSource:DataSource": "quicksight:{place}:datasource/{dataSourceId}",
    "aws:s3/bucket:Bucket": "s3:::{bucket}",
    "aws:sns/topic:Topic": "sns:{place}:{name}",
    "aws:sqs/queue:Queue": "sqs:{place}:{name}",
}


class AwsAnswers(pulumi.runtime.Mocks):
    """Answers with the ARNs that AWS would give: the inputs, and the outputs that other resources refer to."""

    def __init__(self, region: str) -> None:
        self._region = region

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Return the id and the outputs of a new resource."""
        place = f"{self._region}:{_ACCOUNT}"
        outputs: dict[str, Any] = {"arn": f"arn:aws:unknown:{place}:{args.name}", "name": args.name, **args.inputs}
        if args.typ in _ARNS:
            outputs["arn"] = f"arn:aws:{_ARNS[args.typ].format(place=place, account=_ACCOUNT, **args.inputs)}"
        outputs["keyId"] = outputs["arn"].rpartition("/")[2]
        outputs["url"] = f"https://sqs.{self._region}.amazonaws.com/{_ACCOUNT}/{outputs['name']}"
        outputs["modelPackageGroupArn"] = f"arn:aws:sagemaker:{place}:model-package-group/{args.name}"
        if args.typ.startswith("aws:chatbot/"):
            channel = args.inputs["configurationName"]
            outputs["chatConfigurationArn"] = f"arn:aws:chatbot::{_ACCOUNT}:chat-configuration/channel/{channel}"
        return f"{args.name}-id", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        """Raise: the program calls no function of a provider."""
        raise AssertionError(f"the program calls nothing, but {args.token} was called")
