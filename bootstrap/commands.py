"""Creating or correcting what an environment's bootstrap consists of, and removing it."""

import re
from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.boundary import Boundary
from bootstrap.errors import BootstrapError, explain
from bootstrap.github import GitHubProvider
from bootstrap.reconcile import Outcome, Part, reconcile
from bootstrap.secrets_key import SecretsKey
from bootstrap.state_bucket import StateBucket, StateLogsBucket
from bootstrap.target import Clients, Target
from contract.aws_errors import code_of
from contract.encryption import other_default_key, other_default_key_problem

# The longest that KMS waits: until then the old state can still be read (ScheduleKeyDeletion).
KEY_DELETION_DAYS: Final = 30
# Where Pulumi's own backends keep a stack's state, with and without a project, also compressed.
_STACK = re.compile(r"\.pulumi/stacks/(.+)\.json(?:\.gz)?")


def apply(clients: Clients, target: Target, *, dry_run: bool = False) -> Iterator[Outcome]:
    """Yield each part's outcome as soon as it is known; a dry run only reads.

    Running it again is always safe: each part is compared and corrected, also after a run that stopped half way.

    Raises:
        BootstrapError: existing buckets can't be used, an environment's names would be among another's, or AWS refused
            a call; the message says what to do.
    """
    problems: list[BootstrapError] = []
    for key, bucket in existing_buckets(target).items():
        try:
            require_usable(clients, target, key, bucket)
        except BootstrapError as problem:
            problems.append(problem)
        except (ClientError, BotoCoreError) as error:
            raise explain(error, f"looking at the encryption of the existing bucket {bucket}") from error
    if problems:
        raise BootstrapError(" ".join(["Nothing was changed.", *map(str, problems)]))
    _require_apart(clients, target)
    for part in parts_of(clients, target):
        try:
            yield reconcile(part, dry_run=dry_run)
        except (ClientError, BotoCoreError) as error:
            raise explain(error, f"creating or updating the {part.kind} {part.name}") from error


def existing_buckets(target: Target) -> dict[str, str]:
    """Return the existing buckets that the stack file names, by its keys."""
    buckets = target.settings.buckets
    keys = {"mlops-infra:buckets.artifacts": buckets.artifacts, "mlops-infra:buckets.data": buckets.data}
    return {key: bucket for key, bucket in keys.items() if bucket is not None}


def parts_of(clients: Clients, target: Target) -> list[Part]:
    """Return what the bootstrap consists of, in the order in which it is made."""
    key = SecretsKey(clients, target)
    parts: list[Part] = [
        key,
        StateLogsBucket(clients, target),
        StateBucket(clients, target, key),
        Boundary(clients, target, key),
    ]
    if target.settings.delivery.source.provider == "github":
        parts.append(GitHubProvider(clients, target))
    return parts


def destroy(clients: Clients, target: Target, *, dry_run: bool = False) -> Iterator[Outcome]:
    """Remove the state, its access logs, the boundary and the key, in this order; yield the outcome of each.

    Raises:
        BootstrapError: stacks or roles still need them (the message names each), or AWS refused a call.
    """
    key = SecretsKey(clients, target)
    bucket, boundary = StateBucket(clients, target, key), Boundary(clients, target, key)
    try:
        _require_unused(clients, bucket, boundary)
        for part in (bucket, StateLogsBucket(clients, target)):
            if part.exists():
                if not dry_run:
                    _empty(clients("s3"), part.name)
                    clients("s3").delete_bucket(Bucket=part.name)
                yield Outcome(kind=part.kind, name=part.name, status="deleted", changes=("with all versions",))
        if boundary.exists():
            if not dry_run:
                boundary.delete()
            yield Outcome(kind=boundary.kind, name=boundary.name, status="deleted")
        if key.exists():
            if not dry_run:
                key.delete(KEY_DELETION_DAYS)
            changes = (f"the key itself in {KEY_DELETION_DAYS} days",)
            yield Outcome(kind=key.kind, name=key.name, status="deleted", changes=changes)
    except (ClientError, BotoCoreError) as error:
        raise explain(error, "removing the bootstrap") from error


def stacks(clients: Clients, bucket: str) -> list[str]:
    """Return the stacks whose state is in the bucket, as `project/stack`."""
    pages = clients("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=".pulumi/stacks/")
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return sorted({match[1] for key in keys if (match := _STACK.fullmatch(key))})


def require_usable(clients: Clients, target: Target, key: str, bucket: str) -> None:
    """Raise BootstrapError where the bucket at a key of the stack file is missing, or has a key that roles may not use.

    Botocore's errors are raised where that can't be read.
    """
    try:
        encryption = clients("s3").get_bucket_encryption(Bucket=bucket)
    except ClientError as error:
        if code_of(error) != "NoSuchBucket":
            raise
        raise BootstrapError(
            f"{key}: given {bucket!r}, expected a bucket that exists; AWS knows none of this name.",
            "create it, correct its name, or give null, with which the stack creates one",
        ) from error
    other_key = other_default_key(encryption, _stack_key(clients, target))
    if other_key is not None:
        raise BootstrapError(
            f"{key}: {other_default_key_problem(bucket, other_key)}",
            "correct it, or give null, with which the stack creates a bucket",
        )


def _require_apart(clients: Clients, target: Target) -> None:
    """Raise BootstrapError where a new environment's prefix begins or continues that of one in the account.

    Those that are nested already stay: their names can't change.
    """
    boundary = Boundary(clients, target, SecretsKey(clients, target))
    try:
        nested = [] if boundary.exists() else boundary.nested()
    except (ClientError, BotoCoreError) as error:
        raise explain(error, "looking for the account's other environments") from error
    if nested:
        prefix = target.deployment.prefix
        raise BootstrapError(
            f"Nothing was changed. The names of {prefix} would be among those of {' and '.join(nested)}, or the other "
            "way round: roles of one environment could reach the other, its state included.",
            f"choose a mlops-infra:project.name with which neither {prefix} nor {nested[0]} is the beginning of the "
            "other, or another account",
        )


def _stack_key(clients: Clients, target: Target) -> str | None:
    """Return the ARN of the stack's key, None before its first deployment."""
    try:
        return str(clients("kms").describe_key(KeyId=f"alias/{target.deployment.prefix}")["KeyMetadata"]["Arn"])
    except ClientError as error:
        if code_of(error) == "NotFoundException":
            return None
        raise


def _require_unused(clients: Clients, bucket: StateBucket, boundary: Boundary) -> None:
    """Raise BootstrapError naming every stack and role that still needs the bootstrap."""
    deployed_stacks = stacks(clients, bucket.name) if bucket.exists() else []
    roles = boundary.bounded_roles()
    problems: list[str] = []
    if deployed_stacks:
        problems += [
            f"{bucket.name} holds the state of {len(deployed_stacks)} stack(s):",
            *(f"  - {stack}" for stack in deployed_stacks),
            "Destroy and remove each first: pulumi destroy, then pulumi stack rm.",
        ]
    if roles:
        problems += [f"{len(roles)} role(s) are within {boundary.name}:", *(f"  - {role}" for role in roles)]
    if problems:
        raise BootstrapError("\n".join(["Nothing was removed:", *problems]))


def _empty(s3: Any, bucket: str) -> None:
    """Delete every version and every delete marker, a page of at most 1,000 at a time (DeleteObjects)."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not entries:
            continue
        objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
        response = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        if errors := response.get("Errors"):
            raise BootstrapError(f"{len(errors)} objects of {bucket} can't be deleted: {errors[0]['Message']}")
