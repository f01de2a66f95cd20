"""Who writes or reads what a customer-managed key encrypts needs the key: by their policies and by the key's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Deployment

pytestmark = pytest.mark.local
ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response.get("Error", {})
    return error.get("Code", ""), error.get("Message", "")


def new_key(deployment: Deployment, *statements: dict[str, Any], **members: Any) -> str:
    """A key for which the statements decide; without any the account's policies do. Its ARN."""
    administer = {"Effect": "Allow", "Principal": ACCOUNT, "Action": ["kms:Put*", "kms:Describe*"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [administer, *statements]}
    more = {"Policy": json.dumps(policy)} if statements else {}
    return str(deployment.root("kms").create_key(**more, **members)["KeyMetadata"]["Arn"])


def for_service(name: str, **condition: Any) -> dict[str, Any]:
    conditions = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": {"Service": name}, "Action": "kms:*", "Resource": "*", **conditions}


# Lambda


def configured(deployment: Deployment, key: str) -> str:
    """A function whose variables the key encrypts; its name."""
    name = deployment.function(deployment.role("function", "lambda.amazonaws.com"), COLOUR="red").rpartition(":")[2]
    deployment.root("lambda").update_function_configuration(FunctionName=name, KMSKeyArn=key)
    return name


@pytest.mark.parametrize("missing", ["kms:Encrypt", "kms:CreateGrant"])
def test_a_function_gets_a_key_only_from_whom_may_encrypt_and_grant_with_it(
    deployment: Deployment, missing: str
) -> None:
    key = new_key(deployment)
    name = deployment.function(deployment.role("function", "lambda.amazonaws.com"), COLOUR="red").rpartition(":")[2]
    update = deployment.allow("lambda:UpdateFunctionConfiguration", "*")
    one = [action for action in ("kms:Encrypt", "kms:CreateGrant") if action != missing]
    without = deployment.user("without", update, deployment.allow(one, key))
    code, message = refusal(without("lambda").update_function_configuration, FunctionName=name, KMSKeyArn=key)
    assert (code, missing in message, key in message) == ("AccessDeniedException", True, True)
    having = deployment.user("having", update, deployment.allow(["kms:Encrypt", "kms:CreateGrant"], key))
    answer = having("lambda").update_function_configuration(FunctionName=name, KMSKeyArn=key)
    assert answer["KMSKeyArn"] == key


def test_a_function_with_a_key_gets_variables_only_from_whom_may_encrypt_with_it(deployment: Deployment) -> None:
    name, variables = configured(deployment, new_key(deployment)), {"Variables": {"COLOUR": "blue"}}
    user = deployment.user("user", deployment.allow("lambda:UpdateFunctionConfiguration", "*"))("lambda")
    code, message = refusal(user.update_function_configuration, FunctionName=name, Environment=variables)
    assert (code, "kms:Encrypt" in message) == ("AccessDeniedException", True)
    assert user.update_function_configuration(FunctionName=name, Timeout=31)["Timeout"] == 31


def test_a_function_is_created_with_a_key_only_by_whom_may_encrypt_with_it(deployment: Deployment) -> None:
    role = deployment.role("function", "lambda.amazonaws.com")
    user = deployment.user(
        "user", deployment.allow("lambda:CreateFunction", "*"), deployment.allow("iam:PassRole", role)
    )
    code, message = refusal(
        user("lambda").create_function,
        FunctionName=f"{deployment.prefix}-f", Role=role, Handler="a.b", Runtime="python3.13",
        Code={"ZipFile": b"zip"}, KMSKeyArn=new_key(deployment),
    )  # fmt: skip
    assert (code, "kms:Encrypt" in message) == ("AccessDeniedException", True)


def test_the_policy_of_a_functions_key_decides_too(deployment: Deployment) -> None:
    name = deployment.function(deployment.role("function", "lambda.amazonaws.com")).rpartition(":")[2]
    key = new_key(deployment, for_service("sns.amazonaws.com"))
    user = deployment.user("user", deployment.allow(["lambda:*", "kms:*"], "*"))
    assert refusal(user("lambda").update_function_configuration, FunctionName=name, KMSKeyArn=key)[0] == (
        "AccessDeniedException"
    )


def test_a_permission_through_lambda_by_a_keys_tag_is_enough(deployment: Deployment) -> None:
    name = deployment.function(deployment.role("function", "lambda.amazonaws.com")).rpartition(":")[2]
    key = new_key(deployment, Tags=[{"TagKey": "owner", "TagValue": deployment.prefix}])
    through = {
        "StringEquals": {
            "kms:ViaService": "lambda.us-east-1.amazonaws.com",
            "aws:ResourceTag/owner": deployment.prefix,
        },
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }
    use = {**deployment.allow(["kms:Encrypt", "kms:CreateGrant"], "*"), "Condition": through}
    user = deployment.user("user", deployment.allow("lambda:*", "*"), use)
    user("lambda").update_function_configuration(FunctionName=name, KMSKeyArn=key)


def test_variables_are_read_back_only_by_whom_may_decrypt_them(deployment: Deployment) -> None:
    key = new_key(deployment)
    name, read = configured(deployment, key), deployment.allow("lambda:Get*", "*")
    having = deployment.user("having", read, deployment.allow("kms:Decrypt", key))("lambda")
    without = deployment.user("without", read)("lambda")
    assert having.get_function_configuration(FunctionName=name)["Environment"] == {"Variables": {"COLOUR": "red"}}
    configuration = without.get_function_configuration(FunctionName=name)
    assert configuration["Environment"]["Error"]["ErrorCode"] == "AccessDeniedException"
    assert "Variables" not in configuration["Environment"]
    assert "Error" in without.get_function(FunctionName=name)["Configuration"]["Environment"]
    assert "Variables" in deployment.root("lambda").get_function(FunctionName=name)["Configuration"]["Environment"]


# CloudWatch Logs


def test_a_log_group_is_created_only_with_a_key_that_the_service_may_use_for_it(deployment: Deployment) -> None:
    logs, name = deployment.root("logs"), f"/{deployment.prefix}/group"
    group = deployment.arn("logs", f"log-group:{name}")
    service = "logs.us-east-1.amazonaws.com"
    right = new_key(deployment, for_service(service, ArnEquals={"kms:EncryptionContext:aws:logs:arn": group}))
    wrong = [
        new_key(deployment),
        new_key(deployment, for_service(service, ArnEquals={"kms:EncryptionContext:aws:logs:arn": f"{group}-other"})),
        deployment.arn("kms", "key/00000000-0000-0000-0000-000000000000"),
    ]
    message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'"
    for key in wrong:
        refused = refusal(logs.create_log_group, logGroupName=name, kmsKeyId=key)
        assert refused == ("AccessDeniedException", message)
    logs.create_log_group(logGroupName=name, kmsKeyId=right)


# S3


@pytest.fixture
def bucket(deployment: Deployment) -> tuple[str, str]:
    """A bucket with a default key, and the key's ARN."""
    name, key, s3 = f"{deployment.prefix}-bucket", new_key(deployment), deployment.root("s3")
    s3.create_bucket(Bucket=name)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return name, key


def test_an_object_that_says_nothing_of_encryption_needs_the_buckets_default_key(
    deployment: Deployment, bucket: tuple[str, str]
) -> None:
    name, key = bucket
    write = deployment.allow(["s3:PutObject", "s3:GetObject"], f"arn:aws:s3:::{name}/*")
    other = new_key(deployment)
    owner = deployment.user("owner", write, deployment.allow(["kms:GenerateDataKey", "kms:Decrypt"], other))("s3")
    code, message = refusal(owner.put_object, Bucket=name, Key="k", Body=b"1")
    assert (code, "kms:GenerateDataKey" in message, key in message) == ("AccessDenied", True, True)
    # With a key of its own, or without any, the bucket's default does not matter.
    owner.put_object(Bucket=name, Key="k", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=other)
    assert owner.get_object(Bucket=name, Key="k")["Body"].read() == b"1"
    owner.put_object(Bucket=name, Key="plain", Body=b"1", ServerSideEncryption="AES256")
    assert owner.get_object(Bucket=name, Key="plain")["Body"].read() == b"1"


def test_an_object_is_read_with_the_key_that_it_was_written_with(
    deployment: Deployment, bucket: tuple[str, str]
) -> None:
    name, key = bucket
    deployment.root("s3").put_object(Bucket=name, Key="k", Body=b"1")
    other = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": new_key(deployment)}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": other}]}
    deployment.root("s3").put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules)
    read = deployment.allow("s3:GetObject", f"arn:aws:s3:::{name}/*")
    reader = deployment.user("reader", read, deployment.allow("kms:Decrypt", key))("s3")
    assert reader.get_object(Bucket=name, Key="k")["Body"].read() == b"1"
    stranger = deployment.user("stranger", read, deployment.allow("kms:Decrypt", other["KMSMasterKeyID"]))("s3")
    assert key in refusal(stranger.get_object, Bucket=name, Key="k")[1]


def test_writing_an_object_needs_no_more_of_the_key_than_a_data_key(
    deployment: Deployment, bucket: tuple[str, str]
) -> None:
    name, key = bucket
    write = deployment.allow(["s3:PutObject", "s3:PutObjectTagging"], f"arn:aws:s3:::{name}/*")
    writer = deployment.user("writer", write, deployment.allow("kms:GenerateDataKey", key))("s3")
    writer.put_object(Bucket=name, Key="k", Body=b"1")
    deployment.user("tagger", write)("s3").put_object_tagging(
        Bucket=name, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    )
    code, message = refusal(writer.create_multipart_upload, Bucket=name, Key="k")
    assert (code, "kms:Decrypt" in message) == ("AccessDenied", True)


def test_the_policy_of_a_buckets_default_key_decides_too(deployment: Deployment) -> None:
    name, s3 = f"{deployment.prefix}-bucket", deployment.root("s3")
    s3.create_bucket(Bucket=name)
    closed = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": new_key(deployment, for_service("sns.amazonaws.com"))}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": closed}]}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules)
    user = deployment.user("user", deployment.allow(["s3:PutObject", "kms:*"], "*"))
    assert "kms:GenerateDataKey" in refusal(user("s3").put_object, Bucket=name, Key="k", Body=b"1")[1]


def test_what_a_disabled_key_encrypts_is_neither_written_nor_read(
    deployment: Deployment, bucket: tuple[str, str]
) -> None:
    name, key = bucket
    s3, sqs, kms = (deployment.root(service) for service in ("s3", "sqs", "kms"))
    s3.put_object(Bucket=name, Key="k", Body=b"1")
    queue = sqs.create_queue(QueueName=f"{deployment.prefix}-q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    topic = deployment.root("sns").create_topic(Name=f"{deployment.prefix}-t", Attributes={"KmsMasterKeyId": key})
    publish = {"TopicArn": topic["TopicArn"], "Message": "m"}

    kms.disable_key(KeyId=key)
    assert refusal(s3.get_object, Bucket=name, Key="k") == ("KMS.DisabledException", f"{key} is disabled.")
    assert refusal(s3.put_object, Bucket=name, Key="k", Body=b"2")[0] == "KMS.DisabledException"
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="m")[0].endswith("KmsDisabled")
    assert refusal(deployment.root("sns").publish, **publish)[0] == "KMSDisabled"

    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"1"
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    deployment.root("sns").publish(**publish)
