"""The arguments of the delivery pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cicd.job_permissions import JobContext
from components.cicd.jobs import JOBS, Job
from components.foundation import Workspace
from contract.names import DeliveryNames, Deployment
from settings import StackSettings
from settings.delivery import ApprovalSettings, SourceSettings


@dataclass(frozen=True, kw_only=True)
class CicdArgs:
    """The delivered stack, the topic for messages, the environment variables of the upsert, and the jobs."""

    workspace: Workspace
    settings: StackSettings
    topic_arn: pulumi.Input[str]
    upsert_environment: Mapping[str, pulumi.Input[str]]
    jobs: tuple[Job, ...] = JOBS

    @property
    def deployment(self) -> Deployment:
        """The environment."""
        return self.workspace.deployment

    @property
    def names(self) -> DeliveryNames:
        """The physical names of the delivery pipeline."""
        return DeliveryNames(self.deployment)

    @property
    def source(self) -> SourceSettings:
        """The delivered repository and branch."""
        return self.settings.delivery.source

    @property
    def approval(self) -> ApprovalSettings:
        """Whether a deployment has to be approved, and by whom."""
        return self.settings.delivery.approval

    @property
    def job_names(self) -> tuple[str, ...]:
        """The short names of all jobs, whether the configuration enables them or not."""
        return tuple(job.name for job in self.jobs)

    @property
    def stages(self) -> list[Job]:
        """The jobs that are stages of the delivery pipeline, in order."""
        return [job for job in self.jobs if job.stage is not None]

    @property
    def enabled_jobs(self) -> list[Job]:
        """The jobs that this configuration has a role for."""
        return [job for job in self.jobs if job.is_enabled(self.settings.delivery)]

    @property
    def builds(self) -> list[Job]:
        """The jobs that this configuration has a project for."""
        return [job for job in self.enabled_jobs if not self.is_workflow(job)]

    def is_workflow(self, job: Job) -> bool:
        """Return whether a workflow on GitHub runs the job."""
        return job.is_workflow_on_github and self.source.provider == "github"

    @property
    def job_context(self) -> JobContext:
        """The subject of the jobs' permissions."""
        return JobContext(
            workspace=self.workspace,
            source=self.source,
            topic_arn=self.topic_arn,
            jobs=self.job_names,
            governed=self.settings.kpis.lake_formation.enabled,
        )
