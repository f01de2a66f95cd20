"""The artifact store: where an action's artifacts lie, and writing a source's with the pipeline's role."""

import secrets
import string
from pathlib import Path
from typing import Any

from localcloud.iam.roles import RoleSession

Record = dict[str, Any]

_ALPHABET = string.ascii_letters + string.digits


def new_location(pipeline: Record, artifact: str) -> Record:
    """A fresh place for an artifact, with the parts of the names that CodePipeline takes."""
    unique = "".join(secrets.choice(_ALPHABET) for _ in range(7))
    key = f"{pipeline['name'][:20]}/{artifact[:10]}/{unique}"
    return {"name": artifact, "bucket": pipeline["artifactStore"]["location"], "key": key}


def encryption_key(pipeline: Record) -> str | None:
    """The store's key; None for the account's AWS-managed one."""
    found = pipeline["artifactStore"].get("encryptionKey")
    return str(found["id"]) if found else None


def store(session: RoleSession, pipeline: Record, location: Record, file: Path) -> str:
    """Writes an artifact, encrypted; its version id.

    Raises:
        ClientError: when the role may not.
    """
    key = encryption_key(pipeline)
    answer = session.client("s3").put_object(
        Bucket=location["bucket"],
        Key=location["key"],
        Body=file.read_bytes(),
        ServerSideEncryption="aws:kms",
        **({"SSEKMSKeyId": key} if key else {}),
    )
    return str(answer.get("VersionId", ""))
