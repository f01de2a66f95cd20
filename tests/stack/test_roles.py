"""What each deployed role may do: the delivery pipeline's as a complete table, the notifier's, and the deployer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from .borrowed import APPROVAL, REFUSED, answer, clients, clients_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Project

pytestmark = pytest.mark.local

BOUNDARY = "arn:aws:iam::123456789012:policy/abalone-local-boundary"
STATE = "abalone-local-state-123456789012-us-east-1"
DATA = "abalone-local-data-123456789012-us-east-1"
ARTIFACTS = "abalone-local-artifacts-123456789012-us-east-1"
DELIVERY = "abalone-local-delivery"
GROUP = "abalone-local-stable-models"
TOPIC = "arn:aws:sns:us-east-1:123456789012:abalone-local-notifications"
NOTIFIER = "arn:aws:iam::123456789012:role/abalone-local-notifier"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:ListTopics", "Resource": "*"}]}
)
ROLE_POLICY = {"PolicyName": "probe", "PolicyDocument": POLICY}

Try = tuple[str, str, dict[str, Any]]
# Each is asked of every role; an answer other than a denial, such as "not found", counts as allowed.
TRIES: dict[str, Try] = {
    "read the state": ("s3", "get_object", {"Bucket": STATE, "Key": ".pulumi/stacks/mlops-infra/local.json"}),
    "write the state": ("s3", "put_object", {"Bucket": STATE, "Key": "probe", "Body": b"probe"}),
    "open a secret": ("kms", "decrypt", {}),
    "make a role without the boundary": (
        "iam",
        "create_role",
        {"RoleName": "abalone-local-free", "AssumeRolePolicyDocument": TRUST},
    ),
    "make a role within the boundary": (
        "iam",
        "create_role",
        {"RoleName": "abalone-local-probe", "AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": BOUNDARY},
    ),
    "make a role of another project": (
        "iam",
        "create_role",
        {"RoleName": "other-local-probe", "AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": BOUNDARY},
    ),
    "leave the boundary": ("iam", "delete_role_permissions_boundary", {"RoleName": "abalone-local-notifier"}),
    "change the boundary": (
        "iam",
        "create_policy_version",
        {"PolicyArn": BOUNDARY, "PolicyDocument": POLICY, "SetAsDefault": True},
    ),
    "change the notifier's role": ("iam", "put_role_policy", {"RoleName": "abalone-local-notifier", **ROLE_POLICY}),
    "change the preview's role": ("iam", "put_role_policy", {"RoleName": "abalone-local-preview", **ROLE_POLICY}),
    "make a user": ("iam", "create_user", {"UserName": "abalone-local-probe"}),
    "hand the notifier's role to a build": (
        "codebuild",
        "update_project",
        {"name": "abalone-local-verify", "serviceRole": NOTIFIER},
    ),
    "change a build": ("codebuild", "update_project", {"name": "abalone-local-verify", "description": "probe"}),
    "make another project's topic": ("sns", "create_topic", {"Name": "other-project"}),
    "change the topic": (
        "sns",
        "set_topic_attributes",
        {"TopicArn": TOPIC, "AttributeName": "DisplayName", "AttributeValue": "probe"},
    ),
    "publish": ("sns", "publish", {"TopicArn": TOPIC, "Message": "probe"}),
    "approve": ("codepipeline", "put_approval_result", APPROVAL),
    "start the pipeline": ("codepipeline", "start_pipeline_execution", {"name": "abalone-local-delivery"}),
    "update the ML pipeline": ("sagemaker", "update_pipeline", {"PipelineName": "abalone-local"}),
    "delete data": ("s3", "delete_object", {"Bucket": DATA, "Key": "use-case=abalone/input/probe.csv"}),
    "read input data": ("s3", "get_object", {"Bucket": DATA, "Key": "use-case=abalone/input/probe.csv"}),
    "open the state bucket": ("s3", "delete_bucket_policy", {"Bucket": STATE}),
    "delete the state's key": ("kms", "schedule_key_deletion", {"PendingWindowInDays": 7}),
    "see the notifier": ("lambda", "get_function_configuration", {"FunctionName": "abalone-local-notifier"}),
    "change the notifier": (
        "lambda",
        "update_function_configuration",
        {"FunctionName": "abalone-local-notifier", "Description": "probe"},
    ),
    "read query results": ("s3", "get_object", {"Bucket": DATA, "Key": "use-case=abalone/athena-results/probe.csv"}),
    "read registry events": ("s3", "get_object", {"Bucket": DATA, "Key": "use-case=abalone/registry-events/probe"}),
    "write an output": ("s3", "put_object", {"Bucket": ARTIFACTS, "Key": "abalone-local/executions/probe"}),
    "replace step code": ("s3", "put_object", {"Bucket": ARTIFACTS, "Key": "abalone-local/code/0/train.py"}),
    "replace a report": ("s3", "put_object", {"Bucket": ARTIFACTS, "Key": f"{DELIVERY}/previews/probe/preview.md"}),
    "replace what was deployed": ("s3", "put_object", {"Bucket": ARTIFACTS, "Key": f"{DELIVERY}/delivered/source.zip"}),
    "replace a source": ("s3", "put_object", {"Bucket": ARTIFACTS, "Key": f"{DELIVERY[:20]}/Source/probe"}),
    "replace a preview": ("s3", "put_object", {"Bucket": ARTIFACTS, "Key": f"{DELIVERY[:20]}/Preview/probe"}),
    "mark a restart": ("s3", "put_object", {"Bucket": ARTIFACTS, "Key": f"{DELIVERY}/self-updates/probe.json"}),
    "register a version that waits": (
        "sagemaker",
        "create_model_package",
        {"ModelPackageGroupName": GROUP, "ModelApprovalStatus": "PendingManualApproval"},
    ),
    "register an approved version": (
        "sagemaker",
        "create_model_package",
        {"ModelPackageGroupName": GROUP, "ModelApprovalStatus": "Approved"},
    ),
    "write into another job's log": (
        "logs",
        "create_log_stream",
        {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": "churn-training/algo-1"},
    ),
    "start the check for drift": ("codebuild", "start_build", {"projectName": "abalone-local-drift"}),
}
ALLOWED: dict[str, set[str]] = {
    "delivery": {"replace what was deployed", "replace a source", "replace a preview"},
    "delivery-events": {"start the pipeline", "start the check for drift"},
    "self-update": {
        "read the state",
        "write the state",
        "open a secret",
        "change the preview's role",
        "change a build",
        "start the pipeline",
        "mark a restart",
    },
    "preview": {"read the state", "replace a preview"},
    "deploy": {
        "read the state",
        "write the state",
        "open a secret",
        "make a role within the boundary",
        "change the notifier's role",
        "change the preview's role",
        "change a build",
        "change the topic",
        "delete data",
        "see the notifier",
        "change the notifier",
    },
    "upsert": {"update the ML pipeline", "replace step code"},
    "verify": {"read the state", "see the notifier", "read query results"},
    "drift": {"read the state", "publish", "see the notifier"},
    "pull-request": {"read the state"},
    "approve": {"approve"},
    "sagemaker-execution": {"read input data", "write an output", "register a version that waits"},
}


@pytest.fixture(scope="module")
def deployed(shared: Project) -> Project:
    return shared


@pytest.fixture(scope="module")
def secret(deployed: Project) -> bytes:
    return deployed.root("kms").encrypt(KeyId="alias/abalone-local-state", Plaintext=b"probe")["CiphertextBlob"]


@pytest.fixture(scope="module", autouse=True)
def _removed_probes(deployed: Project) -> Iterator[None]:
    """Removes what the allowed attempts create."""
    yield
    iam = deployed.root("iam")
    for role in ("abalone-local-notifier", "abalone-local-preview"):
        iam.delete_role_policy(RoleName=role, PolicyName="probe")
    iam.delete_role(RoleName="abalone-local-probe")


@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_a_role_may_do_what_the_table_says_and_nothing_else(secret: bytes, deployed: Project, role: str) -> None:
    further = {
        "open a secret": {"CiphertextBlob": secret},
        "delete the state's key": {"KeyId": deployed.cloud.state["key_arn"]},
    }
    with clients(deployed, f"abalone-local-{role}") as client:
        answers = {
            name: answer(client, service, operation, {**parameters, **further.get(name, {})})
            for name, (service, operation, parameters) in TRIES.items()
        }
    assert {name for name, code in answers.items() if code not in REFUSED} == ALLOWED[role], answers
    assert len(TRIES) - len(ALLOWED[role]) >= 10


def test_a_configured_approver_assumes_the_approvers_role_and_nobody_else_does(deployed: Project) -> None:
    approve, managers = (
        f"arn:aws:iam::123456789012:role/{name}" for name in ("abalone-local-approve", "release-managers")
    )
    person = deployed.cloud.client("sts", "data-scientist")
    with pytest.raises(ClientError, match="AccessDenied"):
        person.assume_role(RoleArn=approve, RoleSessionName="probe")

    manager = clients_with(deployed, person.assume_role(RoleArn=managers, RoleSessionName="probe")["Credentials"])
    temporary = manager("sts").assume_role(RoleArn=approve, RoleSessionName="probe")["Credentials"]
    service, operation, parameters = TRIES["approve"]
    assert answer(clients_with(deployed, temporary), service, operation, parameters) not in REFUSED
    assert answer(manager, service, operation, parameters) in REFUSED


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
        ("codepipeline", "list_pipeline_executions", {"pipelineName": "abalone-local-delivery"}),
        ("codepipeline", "get_pipeline_state", {"name": "abalone-local-delivery"}),
        ("s3", "put_object", {"Bucket": outputs["artifact_bucket"], "Key": f"{DELIVERY}/previews/x/preview.md"}),
        ("dynamodb", "get_item", {"TableName": "abalone-local-notifier-idempotency", "Key": {"id": {"S": "x"}}}),
        ("glue", "get_tables", {"DatabaseName": outputs["kpis"]["database"]}),
        ("s3", "list_objects_v2", {"Bucket": outputs["data_bucket"], "Prefix": "use-case=abalone/tables/"}),
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
    ("s3", "put_object", {"Bucket": "{data_bucket}", "Key": "use-case=abalone/tables/scores/x.csv"}),
    ("s3", "list_objects_v2", {"Bucket": "{data_bucket}", "Prefix": "use-case=abalone/input/"}),
    ("glue", "get_tables", {"DatabaseName": "another"}),
    ("glue", "get_partitions", {"DatabaseName": "abalone_local_kpis", "TableName": "model_metrics"}),
    ("glue", "delete_table", {"DatabaseName": "abalone_local_kpis", "Name": "csv_scores"}),
    ("s3", "list_buckets", {}),
    ("sagemaker", "update_model_package", {"ModelPackageArn": "{version}", "ModelApprovalStatus": "Approved"}),
    ("sagemaker", "delete_model_package_group", {"ModelPackageGroupName": "{model_package_group}"}),
    ("sagemaker", "list_pipelines", {}),
    TRIES["approve"],
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
