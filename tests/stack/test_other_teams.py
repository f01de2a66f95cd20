"""Each deployed role, allowed everything, against another team and another environment in the same account."""

from __future__ import annotations

import io
import zipfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from .borrowed import ACCOUNT, APPROVAL, REFUSED, answer, clients, document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Project

pytestmark = pytest.mark.local

REGION, TEAM = "us-east-1", "churn-prod"
DATABASE = "churn_prod"
STATE = f"abalone-prod-state-{ACCOUNT}-{REGION}"
EVERYTHING = {
    "PolicyName": "everything",
    "PolicyDocument": document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
}
Attempt = tuple[str, str, dict[str, Any]]


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def trust(service: str) -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def plant(root: Callable[[str], Any]) -> dict[str, Attempt]:
    """Create what others have, and return one or more attempts on each, none of which would destroy it."""
    return {**plant_data(root), **plant_messages(root), **plant_builds_and_functions(root), **plant_catalog(root)}


def plant_builds_and_functions(root: Callable[[str], Any]) -> dict[str, Attempt]:
    attempts: dict[str, Attempt] = {}
    role = root("iam").create_role(RoleName=f"{TEAM}-builds", AssumeRolePolicyDocument=trust("codebuild"))["Role"][
        "Arn"
    ]
    function_role = root("iam").create_role(RoleName=f"{TEAM}-score", AssumeRolePolicyDocument=trust("lambda"))["Role"]
    policy = {**EVERYTHING, "RoleName": f"{TEAM}-builds"}
    attempts["put a policy"] = ("iam", "put_role_policy", policy)
    attempts["open a role"] = (
        "iam",
        "update_assume_role_policy",
        {"RoleName": f"{TEAM}-builds", "PolicyDocument": trust("codebuild")},
    )

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.py", "def handler(event, context): pass")
    root("lambda").create_function(
        FunctionName=TEAM,
        Runtime="python3.13",
        Architectures=["arm64"],
        Role=function_role["Arn"],
        Handler="handler.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    attempts["see the function"] = ("lambda", "get_function_configuration", {"FunctionName": TEAM})
    attempts["change the function"] = (
        "lambda",
        "update_function_configuration",
        {"FunctionName": TEAM, "Description": "probe"},
    )

    root("codebuild").create_project(
        name=TEAM,
        source={"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases: {build: {commands: ['true']}}"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "ARM_CONTAINER",
            "image": "aws/codebuild/amazonlinux-aarch64-standard:3.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=role,
    )
    attempts["see the project"] = ("codebuild", "batch_get_projects", {"names": [TEAM]})
    attempts["change the project"] = ("codebuild", "update_project", {"name": TEAM, "description": "probe"})

    return attempts


def plant_data(root: Callable[[str], Any]) -> dict[str, Attempt]:
    attempts: dict[str, Attempt] = {}
    for bucket, owner in ((f"{TEAM}-data", TEAM), (STATE, "abalone-prod")):
        project, environment = owner.split("-")
        tags = [{"TagKey": "project", "TagValue": project}, {"TagKey": "environment", "TagValue": environment}]
        key = root("kms").create_key(Tags=tags)["KeyMetadata"]["KeyId"]
        root("kms").create_alias(AliasName=f"alias/{owner}", TargetKeyId=key)
        secret = root("kms").encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
        root("s3").create_bucket(Bucket=bucket)
        root("s3").put_object(Bucket=bucket, Key="object", Body=b"{}")
        own_tags = [{"TagKey": "project", "TagValue": "abalone"}, {"TagKey": "environment", "TagValue": "local"}]
        attempts |= {
            f"read {bucket}": ("s3", "get_object", {"Bucket": bucket, "Key": "object"}),
            f"write {bucket}": ("s3", "put_object", {"Bucket": bucket, "Key": "probe", "Body": b""}),
            f"list {bucket}": ("s3", "list_objects_v2", {"Bucket": bucket}),
            f"decrypt of {owner}": ("kms", "decrypt", {"CiphertextBlob": secret}),
            f"see the key of {owner}": ("kms", "get_key_policy", {"KeyId": key, "PolicyName": "default"}),
            f"use the key of {owner}": ("kms", "generate_data_key", {"KeyId": key, "KeySpec": "AES_256"}),
            f"take the key of {owner}": ("kms", "tag_resource", {"KeyId": key, "Tags": own_tags}),
            f"name the key of {owner}": (
                "kms",
                "create_alias",
                {"AliasName": f"alias/abalone-local-{owner}", "TargetKeyId": key},
            ),
        }

    key_schema = [{"AttributeName": "id", "KeyType": "HASH"}]
    root("dynamodb").create_table(
        TableName=TEAM,
        KeySchema=key_schema,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    attempts["read the table"] = ("dynamodb", "scan", {"TableName": TEAM})
    attempts["write the table"] = ("dynamodb", "put_item", {"TableName": TEAM, "Item": {"id": {"S": "probe"}}})
    return attempts


def plant_messages(root: Callable[[str], Any]) -> dict[str, Attempt]:
    attempts: dict[str, Attempt] = {}
    topic = root("sns").create_topic(Name=TEAM)["TopicArn"]
    queue = root("sqs").create_queue(QueueName=TEAM)["QueueUrl"]
    queue_arn = arn("sqs", TEAM)
    root("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    attempts |= {
        "publish": ("sns", "publish", {"TopicArn": topic, "Message": "probe"}),
        "subscribe": ("sns", "subscribe", {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue_arn}),
        "list subscriptions": ("sns", "list_subscriptions_by_topic", {"TopicArn": topic}),
        "send": ("sqs", "send_message", {"QueueUrl": queue, "MessageBody": "probe"}),
        "receive": ("sqs", "receive_message", {"QueueUrl": queue}),
    }

    for group in (f"/aws/lambda/{TEAM}", "/aws/sagemaker/TrainingJobs"):
        root("logs").create_log_group(logGroupName=group)
        attempts[f"read {group}"] = ("logs", "filter_log_events", {"logGroupName": group})
        retention = {"logGroupName": group, "retentionInDays": 1}
        attempts[f"shorten {group}"] = ("logs", "put_retention_policy", retention)

    root("events").put_rule(Name=TEAM, ScheduleExpression="rate(1 day)")
    attempts["see the rule"] = ("events", "describe_rule", {"Name": TEAM})
    attempts["change the rule"] = ("events", "put_rule", {"Name": TEAM, "ScheduleExpression": "rate(2 days)"})
    return attempts


def plant_catalog(root: Callable[[str], Any]) -> dict[str, Attempt]:
    attempts: dict[str, Attempt] = {}
    glue = root("glue")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "scores"})
    attempts["see the table's schema"] = ("glue", "get_table", {"DatabaseName": DATABASE, "Name": "scores"})
    attempts["change the database"] = (
        "glue",
        "update_database",
        {"Name": DATABASE, "DatabaseInput": {"Name": DATABASE, "Description": "probe"}},
    )

    configuration = {"ResultConfiguration": {"OutputLocation": f"s3://{TEAM}-data/results/"}}
    root("athena").create_work_group(Name=TEAM, Configuration=configuration)
    attempts["see the workgroup"] = ("athena", "get_work_group", {"WorkGroup": TEAM})
    attempts["list queries"] = ("athena", "list_query_executions", {"WorkGroup": TEAM})

    root("sagemaker").create_model_package_group(ModelPackageGroupName=TEAM)
    group = {"ModelPackageGroupName": TEAM}
    attempts["see the model package group"] = ("sagemaker", "describe_model_package_group", group)
    attempts["register a model version"] = ("sagemaker", "create_model_package", group)

    metric = [{"MetricName": "probe", "Value": 1.0}]
    attempts["report a metric"] = ("cloudwatch", "put_metric_data", {"Namespace": "Churn", "MetricData": metric})
    return attempts


# Asked without a resource that others have: IAM decides before the service looks.
UNPLANTED: dict[str, Attempt] = {
    "see the delivery": ("codepipeline", "get_pipeline", {"name": f"{TEAM}-delivery"}),
    "start the delivery": ("codepipeline", "start_pipeline_execution", {"name": f"{TEAM}-delivery"}),
    "see the ML pipeline": ("sagemaker", "describe_pipeline", {"PipelineName": TEAM}),
    "run the ML pipeline": ("sagemaker", "start_pipeline_execution", {"PipelineName": TEAM}),
    "see the data set": ("quicksight", "describe_data_set", {"AwsAccountId": ACCOUNT, "DataSetId": TEAM}),
    "change the other boundary": (
        "iam",
        "create_policy_version",
        {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/abalone-prod-boundary", "PolicyDocument": "{}"},
    ),
    "delete the state's alias": ("kms", "delete_alias", {"AliasName": "alias/abalone-local-state"}),
    "assume a role": (
        "sts",
        "assume_role",
        {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{TEAM}-builds", "RoleSessionName": "probe"},
    ),
}
TRIED_BY_EVALUATION = {
    "access-analyzer",
    "chatbot",
    "cloudformation",
    "codecommit",
    "ecr",
    "lakeformation",
    "xray",
}


@pytest.fixture(scope="module")
def deployed(shared: Project) -> Project:
    return shared


@pytest.fixture(scope="module")
def planted(deployed: Project) -> dict[str, Attempt]:
    return plant(deployed.root)


@pytest.fixture(scope="module")
def roles(deployed: Project) -> list[str]:
    return sorted(r["outputs"]["name"] for r in deployed.resources() if r["type"] == "aws:iam/role:Role")


@pytest.fixture(scope="module")
def powerful(deployed: Project, roles: list[str]) -> Iterator[list[str]]:
    """The roles, each allowed everything."""
    iam = deployed.root("iam")
    with ExitStack() as taken_back:
        for role in roles:
            iam.put_role_policy(RoleName=role, **EVERYTHING)
            taken_back.callback(iam.delete_role_policy, RoleName=role, PolicyName=EVERYTHING["PolicyName"])
        yield roles


def test_no_role_reaches_what_others_have_whatever_its_policies_allow(
    deployed: Project, powerful: list[str], planted: dict[str, Attempt]
) -> None:
    assert len(powerful) > 10
    reached: dict[str, dict[str, str]] = {}
    for role in powerful:
        with clients(deployed, role) as client:
            answers = {name: answer(client, *attempt) for name, attempt in {**planted, **UNPLANTED}.items()}
        reached[role] = {name: code for name, code in answers.items() if code not in REFUSED}
    assert reached == {role: {} for role in powerful}


def test_of_the_environments_roles_the_approvers_alone_approves(deployed: Project, powerful: list[str]) -> None:
    answers: dict[str, str] = {}
    for role in powerful:
        with clients(deployed, role) as client:
            answers[role] = answer(client, "codepipeline", "put_approval_result", APPROVAL)
    assert {role for role, code in answers.items() if code not in REFUSED} == {"abalone-local-approve"}


def test_the_attempts_would_have_worked(deployed: Project, planted: dict[str, Attempt]) -> None:
    """Of root, whom nothing confines: what is refused above is there, and the requests are right."""
    answers = {name: answer(deployed.root, *attempt) for name, attempt in planted.items()}
    assert {name: code for name, code in answers.items() if code != "allowed"} == {}


def test_every_service_of_the_boundary_is_tried(deployed: Project, planted: dict[str, Attempt]) -> None:
    """Those that have nothing of others to plant are tried by evaluation, in tests/unit/permissions."""
    iam, boundary = deployed.root("iam"), f"arn:aws:iam::{ACCOUNT}:policy/abalone-local-boundary"
    version = iam.get_policy(PolicyArn=boundary)["Policy"]["DefaultVersionId"]
    statements = iam.get_policy_version(PolicyArn=boundary, VersionId=version)["PolicyVersion"]["Document"]["Statement"]
    allowing = [statement for statement in statements if statement["Effect"] == "Allow"]
    actions = [action for statement in allowing for action in listed(statement.get("Action", "*"))]
    arns = [resource for statement in allowing for resource in listed(statement["Resource"])]
    services = {action.split(":")[0] for action in actions} | {name.split(":")[2] for name in arns if name != "*"}
    assert len(services) > 20
    tried = {service for service, _, _ in {**planted, **UNPLANTED}.values()} | TRIED_BY_EVALUATION
    assert services - {"*"} - tried == set()


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
