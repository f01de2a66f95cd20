"""Model registry: the model package group that the pipeline registers its versions in."""

from dataclasses import dataclass

import pulumi
import pulumi_aws_native as aws_native

from contract.names import Deployment
from settings.models import PipelineSettings


@dataclass(frozen=True, kw_only=True)
class ModelRegistryArgs:
    """The pipeline whose versions are registered here."""

    deployment: Deployment
    pipeline: PipelineSettings


class ModelRegistry(pulumi.ComponentResource):
    """Holds the versions of one pipeline's model and their approval."""

    group_name: pulumi.Output[str]
    group_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ModelRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:ModelRegistry", name, None, opts)
        group = aws_native.sagemaker.ModelPackageGroup(
            f"{name}-group",
            model_package_group_name=args.pipeline.model_package_group,
            model_package_group_description=f"Versions registered by pipeline {args.pipeline.name}",
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.deployment.removal_protection),
        )
        self.group_name = group.model_package_group_name
        self.group_arn = group.model_package_group_arn
        self.register_outputs({"group_name": self.group_name, "group_arn": self.group_arn})
