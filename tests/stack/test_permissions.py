"""What the notifier's role and the deployer may do, and that they are refused everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .borrowed import REFUSED, answer, clients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Project

pytestmark = pytest.mark.local

APPROVAL = {
    "pipelineName": "abalone-local-delivery",
    "stageName": "Approve",
    "actionName": "Approve",
    "result": {"summary": "probe", "status": "Approved"},
    "token": "00000000-0000-0000-0000-000000000000",
}
ARN = "arn:aws:{}:us-east-1:123456789012:{}"


@pytest.fixture(scope="module")
def outputs(deployed: Project) -> dict[str, Any]:
    return deployed.outputs()


@pytest.fixture(scope="module")
def client(deployed: Project) -> Iterator[Callable[[str], Any]]:
    """Clients with the credentials of the notifier's role."""
    with clients(deployed, "abalone-local-notifier") as notifier:
        yield notifier


def test_the_role_may_do_its_work(client: Callable[[str], Any], outputs: dict[str, Any], deployed: Project) -> None:
    key = "abalone-local/executions/x/evaluation.json"
    deployed.root("s3").put_object(Bucket=outputs["artifact_bucket"], Key=key, Body=b"{}")
    arn = deployed.root("sagemaker").create_model_package(ModelPackageGroupName=outputs["model_package_group"])
    work: list[tuple[str, str, dict[str, Any]]] = [
        ("sns", "publish", {"TopicArn": outputs["topic_arn"], "Message": "m"}),
        ("s3", "get_object", {"Bucket": outputs["artifact_bucket"], "Key": key}),
        ("s3", "put_object", {"Bucket": outputs["data_bucket"], "Key": "use-case=abalone/registry-events/x"}),
        ("sagemaker", "describe_model_package", {"ModelPackageName": arn["ModelPackageArn"]}),
        ("sagemaker", "list_model_packages", {"ModelPackageGroupName": outputs["model_package_group"]}),
        ("codepipeline", "list_action_executions", {"pipelineName": "abalone-local-delivery"}),
        ("codepipeline", "get_pipeline_state", {"name": "abalone-local-delivery"}),
        ("dynamodb", "get_item", {"TableName": "abalone-local-notifier-idempotency", "Key": {"id": {"S": "x"}}}),
        ("sqs", "send_message", {"QueueUrl": outputs["dead_letter_queues"]["failed"], "MessageBody": "m"}),
    ]
    answers = {f"{service}:{operation}": answer(client, service, operation, p) for service, operation, p in work}
    assert set(answers.values()) == {"allowed"}, answers
    deployed.root("sqs").purge_queue(QueueUrl=outputs["dead_letter_queues"]["failed"])


# One call each that a compromised notifier could want: none of them is part of its work.
OTHER_THINGS: list[tuple[str, str, dict[str, Any]]] = [
    ("sns", "publish", {"TopicArn": ARN.format("sns", "another-topic"), "Message": "m"}),
    ("sns", "subscribe", {"TopicArn": "{topic_arn}", "Protocol": "email", "Endpoint": "me@example.com"}),
    ("sns", "delete_topic", {"TopicArn": "{topic_arn}"}),
    ("s3", "get_object", {"Bucket": "{data_bucket}", "Key": "use-case=abalone/input/data.csv"}),
    ("s3", "put_object", {"Bucket": "{artifact_bucket}", "Key": "abalone-local/models/model.tar.gz"}),
    ("s3", "put_object", {"Bucket": "{data_bucket}", "Key": "use-case=abalone/kpi/x.csv"}),
    ("s3", "delete_object", {"Bucket": "{data_bucket}", "Key": "use-case=abalone/registry-events/x"}),
    ("s3", "list_buckets", {}),
    ("sagemaker", "update_model_package", {"ModelPackageArn": "{version}", "ModelApprovalStatus": "Approved"}),
    ("sagemaker", "delete_model_package_group", {"ModelPackageGroupName": "{model_package_group}"}),
    ("sagemaker", "list_pipelines", {}),
    ("codepipeline", "put_approval_result", APPROVAL),
    ("codepipeline", "start_pipeline_execution", {"name": "abalone-local-delivery"}),
    ("codepipeline", "list_action_executions", {"pipelineName": "another-pipeline"}),
    ("dynamodb", "delete_table", {"TableName": "abalone-local-notifier-idempotency"}),
    ("dynamodb", "scan", {"TableName": "abalone-local-notifier-idempotency"}),
    ("sqs", "receive_message", {"QueueUrl": "{failed}"}),
    ("iam", "list_roles", {}),
    ("iam", "put_role_policy", {"RoleName": "abalone-local-notifier", "PolicyName": "p", "PolicyDocument": "{}"}),
    ("lambda", "update_function_configuration", {"FunctionName": "abalone-local-notifier", "Timeout": 3}),
    ("kms", "schedule_key_deletion", {"KeyId": "{key_arn}"}),
    ("logs", "delete_log_group", {"logGroupName": "/aws/lambda/abalone-local-notifier"}),
    ("events", "disable_rule", {"Name": "abalone-local-model-versions"}),
]


@pytest.mark.parametrize(("service", "operation", "parameters"), OTHER_THINGS)
def test_the_role_is_refused_what_is_not_its_work(
    client: Callable[[str], Any], outputs: dict[str, Any], service: str, operation: str, parameters: dict[str, Any]
) -> None:
    version = f"{ARN.format('sagemaker', 'model-package')}/{outputs['model_package_group']}/1"
    known = {**outputs, "version": version, "failed": outputs["dead_letter_queues"]["failed"]}
    filled = {
        name: known[value[1:-1]] if isinstance(value, str) and value[1:-1] in known else value
        for name, value in parameters.items()
    }
    code = answer(client, service, operation, filled)
    assert code in REFUSED, code


def test_lambda_alone_may_assume_the_role(deployed: Project) -> None:
    sts = deployed.cloud.client("sts", "deployer")
    with pytest.raises(sts.exceptions.ClientError, match="not authorized to perform: sts:AssumeRole"):
        sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/abalone-local-notifier", RoleSessionName="me")


def test_the_deployer_is_limited_to_the_names_of_the_local_stack(deployed: Project) -> None:
    def refusal(service: str, operation: str, **arguments: str) -> str:
        client = deployed.cloud.client(service, "deployer")
        with pytest.raises(client.exceptions.ClientError) as caught:
            getattr(client, operation)(**arguments)
        return str(caught.value.response["Error"]["Code"])

    assert refusal("sns", "create_topic", Name="elsewhere") == "AuthorizationError"
    assert refusal("iam", "create_role", RoleName="admin", AssumeRolePolicyDocument="{}") == "AccessDenied"
    assert refusal("iam", "create_user", UserName="somebody") == "AccessDenied"
    assert refusal("s3", "create_bucket", Bucket="elsewhere") == "AccessDenied"
    topics = deployed.cloud.client("sns", "deployer")
    topic_arn = topics.create_topic(Name="abalone-local-further")["TopicArn"]
    topics.delete_topic(TopicArn=topic_arn)
