"""The KMS key: rotated, and usable only by those who have to."""

import dataclasses
from typing import Any

from components import EncryptionKey, EncryptionKeyArgs
from contract.names import Deployment


def key(deployment: Deployment) -> EncryptionKey:
    return EncryptionKey("encryption", EncryptionKeyArgs(deployment=deployment))


def test_the_key_rotates_and_has_a_name(deployment: Deployment, build: Any) -> None:
    registered = build(lambda: key(deployment))
    assert registered.inputs("encryption-key")["enableKeyRotation"] is True
    assert registered.inputs("encryption-alias")["name"] == "alias/abalone-local"


def test_services_use_the_key_only_for_this_stacks_resources(deployment: Deployment, build: Any) -> None:
    statements = build(lambda: key(deployment)).statements("encryption-key")
    arn = "arn:aws:{}:us-east-1:123456789012:{}"
    assert statements["EncryptLogGroups"]["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn.format("logs", "log-group:*abalone-local*")}
    }
    assert statements["PublishAlarms"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": arn.format("cloudwatch", "alarm:abalone-local-*")},
    }
    assert statements["SendUndeliveredEvents"]["Condition"] == {
        "ArnLike": {"aws:SourceArn": arn.format("events", "rule/abalone-local-*")}
    }


def test_no_statement_grants_every_action(deployment: Deployment, build: Any) -> None:
    statements = build(lambda: key(deployment)).statements("encryption-key")
    actions = [action for statement in statements.values() for action in statement["Action"]]
    assert actions
    assert not any("*" in action for action in actions)


def test_a_protected_key_waits_longest_before_it_is_gone(deployment: Deployment, build: Any) -> None:
    protected = build(lambda: key(dataclasses.replace(deployment, removal_protection=True)))
    assert protected.inputs("encryption-key")["deletionWindowInDays"] == 30
    assert protected.requests["encryption-key"].protect
