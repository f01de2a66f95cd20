"""Where an approver finds the report."""

from __future__ import annotations

import pytest

from contract.layout import DeliveryArtifacts
from delivery import preview
from delivery.environment import ActionEnvironment

from .conftest import EXECUTION


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "us-east-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_the_approval_links_to_the_report_in_the_console_of_its_partition(
    region: str, host: str, settings: ActionEnvironment
) -> None:
    there = settings.model_copy(update={"region": region})
    key = DeliveryArtifacts(there.pipeline_name).preview_report_key(there.execution_id)
    assert preview.console_link(there, key) == (
        f"https://{host}/s3/object/abalone-local-artifacts?region={region}"
        f"&prefix=abalone-local-delivery%2Fpreviews%2F{EXECUTION}%2Fpreview.md"
    )
