"""Which principals a policy may name."""

import pytest

from localcloud.iam.principals import principal_exists, service_exists


@pytest.mark.parametrize(
    "name",
    [
        "lambda.amazonaws.com", "codepipeline.amazonaws.com", "management.chatbot.amazonaws.com",
        "logs.eu-central-1.amazonaws.com", "delivery.logs.amazonaws.com", "ecs-tasks.amazonaws.com",
        "logs.cn-north-1.amazonaws.com.cn", "vpc-flow-logs.amazonaws.com", "lexv2.amazonaws.com",
    ],
)  # fmt: skip
def test_services_that_exist_are_known(name: str) -> None:
    assert service_exists(name)


@pytest.mark.parametrize(
    "name",
    [
        "lamda.amazonaws.com", "sagemaker-pipelines.amazonaws.com", "lambda.amazonaws.org", "lambda", "amazonaws.com",
        "logs.eu-central-9.amazonaws.com", ".amazonaws.com",
    ],
)  # fmt: skip
def test_services_that_do_not_exist_are_not(name: str) -> None:
    assert not service_exists(name)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("AWS", "*", True),
        ("AWS", "123456789012", True),
        ("AWS", "arn:aws:iam::123456789012:root", True),
        ("AWS", "arn:aws:sts::123456789012:assumed-role/r/s", True),
        ("AWS", "arn:aws:iam::210987654321:role/of-others", True),
        ("AWS", "arn:aws:iam::123456789012:role/missing", False),
        ("AWS", "arn:aws:iam::123456789012:user/missing", False),
        ("AWS", "lambda.amazonaws.com", False),
        ("Federated", "arn:aws:iam::123456789012:oidc-provider/token.example.com", True),
        ("Services", "lambda.amazonaws.com", False),
    ],
)
def test_roles_and_users_of_the_account_have_to_exist_and_other_accounts_are_believed(
    kind: str, name: str, *, expected: bool
) -> None:
    assert principal_exists(kind, name) is expected
