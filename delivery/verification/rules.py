"""Checks of EventBridge's rules: each is enabled, matches the events that it is for, and sends them where it should."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from contract.aws_errors import code_of
from contract.notification_rules import NotificationRule
from delivery.verification.findings import Finding, compare, counted, failed, passed
from delivery.verification.state import Deployed, Event

RULE = "aws:cloudwatch/eventRule:EventRule"


def rules(deployed: Deployed) -> Iterator[Finding]:
    """Check that the declared rules send to the notifier, no other does, and every rule is enabled and has a target."""
    events = deployed.clients("events")
    function = deployed.clients("lambda").get_function_configuration(FunctionName=deployed.outputs["notifier"])
    queue = deployed.outputs["dead_letter_queues"]["undelivered"].rpartition("/")[2]
    declared = {rule.name for rule in deployed.notification_rules}
    for rule in deployed.notification_rules:
        yield from _notifying(events, rule, function["FunctionArn"], queue)
    for name in sorted({rule.text("name") for rule in deployed.of_type(RULE)} - declared):
        yield from _other_rule(events, name, function["FunctionArn"])


def _notifying(events: Any, rule: NotificationRule, function_arn: str, queue: str) -> Iterator[Finding]:
    described = _described(events, rule.name)
    yield compare(f"rule {rule.name}", "ENABLED", described.get("State", "missing"))
    if not described:
        return
    pattern = json.loads(described.get("EventPattern", "null"))
    yield Finding(
        subject=f"pattern of {rule.name}",
        expected=json.dumps(rule.pattern),
        actual="as declared" if pattern == rule.pattern else json.dumps(pattern),
        passed=pattern == rule.pattern,
    )
    queues_by_target = [(target["Arn"], _queue_name(target)) for target in _targets(events, rule.name)]
    yield Finding(
        subject=f"targets of {rule.name}",
        expected=f"{function_arn} alone, with dead-letter queue {queue}",
        actual=", ".join(f"{arn} with dead-letter queue {name or 'none'}" for arn, name in queues_by_target) or "none",
        passed=queues_by_target == [(function_arn, queue)],
    )


def _other_rule(events: Any, name: str, function_arn: str) -> Iterator[Finding]:
    described = _described(events, name)
    yield compare(f"rule {name}", "ENABLED", described.get("State", "missing"))
    if not described:
        return
    targets = [target["Arn"] for target in _targets(events, name)]
    yield Finding(
        subject=f"targets of {name}",
        expected="at least one, and not the notifier, for which this rule is not declared",
        actual=", ".join(targets) or "none",
        passed=bool(targets) and function_arn not in targets,
    )


def _described(events: Any, name: str) -> Mapping[str, Any]:
    """Return DescribeRule's answer, empty where there is no such rule."""
    try:
        return events.describe_rule(Name=name)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return {}
        raise


def _targets(events: Any, rule: str) -> list[Mapping[str, Any]]:
    pages = events.get_paginator("list_targets_by_rule").paginate(Rule=rule)
    return [target for page in pages for target in page["Targets"]]


def _queue_name(target: Mapping[str, Any]) -> str:
    return target.get("DeadLetterConfig", {}).get("Arn", "").rpartition(":")[2]


def events(deployed: Deployed) -> Iterator[Finding]:
    """Check that the pattern of each rule, as deployed, matches AWS's document of the event that the rule is for.

    The document is about somebody else's resources, and matches only once the stack's own names are put in their place.
    """
    client = deployed.clients("events")
    patterns = {name: pattern for name in _names(deployed) if (pattern := _described(client, name).get("EventPattern"))}
    failures = [failure for name, pattern in patterns.items() for failure in _mismatch(client, deployed, name, pattern)]
    yield from failures
    matching = len(patterns) - len(failures)
    if matching:
        yield passed(f"events of {counted(matching, 'rule')}", "the stack's own match, in the form that AWS documents")


def _names(deployed: Deployed) -> list[str]:
    return sorted(rule.text("name") for rule in deployed.of_type(RULE))


def _mismatch(client: Any, deployed: Deployed, name: str, pattern: str) -> Iterator[Finding]:
    subject, sample = f"events of {name}", deployed.events.get(name)
    if sample is None:
        yield failed(subject, "a sample in delivery/verification/event_samples.py", "none")
        return
    kind = sample.document["detail-type"]
    if not _matches(client, pattern, sample.of_stack):
        yield failed(subject, f"the stack's own events {kind!r} to match", f"{pattern} does not match them")
    elif _matches(client, pattern, sample.document):
        yield failed(subject, f"events {kind!r} of others not to match", f"{pattern} matches them")


def _matches(client: Any, pattern: str, event: Event) -> bool:
    return client.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]
