"""Names of what the delivery pipeline is made of: policies need them before the resources exist."""

from dataclasses import dataclass
from typing import Final

from components.deployment import Deployment

STAGES: Final = {
    "SelfUpdate": "self-update",
    "Preview": "preview",
    "Deploy": "deploy",
    "Upsert": "upsert",
    "Verify": "verify",
}
"""The stages that are builds, in order, and the noun of each one's project and role."""
BESIDE: Final = ("drift", "pull-request")
"""The nouns of the projects that run beside the pipeline."""
JOBS: Final = (*STAGES.values(), *BESIDE)
# Beside the role `{prefix}-{noun}` of each job.
PIPELINE: Final = "delivery"
EVENTS: Final = "delivery-events"
APPROVERS: Final = "approve"
ROLES: Final = (PIPELINE, EVENTS, APPROVERS, *JOBS)
APPROVAL: Final = "Approve"
SOURCE: Final = "Source"
# CodePipeline puts this many characters of the pipeline's name before the keys of its artifacts
# ("Input and output artifacts", CodePipeline User Guide).
_ARTIFACT_FOLDER_CHARACTERS = 20


@dataclass(frozen=True)
class Names:
    """Physical names and ARNs of one stack's delivery."""

    deployment: Deployment

    @property
    def pipeline(self) -> str:
        """The pipeline, which allows 100 characters."""
        return self.deployment.name(PIPELINE, 100)

    @property
    def pipeline_arn(self) -> str:
        """The pipeline's ARN."""
        return self.deployment.arn("codepipeline", self.pipeline)

    def project(self, noun: str) -> str:
        """The CodeBuild project of a job."""
        return self.deployment.name(noun, 150)

    def project_arn(self, noun: str) -> str:
        """The ARN of a job's project."""
        return self.deployment.arn("codebuild", f"project/{self.project(noun)}")

    def log_group(self, noun: str) -> str:
        """The log group of a job's builds."""
        return f"/aws/codebuild/{self.project(noun)}"

    @property
    def artifact_folder(self) -> str:
        """What the keys of the pipeline's artifacts and of the jobs' reports begin with in the artifact bucket."""
        return self.pipeline[:_ARTIFACT_FOLDER_CHARACTERS]
