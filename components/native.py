"""Resources of the provider aws-native, registered by their type token.

The SDK's classes for them are not used: importing `pulumi_aws_native.quicksight`, some 450,000 lines, costs more CPU at
each run of the program than everything else that it imports.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi


class NativeResource(pulumi.CustomResource):
    """A resource whose inputs and outputs are named as in the provider's schema: CloudFormation's, in camel case.

    `create_only` are the schema's `createOnlyProperties`: a change of one replaces the resource, which the SDK's
    classes tell the engine as well. `outputs` are the computed properties that are read.
    """

    def __init__(
        self,
        type_token: str,
        name: str,
        inputs: Mapping[str, Any],
        *,
        create_only: Sequence[str],
        outputs: Sequence[str] = (),
        opts: pulumi.ResourceOptions,
    ) -> None:
        replaced = pulumi.ResourceOptions(replace_on_changes=list(create_only))
        super().__init__(
            type_token, name, {**dict.fromkeys(outputs), **inputs}, pulumi.ResourceOptions.merge(opts, replaced)
        )

    def output(self, name: str) -> pulumi.Output[Any]:
        """Return an input or one of `outputs` as the provider answers it."""
        return pulumi.get(self, name)
