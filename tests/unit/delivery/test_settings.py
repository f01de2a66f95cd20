"""The environment of a job."""

from __future__ import annotations

import pytest

from delivery.errors import DeliveryError
from delivery.settings import DriftSettings, PipelineSettings, PullRequestSettings, VerifySettings

REQUIRED = {
    PipelineSettings: ["PIPELINE_NAME", "PIPELINE_EXECUTION_ID", "COMMIT_ID", "ARTIFACT_BUCKET"],
    DriftSettings: ["NOTIFICATION_TOPIC_ARN"],
    PullRequestSettings: ["REPOSITORY_NAME", "PULL_REQUEST_ID", "SOURCE_COMMIT", "DESTINATION_COMMIT"],
}


@pytest.mark.parametrize("kind", REQUIRED)
def test_all_missing_variables_are_named_at_once(
    kind: type[PipelineSettings | DriftSettings | PullRequestSettings],
) -> None:
    with pytest.raises(DeliveryError) as error:
        kind.from_environment({"STACK": " "})
    wanted = ["STACK", "PULUMI_BACKEND_URL", "AWS_REGION", *REQUIRED[kind]]
    assert str(error.value).startswith(f"The job's environment can't be used, {len(wanted)} errors:")
    assert all(f"  - {name}: not given, expected" in str(error.value) for name in wanted)


def test_a_wrong_value_is_told_with_what_is_expected() -> None:
    with pytest.raises(DeliveryError, match=r"STACK: given 'Prod/1', expected a stack's name such as dev"):
        VerifySettings.from_environment({"STACK": "Prod/1"})


def test_a_person_needs_to_name_the_stack_only() -> None:
    assert VerifySettings.from_environment({"STACK": "dev"}).backend_url is None
