"""What an alarm does when its state changes: it publishes to its SNS topics as cloudwatch.amazonaws.com.

The emulator would hand the message to the subscribers without asking the topic's policy or its key's policy.
"""

import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import botocore.session

from localcloud.emulator import monitoring
from localcloud.emulator.identity import scope
from localcloud.iam.authorization import service_refusal
from localcloud.layout import ACCOUNT
from localcloud.server.clients import Clients

log = logging.getLogger("localcloud")

Alarm = dict[str, Any]
SERVICE = "cloudwatch.amazonaws.com"
_ACTIONS: Mapping[str, str] = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_TRIGGER = ("MetricName", "Namespace", "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold", "Unit")


class AlarmActions:
    """Runs the actions of alarms in the background."""

    def __init__(self, clients: Clients, region: str) -> None:
        self._clients = clients
        self._region = region
        self._pool = ThreadPoolExecutor(1, "alarm-actions")
        monitoring.replace_alarm_actions(self.dispatch)

    def dispatch(self, alarm: Alarm, before: str, after: str, reason: str) -> None:
        """Takes one change of state; called by the emulator inside a request, so it returns at once."""
        if alarm.get("ActionsEnabled", True) and before != after:
            for arn in alarm.get(_ACTIONS[after]) or []:
                self._pool.submit(self._publish, dict(alarm), before, after, reason, str(arn))

    def stop(self) -> None:
        """Drops what has not been published yet."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _publish(self, alarm: Alarm, before: str, after: str, reason: str, topic_arn: str) -> None:
        try:
            problem = _refused(alarm["AlarmArn"], topic_arn)
            if not problem:
                where = _region_name(self._region)
                subject = f'{after}: "{alarm["AlarmName"]}" in {where}'[:100]
                body = json.dumps(_message(alarm, before, after, reason, where))
                self._clients("sns").publish(TopicArn=topic_arn, Subject=subject, Message=body)
        except Exception as error:
            log.exception("the action %s of alarm %s failed", topic_arn, alarm["AlarmName"])
            problem = str(error)
        self._note(alarm["AlarmName"], topic_arn, problem)

    def _note(self, name: str, topic_arn: str, problem: str) -> None:
        summary = f"Failed to execute action {topic_arn}. Received error: {problem}" if problem else ""
        entry = {
            "AlarmName": name,
            "AlarmType": "MetricAlarm",
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "HistoryItemType": "Action",
            "HistorySummary": summary or f"Successfully executed action {topic_arn}",
            "HistoryData": json.dumps({"actionState": "Failed" if problem else "Succeeded", "error": problem or None}),
        }
        with scope(self._region):
            monitoring.add_alarm_history(entry)


def _refused(alarm_arn: str, topic_arn: str) -> str:
    if topic_arn.split(":")[2] != "sns":
        return "the local cloud runs SNS actions only"
    return service_refusal(SERVICE, "sns:Publish", topic_arn, alarm_arn) or ""


def _message(alarm: Alarm, before: str, after: str, reason: str, where: str) -> dict[str, Any]:
    """The message of an alarm (CloudWatch user guide, "Notifying users on alarm changes")."""
    trigger = {name: alarm.get(name) for name in _TRIGGER}
    dimensions = [{"name": item["Name"], "value": item["Value"]} for item in alarm.get("Dimensions", [])]
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": ACCOUNT,
        "NewStateValue": after,
        "NewStateReason": reason,
        "StateChangeTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": where,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": before,
        **{actions: alarm.get(actions, []) for actions in _ACTIONS.values()},
        "Trigger": {
            **trigger,
            "StatisticType": "Statistic",
            "Statistic": str(alarm.get("Statistic", "")).upper(),
            "TreatMissingData": alarm.get("TreatMissingData", "missing"),
            "Dimensions": dimensions,
        },
    }


def _region_name(region: str) -> str:
    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    return str(partitions[0]["regions"].get(region, {}).get("description", region))
