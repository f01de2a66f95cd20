"""The account's id is handed in: a cloud speaks of no other account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from localcloud.layout import ACCOUNT, read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local
OTHER = "210987654321"
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
DEFINITION = json.dumps({"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail", "Arguments": {}}]})


def test_a_cloud_has_the_account_that_it_is_given(new_cloud: Callable[..., LocalCloud]) -> None:
    cloud = new_cloud(account=OTHER)
    identities = [cloud.client("sts", principal).get_caller_identity()["Arn"] for principal in ("root", "deployer")]
    assert identities == [f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{OTHER}:user/deployer"]

    role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]}))
    sagemaker = cloud.client("sagemaker")
    arns = [
        role["Role"]["Arn"],
        cloud.client("sns").create_topic(Name="t")["TopicArn"],
        cloud.client("kms").describe_key(KeyId="alias/pulumi-state")["KeyMetadata"]["Arn"],
        cloud.client("codecommit").create_repository(repositoryName="c")["repositoryMetadata"]["Arn"],
        sagemaker.create_model_package_group(ModelPackageGroupName="g")["ModelPackageGroupArn"],
        # A role is passed and assumed, the caller's policies are asked for both.
        sagemaker.create_pipeline(
            PipelineName="p", PipelineDefinition=DEFINITION, RoleArn=role["Role"]["Arn"], ClientRequestToken="t" * 32
        )["PipelineArn"],
        sagemaker.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"],
        sagemaker.start_pipeline_execution(PipelineName="p", ClientRequestToken="t" * 32)["PipelineExecutionArn"],
    ]
    assert {arn.split(":")[4] for arn in arns} == {OTHER}

    events = [entry["event"] for entry in cloud.internal("GET", "/_local/events")]
    assert events
    assert {event["account"] for event in events} == {OTHER}
    administrators = cloud.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]["DataLakeAdmins"]
    assert {"DataLakePrincipalIdentifier": f"arn:aws:iam::{OTHER}:user/deployer"} in administrators

    state = json.dumps(read_json(cloud.layout.cloud))
    assert cloud.account == OTHER
    assert f"pulumi-state-{OTHER}" in state
    assert ACCOUNT not in f"{state}{arns}{events}"


def test_a_role_of_another_account_cannot_be_assumed(new_cloud: Callable[..., LocalCloud]) -> None:
    cloud = new_cloud(account=OTHER)
    sagemaker = cloud.client("sagemaker")
    cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]}))
    stranger = f"arn:aws:iam::{ACCOUNT}:role/r"
    sagemaker.create_pipeline(
        PipelineName="p", PipelineDefinition=DEFINITION, RoleArn=stranger, ClientRequestToken="t" * 32
    )
    with pytest.raises(ClientError, match=f"Could not assume role {stranger}"):
        sagemaker.start_pipeline_execution(PipelineName="p", ClientRequestToken="t" * 32)
