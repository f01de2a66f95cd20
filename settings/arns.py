"""ARNs that a stack file may hold: their formats, and the parts that have to fit the stack."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints

_PARTITIONS = r"aws|aws-cn|aws-us-gov"
# CreateGroup and RegisterUser of the QuickSight API: namespaces of 64 characters, names of Latin-1; a user that came by
# a role is named {role}/{session}. ResourcePermission.Principal takes 256 characters.
_QUICKSIGHT_PRINCIPAL = (
    rf"^arn:(?:{_PARTITIONS}):quicksight:[a-z]{{2,3}}(?:-[a-z]+)+-[0-9]:[0-9]{{12}}:(?:user|group)"
    r"/[A-Za-z0-9._-]{1,64}/[\x21-\x7e\u00a1-\u00ff](?:[\x20-\x7e\u00a1-\u00ff]*[\x21-\x7e\u00a1-\u00ff])?$"
)
# CreateRole of the IAM API: paths, and names of 64 characters.
_ROLE = rf"^arn:(?:{_PARTITIONS}):iam::[0-9]{{12}}:role/(?:[\x21-\x7e]+/)?[A-Za-z0-9+=,.@_-]{{1,64}}$"

QuickSightPrincipal = Annotated[str, StringConstraints(pattern=_QUICKSIGHT_PRINCIPAL, max_length=256)]
RoleArn = Annotated[str, StringConstraints(pattern=_ROLE, max_length=2048)]

_PARTITION_OF_REGION = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))


@dataclass(frozen=True, kw_only=True)
class Arn:
    """The parts of an ARN; `region` is empty where a service has none."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str


def parse(text: str) -> Arn:
    """The parts of a well-formed ARN."""
    _, partition, service, region, account_id, resource = text.split(":", 5)
    return Arn(partition=partition, service=service, region=region, account_id=account_id, resource=resource)


def partition_of(region: str) -> str:
    """The partition that a region lies in, of the three that this project knows."""
    return next((partition for prefix, partition in _PARTITION_OF_REGION if re.match(prefix, region)), "aws")
