"""Workspace: what one team's pipeline works in, handed to most components as a whole."""

from dataclasses import dataclass

import pulumi

from components.data_layout import DataLayout
from components.deployment import Deployment
from components.storage import Storage
from settings.models import Pipeline


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The pipeline, its use case, the buckets that it reads and writes, and the key that encrypts them."""

    deployment: Deployment
    pipeline: Pipeline
    use_case_id: str
    artifacts: Storage
    data: Storage
    key_arn: pulumi.Input[str]

    @property
    def layout(self) -> DataLayout:
        """Where the use case's things lie in the data bucket."""
        return DataLayout(self.use_case_id)

    @property
    def use_case_prefix(self) -> str:
        """The prefix of the data bucket below which all of this use case lies, without a slash at its end."""
        return self.layout.root
