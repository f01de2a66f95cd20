"""The settings of one stack: immutable, validated, with the same keys in every stack file.

Each field's description completes the sentence "expected ..." of an error, so it names the rule for the value.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from contract import names
from contract.arns import Arn, partition_of
from contract.layout import ARTIFACT_FOLDER_CHARACTERS
from settings import fields, regions
from settings.delivery import DeliverySettings
from settings.fields import Location, Section, each_once, each_once_whatever_case, refuse
from settings.kpis import KpiSettings
from settings.policies import PolicySettings

# PutRetentionPolicy of the CloudWatch Logs API accepts these numbers of days only.
LogRetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip


class ProjectSettings(Section):
    """Who owns the stack: names that go into every resource name and tag."""

    name: fields.ShortName = Field(
        description="2 to 20 characters of a-z, 0-9 and single hyphens, starting with a letter (projectShortName)"
    )
    use_case_id: fields.UseCaseId = Field(
        description="1 to 32 characters of a-z, 0-9, '-' and '_', starting and ending with a letter or digit"
    )
    sagemaker_project_name: fields.SageMakerProjectName = Field(
        description="the SageMaker project's name: 1 to 32 letters, digits and hyphens"
    )
    sagemaker_project_id: fields.SageMakerProjectId = Field(
        description="the SageMaker project's id: 1 to 20 letters, digits and hyphens, such as p-abc123def456"
    )


class PipelineSettings(Section):
    """The team's ML pipeline and the defaults of its parameters.

    Where there are `columnNames`, `targetColumn` and `categoricalColumns` are among them; the target has no categories.
    """

    name: fields.PipelineName = Field(description="1 to 49 letters, digits and hyphens, without a hyphen at an end")
    input_data_uri: fields.S3Uri | None = Field(
        None,
        description="an S3 URI such as s3://bucket/prefix/, at most 256 characters, or null for the data bucket's"
        " use-case={id}/input/",
    )
    input_data_key_arn: fields.KeyArn | None = Field(
        None,
        description="the ARN of the KMS key that encrypts inputDataUri, such as"
        " arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab, in the stack's region, or null"
        " where it has no key of its own",
    )
    target_column: fields.ColumnName = Field(
        "target", description="a column name: letters, digits and '_', at most 64; the column to predict"
    )
    # With these a job's arguments are at most 100 even where names are longest (ContainerArguments, SageMaker API).
    column_names: tuple[fields.ColumnName, ...] = Field(
        (),
        max_length=200,
        description="a list of at most 200 column names in file order, or [] where the file has a header",
    )
    categorical_columns: tuple[fields.ColumnName, ...] = Field(
        (),
        max_length=50,
        description="a list of at most 50 columns that hold categories, or [] for every column that is not numeric",
    )
    mse_threshold: Annotated[
        float, Field(gt=0, description="a number above 0: the largest mean squared error that registers")
    ]

    @model_validator(mode="after")
    def _target_is_a_column(self) -> Self:
        if self.column_names and self.target_column not in self.column_names:
            location = ("targetColumn",)
            refuse({location: self.target_column}, {location: "it is not among columnNames"})
        return self

    @model_validator(mode="after")
    def _categories_are_features(self) -> Self:
        columns: dict[Location, str] = {
            ("categoricalColumns", position): name for position, name in enumerate(self.categorical_columns)
        }
        reasons: dict[Location, str] = {}
        for location, name in columns.items():
            if name == self.target_column:
                reasons[location] = "it is the target, which a regression takes as a number"
            elif self.column_names and name not in self.column_names:
                reasons[location] = "it is not among columnNames"
        refuse(columns, reasons)
        return self

    _each_once = field_validator("column_names", "categorical_columns")(each_once)

    @field_validator("input_data_key_arn")
    @classmethod
    def _no_key_without_input_data(cls, arn: str | None, info: ValidationInfo) -> str | None:
        if arn and info.data.get("input_data_uri", "") is None:
            raise ValueError("inputDataUri is null")
        return arn

    @property
    def model_package_group(self) -> str:
        """The model package group that this ML pipeline registers its versions in."""
        return names.model_package_group(self.name)


class BucketSettings(Section):
    """Buckets that exist already; null has the stack create its own. Both may be the same, but not the state's bucket.

    With an existing bucket for artifacts, project and stack name have at most 18 characters together: CodePipeline
    names its folder there after 20 characters of the delivery pipeline's name, so others could read its artifacts.
    """

    artifacts: fields.BucketName | None = Field(
        None, description="the name of an existing S3 bucket for code, models and artifacts, or null to create one"
    )
    data: fields.BucketName | None = Field(
        None, description="the name of an existing S3 bucket for input data and KPIs, or null to create one"
    )


class SlackChannel(Section):
    """One Slack channel that AWS Chatbot may post to."""

    workspace_id: fields.SlackWorkspaceId = Field(description="a Slack workspace id such as T07EA123LEP")
    channel_id: fields.SlackChannelId = Field(description="a Slack channel id such as C07EZ1ABC23")


class TeamsChannel(Section):
    """One Microsoft Teams channel that AWS Chatbot may post to."""

    tenant_id: fields.Uuid = Field(description="a Microsoft tenant id: a UUID")
    team_id: fields.Uuid = Field(description="a Microsoft Teams team id: a UUID")
    channel_id: fields.TeamsChannelId = Field(
        description="a URL-encoded Teams channel id such as 19%3Aab12%40thread.tacv2"
    )


class NotificationSettings(Section):
    """Who hears of model versions, failures and approvals: each at most once.

    Addresses are plain, of ASCII, and the same in whatever case; a Slack channel that workspaces share is listed for
    one of them. The function that sends the messages may reserve some of the account's concurrent executions: others
    then can't take them from it, nor it more from others. Lambda leaves 100 unreserved, so a new account, which may
    have 10, has none to reserve ("Configuring reserved concurrency for a function", AWS Lambda Developer Guide);
    `make doctor` compares.
    """

    emails: tuple[fields.EmailAddress, ...] = Field(
        (), description="a list of e-mail addresses, such as [mlops@example.com]"
    )
    slack_channels: tuple[SlackChannel, ...] = Field((), description="a list of {workspaceId, channelId}")
    teams_channels: tuple[TeamsChannel, ...] = Field((), description="a list of {tenantId, teamId, channelId}")
    reserved_concurrency: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="a whole number, 1 or more, of events that are handled at a time, or null for as many as the"
        " account has room for",
    )

    _each_once = field_validator("slack_channels", "teams_channels")(each_once_whatever_case)

    @field_validator("emails")
    @classmethod
    def _each_address_once(cls, emails: tuple[str, ...]) -> tuple[str, ...]:
        """Compare addresses without case, as nearly all mail servers do: their owner would get each message twice."""
        reasons: dict[Location, str] = {}
        spellings: dict[str, tuple[int, str]] = {}
        for position, address in enumerate(emails):
            first, spelling = spellings.setdefault(address.lower(), (position, address))
            if first != position:
                reasons[(position,)] = f"{spelling} is listed already"
        refuse({(position,): address for position, address in enumerate(emails)}, reasons)
        return emails

    @field_validator("slack_channels")
    @classmethod
    def _each_channel_in_one_workspace(cls, channels: tuple[SlackChannel, ...]) -> tuple[SlackChannel, ...]:
        """Refuse a channel that two workspaces share: it would get each message twice, from resources of one name."""
        reasons: dict[Location, str] = {}
        workspaces: dict[str, str] = {}
        for position, channel in enumerate(channels):
            workspace = workspaces.setdefault(channel.channel_id, channel.workspace_id)
            if workspace != channel.workspace_id:
                reasons[position, "channelId"] = f"workspace {workspace} has this channel already"
        refuse({(position, "channelId"): channel.channel_id for position, channel in enumerate(channels)}, reasons)
        return channels


class OperationSettings(Section):
    """How long things are kept, and which account they belong in.

    `logRetentionDays` is for the access logs of the stack's buckets as well.
    """

    account_id: fields.AccountId = Field(
        description="the 12 digits of the AWS account that this stack belongs in, in quotes"
    )
    log_retention_days: LogRetentionDays = Field(
        description="a number of days that CloudWatch Logs accepts: 1, 3, 5, 7, 14, 30, 60, 90, 120 ... 3653"
    )
    removal_protection: bool = Field(
        description="true or false: true keeps buckets, keys and model versions on destroy"
    )
    ignored_tags: tuple[fields.IgnoredTag, ...] = Field(
        (),
        description="a list of keys of tags that others put on resources, such as CostCenter, or of what such keys"
        " begin with, such as org:*; they stay and are no drift; none is a tag that the stack sets itself",
    )

    _each_once = field_validator("ignored_tags")(each_once)


_PROJECT_TAGS: Final[Mapping[str, Callable[["StackSettings"], str]]] = {
    "project": lambda settings: settings.project.name,
    "environment": lambda settings: settings.environment,
    "use-case": lambda settings: settings.project.use_case_id,
    "sagemaker:project-name": lambda settings: settings.project.sagemaker_project_name,
    "sagemaker:project-id": lambda settings: settings.project.sagemaker_project_id,
}
# Of a bucket, a role, a function and most others ("Tagging AWS resources", AWS General Reference).
_MOST_TAGS: Final = 50
_OWN_TAGS: Final = (*_PROJECT_TAGS, names.COMMIT_TAG)
# By the last one the boundary tells the key of the state from those of the stack, none of which may have it.
_RESERVED_TAGS: Final = (*_OWN_TAGS, names.BOOTSTRAP_TAG)


STACK_NAME: Final = r"^[a-z][a-z0-9]{1,7}$"
STACK_NAME_FORM: Final = "a stack name of 2 to 8 characters of a-z and 0-9"


class StackSettings(Section):
    """Everything that tells one environment from another."""

    environment: Annotated[str, Field(pattern=STACK_NAME, description=STACK_NAME_FORM)]
    region: fields.Region = Field(
        alias="aws:region", description="an AWS region such as eu-west-1 that has every service of the stack"
    )
    project: ProjectSettings = Field(description="{name, useCaseId, sagemakerProjectName, sagemakerProjectId}")
    pipeline: PipelineSettings = Field(
        description="{name, inputDataUri, inputDataKeyArn, targetColumn, columnNames, categoricalColumns, mseThreshold}"
    )
    buckets: BucketSettings = Field(description="{artifacts, data}")
    notifications: NotificationSettings = Field(
        description="{emails, slackChannels, teamsChannels, reservedConcurrency}"
    )
    delivery: DeliverySettings = Field(description="{source, approval, driftSchedule, pullRequestPreviews}")
    operations: OperationSettings = Field(description="{accountId, logRetentionDays, removalProtection, ignoredTags}")
    kpis: KpiSettings = Field(description="{crawlerSchedule, scanLimitMegabytes, quicksight, lakeFormation}")
    policies: PolicySettings = Field(description="{disabled}")
    tags: dict[fields.TagKey, fields.TagValue] = Field(
        default={},
        description=f"at most {_MOST_TAGS - len(_OWN_TAGS)} tag keys, each once whatever its case"
        f" (1 to 128 characters, neither starting with aws: nor one of {', '.join(_RESERVED_TAGS)}),"
        " to string values (1 to 256 characters)",
    )

    @field_validator("pipeline")
    @classmethod
    def _key_of_this_region(cls, pipeline: PipelineSettings, info: ValidationInfo) -> PipelineSettings:
        """Refuse another region's key: S3 encrypts with keys of the bucket's region, where SageMaker's jobs run, too.

        Source: "Using server-side encryption with AWS KMS keys" (Amazon S3 User Guide).
        """
        arn, region = pipeline.input_data_key_arn, info.data.get("region")
        if arn and region and Arn.parse(arn).region != region:
            location: Location = ("inputDataKeyArn",)
            refuse({location: arn}, {location: f"aws:region is {region}"})
        return pipeline

    @field_validator("delivery")
    @classmethod
    def _approvers_of_this_partition(cls, delivery: DeliverySettings, info: ValidationInfo) -> DeliverySettings:
        """Refuse roles of another partition: IAM knows no principals there. Other accounts' roles may approve."""
        region, roles = info.data.get("region"), enumerate(delivery.approval.approver_roles)
        arns: dict[Location, str] = {("approval", "approverRoles", position): arn for position, arn in roles}
        reasons = {location: _foreign(Arn.parse(arn), None, region) for location, arn in arns.items()}
        refuse(arns, {location: reason for location, reason in reasons.items() if reason})
        return delivery

    @model_validator(mode="after")
    def _connection_of_this_account_and_region(self) -> Self:
        arn, account_id, region = self.delivery.source.connection_arn, self.operations.account_id, self.region
        if arn is not None:
            elsewhere = None if Arn.parse(arn).region == region else f"aws:region is {region}"
            if reason := _foreign(Arn.parse(arn), account_id, region) or elsewhere:
                location = ("delivery", "source", "connectionArn")
                refuse({location: arn}, {location: reason})
        return self

    @model_validator(mode="after")
    def _buckets_apart_from_the_state(self) -> Self:
        """Refuse the bucket that bootstrap creates: whoever works with the data could read and overwrite the state."""
        buckets: dict[Location, str | None] = {
            ("buckets", "artifacts"): self.buckets.artifacts,
            ("buckets", "data"): self.buckets.data,
        }
        reason = "the environment's state lies there"
        state_bucket = self.deployment.state_bucket
        refuse(buckets, {location: reason for location, bucket in buckets.items() if bucket == state_bucket})
        return self

    @model_validator(mode="after")
    def _artifacts_apart_from_those_of_others(self) -> Self:
        """Refuse a bucket that environments may share where CodePipeline would mix their artifacts in one folder."""
        longest = ARTIFACT_FOLDER_CHARACTERS - 1
        if self.buckets.artifacts and len(self.deployment.prefix) > longest:
            location = ("buckets", "artifacts")
            reason = (
                f"CodePipeline names the folder of its artifacts after {ARTIFACT_FOLDER_CHARACTERS} characters of the"
                f" pipeline's name, and {self.deployment.prefix} has {len(self.deployment.prefix)}: in a bucket that"
                f" environments share, project and stack name may have {longest - 1} together"
            )
            refuse({location: self.buckets.artifacts}, {location: reason})
        return self

    @model_validator(mode="after")
    def _region_has_every_service(self) -> Self:
        services = dict(regions.SERVICES)
        services.update(
            service
            for service, is_used in (
                (regions.CODECOMMIT, self.delivery.source.provider == "codecommit"),
                (regions.QUICKSIGHT, bool(self.kpis.quick_sight.principals)),
                (regions.LAKE_FORMATION, self.kpis.lake_formation.enabled),
            )
            if is_used
        )
        if missing := regions.missing_services(self.region, services):
            location = ("aws:region",)
            refuse({location: self.region}, {location: f"it lacks {', '.join(missing)}"})
        return self

    @field_validator("kpis")
    @classmethod
    def _arns_of_this_account_and_partition(cls, kpis: KpiSettings, info: ValidationInfo) -> KpiSettings:
        # A field with an error of its own is not in the data.
        operations, region = info.data.get("operations"), info.data.get("region")
        account_id = operations.account_id if operations else None
        reasons = {location: _foreign(Arn.parse(arn), account_id, region) for location, arn in kpis.arns.items()}
        refuse(kpis.arns, {location: reason for location, reason in reasons.items() if reason})
        return kpis

    @field_validator("tags")
    @classmethod
    def _fit_beside_project_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        """Compare keys without case, as IAM does for those of a role ("Tags for IAM resources", IAM User Guide)."""
        reasons: dict[Location, str] = {}
        spellings = {key.lower(): key for key in _RESERVED_TAGS}
        for key in tags:
            spelling = spellings.setdefault(key.lower(), key)
            if spelling in _RESERVED_TAGS:
                reasons[(key,)] = f"resources have the tag {spelling} already, whose value is the project's"
            elif spelling != key:
                reasons[(key,)] = f"differs from {spelling} in case only"
        refuse({(key,): value for key, value in tags.items()}, reasons)
        if len(tags) + len(_OWN_TAGS) > _MOST_TAGS:
            raise ValueError(f"{len(tags)} tags, and {len(_OWN_TAGS)} of the project's own")
        return tags

    @model_validator(mode="after")
    def _no_tag_set_and_ignored(self) -> Self:
        """Refuse to ignore what the stack sets: the providers would neither read nor change it."""
        ignored: dict[Location, str] = {
            ("operations", "ignoredTags", position): key for position, key in enumerate(self.operations.ignored_tags)
        }
        reasons: dict[Location, str] = {}
        for location, pattern in ignored.items():
            # Patterns have no special characters but the star ("fnmatch", Python Standard Library).
            if matching := [key for key in self.all_tags if fnmatchcase(key, pattern)]:
                reasons[location] = f"the stack sets the tag {matching[0]}"
        refuse(ignored, reasons)
        return self

    @property
    def deployment(self) -> names.Deployment:
        """The source of every name and ARN of the stack."""
        return names.Deployment(
            project=self.project.name,
            environment=self.environment,
            account_id=self.operations.account_id,
            region=self.region,
            log_retention_days=self.operations.log_retention_days,
            removal_protection=self.operations.removal_protection,
        )

    @property
    def all_tags(self) -> dict[str, str]:
        """The configured tags and those that every resource of a SageMaker project carries."""
        return {**self.tags, **{key: value_of(self) for key, value_of in _PROJECT_TAGS.items()}}


def _foreign(arn: Arn, account_id: str | None, region: str | None) -> str | None:
    """Return why an ARN doesn't belong to the stack's account or partition, or None where it does."""
    if account_id and arn.account_id != account_id:
        return f"operations.accountId is {account_id}"
    if region and arn.partition != partition_of(region).name:
        return f"partition {partition_of(region).name} is that of {region}"
    if arn.region and arn.partition != partition_of(arn.region).name:
        return f"{arn.region} lies in partition {partition_of(arn.region).name}"
    return None
