"""Workspace: what one team's pipeline works in, handed to most components as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.encryption import EncryptionKey, EncryptionKeyArgs
from components.storage import Storage, StorageArgs
from contract.layout import DataLayout
from contract.names import Deployment
from settings.models import PipelineSettings, StackSettings


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The pipeline, its use case, the buckets that it reads and writes, and the key that encrypts them."""

    deployment: Deployment
    pipeline: PipelineSettings
    use_case_id: str
    artifacts: Storage
    data: Storage
    key_arn: pulumi.Input[str]

    @classmethod
    def create(cls, settings: StackSettings, deployment: Deployment, opts: pulumi.ResourceOptions) -> "Workspace":
        """Registers the stack's key and its two buckets, or takes the buckets that the settings name."""
        layout, buckets = DataLayout(settings.project.use_case_id), settings.buckets
        key_arn = EncryptionKey("encryption", EncryptionKeyArgs(deployment=deployment), opts).key_arn

        def storage(short_name: str, existing_name: str | None, expiring: Mapping[str, int]) -> Storage:
            args = StorageArgs(
                deployment=deployment,
                short_name=short_name,
                existing_name=existing_name,
                key_arn=key_arn,
                expiring_prefixes=expiring,
            )
            return Storage(short_name, args, opts)

        return cls(
            deployment=deployment,
            pipeline=settings.pipeline,
            use_case_id=layout.use_case_id,
            artifacts=storage("artifacts", buckets.artifacts, {}),
            data=storage("data", buckets.data, layout.expiring),
            key_arn=key_arn,
        )

    @property
    def layout(self) -> DataLayout:
        """Where the use case's things lie in the data bucket."""
        return DataLayout(self.use_case_id)

    @property
    def use_case_prefix(self) -> str:
        """The prefix of the data bucket below which all of this use case lies, without a slash at its end."""
        return self.layout.root
