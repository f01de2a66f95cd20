"""What the delivery pipeline is made from."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cicd.permissions.jobs import Context
from components.workspace import Workspace
from settings import StackSettings
from settings.delivery import ApprovalSettings, SourceSettings


@dataclass(frozen=True, kw_only=True)
class CicdArgs:
    """Where commits come from, who decides, whom to tell, and the variables of the upsert."""

    workspace: Workspace
    settings: StackSettings
    topic_arn: pulumi.Input[str]
    upsert_environment: Mapping[str, pulumi.Input[str]]

    @property
    def source(self) -> SourceSettings:
        """The repository and branch that is delivered."""
        return self.settings.delivery.source

    @property
    def approval(self) -> ApprovalSettings:
        """Whether a person decides, and who."""
        return self.settings.delivery.approval

    @property
    def context(self) -> Context:
        """What the jobs' permissions are about."""
        return Context(workspace=self.workspace, source=self.source, topic_arn=self.topic_arn)
