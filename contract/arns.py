"""Amazon Resource Names, and the partitions of AWS that they and their regions belong to."""

from dataclasses import dataclass
from typing import Final, Self


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A group of regions with accounts, ARNs and hosts of its own.

    `region_prefixes` begin the names of its regions. `console_host` is None where the console isn't public.
    """

    name: str
    dns_suffix: str
    region_prefixes: tuple[str, ...] = ()
    console_host: str | None = None


_COMMERCIAL: Final = Partition(name="aws", dns_suffix="amazonaws.com", console_host="console.aws.amazon.com")

# "AWS Fault Isolation Boundaries", Partitions, and the partitions of botocore's endpoint data.
PARTITIONS: Final = (
    _COMMERCIAL,
    Partition(
        name="aws-cn",
        dns_suffix="amazonaws.com.cn",
        region_prefixes=("cn-",),
        console_host="console.amazonaws.cn",
    ),
    Partition(
        name="aws-us-gov",
        dns_suffix="amazonaws.com",
        region_prefixes=("us-gov-",),
        console_host="console.amazonaws-us-gov.com",
    ),
    Partition(name="aws-eusc", dns_suffix="amazonaws.eu", region_prefixes=("eusc-",)),
    Partition(name="aws-iso", dns_suffix="c2s.ic.gov", region_prefixes=("us-iso-",)),
    Partition(name="aws-iso-b", dns_suffix="sc2s.sgov.gov", region_prefixes=("us-isob-",)),
    Partition(name="aws-iso-e", dns_suffix="cloud.adc-e.uk", region_prefixes=("eu-isoe-",)),
    Partition(name="aws-iso-f", dns_suffix="csp.hci.ic.gov", region_prefixes=("us-isof-",)),
)


def partition_of(region: str) -> Partition:
    """Return the partition of a region; one that no other partition claims is in `aws`."""
    return next((partition for partition in PARTITIONS if region.startswith(partition.region_prefixes)), _COMMERCIAL)


def regional_service(service: str, region: str) -> str:
    """Return the name of a regional service, such as logs.cn-north-1.amazonaws.com.cn.

    It is the principal of CloudWatch Logs ("Encrypt log data using AWS KMS") and the value of kms:ViaService ("AWS KMS
    condition keys"); both end in the domain of the partition. Other services' principals are the same in each.
    """
    return f"{service}.{region}.{partition_of(region).dns_suffix}"


@dataclass(frozen=True, kw_only=True)
class Arn:
    """The parts of an ARN; `region` and `account_id` are empty where a service has none."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take an ARN apart; raise ValueError where the text isn't one."""
        prefix, *parts = text.split(":", 5)
        if prefix != "arn" or len(parts) != len(cls.__dataclass_fields__):
            raise ValueError(f"{text!r} is no ARN")
        partition, service, region, account_id, resource = parts
        return cls(partition=partition, service=service, region=region, account_id=account_id, resource=resource)

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account_id}:{self.resource}"


def either_case(arn: str) -> list[str]:
    """Return the ARN as it is and with the name in it in lower case, once where both are the same.

    SageMaker's documents show both for pipelines and model packages, and IAM compares ARNs by case.
    """
    head, separator, resource = arn.partition(":pipeline/" if ":pipeline/" in arn else ":model-package")
    return sorted({arn, head + separator + resource.lower()})


def any_case(arn: str) -> str:
    """Return one pattern for both of `either_case`: a capital letter becomes `?`, which is any one character.

    For where two ARNs would not fit ("IAM JSON policy elements: Resource", wildcards).
    """
    return "".join("?" if letter.isupper() else letter for letter in arn)
