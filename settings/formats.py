"""String formats that AWS prescribes, as constrained types."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from contract.names import MAX_PIPELINE_NAME

# "General purpose bucket naming rules" (Amazon S3 User Guide).
_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_IP_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


def _refuse_reserved_bucket_names(name: str) -> str:
    """The name itself; raises ValueError where S3 reserves it."""
    if ".." in name or _IP_ADDRESS.fullmatch(name):
        raise ValueError("a bucket name may not hold two dots in a row nor look like an IP address")
    if name.startswith(_BUCKET_PREFIXES) or name.endswith(_BUCKET_SUFFIXES):
        raise ValueError("this prefix or suffix is reserved by S3")
    return name


def _refuse_reserved_tag_key(key: str) -> str:
    """The key itself; raises ValueError for the prefix that AWS keeps for its own tags."""
    if key.lower().startswith("aws:"):
        raise ValueError("tag keys that start with aws: are reserved")
    return key


def _refuse_bad_refs(name: str) -> str:
    """The name itself; raises ValueError where git refuses it as a branch ("git check-ref-format")."""
    if any(bad in name for bad in ("..", "@{", "//")) or name.endswith(("/", ".")) or name == "@":
        raise ValueError("git refuses this branch name")
    if any(part.startswith(".") or part.endswith(".lock") for part in name.split("/")):
        raise ValueError("no part of a branch name starts with a dot or ends with .lock")
    return name


ShortName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", min_length=2, max_length=20)]
UseCaseId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", min_length=1, max_length=32)]
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(?:-[a-z]+)+-[0-9]$")]
BucketName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
    AfterValidator(_refuse_reserved_bucket_names),
]
S3Uri = Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[^\s]*)?$")]
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
TagValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]*$", max_length=256)]
# CreateRepository of the CodeCommit API, and GitHub's owner/name.
CodeCommitRepository = r"^[A-Za-z0-9._-]{1,100}$"
GitHubRepository = r"^[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}$"
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
