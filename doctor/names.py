"""Whether the names that the program gives its resources are free, or taken by this stack, or by somebody else.

The names are the program's own (`doctor.program`), so a new resource is looked for as well: a type that neither table
knows fails a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from contract.aws_errors import code_of
from doctor.examination import Clients, Examination, Finding, lacking, not_checked, ok
from doctor.program import Planned

Tags = Mapping[str, str]


class ForeignError(Exception):
    """The name is another account's."""


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """How a type's resources are looked up: by an input, with a function that returns the tags of what has the name.

    Botocore answers a name that is free with an error of one of the `missing` codes, or the function returns None.
    """

    kind: str
    name: str
    tags: Callable[[Clients, Examination, str], Tags | None]
    missing: Sequence[str] = ("ResourceNotFoundException",)


def _pairs(entries: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> Tags:
    return {entry[key]: entry[value] for entry in entries}


def _bucket(clients: Clients, examination: Examination, name: str) -> Tags | None:
    s3 = clients("s3")
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=examination.target.deployment.account_id)
    except ClientError as error:
        if code_of(error) == "403":
            raise ForeignError("another account has it, or s3:ListBucket is missing") from error
        raise
    try:
        return _pairs(s3.get_bucket_tagging(Bucket=name)["TagSet"])
    except ClientError as error:
        if code_of(error) == "NoSuchTagSet":
            return {}
        raise


def _role(clients: Clients, _examination: Examination, name: str) -> Tags:
    return _pairs(clients("iam").get_role(RoleName=name)["Role"].get("Tags", []))


def _policy(clients: Clients, examination: Examination, name: str) -> Tags:
    arn = examination.target.deployment.global_arn("iam", f"policy/{name}")
    return _pairs(clients("iam").get_policy(PolicyArn=arn)["Policy"].get("Tags", []))


def _rule(clients: Clients, _examination: Examination, name: str) -> Tags:
    events = clients("events")
    return _pairs(events.list_tags_for_resource(ResourceARN=events.describe_rule(Name=name)["Arn"])["Tags"])


def _log_group(clients: Clients, _examination: Examination, name: str) -> Tags | None:
    logs = clients("logs")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    groups = [group for page in pages for group in page["logGroups"] if group["logGroupName"] == name]
    if not groups:
        return None
    arn = groups[0].get("logGroupArn") or groups[0]["arn"].removesuffix(":*")
    return logs.list_tags_for_resource(resourceArn=arn)["tags"]


def _alarm(clients: Clients, _examination: Examination, name: str) -> Tags | None:
    cloudwatch = clients("cloudwatch")
    alarms = cloudwatch.describe_alarms(AlarmNames=[name]).get("MetricAlarms", [])
    if not alarms:
        return None
    return _pairs(cloudwatch.list_tags_for_resource(ResourceARN=alarms[0]["AlarmArn"])["Tags"])


def _project(clients: Clients, _examination: Examination, name: str) -> Tags | None:
    projects = clients("codebuild").batch_get_projects(names=[name])["projects"]
    return _pairs(projects[0].get("tags", []), "key", "value") if projects else None


def _pipeline(clients: Clients, _examination: Examination, name: str) -> Tags:
    codepipeline = clients("codepipeline")
    arn = codepipeline.get_pipeline(name=name)["metadata"]["pipelineArn"]
    return _pairs(codepipeline.list_tags_for_resource(resourceArn=arn)["tags"], "key", "value")


def _table(clients: Clients, _examination: Examination, name: str) -> Tags:
    dynamodb = clients("dynamodb")
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    return _pairs(dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"])


def _crawler(clients: Clients, examination: Examination, name: str) -> Tags:
    glue = clients("glue")
    glue.get_crawler(Name=name)
    return glue.get_tags(ResourceArn=examination.target.deployment.arn("glue", f"crawler/{name}"))["Tags"]


def _database(clients: Clients, examination: Examination, name: str) -> Tags:
    glue = clients("glue")
    glue.get_database(Name=name)
    return glue.get_tags(ResourceArn=examination.target.deployment.arn("glue", f"database/{name}"))["Tags"]


def _workgroup(clients: Clients, examination: Examination, name: str) -> Tags:
    athena = clients("athena")
    athena.get_work_group(WorkGroup=name)
    arn = examination.target.deployment.arn("athena", f"workgroup/{name}")
    return _pairs(athena.list_tags_for_resource(ResourceARN=arn)["Tags"])


def _function(clients: Clients, _examination: Examination, name: str) -> Tags:
    return clients("lambda").get_function(FunctionName=name).get("Tags", {})


def _topic(clients: Clients, examination: Examination, name: str) -> Tags:
    arn = examination.target.deployment.arn("sns", name)
    clients("sns").get_topic_attributes(TopicArn=arn)
    return _pairs(clients("sns").list_tags_for_resource(ResourceArn=arn)["Tags"])


def _queue(clients: Clients, _examination: Examination, name: str) -> Tags:
    sqs = clients("sqs")
    return sqs.list_queue_tags(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"]).get("Tags", {})


def _key(clients: Clients, _examination: Examination, name: str) -> Tags:
    kms = clients("kms")
    pages = kms.get_paginator("list_resource_tags").paginate(KeyId=kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"])
    return _pairs((tag for page in pages for tag in page["Tags"]), "TagKey", "TagValue")


def _model_package_group(clients: Clients, _examination: Examination, name: str) -> Tags:
    sagemaker = clients("sagemaker")
    arn = sagemaker.describe_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"]
    return _pairs(sagemaker.list_tags(ResourceArn=arn)["Tags"])


def _quicksight(operation: str, member: str, path: str) -> Callable[[Clients, Examination, str], Tags]:
    def tags(clients: Clients, examination: Examination, name: str) -> Tags:
        deployment, quicksight = examination.target.deployment, clients("quicksight")
        getattr(quicksight, operation)(AwsAccountId=deployment.account_id, **{member: name})
        arn = deployment.arn("quicksight", f"{path}/{name}")
        return _pairs(quicksight.list_tags_for_resource(ResourceArn=arn)["Tags"])

    return tags


LOOKUPS: Final[Mapping[str, Lookup]] = {
    "aws-native:quicksight:Dashboard": Lookup(
        kind="QuickSight dashboard",
        name="dashboardId",
        tags=_quicksight("describe_dashboard", "DashboardId", "dashboard"),
    ),
    "aws-native:sagemaker:ModelPackageGroup": Lookup(
        kind="model package group",
        name="modelPackageGroupName",
        tags=_model_package_group,
        # DescribeModelPackageGroup names no error of its own.
        missing=("ValidationException", "ResourceNotFound"),
    ),
    "aws:athena/workgroup:Workgroup": Lookup(
        kind="workgroup", name="name", tags=_workgroup, missing=("InvalidRequestException",)
    ),
    "aws:cloudwatch/eventRule:EventRule": Lookup(kind="rule", name="name", tags=_rule),
    "aws:cloudwatch/logGroup:LogGroup": Lookup(kind="log group", name="name", tags=_log_group),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Lookup(kind="alarm", name="name", tags=_alarm),
    "aws:codebuild/project:Project": Lookup(kind="project", name="name", tags=_project),
    "aws:codepipeline/pipeline:Pipeline": Lookup(
        kind="delivery pipeline", name="name", tags=_pipeline, missing=("PipelineNotFoundException",)
    ),
    "aws:dynamodb/table:Table": Lookup(kind="table", name="name", tags=_table),
    "aws:glue/catalogDatabase:CatalogDatabase": Lookup(
        kind="database", name="name", tags=_database, missing=("EntityNotFoundException",)
    ),
    "aws:glue/crawler:Crawler": Lookup(
        kind="crawler", name="name", tags=_crawler, missing=("EntityNotFoundException",)
    ),
    "aws:iam/policy:Policy": Lookup(kind="policy", name="name", tags=_policy, missing=("NoSuchEntity",)),
    "aws:iam/role:Role": Lookup(kind="role", name="name", tags=_role, missing=("NoSuchEntity",)),
    "aws:kms/alias:Alias": Lookup(kind="key", name="name", tags=_key, missing=("NotFoundException",)),
    "aws:lambda/function:Function": Lookup(kind="function", name="name", tags=_function),
    "aws:quicksight/dataSet:DataSet": Lookup(
        kind="data set", name="dataSetId", tags=_quicksight("describe_data_set", "DataSetId", "dataset")
    ),
    "aws:quicksight/dataSource:DataSource": Lookup(
        kind="data source", name="dataSourceId", tags=_quicksight("describe_data_source", "DataSourceId", "datasource")
    ),
    "aws:s3/bucket:Bucket": Lookup(kind="bucket", name="bucket", tags=_bucket, missing=("404", "NoSuchBucket")),
    "aws:sns/topic:Topic": Lookup(kind="topic", name="name", tags=_topic, missing=("NotFound", "NotFoundException")),
    "aws:sqs/queue:Queue": Lookup(
        kind="queue",
        name="name",
        tags=_queue,
        missing=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    ),
}
"""By the type of the program's resource."""

WITHOUT_LOOKUP: Final[Mapping[str, str]] = {
    "aws:athena/namedQuery:NamedQuery": "any number of one name may exist",
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "found by the channel, not by the name",
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": "found by the channel, not by the name",
    "aws:cloudwatch/eventTarget:EventTarget": "a part of its rule",
    "aws:glue/catalogTable:CatalogTable": "a part of its database",
    "aws:glue/classifier:Classifier": "has no tags that tell whose it is",
    "aws:glue/securityConfiguration:SecurityConfiguration": "has no tags that tell whose it is",
    "aws:iam/rolePolicy:RolePolicy": "a part of its role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "a part of its role",
    "aws:kms/key:Key": "has no name",
    "aws:lakeformation/permissions:Permissions": "has no name",
    "aws:lakeformation/resource:Resource": "a part of its bucket",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "a part of its function",
    "aws:lambda/permission:Permission": "a part of its function",
    "aws:quicksight/refreshSchedule:RefreshSchedule": "a part of its data set",
    "aws:s3/bucket": "a part of its bucket",
    "aws:sns/topicPolicy:TopicPolicy": "a part of its topic",
    "aws:sns/topicSubscription:TopicSubscription": "a part of its topic",
    "aws:sqs/queuePolicy:QueuePolicy": "a part of its queue",
    "mlops:": "a component only groups its children",
    "pulumi:": "the engine's own",
}
"""Why types that begin like this are not looked up."""


@dataclass(frozen=True, kw_only=True)
class Owner:
    """What has a name: nobody, this stack, or another one, with what is known of it."""

    kind: str
    name: str
    is_free: bool = False
    foreign: str = ""


def owners(examination: Examination, planned: Iterable[Planned]) -> Iterator[Owner | Finding]:
    """Yield who has the name of each planned resource, or a finding where that can't be read."""
    mine = {tag: examination.target.settings.all_tags[tag] for tag in ("project", "environment")}
    for resource in planned:
        lookup = LOOKUPS.get(resource.type)
        if lookup is None:
            continue
        name = str(resource.inputs[lookup.name])
        try:
            tags = lookup.tags(examination.clients, examination, name)
        except ForeignError as error:
            yield Owner(kind=lookup.kind, name=name, foreign=str(error))
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and code_of(error) in lookup.missing:
                yield Owner(kind=lookup.kind, name=name, is_free=True)
            else:
                yield not_checked(f"{lookup.kind} {name}", error)
        else:
            yield _owner(lookup.kind, name, tags, mine)


def _owner(kind: str, name: str, tags: Tags | None, mine: Tags) -> Owner:
    if tags is None:
        return Owner(kind=kind, name=name, is_free=True)
    if mine.items() <= tags.items():
        return Owner(kind=kind, name=name)
    values = ", ".join(f"{tag}={tags.get(tag, '(none)')}" for tag in mine)
    return Owner(kind=kind, name=name, foreign=f"it exists and is not this stack's ({values})")


def names(examination: Examination, planned: Iterable[Planned]) -> Iterator[Finding]:
    """Yield a finding for each name that is not to be had, and one that counts the others."""
    free, taken, unknown = 0, 0, list[Finding]()
    for owner in owners(examination, planned):
        if isinstance(owner, Finding):
            unknown.append(owner)
        elif owner.foreign:
            project = examination.target.settings.project.name
            remedy = f"remove or rename it, or take another project.name than {project}"
            yield lacking(f"{owner.kind} {owner.name}", owner.foreign, remedy)
        elif owner.is_free:
            free += 1
        else:
            taken += 1
    yield ok("names", f"{free} are free, {taken} are this stack's already")
    # One line for all that these credentials may not read.
    if unknown:
        others = f"; and {len(unknown) - 1} more names" if len(unknown) > 1 else ""
        first = unknown[0]
        yield Finding(status="not checked", subject=first.subject, text=f"{first.text}{others}", remedy=first.remedy)
