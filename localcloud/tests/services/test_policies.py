"""Policy documents are refused by the services as AWS refuses them, before anything is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Deployment

pytestmark = pytest.mark.local

NO_SERVICE = {"Service": "lamda.amazonaws.com"}
ROOT = {"AWS": "arn:aws:iam::123456789012:root"}


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response.get("Error", {})
    return error.get("Code", ""), error.get("Message", "")


def document(**elements: Any) -> str:
    """A policy of one statement; an element that is None is left out."""
    present = {name: value for name, value in elements.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **present}]})


def trust(**elements: Any) -> str:
    service = {"Service": "lambda.amazonaws.com"}
    return document(**{"Principal": service, "Action": "sts:AssumeRole", **elements})


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"Principal": NO_SERVICE}, 'Invalid principal in policy: "SERVICE":"lamda.amazonaws.com"'),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/none"}},
         'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/none"'),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Action": None}, "Missing required field Action"),
        ({"Resource": "*"}, "Has prohibited field Resource"),
        ({"Effect": "allow"}, "Syntax errors in policy."),
    ],
)  # fmt: skip
def test_a_trust_policy_names_services_and_identities_that_exist(
    deployment: Deployment, elements: dict[str, Any], message: str
) -> None:
    iam, name = deployment.root("iam"), f"{deployment.prefix}-role"
    wrong = trust(**elements)
    refused = ("MalformedPolicyDocument", message)
    assert refusal(iam.create_role, RoleName=name, AssumeRolePolicyDocument=wrong) == refused
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())
    assert refusal(iam.update_assume_role_policy, RoleName=name, PolicyDocument=wrong) == refused


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"Action": "sns:Publish"}, "Policy statement must contain resources."),
        ({"Resource": "*"}, "Policy statement must contain actions."),
        ({"Action": "sns:Publish", "Resource": "*", "Effect": "allow"}, "Syntax errors in policy."),
        ({"Action": "sns:Publish", "Resource": "*", "Principal": "*"},
         "Policy document should not specify a principal."),
    ],
)  # fmt: skip
def test_an_identity_policy_has_actions_and_resources_and_no_principal(
    deployment: Deployment, elements: dict[str, Any], message: str
) -> None:
    iam, role = deployment.root("iam"), deployment.role("role", "lambda.amazonaws.com").rpartition("/")[2]
    wrong = document(**elements)
    refused = ("MalformedPolicyDocument", message)
    assert refusal(iam.create_policy, PolicyName=f"{role}-p", PolicyDocument=wrong) == refused
    assert refusal(iam.put_role_policy, RoleName=role, PolicyName="p", PolicyDocument=wrong) == refused


def test_who_may_not_write_a_policy_is_denied_before_it_is_read(deployment: Deployment) -> None:
    role = deployment.role("role", "lambda.amazonaws.com").rpartition("/")[2]
    topic, key = deployment.topic(), deployment.root("kms").create_key()["KeyMetadata"]["KeyId"]
    user = deployment.user("user")
    code, message = refusal(user("iam").put_role_policy, RoleName=role, PolicyName="p", PolicyDocument="{}")
    assert (code, "iam:PutRolePolicy" in message) == ("AccessDenied", True)
    code, message = refusal(user("kms").put_key_policy, KeyId=key, PolicyName="default", Policy="{}")
    assert (code, "kms:PutKeyPolicy" in message) == ("AccessDeniedException", True)
    code, message = refusal(
        user("sns").set_topic_attributes, TopicArn=topic, AttributeName="Policy", AttributeValue="{}"
    )
    assert (code, "SetTopicAttributes" in message) == ("AuthorizationError", True)


def test_an_action_that_no_service_has_is_accepted_as_iam_does(deployment: Deployment) -> None:
    deployment.role("role", "lambda.amazonaws.com", deployment.allow("sns:Publsh", "*"))


def test_a_key_policy_names_principals_that_exist(deployment: Deployment) -> None:
    kms = deployment.root("kms")
    account = {"Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*"}
    for principal in (NO_SERVICE, {"AWS": "arn:aws:iam::123456789012:role/none"}, None):
        statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [account, statement]})
        assert refusal(kms.create_key, Policy=policy) == (
            "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.",
        )  # fmt: skip


def test_a_key_policy_that_locks_its_author_out_is_refused_unless_told_otherwise(deployment: Deployment) -> None:
    kms = deployment.root("kms")
    role = deployment.role("only", "lambda.amazonaws.com")
    policy = document(Principal={"AWS": role}, Action="kms:*", Resource="*")
    message = "The new key policy will not allow you to update the key policy in the future."
    assert refusal(kms.create_key, Policy=policy) == ("MalformedPolicyDocumentException", message)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    refused = refusal(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=policy)
    assert refused == ("MalformedPolicyDocumentException", message)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy, BypassPolicyLockoutSafetyCheck=True)


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_a_statement_of_a_key_policy_without_action_or_resource_is_kept_and_does_nothing(
    deployment: Deployment, element: str
) -> None:
    kms = deployment.root("kms")
    account = {"Effect": "Allow", "Principal": ROOT, "Action": ["kms:PutKeyPolicy"], "Resource": "*"}
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    del everybody[element]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [account, everybody]})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == policy
    user = deployment.user("user", deployment.allow("kms:*", "*"))
    assert refusal(user("kms").encrypt, KeyId=key, Plaintext=b"text")[0] == "AccessDeniedException"


WITHOUT = [{"Principal": None}, {"Action": None}, {"Effect": "Alow"}]


@pytest.mark.parametrize("elements", [{"Principal": NO_SERVICE}, *WITHOUT])
def test_a_queue_with_a_wrong_policy_is_refused(deployment: Deployment, elements: dict[str, Any]) -> None:
    sqs, name = deployment.root("sqs"), f"{deployment.prefix}-queue"
    right = {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}
    wrong = {"Policy": document(**{**right, **elements})}
    refused = ("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    assert refusal(sqs.create_queue, QueueName=name, Attributes=wrong) == refused
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": document(**right)})["QueueUrl"]
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=wrong) == refused


@pytest.mark.parametrize(
    ("elements", "reason"),
    [({"Principal": NO_SERVICE}, "PrincipalNotFound"), *((each, "null") for each in (*WITHOUT, {"Resource": None}))],
)
def test_a_topic_with_a_wrong_policy_is_refused(deployment: Deployment, elements: dict[str, Any], reason: str) -> None:
    sns, name = deployment.root("sns"), f"{deployment.prefix}-topic"
    right = {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*"}
    wrong = document(**{**right, **elements})
    refused = ("InvalidParameter", f"Invalid parameter: Policy Error: {reason}")
    assert refusal(sns.create_topic, Name=name, Attributes={"Policy": wrong}) == refused
    topic = sns.create_topic(Name=name, Attributes={"Policy": document(**right)})["TopicArn"]
    assert refusal(
        sns.set_topic_attributes, TopicArn=topic, AttributeName="Policy", AttributeValue=wrong
    ) == refused  # fmt: skip


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"Principal": NO_SERVICE}, "Invalid principal in policy"),
        ({"Resource": None}, "Missing required field Resource"),
        ({"Principal": None}, "Missing required field Principal"),
    ],
)
def test_a_bucket_with_a_wrong_policy_is_refused(
    deployment: Deployment, elements: dict[str, Any], message: str
) -> None:
    s3, bucket = deployment.root("s3"), f"{deployment.prefix}-bucket"
    s3.create_bucket(Bucket=bucket)
    right = {"Principal": ROOT, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    wrong = document(**{**right, **elements})
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=wrong) == ("MalformedPolicy", message)
    s3.put_bucket_policy(Bucket=bucket, Policy=document(**right))


def test_no_service_that_does_not_exist_is_let_invoke_a_function(deployment: Deployment) -> None:
    function = deployment.function(deployment.role("function", "lambda.amazonaws.com"))
    code, message = refusal(
        deployment.root("lambda").add_permission, FunctionName=function, StatementId="s",
        Action="lambda:InvokeFunction", Principal="event.amazonaws.com",
    )  # fmt: skip
    assert (code, message.split(".")[0]) == ("InvalidParameterValueException", "The provided principal was invalid")


@pytest.mark.parametrize(
    ("pattern", "refused"),
    [
        ({"detail-type": "no list"}, True),
        ({"source": []}, True),
        ({"source": [{"prefx": "aws."}]}, True),
        ({"source": ["aws.sagemaker"], "detail-type": ["No Event Of That Name"]}, False),
    ],
)
def test_a_rules_pattern_is_refused_for_its_form_and_not_for_names(
    deployment: Deployment, pattern: dict[str, Any], *, refused: bool
) -> None:
    events, rule = deployment.root("events"), {"Name": f"{deployment.prefix}-rule", "EventPattern": json.dumps(pattern)}
    if refused:
        assert refusal(events.put_rule, **rule)[0] == "InvalidEventPatternException"
    else:
        assert events.put_rule(**rule)["RuleArn"]


def test_an_event_is_tested_against_a_pattern(deployment: Deployment) -> None:
    events = deployment.root("events")
    event = {
        "id": "1", "account": "123456789012", "source": "aws.glue", "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1", "resources": [], "detail-type": "Glue Crawler State Change",
        "detail": {"crawlerName": "a"},
    }  # fmt: skip
    for name, matches in (("a", True), ("b", False)):
        pattern = json.dumps({"source": ["aws.glue"], "detail": {"crawlerName": [name]}})
        assert events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"] is matches
