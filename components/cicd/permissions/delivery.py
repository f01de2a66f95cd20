"""The pipeline itself, its projects and their logs: what SelfUpdate changes, and Deploy as well."""

from collections.abc import Mapping
from typing import Final

from components.cicd import names
from components.cicd.permissions.managed import Managed
from contract.arns import Arn
from contract.names import DeliveryNames, Deployment

PASSED: Final[Mapping[str, str]] = {
    names.PIPELINE: "codepipeline.amazonaws.com",
    names.EVENTS: "events.amazonaws.com",
    **dict.fromkeys(names.JOBS, "codebuild.amazonaws.com"),
}
"""Who each role of the pipeline is handed to; the approvers' is handed to nobody."""


def delivery(deployment: Deployment, connection_arn: str | None) -> list[Managed]:
    """Pipeline and projects, which the connection to GitHub is handed to where there is one."""
    own = DeliveryNames(deployment)
    connection = (
        Managed(
            sid="Connection",
            service=Arn.parse(connection_arn).service,
            resources=[connection_arn],
            changes="PassConnection",
        )
        if connection_arn
        else None
    )
    return [
        *([connection] if connection else []),
        Managed(
            sid="Pipeline",
            service="codepipeline",
            resources=[own.pipeline_arn],
            reads="GetPipeline GetPipelineState ListTagsForResource",
            changes="CreatePipeline DeletePipeline TagResource UntagResource UpdatePipeline",
        ),
        Managed(
            sid="Projects",
            service="codebuild",
            resources=[own.project_arn(noun) for noun in names.JOBS],
            reads="BatchGetProjects",
            changes="CreateProject DeleteProject UpdateProject",
        ),
    ]
