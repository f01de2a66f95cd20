"""Providers: one region, one account and one set of default tags for every resource of a stack."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_aws_native as aws_native

from contract.names import Deployment


def create_providers(
    deployment: Deployment, tags: Mapping[str, str], ignored_tags: Sequence[str]
) -> list[pulumi.ProviderResource]:
    """Create the aws and aws-native providers.

    They are explicit, so that credentials of another account are refused before anything is read.

    Args:
        deployment: says which account and region.
        tags: of every resource.
        ignored_tags: keys of tags that others put on resources, or what such keys begin with, with `*` at the end.
    """
    prefixes = [key.removesuffix("*") for key in ignored_tags if key.endswith("*")]
    keys = [key for key in ignored_tags if not key.endswith("*")]
    return [
        aws.Provider(
            "aws",
            region=deployment.region,
            allowed_account_ids=[deployment.account_id],
            default_tags={"tags": dict(tags)},
            ignore_tags=aws.ProviderIgnoreTagsArgs(keys=keys, key_prefixes=prefixes) if ignored_tags else None,
        ),
        aws_native.Provider(
            "aws-native",
            region=deployment.region,
            allowed_account_ids=[deployment.account_id],
            default_tags={"tags": dict(tags)},
            ignore_tags=aws_native.ProviderIgnoreTagsArgs(keys=keys, key_prefixes=prefixes) if ignored_tags else None,
        ),
    ]
