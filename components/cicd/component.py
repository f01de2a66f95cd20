"""Cicd: source, self-update, preview, approval, deployment, upsert and verification as one pipeline."""

import pulumi

from components.cicd import approvers, pipeline, projects, roles, rules
from components.cicd.args import CicdArgs

__all__ = ["Cicd", "CicdArgs"]


class Cicd(pulumi.ComponentResource):
    """The pipeline that deploys the program it is part of, with its builds, roles and rules."""

    summary: dict[str, pulumi.Output[str] | dict[str, pulumi.Output[str]]]

    def __init__(self, name: str, args: CicdArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Cicd", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        made = roles.create(name, args, child)
        builds = projects.create(name, args, made, child)
        deliverer = pipeline.create(name, args, made, builds, child)
        rules.create(name, args, made, deliverer, builds, child)
        approver = approvers.create(name, args, child)

        self.summary = {
            "pipeline": deliverer.name,
            "projects": {noun: project.name for noun, project in builds.items()},
            "roles": {noun: role.arn for noun, role in made.by_noun.items()},
        }
        if approver is not None:
            self.summary["approver_role"] = approver.arn
        self.register_outputs(self.summary)
