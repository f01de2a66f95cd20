"""Physical names: policies, the notifier and the delivery jobs need them before or without the resources."""

import hashlib
from dataclasses import dataclass
from typing import Final

from contract.arns import Arn, partition_of

_MODEL_PACKAGE_GROUP_SUFFIX: Final = "-stable-models"
# CreateModelPackageGroup allows 63 characters.
MAX_PIPELINE_NAME: Final = 63 - len(_MODEL_PACKAGE_GROUP_SUFFIX)
"""The longest name of an ML pipeline whose model package group still has a valid name."""

# The roles beside those of the delivery pipeline: each is named `{project}-{environment}-{short name}`.
EXECUTION_ROLE: Final = "sagemaker-execution"
NOTIFIER_ROLE: Final = "notifier"
CHAT_ROLE: Final = "chat"
CRAWLER_ROLE: Final = "kpis-crawler"
QUICKSIGHT_ROLE: Final = "quicksight"
LAKE_FORMATION_ROLE: Final = "lake-formation"
# Those of the delivery pipeline; each of its jobs has one more, with the job's name.
DELIVERY_ROLE: Final = "delivery"
DELIVERY_EVENTS_ROLE: Final = "delivery-events"
APPROVER_ROLE: Final = "approve"

# The stack's own buckets, by their short names; the settings may name existing ones for the first two.
ARTIFACTS_BUCKET: Final = "artifacts"
DATA_BUCKET: Final = "data"
ACCESS_LOGS_BUCKET: Final = "access-logs"
BUCKETS: Final = (ARTIFACTS_BUCKET, DATA_BUCKET, ACCESS_LOGS_BUCKET)

NOTIFIER: Final = "notifier"
"""The short name of the function that sends the messages."""

QUICKSIGHT_SERVICE_ROLE: Final = "aws-quicksight-service-role-v0"
"""The role that QuickSight creates for the whole account, below the path `service-role/`."""

COMMIT_TAG: Final = "commit"
"""The tag of the ML pipeline that names the commit it was upserted from last."""

BOOTSTRAP_TAG: Final = "mlops-infra:bootstrap"
"""The tag of the key of the state, whose value is the key's alias; no key of a stack has it."""

# Within the delivery pipeline: a stage and its one action have the same name.
SOURCE_STAGE: Final = "Source"
"""The first stage, and its output artifact."""
PREVIEW_STAGE: Final = "Preview"
"""The stage before the approval, and its output artifact."""
APPROVAL_STAGE: Final = "Approve"
DEPLOY_STAGE: Final = "Deploy"
KEEP_SOURCE_ACTION: Final = "KeepSource"
"""The action after a deployment that keeps the commit's files."""
UPSERT_STAGE: Final = "Upsert"

# Where services put their log groups: Lambda, CodeBuild, and Glue for crawlers with a security configuration
# ("Encrypting data written by crawlers, jobs, and development endpoints", AWS Glue Developer Guide).
LAMBDA_LOGS: Final = "/aws/lambda"
BUILD_LOGS: Final = "/aws/codebuild"
CRAWLER_LOGS: Final = "/aws-glue/crawlers-role"


def fit(name: str, max_length: int) -> str:
    """Return the name, cut to `max_length` characters that end in 8 hex digits of its SHA-256 where it is longer."""
    if len(name) <= max_length:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: max_length - 9].rstrip('-')}-{digest}"


def model_package_group(pipeline_name: str) -> str:
    """Return the name of the model package group that an ML pipeline registers its model versions in."""
    return f"{pipeline_name}{_MODEL_PACKAGE_GROUP_SUFFIX}"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One environment of one project in one account and region: the source of all derived names and ARNs.

    `removal_protection` keeps what can't be created again (data, keys, model versions) when the stack is destroyed;
    without it, destroying leaves nothing.
    """

    project: str
    environment: str
    account_id: str
    region: str
    log_retention_days: int
    removal_protection: bool

    @property
    def prefix(self) -> str:
        """The beginning of every physical name of the stack."""
        return f"{self.project}-{self.environment}"

    @property
    def partition(self) -> str:
        """The AWS partition of the region, such as aws or aws-cn."""
        return partition_of(self.region).name

    @property
    def dns_suffix(self) -> str:
        """The domain of the service endpoints in the region's partition."""
        return partition_of(self.region).dns_suffix

    @property
    def state_bucket(self) -> str:
        """The bucket of Pulumi's state, created by `bootstrap` before the first deployment."""
        return self.bucket_name("state")

    @property
    def state_logs_bucket(self) -> str:
        """The bucket in which S3 logs the requests to the state, created by `bootstrap`."""
        return self.bucket_name("logs-of-state")

    @property
    def secrets_alias(self) -> str:
        """The alias of the key that encrypts the state and the secrets in it, created by `bootstrap`."""
        return f"alias/{self.prefix}-state"

    @property
    def boundary_name(self) -> str:
        """The managed policy that is the permissions boundary of every role, created by `bootstrap`."""
        return f"{self.prefix}-boundary"

    @property
    def boundary_arn(self) -> str:
        """The ARN of the permissions boundary."""
        return self.global_arn("iam", f"policy/{self.boundary_name}")

    @property
    def github_provider_arn(self) -> str:
        """The account's OIDC provider for GitHub Actions; an account has one at most, so its ARN is known."""
        return self.global_arn("iam", "oidc-provider/token.actions.githubusercontent.com")

    @property
    def backend_url(self) -> str:
        """The argument of `pulumi login`."""
        return f"s3://{self.state_bucket}?region={self.region}"

    @property
    def secrets_provider(self) -> str:
        """The argument of `pulumi stack init --secrets-provider`."""
        return f"awskms://{self.secrets_alias}?region={self.region}"

    def name(self, short_name: str, max_length: int = 64) -> str:
        """Return `{project}-{environment}-{short_name}`, cut with a hash where it is longer than `max_length`."""
        return fit(f"{self.prefix}-{short_name}", max_length)

    def bucket_name(self, short_name: str) -> str:
        """Return a globally unique bucket name; S3 allows 63 characters."""
        return fit(f"{self.prefix}-{short_name}-{self.account_id}-{self.region}", 63)

    def arn(self, service: str, resource: str, account_id: str | None = None) -> str:
        """Return the ARN of a regional resource, by default of this account."""
        account_id = self.account_id if account_id is None else account_id
        return str(self._arn(service, resource, region=self.region, account_id=account_id))

    def global_arn(self, service: str, resource: str, account_id: str | None = None) -> str:
        """Return the ARN of a resource that has no region, by default of this account."""
        return str(self._arn(service, resource, account_id=self.account_id if account_id is None else account_id))

    def role_arn(self, short_name: str) -> str:
        """Return the ARN of the role `{project}-{environment}-{short_name}`."""
        return self.global_arn("iam", f"role/{self.name(short_name)}")

    def bucket_arn(self, bucket: str) -> str:
        """Return the ARN of the bucket of that physical name; S3's ARNs have neither region nor account."""
        return str(self._arn("s3", bucket))

    def _arn(self, service: str, resource: str, *, region: str = "", account_id: str = "") -> Arn:
        return Arn(partition=self.partition, service=service, region=region, account_id=account_id, resource=resource)


@dataclass(frozen=True)
class KpiNames:
    """Physical names of one stack's KPI visualisation."""

    deployment: Deployment

    @property
    def database(self) -> str:
        """The Glue database; Athena takes a name without quotes only where it has no hyphen."""
        return self.workgroup.replace("-", "_")

    @property
    def workgroup(self) -> str:
        """The Athena workgroup; CreateWorkGroup allows 128 characters."""
        return self.deployment.name("kpis", 128)

    @property
    def crawler(self) -> str:
        """The Glue crawler; CreateCrawler allows 255 characters.

        A crawler of new folders only keeps the targets that it was created with, so another target takes another name
        ("Scheduling incremental crawls for adding new partitions", AWS Glue Developer Guide).
        """
        return self.deployment.name("tables", 255)

    @property
    def crawler_role(self) -> str:
        """The crawler's role, whose name is part of the log group's."""
        return self.deployment.name(CRAWLER_ROLE)

    @property
    def security_configuration(self) -> str:
        """The crawler's security configuration, whose name is part of the log group's."""
        return self.deployment.name("kpis", 255)

    @property
    def crawler_log_group(self) -> str:
        """The log group that Glue uses for a crawler with a security configuration."""
        return f"{CRAWLER_LOGS}/{self.crawler_role}-{self.security_configuration}"

    @property
    def crawled_tables(self) -> str:
        """The prefix of the tables that the crawler creates."""
        return "csv_"

    @property
    def default_database_arns(self) -> list[str]:
        """The ARNs on which whoever queries has to be allowed glue:GetDatabase beside the stack's own database.

        Source: "Access policy to the default database and catalog per AWS Region" in "Fine-grained access to databases
        and tables in the AWS Glue Data Catalog" (Amazon Athena User Guide).
        """
        return [self.deployment.arn("glue", "catalog"), self.deployment.arn("glue", "database/default")]

    def catalog_arns(self, tables: str = "*") -> list[str]:
        """Return the ARNs of catalog, database and tables, all of which an action on a table is evaluated on.

        Source: "Specifying AWS Glue resource ARNs" (AWS Glue Developer Guide).
        """
        return [
            self.deployment.arn("glue", "catalog"),
            self.deployment.arn("glue", f"database/{self.database}"),
            self.deployment.arn("glue", f"table/{self.database}/{tables}"),
        ]


@dataclass(frozen=True)
class DeliveryNames:
    """Physical names and ARNs of one stack's delivery pipeline; a job goes by its short name, such as deploy."""

    deployment: Deployment

    @property
    def pipeline(self) -> str:
        """The delivery pipeline; CreatePipeline of CodePipeline allows 100 characters."""
        return self.deployment.name("delivery", 100)

    @property
    def pipeline_arn(self) -> str:
        """The delivery pipeline's ARN."""
        return self.deployment.arn("codepipeline", self.pipeline)

    def project(self, job: str) -> str:
        """Return the name of a job's CodeBuild project; CreateProject allows 150 characters."""
        return self.deployment.name(job, 150)

    def project_arn(self, job: str) -> str:
        """Return the ARN of a job's project."""
        return self.deployment.arn("codebuild", f"project/{self.project(job)}")

    def log_group(self, job: str) -> str:
        """Return the log group of a job's builds."""
        return f"{BUILD_LOGS}/{self.project(job)}"
