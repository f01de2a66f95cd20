"""What an alarm does when its state changes: it publishes to its SNS topics as cloudwatch.amazonaws.com.

The emulator would hand the message to the subscribers without asking the topic's policy or its key's policy.
"""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import botocore.session

from localcloud.clients import Clients
from localcloud.emulator import monitoring
from localcloud.emulator.identity import scope
from localcloud.emulator.monitoring import Alarm, AlarmHistoryItem
from localcloud.iam.authorization import service_refusal
from localcloud.services.cloudwatch.models import alarm_message

log = logging.getLogger("localcloud")

SERVICE = "cloudwatch.amazonaws.com"


class AlarmActions:
    """Run the actions of alarms in the background."""

    def __init__(self, clients: Clients, region: str) -> None:
        self._clients = clients
        self._region = region
        self._pool = ThreadPoolExecutor(1, "alarm-actions")
        monitoring.replace_alarm_actions(self._run)

    def stop(self) -> None:
        """Drop what has not been published yet."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, alarm: Alarm, before: str, after: str, reason: str) -> None:
        if alarm.actions_enabled and before != after:
            for arn in alarm.actions[after]:
                self._pool.submit(self._publish, alarm, before, after, reason, arn)

    def _publish(self, alarm: Alarm, before: str, after: str, reason: str, topic_arn: str) -> None:
        try:
            problem = _refusal(alarm.arn, topic_arn)
            if not problem:
                region_name = _region_name(self._region)
                subject = f'{after}: "{alarm.name}" in {region_name}'[:100]
                body = json.dumps(alarm_message(alarm, before, after, reason, region_name))
                self._clients("sns").publish(TopicArn=topic_arn, Subject=subject, Message=body)
        except Exception as error:
            log.exception("the action %s of alarm %s failed", topic_arn, alarm.name)
            problem = str(error)
        self._record(alarm.name, topic_arn, problem)

    def _record(self, name: str, topic_arn: str, problem: str | None) -> None:
        """Add the action to the alarm's history."""
        succeeded = f"Successfully executed action {topic_arn}"
        entry: AlarmHistoryItem = {
            "AlarmName": name,
            "AlarmType": "MetricAlarm",
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "HistoryItemType": "Action",
            "HistorySummary": f"Failed to execute action {topic_arn}. Received error: {problem}"
            if problem
            else succeeded,
            "HistoryData": json.dumps({"actionState": "Failed" if problem else "Succeeded", "error": problem}),
        }
        with scope(self._region):
            monitoring.add_alarm_history(entry)


def _refusal(alarm_arn: str, topic_arn: str) -> str | None:
    if topic_arn.split(":")[2] != "sns":
        return "the local cloud runs SNS actions only"
    return service_refusal(SERVICE, "sns:Publish", topic_arn, alarm_arn)


def _region_name(region: str) -> str:
    """Return a region as CloudWatch's messages name it, e.g. `US East (N. Virginia)`."""
    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    return str(partitions[0]["regions"].get(region, {}).get("description", region))
