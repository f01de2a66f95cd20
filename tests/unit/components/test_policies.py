"""Identity policies of the whole stack, read by a policy linter: known actions, fitting resources, no findings."""

import json
import re
import warnings
from typing import Any

import pytest

from components import (
    ExecutionRole,
    ExecutionRoleArgs,
    KpiVisualization,
    KpiVisualizationArgs,
    Notifications,
    NotificationsArgs,
)
from settings import Settings
from settings.kpis import Kpis

# What the mocks hand out for ARNs that only AWS knows, as ARNs of the right service.
_REAL_ARNS = {
    r"arn:mock:notifications-topic": "arn:aws:sns:us-east-1:123456789012:topic",
    r"arn:mock:notifications-failed": "arn:aws:sqs:us-east-1:123456789012:failed",
    r"arn:mock:notifications-notifier-idempotency": "arn:aws:dynamodb:us-east-1:123456789012:table/idempotency",
    r"arn:mock:kpis-crawler-logs": "arn:aws:logs:us-east-1:123456789012:log-group:crawler",
    r"arn:mock:notifications-notifier-logs": "arn:aws:logs:us-east-1:123456789012:log-group:notifier",
}

POLICIES = (
    "execution-policy",
    "notifications-notifier-policy",
    "kpis-crawler-policy",
    "kpis-lake-formation-policy",
    "kpis-quicksight-policy",
    "kpis-quicksight-service-role-policy",
)


@pytest.fixture(scope="module")
def stack(workspace: Any, local_settings: Settings, build: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    zip_file = tmp_path_factory.mktemp("package") / "notifier.zip"
    zip_file.write_bytes(b"PK\x05\x06" + bytes(18))

    given = local_settings.kpis.model_dump(by_alias=True, mode="json")
    given["quicksight"]["patchServiceRole"] = given["lakeFormation"]["enabled"] = True
    everything = Kpis.model_validate_json(json.dumps(given))

    def program() -> None:
        shared = workspace()
        ExecutionRole("execution", ExecutionRoleArgs(workspace=shared))
        Notifications(
            "notifications",
            NotificationsArgs(
                workspace=shared, crawler_name="kpis", notifier_zip=zip_file, subscribers=local_settings.notifications
            ),
        )
        KpiVisualization(
            "kpis",
            KpiVisualizationArgs(workspace=shared, settings=everything),
        )

    return build(program)


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_linter_finds_nothing(stack: Any, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import parliament

    text = stack.inputs(name)["policy"]
    for mock, real in _REAL_ARNS.items():
        text = re.sub(mock, real, text)
    analysed = parliament.analyze_policy_string(text)
    assert [f"{f.issue}: {f.detail} {f.location}" for f in analysed.findings] == []
    assert len(analysed.statements) == len(json.loads(text)["Statement"])


def test_no_role_of_the_stack_has_a_policy_that_is_not_read(stack: Any) -> None:
    assert stack.names_of("aws:iam/rolePolicy:RolePolicy") == sorted(POLICIES)


def test_the_linter_would_find_an_unknown_action_and_a_resource_of_another_service() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import parliament

    statements = [
        {"Effect": "Allow", "Action": ["sns:Shout"], "Resource": ["arn:aws:sns:us-east-1:123456789012:topic"]},
        {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": ["arn:aws:sqs:us-east-1:123456789012:queue"]},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    found = {finding.issue for finding in parliament.analyze_policy_string(document).findings}
    assert found == {"UNKNOWN_ACTION", "RESOURCE_MISMATCH"}
