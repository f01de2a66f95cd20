"""The environment of a job."""

from __future__ import annotations

import pytest

from delivery.environment import ActionEnvironment, DriftEnvironment, PullRequestEnvironment, VerifyEnvironment
from delivery.job import DeliveryError

REQUIRED = {
    ActionEnvironment: ["PIPELINE_NAME", "PIPELINE_EXECUTION_ID", "COMMIT_ID", "ARTIFACT_BUCKET"],
    DriftEnvironment: ["NOTIFICATION_TOPIC_ARN"],
    PullRequestEnvironment: ["REPOSITORY_NAME", "PULL_REQUEST_ID", "SOURCE_COMMIT", "DESTINATION_COMMIT"],
}


@pytest.mark.parametrize("kind", REQUIRED)
def test_all_missing_variables_are_named_at_once(
    kind: type[ActionEnvironment | DriftEnvironment | PullRequestEnvironment],
) -> None:
    with pytest.raises(DeliveryError) as error:
        kind.from_environment({"STACK": " "})
    required = ["STACK", "PULUMI_BACKEND_URL", "AWS_REGION", *REQUIRED[kind]]
    assert str(error.value).startswith(f"The job's environment can't be used, {len(required)} errors:")
    assert all(f"  - {name}: not given, expected" in str(error.value) for name in required)


def test_a_wrong_value_is_told_with_what_is_expected() -> None:
    with pytest.raises(DeliveryError, match=r"STACK: given 'Prod/1', expected a stack's name such as dev"):
        VerifyEnvironment.from_environment({"STACK": "Prod/1"})


def test_a_person_needs_to_name_the_stack_only() -> None:
    assert VerifyEnvironment.from_environment({"STACK": "dev"}).backend_url is None
