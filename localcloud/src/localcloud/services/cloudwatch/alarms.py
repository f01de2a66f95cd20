"""Evaluates the deployed alarms; the emulator's own evaluation ignores dimensions and missing data."""

import json
import logging
import threading
import time

from localcloud.emulator import monitoring
from localcloud.emulator.identity import scope
from localcloud.emulator.monitoring import Alarm, DataPoint
from localcloud.server.clients import Clients
from localcloud.services.cloudwatch.alarm_state import COMPARISONS, EXTRA_PERIODS, Rule, evaluate, reason
from localcloud.services.cloudwatch.metrics import Metrics

log = logging.getLogger("localcloud")

INTERVAL = 2.0
"""Seconds between two evaluations; CloudWatch evaluates once a minute, and here the running period counts as well."""


class Alarms:
    """Reads the queues and evaluates all metric alarms every INTERVAL seconds, in a thread of its own."""

    def __init__(self, clients: Clients, metrics: Metrics, region: str) -> None:
        self._clients = clients
        self._metrics = metrics
        self._region = region
        self._stopping = threading.Event()
        monitoring.stop_evaluation()

    def start(self) -> None:
        """Starts to evaluate."""
        threading.Thread(target=self._run, name="alarms", daemon=True).start()

    def stop(self) -> None:
        """Stops to evaluate."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL):
            try:
                self._metrics.read_queues()
                with scope(self._region):
                    alarms = monitoring.alarms()
                for alarm in alarms:
                    self._evaluate(alarm)
            except Exception:
                log.exception("the alarms could not be evaluated")

    def _evaluate(self, alarm: Alarm) -> None:
        if not alarm.get("MetricName") or alarm["ComparisonOperator"] not in COMPARISONS:
            return
        rule = Rule(
            comparison=alarm["ComparisonOperator"],
            threshold=float(alarm["Threshold"]),
            periods=int(alarm["EvaluationPeriods"]),
            to_alarm=int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]),
            missing=alarm.get("TreatMissingData") or "missing",
        )
        points = self._points(alarm, rule.periods + EXTRA_PERIODS)
        state = evaluate(rule, points, alarm["StateValue"])
        if state == alarm["StateValue"]:
            return
        recent = [point for point in points if point is not None][: rule.periods]
        data = {"version": "1.0", "recentDatapoints": recent, "threshold": rule.threshold, "period": alarm["Period"]}
        self._clients("cloudwatch").set_alarm_state(
            AlarmName=alarm["AlarmName"],
            StateValue=state,
            StateReason=reason(rule, recent, state),
            StateReasonData=json.dumps(data),
        )

    def _points(self, alarm: Alarm, count: int) -> list[float | None]:
        period = int(alarm["Period"])
        current = int(time.time() // period)
        dimensions = {item["Name"]: item["Value"] for item in alarm.get("Dimensions", [])}
        with scope(self._region):
            points = monitoring.data_points(alarm["Namespace"], alarm["MetricName"], dimensions)
        by_period: dict[int, list[DataPoint]] = {}
        for point in points:
            if alarm.get("Unit") in (None, point.unit):
                by_period.setdefault(int(point.time // period), []).append(point)
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return [monitoring.statistic(by_period.get(current - offset, []), statistic) for offset in range(count)]
