"""The default event bus for AWS services' events: matches the deployed rules, delivers to their deployed targets."""

import json
import logging
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from localcloud.server.clients import Clients
from localcloud.services.cloudwatch.metrics import Metrics
from localcloud.services.events.envelope import scheduled
from localcloud.services.events.input import payload
from localcloud.services.events.policy import DeliveryError, Outcome, RetryPolicy, deliver
from localcloud.services.events.targets import RoleSender, Targets

log = logging.getLogger("localcloud")

Event = dict[str, Any]
_KEPT = 1000


class Bus:
    """Takes events, delivers them in the background and remembers the last 1000 with what became of them."""

    def __init__(self, clients: Clients, metrics: Metrics) -> None:
        self._clients = clients
        self._with_role: dict[str, RoleSender] = {}
        self._targets = Targets(clients, self._with_role)
        self._metrics = metrics
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._matching = ThreadPoolExecutor(1, "event-matching")
        self._deliveries = ThreadPoolExecutor(32, "event-delivery")
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def deliver_with_role(self, service: str, sender: RoleSender) -> None:
        """Tells how targets of a service are called with their role."""
        self._with_role[service] = sender

    def emit(self, event: Event) -> None:
        """Takes one event; returns at once."""
        self._matching.submit(self._route, self._accept(event))

    def fire(self, rule_name: str) -> Event:
        """Sends the event of a rule's schedule to the rule's targets now: nothing here waits for the time to come.

        Raises:
            ValueError: when the rule is missing, disabled or has no schedule.
        """
        rules = [rule for rule in self._rules("ScheduleExpression") if rule["Name"] == rule_name]
        if not rules:
            raise ValueError(f"there is no enabled rule {rule_name} with a schedule")
        event = scheduled(rules[0])
        entry = self._accept(event)
        self._send(entry, rules)
        return event

    def _accept(self, event: Event) -> dict[str, Any]:
        entry = {"event": event, "accepted": datetime.now(UTC).isoformat(), "matched": None, "deliveries": []}
        with self._lock:
            self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Any]]:
        """The events: {event, accepted, matched (rule names; None before matching), deliveries}.

        A delivery is {rule, target, status: Delivering | Delivered | Failed, retries, error?, dead_letter?}.
        """
        with self._lock:
            return json.loads(json.dumps(list(self._entries)))

    def emit_again(self, event_id: str) -> Event:
        """Delivers a recorded event once more, under the same id, as AWS may do.

        Raises:
            KeyError: when no such event is remembered.
        """
        with self._lock:
            found = [entry["event"] for entry in self._entries if entry["event"]["id"] == event_id]
        if not found:
            raise KeyError(event_id)
        self.emit(found[0])
        return found[0]

    def stop(self) -> None:
        """Gives up what is not delivered yet."""
        self._stopping.set()
        self._matching.shutdown(wait=False, cancel_futures=True)
        self._deliveries.shutdown(wait=False, cancel_futures=True)

    def _route(self, entry: dict[str, Any]) -> None:
        try:
            self._send(entry, [rule for rule in self._rules("EventPattern") if self._matches(rule, entry["event"])])
        except Exception:
            log.exception("event %s could not be matched", entry["event"]["id"])

    def _send(self, entry: dict[str, Any], rules: list[dict[str, Any]]) -> None:
        with self._lock:
            entry["matched"] = [rule["Name"] for rule in rules]
        for rule in rules:
            self._metrics.add("AWS/Events", "TriggeredRules", 1, {"RuleName": rule["Name"]})
            for target in self._clients("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                self._deliveries.submit(self._deliver, entry, rule, target)

    def _rules(self, kind: str) -> list[dict[str, Any]]:
        """The enabled rules with an EventPattern or with a ScheduleExpression."""
        pages = self._clients("events").get_paginator("list_rules").paginate()
        rules = [rule for page in pages for rule in page["Rules"]]
        return [rule for rule in rules if rule["State"].startswith("ENABLED") and rule.get(kind)]

    def _matches(self, rule: dict[str, Any], event: Event) -> bool:
        events = self._clients("events")
        return bool(events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(event))["Result"])

    def _deliver(self, entry: dict[str, Any], rule: dict[str, Any], target: dict[str, Any]) -> None:
        record: dict[str, Any] = {"rule": rule["Name"], "target": target["Arn"], "status": "Delivering"}
        with self._lock:
            entry["deliveries"].append(record)
        text = payload(entry["event"], target, rule)
        outcome = deliver(
            lambda: self._targets.send(target, text, rule["Arn"]),
            RetryPolicy.of(target),
            self._stopping.wait,
            time.monotonic,
        )
        self._metrics.add("AWS/Events", "Invocations", 1, {"RuleName": rule["Name"]})
        result = self._conclude(entry["event"], rule, target, outcome)
        with self._lock:
            record.update(result, retries=outcome.retries)

    def _conclude(self, event: Event, rule: dict[str, Any], target: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
        if outcome.delivered or outcome.error is None:
            return {"status": "Delivered"}
        dimensions = {"RuleName": rule["Name"]}
        self._metrics.add("AWS/Events", "FailedInvocations", 1, dimensions)
        result: dict[str, Any] = {"status": "Failed", "error": f"{outcome.error.code}: {outcome.error.message}"}
        queue = target.get("DeadLetterConfig", {}).get("Arn")
        if not queue:
            return result
        attributes = outcome.attributes(rule["Arn"], target["Arn"])
        try:
            self._targets.bury(queue, event, attributes, rule["Arn"])
        except DeliveryError as error:
            self._metrics.add("AWS/Events", "InvocationsFailedToBeSentToDlq", 1, dimensions)
            return {**result, "dead_letter": f"{error.code}: {error.message}"}
        self._metrics.add("AWS/Events", "InvocationsSentToDlq", 1, dimensions)
        return {**result, "dead_letter": queue}
