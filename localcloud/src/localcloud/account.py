"""What an account holds before anybody works in it; whoever starts a cloud hands it in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from localcloud.clients import AccessKey, Clients

Document = Mapping[str, Any]
"""An IAM policy document."""


@dataclass(frozen=True, kw_only=True)
class User:
    """An IAM user with an access key; each policy becomes a managed policy of its own."""

    name: str
    policies: tuple[Document, ...] = ()
    data_lake_administrator: bool = False


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Where Pulumi keeps its state, and the key that encrypts the secrets in it."""

    bucket: str
    key_arn: str
    backend_url: str
    secrets_provider: str

    @classmethod
    def of(cls, endpoint: str, region: str, *, bucket: str, alias: str, key_arn: str) -> "Backend":
        """Return the backend in a bucket of this cloud, with the addresses that Pulumi needs to reach it."""
        options = {"region": region, "endpoint": endpoint, "s3ForcePathStyle": "true", "awssdk": "v2"}
        return cls(
            bucket=bucket,
            key_arn=key_arn,
            backend_url=f"s3://{bucket}?{urlencode(options)}",
            secrets_provider=f"awskms://{alias}?region={region}&awssdk=v2",
        )


@dataclass(frozen=True, kw_only=True)
class Account:
    """A state backend, and the users who work here beside root."""

    backend: Backend
    users: tuple[User, ...] = ()
    finish: Callable[[Clients], None] = lambda _clients: None
    """Called as root when the users are there, for what refers to them."""


Prepare = Callable[[Clients, str, str], Account]
"""Prepare an empty account as its root, from root's clients, the endpoint and the region."""


def plain_account(clients: Clients, endpoint: str, region: str) -> Account:
    """Create a bucket and a key for Pulumi's state, and no user."""
    account = clients("sts").get_caller_identity()["Account"]
    bucket, alias = f"pulumi-state-{account}-{region}", "alias/pulumi-state"
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    clients("s3").create_bucket(Bucket=bucket, **location)
    key = clients("kms").create_key(Description="Pulumi's state")["KeyMetadata"]
    clients("kms").create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    return Account(backend=Backend.of(endpoint, region, bucket=bucket, alias=alias, key_arn=key["Arn"]))


def create_users(clients: Clients, users: tuple[User, ...]) -> dict[str, AccessKey]:
    """Create the users with their policies; return an access key for each name."""
    keys = {user.name: _create_user(clients, user) for user in users}
    names = ["root", *(f"user/{user.name}" for user in users if user.data_lake_administrator)]
    account = clients("sts").get_caller_identity()["Account"]
    administrators = [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{account}:{name}"} for name in names]
    lake = clients("lakeformation")
    # Settings that are left out would be emptied, and the catalog's default permissions with them.
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    lake.put_data_lake_settings(DataLakeSettings={**settings, "DataLakeAdmins": administrators})
    return keys


def _create_user(clients: Clients, user: User) -> AccessKey:
    iam = clients("iam")
    iam.create_user(UserName=user.name)
    for number, document in enumerate(user.policies, 1):
        policy = iam.create_policy(PolicyName=f"{user.name}-{number}", PolicyDocument=json.dumps(document))["Policy"]
        iam.attach_user_policy(UserName=user.name, PolicyArn=policy["Arn"])
    key = iam.create_access_key(UserName=user.name)["AccessKey"]
    return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])
