"""CI/CD: source, self-update, preview, approval, deployment, upsert and verification as one delivery pipeline."""

import pulumi

from components.cicd.args import CicdArgs
from components.cicd.pipeline import create_pipeline
from components.cicd.projects import create_projects
from components.cicd.roles import create_approver_role, create_roles
from components.cicd.rules import create_rules

__all__ = ["Cicd", "CicdArgs"]


class Cicd(pulumi.ComponentResource):
    """The delivery pipeline, which deploys the program it is part of, with its projects, roles and rules.

    `project_names` and `role_arns` are by the short name of the job or role. `approver_role_arn` is None where no
    approver is configured.
    """

    pipeline_name: pulumi.Output[str]
    project_names: dict[str, pulumi.Output[str]]
    role_arns: dict[str, pulumi.Output[str]]
    approver_role_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: CicdArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Cicd", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        roles = create_roles(name, args, child)
        projects = create_projects(name, args, roles, child)
        pipeline = create_pipeline(name, args, roles, projects, child)
        create_rules(name, args, roles, pipeline, projects, child)
        approver_role = create_approver_role(name, args, child)

        self.pipeline_name = pipeline.name
        self.project_names = {job: project.name for job, project in projects.items()}
        self.role_arns = {short_name: role.arn for short_name, role in roles.roles.items()}
        self.approver_role_arn = approver_role.arn if approver_role else None
        self.register_outputs(self.summary)

    @property
    def summary(self) -> dict[str, pulumi.Output[str] | dict[str, pulumi.Output[str]]]:
        """The stack's output `delivery`."""
        summary: dict[str, pulumi.Output[str] | dict[str, pulumi.Output[str]]] = {
            "pipeline": self.pipeline_name,
            "projects": self.project_names,
            "roles": self.role_arns,
        }
        if self.approver_role_arn is not None:
            summary["approver_role"] = self.approver_role_arn
        return summary
