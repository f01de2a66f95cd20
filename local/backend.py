"""The Pulumi state backend inside the local cloud: the project's own bootstrap, run at start for stack `local`."""

from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from bootstrap import Target, apply
from local.cloud.clients import Clients
from local.layout import ROOT

STACK = "local"


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
    """Bootstraps stack `local` in the cloud's region; raises BootstrapError where its stack file is wrong."""
    target = Target.read(STACK, ROOT).in_region(region)
    for _ in apply(clients, target):
        pass
    deployment = target.deployment
    key_arn = clients("kms").describe_key(KeyId=deployment.secrets_alias)["KeyMetadata"]["Arn"]
    options = {"endpoint": endpoint, "s3ForcePathStyle": "true", "awssdk": "v2"}
    return Backend(
        bucket=deployment.state_bucket,
        key_arn=key_arn,
        backend_url=f"{deployment.backend_url}&{urlencode(options)}",
        secrets_provider=f"{deployment.secrets_provider}&awssdk=v2",
    )
