"""Metrics that AWS services publish themselves and the emulator does not: AWS/SQS and AWS/Events."""

import time
from collections.abc import Mapping

from localcloud.emulator import monitoring, stores
from localcloud.emulator.identity import scope
from localcloud.emulator.stores import QueuedMessage

REPEAT_SECONDS = 30.0
"""How often a value that does not change is published again; SQS publishes once a minute."""


class Metrics:
    """Write metrics into the emulator's CloudWatch, where its API and the alarms read them."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._published: dict[tuple[str, str], tuple[float, float]] = {}

    def add(self, namespace: str, name: str, value: float, dimensions: Mapping[str, str], unit: str = "Count") -> None:
        """Publish a data point of this moment."""
        with scope(self._region):
            monitoring.record_metric(namespace, name, value, dimensions, unit)

    def read_queues(self) -> None:
        """Publish every queue's depth and oldest message (SQS developer guide, "Available CloudWatch metrics")."""
        now = time.time()
        with scope(self._region):
            queues = stores.queued_messages()
        for name, messages in queues.items():
            visible = [message for message in messages if message.visible <= now]
            waiting: dict[str, tuple[float, str]] = {
                "ApproximateNumberOfMessagesVisible": (len(visible), "Count"),
                "ApproximateNumberOfMessagesNotVisible": (len(messages) - len(visible), "Count"),
                "ApproximateAgeOfOldestMessage": (int(_oldest(messages, now)), "Seconds"),
            }
            for metric, (value, unit) in waiting.items():
                if self._is_due((name, metric), value, now):
                    self.add("AWS/SQS", metric, value, {"QueueName": name}, unit)

    def _is_due(self, key: tuple[str, str], value: float, now: float) -> bool:
        last = self._published.get(key)
        if last and last[0] == value and now - last[1] < REPEAT_SECONDS:
            return False
        self._published[key] = (value, now)
        return True


def _oldest(messages: list[QueuedMessage], now: float) -> float:
    return max((now - message.sent for message in messages), default=0.0)
