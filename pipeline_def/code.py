"""The code that a step runs, stored under the hash of its content: a commit that leaves it alone leaves its URI alone.

The SDK's own upload (SourceCode) puts a timestamp in the URI, so that the definition would differ at every build
and step caching would never hit.
"""

import ast
import hashlib
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from contract.encryption import encrypt_with
from contract.layout import PipelineArtifacts

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

STEPS = Path(__file__).parent / "steps"


@dataclass(frozen=True)
class CodeBundle:
    """A step's entry script and the modules beside it that it imports, directly or through another."""

    entry: str
    files: tuple[tuple[str, bytes], ...]

    @cached_property
    def sha256(self) -> str:
        """Hash of the names and contents, as hex."""
        digest = hashlib.sha256()
        for name, content in self.files:
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
        return digest.hexdigest()

    def key_prefix(self, pipeline_name: str) -> str:
        """Return the S3 key below which the files lie, without a slash at the end."""
        return f"{PipelineArtifacts(pipeline_name).code}/{self.sha256}"


def bundle(entry: str, directory: Path = STEPS) -> CodeBundle:
    """Bundle a script in `directory` with the modules it imports; raise FileNotFoundError where it is not there."""
    contents: dict[str, bytes] = {}
    unread = [entry]
    while unread:
        name = unread.pop()
        if name in contents:
            continue
        contents[name] = (directory / name).read_bytes()
        unread += [f"{module}.py" for module in _imported(contents[name]) if (directory / f"{module}.py").is_file()]
    return CodeBundle(entry, tuple(sorted(contents.items())))


def _imported(source: bytes) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module.partition(".")[0])
    return modules


def upload(s3: "S3Client", code: CodeBundle, bucket: str, pipeline_name: str, kms_key_arn: str | None) -> int:
    """Upload the files that are not there yet and return their number; raise botocore's ClientError."""
    uploaded = 0
    for name, content in code.files:
        key = f"{code.key_prefix(pipeline_name)}/{name}"
        if not _exists(s3, bucket, key):
            s3.put_object(
                Bucket=bucket, Key=key, Body=content, ContentType="text/x-python", **encrypt_with(kms_key_arn)
            )
            uploaded += 1
    return uploaded


def _exists(s3: "S3Client", bucket: str, key: str) -> bool:
    """Ask S3; False also for a caller that may not list the bucket: that gets "forbidden" for missing keys."""
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (
            HTTPStatus.NOT_FOUND,
            HTTPStatus.FORBIDDEN,
        ):
            return False
        raise
    return True
