"""Streams that the real engine (3.259.0) wrote, and small change sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery import change_set, events
from delivery.environment import ActionEnvironment
from delivery.events import Event
from messages.change_set import ChangeSet, Op, PropertyChange, ResourceChange

STREAMS = Path(__file__).parent / "streams"
SECRETS = ("hunter2hunter2", "outputsecret9")
"""In the program that the streams were recorded of: an input of the topic, and an output of the stack."""
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
EXECUTION = "11111111-2222-3333-4444-555555555555"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def stream(name: str) -> list[Event]:
    return list(events.parse((STREAMS / f"{name}.jsonl").read_text().splitlines()))


def recorded(name: str) -> ChangeSet:
    return change_set.of(stream(name), "local", COMMIT)


def resource(
    name: str, op: Op = "update", *changes: PropertyChange, kind: str = "aws:sqs/queue:Queue"
) -> ResourceChange:
    urn = f"urn:pulumi:local::mlops-infra::{kind}::{name}"
    return ResourceChange(urn=urn, type=kind, op=op, properties=changes)


def change(path: str, before: str | None = "1", after: str | None = "2", *, replaces: bool = False) -> PropertyChange:
    return PropertyChange(path=path, before=before, after=after, replaces=replaces)


def changes(*resources: ResourceChange, unchanged: int = 0) -> ChangeSet:
    return ChangeSet(stack="local", commit=COMMIT, resources=resources, unchanged=unchanged)


@pytest.fixture
def settings() -> ActionEnvironment:
    return ActionEnvironment.from_environment(
        {
            "STACK": "local",
            "PULUMI_BACKEND_URL": "s3://state?region=us-east-1",
            "AWS_REGION": "us-east-1",
            "PIPELINE_NAME": "abalone-local-delivery",
            "PIPELINE_EXECUTION_ID": EXECUTION,
            "COMMIT_ID": COMMIT,
            "ARTIFACT_BUCKET": "abalone-local-artifacts",
            "KMS_KEY_ARN": KEY_ARN,
        }
    )
