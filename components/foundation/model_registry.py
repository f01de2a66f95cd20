"""Model registry: the model package group that the ML pipeline registers its model versions in."""

from dataclasses import dataclass

import pulumi
import pulumi_aws_native as aws_native

from contract.names import model_package_group


@dataclass(frozen=True, kw_only=True)
class ModelRegistryArgs:
    """The ML pipeline, and whether its model versions stay when the stack is destroyed."""

    pipeline_name: str
    removal_protection: bool


class ModelRegistry(pulumi.ComponentResource):
    """Holds the versions of one ML pipeline's model and their approval."""

    group_name: pulumi.Output[str]

    def __init__(self, name: str, args: ModelRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:ModelRegistry", name, None, opts)
        # aws-native: docs/adr/0005-aws-native-for-the-dashboard.md
        group = aws_native.sagemaker.ModelPackageGroup(
            f"{name}-group",
            model_package_group_name=model_package_group(args.pipeline_name),
            model_package_group_description=f"Versions registered by pipeline {args.pipeline_name}",
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.removal_protection),
        )
        self.group_name = group.model_package_group_name
        self.register_outputs({"group_name": self.group_name, "group_arn": group.model_package_group_arn})
