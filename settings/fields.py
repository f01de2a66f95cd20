"""What the sections of the configuration are made of: their base class, and the formats that AWS prescribes."""

import re
from collections.abc import Hashable, Mapping
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, validate_email
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, ValidationError

from contract.arns import PARTITIONS
from contract.names import MAX_PIPELINE_NAME
from settings import regions

Item = TypeVar("Item", bound=Hashable)
Location = tuple[int | str, ...]
"""Keys and positions in lists that lead to a value, below the field that is validated."""


class Section(BaseModel):
    """One block of the configuration: unknown keys and values of another type are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, allow_inf_nan=False)


def each_once(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items; raise ValueError where one of them is listed twice."""
    if len(set(items)) != len(items):
        raise ValueError("one of them is listed twice")
    return items


def each_once_whatever_case(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items; raise ValueError where two of them differ in nothing but case.

    AWS tells no role names apart by case ("IAM identifiers", IAM User Guide), nor chat services UUIDs and channels.
    """
    each_once(tuple(str(item).lower() for item in items))
    return items


def refuse(values: Mapping[Location, object], reasons: Mapping[Location, str]) -> None:
    """Raise ValidationError where there are reasons: one error each, at the value's own location.

    For validators whose rule spans several keys: a ValueError would blame the whole field.
    """
    if reasons:
        raise ValidationError.from_exception_data(
            "StackSettings",
            [
                InitErrorDetails(
                    type="value_error", loc=location, input=values[location], ctx={"error": ValueError(reason)}
                )
                for location, reason in reasons.items()
            ],
        )


# "General purpose bucket naming rules" (Amazon S3 User Guide).
_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


def _refuse_reserved_bucket_names(name: str) -> str:
    """Return the name; raise ValueError where S3 reserves it."""
    if ".." in name or _IP_ADDRESS.fullmatch(name):
        raise ValueError("a bucket name may not hold two dots in a row nor look like an IP address")
    if name.startswith(_BUCKET_PREFIXES) or name.endswith(_BUCKET_SUFFIXES):
        raise ValueError("this prefix or suffix is reserved by S3")
    return name


def _refuse_reserved_bucket_prefixes(name: str) -> str:
    """Return the name; raise ValueError where S3 reserves what begins with it, as the stack's own buckets do."""
    if f"{name}-".startswith(_BUCKET_PREFIXES):
        raise ValueError("the stack's buckets begin with it, and S3 reserves this prefix")
    return name


def _refuse_patterns(uri: str) -> str:
    """Return the URI; raise ValueError where IAM would read a part of it as a wildcard or variable in a policy."""
    if any(special in uri for special in ("*", "?", "${")):
        raise ValueError("what the keys begin with, without *, ? and ${")
    return uri


# RFC 5321, 4.5.3.1.1.
_LONGEST_LOCAL_PART = 64


def _require_plain_address(text: str) -> str:
    """Return the address, its domain in lower case; raise ValueError where it is more than an address of ASCII."""
    if "<" in text:
        raise ValueError("an address without a name")
    if not text.isascii():
        raise ValueError("mail of Amazon SNS goes to addresses of ASCII: write the domain as xn--...")
    _, address = validate_email(text)
    if len(address.partition("@")[0]) > _LONGEST_LOCAL_PART:
        raise ValueError(f"more than {_LONGEST_LOCAL_PART} characters before the @")
    return address


def _refuse_reserved_tag_key(key: str) -> str:
    """Return the key; raise ValueError where it has the prefix that AWS keeps for its own tags."""
    if key.lower().startswith("aws:"):
        raise ValueError("tag keys that start with aws: are reserved")
    return key


def _refuse_bad_refs(name: str) -> str:
    """Return the name; raise ValueError where git refuses it as a branch ("git check-ref-format", "git branch")."""
    if any(bad in name for bad in ("..", "@{", "//")) or name.endswith(("/", ".")) or name in {"@", "HEAD"}:
        raise ValueError("git refuses this branch name")
    if name.startswith("refs/"):
        raise ValueError("write the branch's name alone, without refs/heads/")
    if any(part.startswith(".") or part.endswith(".lock") for part in name.split("/")):
        raise ValueError("no part of a branch name starts with a dot or ends with .lock")
    return name


ShortName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", min_length=2, max_length=20),
    AfterValidator(_refuse_reserved_bucket_prefixes),
]
EmailAddress = Annotated[str, AfterValidator(_require_plain_address)]
UseCaseId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", min_length=1, max_length=32)]
BuildImageVersion = Annotated[str, StringConstraints(pattern=r"^3\.0(?:-[0-9]{2}\.[0-9]{2}\.[0-9]{2})?$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Region = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,4}(?:-[a-z]+)+-[0-9]$"), AfterValidator(regions.require_known)
]
BucketName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
    AfterValidator(_refuse_reserved_bucket_names),
]
# The evaluate step gets it as an argument (ContainerArgument of the SageMaker API).
S3Uri = Annotated[
    str,
    StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[^\s]*)?$", max_length=256),
    AfterValidator(_refuse_patterns),
]
# Key ids and multi-Region key ids ("Key identifiers", AWS KMS Developer Guide); an alias is no resource of a policy.
KeyArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws[a-z-]*:kms:[a-z]{2,3}(?:-[a-z]+)+-[0-9]:[0-9]{12}:key/"
        r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$"
    ),
]
PipelineName = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$", min_length=1, max_length=MAX_PIPELINE_NAME)
]
# CreateProject of the SageMaker API.
SageMakerProjectName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,31}$")]
SageMakerProjectId = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$", min_length=1, max_length=20)
]
ColumnName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
# CreateSlackChannelConfiguration and CreateMicrosoftTeamsChannelConfiguration of the AWS Chatbot API.
SlackWorkspaceId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,255}$")]
SlackChannelId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,255}$")]
TeamsChannelId = Annotated[
    str, StringConstraints(pattern=r"^([a-zA-Z0-9-_=+/.,])*%3[aA]([a-zA-Z0-9-_=+/.,%])*$", max_length=256)
]
Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$")]
# TagResource: keys up to 128 and values up to 256 characters; this alphabet is the one that every service takes.
TagKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]*$", min_length=1, max_length=128),
    AfterValidator(_refuse_reserved_tag_key),
]
# At least 1: QuickSight takes no empty value (CreateDashboard of the QuickSight API, Tag).
TagValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]*$", min_length=1, max_length=256)]
# "Restrictions for tags" above; the wildcard is the settings' own.
IgnoredTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]+\*?$", max_length=128)]
Reason = Annotated[str, StringConstraints(pattern=r"^\S[^\r\n]*\S$", min_length=10, max_length=256)]
# CreateRepository of the CodeCommit API, and GitHub's owner/name; both keep the suffix .git for URLs.
CodeCommitRepository = r"^(?!.*\.(?i:git)$)[A-Za-z0-9._-]{1,100}$"
# Owners may have what GitHub gives to nobody today, such as a hyphen at the end or two in a row: older accounts do.
# Those that a company manages end with an underscore and its short code ("Username considerations for external
# authentication", GitHub Enterprise Cloud).
GitHubRepository = r"^(?!.*\.(?i:git)$)[A-Za-z0-9][A-Za-z0-9_-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$"
BranchName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/@#+-]*$", min_length=1, max_length=100),
    AfterValidator(_refuse_bad_refs),
]
# CodeConnections makes ARNs of its own prefix; connections from before 2024 keep codestar-connections.
ConnectionArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws[a-z-]*:(?:codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/"
        r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$"
    ),
]
# GitFilePathFilterCriteria of the CodePipeline API: glob patterns of at most 255 characters.
FilePathGlob = Annotated[str, StringConstraints(pattern=r"^[^\s/][^\s]*$", min_length=1, max_length=255)]
_PARTITION = "|".join(partition.name for partition in PARTITIONS)
# CreateRole of the IAM API: paths, and names of 64 characters.
RoleArn = Annotated[
    str,
    StringConstraints(
        pattern=rf"^arn:(?:{_PARTITION}):iam::[0-9]{{12}}:role/(?:[\x21-\x7e]+/)?[A-Za-z0-9+=,.@_-]{{1,64}}$",
        max_length=2048,
    ),
]
# CreateGroup and RegisterUser of the QuickSight API: namespaces of 64 characters, names of Latin-1; a user that came by
# a role is named {role}/{session}. ResourcePermission.Principal takes 256 characters.
QuickSightPrincipal = Annotated[
    str,
    StringConstraints(
        pattern=rf"^arn:(?:{_PARTITION}):quicksight:[a-z]{{2,3}}(?:-[a-z]+)+-[0-9]:[0-9]{{12}}:(?:user|group)"
        r"/[A-Za-z0-9._-]{1,64}/[\x21-\x7e\u00a1-\u00ff](?:[\x20-\x7e\u00a1-\u00ff]*[\x21-\x7e\u00a1-\u00ff])?$",
        max_length=256,
    ),
]
