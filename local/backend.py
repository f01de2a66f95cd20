"""The Pulumi state backend inside the local cloud: a bucket and a key, as the bootstrap creates them on AWS."""

from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from local.cloud.clients import Clients
from local.layout import ACCOUNT

PROJECT = "mlops-infra"
KEY_ALIAS = f"alias/{PROJECT}-local"


@dataclass(frozen=True)
class Backend:
    """Where Pulumi keeps its state and with which key it encrypts secrets."""

    bucket: str
    key_arn: str
    backend_url: str
    secrets_provider: str

    def as_dict(self) -> dict[str, str]:
        """For the state file."""
        return asdict(self)


def create_backend(clients: Clients, endpoint: str, region: str) -> Backend:
    """Creates the state bucket (versioned, encrypted, no public access) and the secrets key."""
    bucket = f"{PROJECT}-state-{ACCOUNT}-{region}"
    s3, kms = clients("s3"), clients("kms")
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **location)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocked, True))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    key_arn = kms.create_key(Description="Secrets in the state of the local stacks")["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=key_arn)
    kms.create_alias(AliasName=KEY_ALIAS, TargetKeyId=key_arn)
    query = urlencode({"region": region, "endpoint": endpoint, "s3ForcePathStyle": "true", "awssdk": "v2"})
    provider = f"awskms://{KEY_ALIAS}?" + urlencode({"region": region, "awssdk": "v2"})
    return Backend(bucket, key_arn, f"s3://{bucket}?{query}", provider)
