"""Where a stack lives, and how everything in it is named."""

import functools
import hashlib
from dataclasses import dataclass

import botocore.session

from settings.models import Settings


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One environment of one project in one account and region: the source of all derived names and ARNs.

    `removal_protection` keeps what can't be made again (data, keys, model versions) when the stack is destroyed.
    """

    project: str
    environment: str
    account_id: str
    region: str
    log_retention_days: int
    removal_protection: bool

    @classmethod
    def of(cls, settings: Settings) -> "Deployment":
        """The deployment that these settings describe."""
        return cls(
            project=settings.project.name,
            environment=settings.environment,
            account_id=settings.operations.account_id,
            region=settings.region,
            log_retention_days=settings.operations.log_retention_days,
            removal_protection=settings.operations.removal_protection,
        )

    @property
    def prefix(self) -> str:
        """What every physical name of this stack starts with."""
        return f"{self.project}-{self.environment}"

    @property
    def partition(self) -> str:
        """The AWS partition of the region, such as aws or aws-cn, from botocore's endpoint data (no call)."""
        return _partition(self.region)

    @property
    def dns_suffix(self) -> str:
        """What the hosts of the partition's services end with."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    @property
    def state_bucket(self) -> str:
        """The bucket of Pulumi's state, which `bootstrap` makes before the first deployment."""
        return self.bucket_name("state")

    @property
    def secrets_alias(self) -> str:
        """The alias of the key that encrypts the state and the secrets in it, made by `bootstrap`."""
        return f"alias/{self.prefix}-state"

    @property
    def boundary_name(self) -> str:
        """The managed policy that bounds every role of the program, made by `bootstrap`."""
        return f"{self.prefix}-boundary"

    @property
    def boundary_arn(self) -> str:
        """The ARN of the permissions boundary."""
        return self.global_arn("iam", f"policy/{self.boundary_name}")

    @property
    def github_provider_arn(self) -> str:
        """The account's OIDC provider for GitHub Actions; there can be one only, so its ARN is known."""
        return self.global_arn("iam", "oidc-provider/token.actions.githubusercontent.com")

    @property
    def backend_url(self) -> str:
        """What `pulumi login` takes."""
        return f"s3://{self.state_bucket}?region={self.region}"

    @property
    def secrets_provider(self) -> str:
        """What `pulumi stack init --secrets-provider` takes."""
        return f"awskms://{self.secrets_alias}?region={self.region}"

    def name(self, noun: str, max_length: int = 64) -> str:
        """`{project}-{environment}-{noun}`, cut with a hash where it would be longer than `max_length` characters."""
        return fit(f"{self.prefix}-{noun}", max_length)

    def bucket_name(self, noun: str) -> str:
        """A globally unique bucket name; S3 allows 63 characters."""
        return fit(f"{self.prefix}-{noun}-{self.account_id}-{self.region}", 63)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str, account_id: str | None = None) -> str:
        """The ARN of a resource that has no region, such as a role; `account_id` "" for S3."""
        return f"arn:{self.partition}:{service}::{self.account_id if account_id is None else account_id}:{resource}"


@functools.cache
def _partition(region: str) -> str:
    return botocore.session.get_session().get_partition_for_region(region)


def either_case(arn: str) -> list[str]:
    """The ARN as it is named and in lower case.

    SageMaker's documents show both for pipelines and model packages, and IAM compares ARNs by case.
    """
    head, separator, resource = arn.partition(":pipeline/" if ":pipeline/" in arn else ":model-package")
    return sorted({arn, head + separator + resource.lower()})


def fit(name: str, max_length: int) -> str:
    """The name itself where it fits, else cut to `max_length` characters that end in 8 hex digits of its SHA-256."""
    if len(name) <= max_length:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: max_length - 9].rstrip('-')}-{digest}"
