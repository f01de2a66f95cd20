"""Rules of how resources are run and named: failures that arrive, runtimes, tags and names."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from contract.arns import Arn
from policy.resources import UNKNOWN, Resource, Stack, at, mappings

_FUNCTION: Final = "aws:lambda/function:Function"
_INVOKE_CONFIG: Final = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
REPEATED_EVENTS: Final[Mapping[str, str]] = {
    "codebuild": "A missed check for drift comes with the next schedule, a missed preview with the next commit.",
    "codepipeline": "The next push delivers the missed one as well; each shows whether an execution ran.",
}
"""Services as targets of rules that need no dead-letter queue, each with the reason."""

RUNTIMES: Final = Path(__file__).with_name("lambda_runtimes.json")
"""The day on which AWS ends the support of each Lambda runtime, as cfn-lint records it; `make runtimes` writes it."""

_PROVIDERS: Final = ("pulumi:providers:aws", "pulumi:providers:aws-native")

NAMES: Final[Mapping[str, tuple[str, str, str]]] = {
    "aws-native:quicksight:Dashboard": ("dashboardId", r"[\w-]{1,512}", "CreateDashboard"),
    "aws-native:sagemaker:ModelPackageGroup": (
        "modelPackageGroupName",
        r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}",
        "CreateModelPackageGroup",
    ),
    "aws:athena/namedQuery:NamedQuery": ("name", r".{1,128}", "CreateNamedQuery"),
    "aws:athena/workgroup:Workgroup": ("name", r"[a-zA-Z0-9._-]{1,128}", "CreateWorkGroup"),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": (
        "configurationName",
        r"[A-Za-z0-9_-]{1,128}",
        "CreateSlackChannelConfiguration",
    ),
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": (
        "configurationName",
        r"[A-Za-z0-9_-]{1,128}",
        "CreateMicrosoftTeamsChannelConfiguration",
    ),
    "aws:cloudwatch/eventRule:EventRule": ("name", r"[.\-_A-Za-z0-9]{1,64}", "PutRule"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", r"[.\-_/#A-Za-z0-9]{1,512}", "CreateLogGroup"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", r".{1,255}", "PutMetricAlarm"),
    "aws:codebuild/project:Project": ("name", r"[A-Za-z0-9][A-Za-z0-9\-_]{1,149}", "CreateProject"),
    "aws:codepipeline/pipeline:Pipeline": ("name", r"[A-Za-z0-9.@\-_]{1,100}", "CreatePipeline"),
    "aws:dynamodb/table:Table": ("name", r"[a-zA-Z0-9_.-]{3,255}", "CreateTable"),
    # Athena's rule, which is narrower than Glue's ("Name databases, tables, and columns", Amazon Athena User Guide).
    "aws:glue/catalogDatabase:CatalogDatabase": ("name", r"[a-z0-9_]{1,255}", "CreateDatabase"),
    "aws:glue/catalogTable:CatalogTable": ("name", r"[a-z0-9_]{1,255}", "CreateTable"),
    "aws:glue/classifier:Classifier": ("name", r".{1,255}", "CreateClassifier"),
    "aws:glue/crawler:Crawler": ("name", r".{1,255}", "CreateCrawler"),
    "aws:glue/securityConfiguration:SecurityConfiguration": ("name", r".{1,255}", "CreateSecurityConfiguration"),
    "aws:iam/policy:Policy": ("name", r"[\w+=,.@-]{1,128}", "CreatePolicy"),
    "aws:iam/role:Role": ("name", r"[\w+=,.@-]{1,64}", "CreateRole"),
    "aws:iam/rolePolicy:RolePolicy": ("name", r"[\w+=,.@-]{1,128}", "PutRolePolicy"),
    "aws:kms/alias:Alias": ("name", r"alias/[a-zA-Z0-9/_-]{1,250}", "CreateAlias"),
    _FUNCTION: ("name", r"[a-zA-Z0-9-_]{1,64}", "CreateFunction"),
    "aws:quicksight/dataSet:DataSet": ("dataSetId", r".{1,512}", "CreateDataSet"),
    "aws:quicksight/dataSource:DataSource": ("dataSourceId", r".{1,512}", "CreateDataSource"),
    "aws:s3/bucket:Bucket": ("bucket", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "CreateBucket"),
    "aws:sns/topic:Topic": ("name", r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?", "CreateTopic"),
    "aws:sqs/queue:Queue": ("name", r"[A-Za-z0-9_-]{1,80}(?:\.fifo)?", "CreateQueue"),
}
"""By type: the property that is the physical name, and what the API reference of the named operation allows."""


def failure_destinations(resource: Resource, stack: Stack) -> Iterator[str]:
    """Yield rules and functions whose failed events go nowhere."""
    if resource.type == "aws:cloudwatch/eventTarget:EventTarget" and not resource.at("deadLetterConfig.arn"):
        arn = resource.at("arn")
        if isinstance(arn, str) and Arn.parse(arn).service not in REPEATED_EVENTS:
            yield "events that don't reach the target are lost; set dead_letter_config"
    if resource.type == _FUNCTION and not resource.at("deadLetterConfig.targetArn"):
        configurations = stack.beside(resource, _INVOKE_CONFIG, "functionName")
        if not any(config.at("destinationConfig.onFailure.destination") for config in configurations):
            yield "events that the function fails on are lost; add a FunctionEventInvokeConfig with on_failure"


def current_runtimes(resource: Resource, stack: Stack) -> Iterator[str]:
    """Yield functions whose runtime AWS doesn't support any more, or that isn't recorded."""
    runtime = resource.at("runtime")
    if resource.type == _FUNCTION and isinstance(runtime, str):
        ends = json.loads(RUNTIMES.read_text(encoding="utf-8")).get(runtime)
        if ends is None:
            yield f"runtime {runtime} is not in policy/{RUNTIMES.name}; run `make runtimes`"
        elif date.fromisoformat(ends) <= stack.today:
            yield f"AWS ended the support of runtime {runtime} on {ends}; take a later one"


def required_tags(resource: Resource, stack: Stack) -> Iterator[str]:
    """Yield providers without the stack's tags, which tag whatever they create, and resources that change one."""
    if resource.type in _PROVIDERS:
        defaults = resource.at("defaultTags")
        tags = at(json.loads(defaults) if isinstance(defaults, str) else defaults, "tags")
        present = next(iter(mappings(tags)), {})
        missing = [key for key, value in stack.tags.items() if present.get(key) != value]
        if missing and tags is not UNKNOWN:
            hint = "; register its resources with the stack's own provider" if "default" in resource.name else ""
            yield f"default tags lack {', '.join(missing)}{hint}"
    elif resource.type.startswith("aws:"):
        tags = next(iter(mappings(resource.at("tags"))), {})
        for key, value in stack.tags.items():
            if key in tags and tags[key] not in (value, UNKNOWN):
                yield f"tag {key} is {tags[key]}; every resource of the stack has {value}"


def names_within_limits(resource: Resource, _: Stack) -> Iterator[str]:
    """Yield physical names that AWS would refuse at the deployment."""
    if resource.type in NAMES:
        property_name, pattern, operation = NAMES[resource.type]
        name = resource.at(property_name)
        if isinstance(name, str) and not re.fullmatch(pattern, name):
            yield f"{property_name} is {name} of {len(name)} characters; {operation} allows {pattern}"
