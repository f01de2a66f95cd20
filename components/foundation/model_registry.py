"""Model registry: the model package group that the ML pipeline registers its model versions in."""

from dataclasses import dataclass

import pulumi

from components.native import NativeResource
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
        group = NativeResource(
            "aws-native:sagemaker:ModelPackageGroup",
            f"{name}-group",
            {
                "modelPackageGroupName": model_package_group(args.pipeline_name),
                "modelPackageGroupDescription": f"Versions registered by pipeline {args.pipeline_name}",
            },
            create_only=("modelPackageGroupDescription", "modelPackageGroupName"),
            outputs=("modelPackageGroupArn",),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.removal_protection),
        )
        self.group_name = group.output("modelPackageGroupName")
        self.register_outputs({"group_name": self.group_name, "group_arn": group.output("modelPackageGroupArn")})
