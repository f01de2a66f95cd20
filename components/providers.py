"""Providers: one region, one account and one set of default tags for every resource of a stack."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_aws_native as aws_native

from contract.names import Deployment


def create_providers(deployment: Deployment, tags: Mapping[str, str]) -> list[pulumi.ProviderResource]:
    """Create the aws and aws-native providers.

    They are explicit, so that credentials of another account are refused before anything is read.
    """
    return [
        aws.Provider(
            "aws",
            region=deployment.region,
            allowed_account_ids=[deployment.account_id],
            default_tags={"tags": dict(tags)},
        ),
        aws_native.Provider(
            "aws-native",
            region=deployment.region,
            allowed_account_ids=[deployment.account_id],
            default_tags={"tags": dict(tags)},
        ),
    ]
