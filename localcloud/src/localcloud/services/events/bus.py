"""The default event bus for AWS services' events: matches the deployed rules, delivers to their deployed targets."""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from localcloud.clients import Clients
from localcloud.emulator.rules import matches
from localcloud.services.cloudwatch.metrics import Metrics
from localcloud.services.events.delivery import Outcome, deliver
from localcloud.services.events.errors import DeliveryError
from localcloud.services.events.input import payload
from localcloud.services.events.models import Delivery, Entry, EntryDescription, Event, Rule, Target, scheduled
from localcloud.services.events.targets import RoleSender, Targets

log = logging.getLogger("localcloud")

_REMEMBERED = 1000
"""Events that are remembered."""
_DELIVERIES = 32
"""Deliveries that run at the same time."""


class Bus:
    """Take events, deliver them in the background and remember the last ones with what became of them."""

    def __init__(self, clients: Clients, metrics: Metrics) -> None:
        self._clients = clients
        self._with_role: dict[str, RoleSender] = {}
        self._targets = Targets(clients, self._with_role)
        self._metrics = metrics
        self._entries: deque[Entry] = deque(maxlen=_REMEMBERED)
        self._matching = ThreadPoolExecutor(1, "event-matching")
        self._deliveries = ThreadPoolExecutor(_DELIVERIES, "event-delivery")
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def deliver_with_role(self, service: str, sender: RoleSender) -> None:
        """Call the targets of a service with their role, by `sender`."""
        self._with_role[service] = sender

    def emit(self, event: Event) -> None:
        """Take one event; returns at once."""
        self._matching.submit(self._route, self._accept(event))

    def put(self, events: Sequence[Event]) -> int:
        """Take events as they are, as if AWS had sent them, and return how many."""
        for event in events:
            self.emit(event)
        return len(events)

    def fire(self, rule_name: str) -> Event:
        """Send the event of a rule's schedule to the rule's targets now: nothing here waits for the time to come.

        Raises:
            ValueError: when the rule is missing, disabled or has no schedule.
        """
        rules = [rule for rule in self._enabled_rules() if rule.schedule and rule.name == rule_name]
        if not rules:
            raise ValueError(f"there is no enabled rule {rule_name} with a schedule")
        event = scheduled(rules[0].arn)
        self._send(self._accept(event), rules)
        return event

    def emit_again(self, event_id: str) -> Event:
        """Deliver a remembered event once more, under the same id, as AWS may do.

        Raises:
            KeyError: when no such event is remembered.
        """
        with self._lock:
            events = [entry.event for entry in self._entries if entry.event["id"] == event_id]
        if not events:
            raise KeyError(event_id)
        self.emit(events[0])
        return events[0]

    def entries(self) -> list[EntryDescription]:
        """Return the remembered events, the oldest first."""
        with self._lock:
            return [entry.describe() for entry in self._entries]

    def stop(self) -> None:
        """Give up what is not delivered yet."""
        self._stopping.set()
        self._matching.shutdown(wait=False, cancel_futures=True)
        self._deliveries.shutdown(wait=False, cancel_futures=True)

    def _accept(self, event: Event) -> Entry:
        entry = Entry(event)
        with self._lock:
            self._entries.append(entry)
        return entry

    def _route(self, entry: Entry) -> None:
        try:
            rules = self._enabled_rules()
            self._send(entry, [r for r in rules if r.event_pattern and matches(r.event_pattern, entry.event)])
        except Exception:
            log.exception("event %s could not be matched", entry.event["id"])

    def _enabled_rules(self) -> list[Rule]:
        pages = self._clients("events").get_paginator("list_rules").paginate()
        return [rule for page in pages for record in page["Rules"] if (rule := Rule.of(record)).enabled]

    def _send(self, entry: Entry, rules: list[Rule]) -> None:
        with self._lock:
            entry.matched = [rule.name for rule in rules]
        for rule in rules:
            self._count("TriggeredRules", rule)
            for record in self._clients("events").list_targets_by_rule(Rule=rule.name)["Targets"]:
                self._deliveries.submit(self._deliver, entry, rule, Target.of(record))

    def _deliver(self, entry: Entry, rule: Rule, target: Target) -> None:
        delivery = Delivery(rule.name, target.arn)
        with self._lock:
            entry.deliveries.append(delivery)
        text = payload(entry.event, target, rule)
        outcome = deliver(
            lambda: self._targets.send(target, text, rule.arn), target.retries, self._stopping.wait, time.monotonic
        )
        self._count("Invocations", rule)
        dead_letter = None if outcome.delivered else self._fail(entry.event, rule, target, outcome)
        with self._lock:
            delivery.retries, delivery.dead_letter = outcome.retries, dead_letter
            delivery.error = str(outcome.error) if outcome.error else None
            delivery.status = "Delivered" if outcome.delivered else "Failed"

    def _fail(self, event: Event, rule: Rule, target: Target, outcome: Outcome) -> str | None:
        """Send an undelivered event to the dead-letter queue; return the queue, or why it could not be sent."""
        self._count("FailedInvocations", rule)
        queue = target.dead_letter_queue
        if not queue:
            return None
        attributes = outcome.attributes(rule.arn, target.arn)
        try:
            self._targets.send_to_dead_letter_queue(queue, event, attributes, rule.arn)
        except DeliveryError as error:
            self._count("InvocationsFailedToBeSentToDlq", rule)
            return str(error)
        self._count("InvocationsSentToDlq", rule)
        return queue

    def _count(self, metric: str, rule: Rule) -> None:
        self._metrics.add("AWS/Events", metric, 1, {"RuleName": rule.name})
