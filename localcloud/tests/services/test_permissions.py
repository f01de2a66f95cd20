"""IAM is enforced in front of every service: the emulator's and those of the local cloud's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.lifecycle import LocalCloud

    from .conftest import Deployment

pytestmark = pytest.mark.local


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response.get("Error", {})
    return error.get("Code", ""), error.get("Message", "")


def test_a_user_may_do_what_its_policy_says_and_nothing_else(deployment: Deployment) -> None:
    topic = deployment.topic()
    group = deployment.arn("sagemaker", f"model-package-group/{deployment.prefix}-models")
    user = deployment.user(
        "user", deployment.allow("sns:Publish", topic), deployment.allow("sagemaker:CreateModelPackageGroup", group)
    )
    user("sns").publish(TopicArn=topic, Message="allowed")
    user("sagemaker").create_model_package_group(ModelPackageGroupName=f"{deployment.prefix}-models")

    code, message = refusal(user("sns").delete_topic, TopicArn=topic)
    assert (code, "sns:DeleteTopic" in message) == ("AuthorizationError", True)
    code, message = refusal(
        user("sagemaker").describe_model_package_group, ModelPackageGroupName=f"{deployment.prefix}-models"
    )
    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:iam::123456789012:user/{deployment.prefix}-user is not authorized to perform: "
        f"sagemaker:DescribeModelPackageGroup on resource: {group} because no identity-based policy allows the "
        "sagemaker:DescribeModelPackageGroup action"
    )


def test_an_explicit_deny_wins_over_an_allow(deployment: Deployment) -> None:
    deny = {"Effect": "Deny", "Action": "sagemaker:ListPipelines", "Resource": "*"}
    user = deployment.user("user", deployment.allow("sagemaker:ListPipelines", "*"), deny)
    code, message = refusal(user("sagemaker").list_pipelines)
    assert code == "AccessDeniedException"
    assert "with an explicit deny in an identity-based policy" in message


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sagemaker", "list_pipelines", "InvalidSignatureException"),
        ("chatbot", "list_microsoft_teams_channel_configurations", "InvalidSignatureException"),
        ("sns", "list_topics", "SignatureDoesNotMatch"),
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ],
)
@pytest.mark.parametrize("principal", ["root", "deployer"])
def test_a_wrong_secret_is_refused(cloud: LocalCloud, principal: str, service: str, operation: str, code: str) -> None:
    session: Any = boto3.Session(cloud.key(principal).access_key_id, "wrong", region_name=cloud.region)
    client = session.client(service, endpoint_url=cloud.endpoint)
    assert refusal(getattr(client, operation))[0] == code


@pytest.mark.parametrize("access_key", ["test", "123456789012", "AKIAIOSFODNN7EXAMPLE"])
def test_well_known_keys_of_emulators_mean_nothing_here(cloud: LocalCloud, access_key: str) -> None:
    session: Any = boto3.Session(access_key, "test", region_name=cloud.region)
    for service, operation in (("s3", "list_buckets"), ("sns", "list_topics"), ("sagemaker", "list_pipelines")):
        client = session.client(service, endpoint_url=cloud.endpoint)
        code, _ = refusal(getattr(client, operation))
        assert code in {"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"}


def test_unsigned_requests_are_refused(cloud: LocalCloud) -> None:
    bucket = cloud.state["bucket"]
    s3 = boto3.client(
        "s3", endpoint_url=cloud.endpoint, region_name=cloud.region, config=Config(signature_version=UNSIGNED)
    )
    assert refusal(s3.list_objects_v2, Bucket=bucket)[0] in {"AccessDenied", "InvalidAccessKeyId"}


def test_a_role_is_handed_only_to_the_service_that_pass_role_names(deployment: Deployment) -> None:
    role = deployment.role("function", "lambda.amazonaws.com")
    create = deployment.allow(["lambda:CreateFunction", "sagemaker:CreatePipeline"], "*")
    condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    user = deployment.user("user", create, {**deployment.allow("iam:PassRole", role), "Condition": condition})

    code, message = refusal(
        user("lambda").create_function,
        FunctionName="f", Role=role, Handler="a.b", Runtime="python3.13", Code={"ZipFile": b"zip"},
    )  # fmt: skip
    assert code == "AccessDeniedException"
    assert "iam:PassRole" in message
    code, _ = refusal(
        user("sagemaker").create_pipeline,
        PipelineName=f"{deployment.prefix}-p", RoleArn=role, PipelineDefinition="{}", ClientRequestToken="t" * 32,
    )  # fmt: skip
    assert code == "ValidationException", "passing it to SageMaker is allowed, so only the definition is wrong"


def test_tag_keys_of_a_role_are_compared_without_case(deployment: Deployment) -> None:
    iam, name = deployment.root("iam"), f"{deployment.prefix}-role"
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    twice = [{"Key": "environment", "Value": "local"}, {"Key": "Environment", "Value": "production"}]
    words = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    role = {"RoleName": name, "AssumeRolePolicyDocument": json.dumps({"Statement": [trust]})}
    assert refusal(iam.create_role, **role, Tags=twice) == ("InvalidInput", words)

    iam.create_role(**role, Tags=twice[:1])
    assert refusal(iam.tag_role, RoleName=name, Tags=twice) == ("InvalidInput", words)
    iam.tag_role(RoleName=name, Tags=twice[1:])
    assert [tag["Value"] for tag in iam.list_role_tags(RoleName=name)["Tags"]] == ["production"]


def test_a_publisher_to_an_encrypted_topic_needs_its_key(deployment: Deployment) -> None:
    key = deployment.root("kms").create_key()["KeyMetadata"]["Arn"]
    topic = deployment.topic(KmsMasterKeyId=key)
    publish = deployment.allow("sns:Publish", topic)
    without = deployment.user("without", publish)
    having = deployment.user("having", publish, deployment.allow(["kms:GenerateDataKey", "kms:Decrypt"], key))

    having("sns").publish(TopicArn=topic, Message="m")
    code, message = refusal(without("sns").publish, TopicArn=topic, Message="m")
    assert "kms:GenerateDataKey" in message
    assert code


def test_objects_of_an_encrypted_bucket_need_its_key(deployment: Deployment) -> None:
    s3, bucket = deployment.root("s3"), f"{deployment.prefix}-bucket"
    key = deployment.root("kms").create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=bucket)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    objects = deployment.allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*")
    without = deployment.user("without", objects)
    reader = deployment.user("reader", objects, deployment.allow("kms:Decrypt", key))

    assert reader("s3").get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    assert "kms:Decrypt" in refusal(without("s3").get_object, Bucket=bucket, Key="a")[1]
    assert "kms:GenerateDataKey" in refusal(reader("s3").put_object, Bucket=bucket, Key="b", Body=b"2")[1]


@pytest.fixture
def bucket(deployment: Deployment) -> str:
    """A bucket with one object, `present`."""
    name, s3 = f"{deployment.prefix}-bucket", deployment.root("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="present", Body=b"1")
    return name


def test_a_missing_object_is_denied_to_whom_may_read_but_not_list(deployment: Deployment, bucket: str) -> None:
    reader = deployment.user("reader", deployment.allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))("s3")
    assert reader.get_object(Bucket=bucket, Key="present")["Body"].read() == b"1"
    assert reader.head_object(Bucket=bucket, Key="present")["ContentLength"] == 1
    code, message = refusal(reader.get_object, Bucket=bucket, Key="absent")
    assert code == "AccessDenied"
    assert f"is not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::{bucket} because" in message
    assert refusal(reader.head_object, Bucket=bucket, Key="absent")[0] == "403"


def test_a_missing_object_is_not_found_for_whom_may_list_at_its_key(deployment: Deployment, bucket: str) -> None:
    read, everything = deployment.allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"), f"arn:aws:s3:::{bucket}"
    listing = {
        **deployment.allow("s3:ListBucket", everything),
        "Condition": {"StringLike": {"s3:prefix": "marks/*"}},
    }
    anywhere = deployment.user("anywhere", read, deployment.allow("s3:ListBucket", everything))("s3")
    below = deployment.user("below", read, listing)("s3")
    for s3, key in ((deployment.root("s3"), "absent"), (anywhere, "absent"), (below, "marks/absent")):
        assert refusal(s3.get_object, Bucket=bucket, Key=key)[0] == "NoSuchKey"
        assert refusal(s3.head_object, Bucket=bucket, Key=key)[0] == "404"
    assert refusal(below.get_object, Bucket=bucket, Key="absent")[0] == "AccessDenied"
    assert refusal(below.head_object, Bucket=bucket, Key="absent")[0] == "403"


def test_whom_may_not_read_is_told_so_whether_the_object_is_there_or_not(deployment: Deployment, bucket: str) -> None:
    lister = deployment.user("lister", deployment.allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"))("s3")
    for key in ("present", "absent"):
        code, message = refusal(lister.get_object, Bucket=bucket, Key=key)
        assert (code, "s3:GetObject" in message) == ("AccessDenied", True)


def test_a_deleted_object_is_missing_and_a_missing_bucket_is_no_secret(deployment: Deployment, bucket: str) -> None:
    s3 = deployment.root("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket=bucket, Key="present")
    reader = deployment.user("reader", deployment.allow("s3:GetObject", "*"))("s3")
    assert refusal(reader.get_object, Bucket=bucket, Key="present")[0] == "AccessDenied"
    assert refusal(reader.get_object, Bucket=f"{bucket}-none", Key="k")[0] == "NoSuchBucket"


def test_an_alarm_publishes_to_an_encrypted_topic_only_with_the_keys_consent(deployment: Deployment) -> None:
    account = "arn:aws:iam::123456789012:root"
    root = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
    key = deployment.root("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [root]}))
    topic, name = deployment.topic(KmsMasterKeyId=key["KeyMetadata"]["Arn"]), f"{deployment.prefix}-alarm"
    deployment.queue("queue")
    cloudwatch = deployment.root("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Statistic="Maximum",
        Dimensions=[{"Name": "QueueName", "Value": f"{deployment.prefix}-queue"}], Period=60, EvaluationPeriods=1,
        Threshold=0, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[topic],
    )  # fmt: skip

    def actions() -> list[str]:
        history = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action")
        return [item["HistorySummary"] for item in history["AlarmHistoryItems"]]

    (summary,) = deployment.eventually(actions)
    assert "is not authorized to use the key" in summary
