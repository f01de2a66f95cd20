"""Evaluation of the deployed alarms; the emulator's own evaluation ignores dimensions and missing data."""

import json
import logging
import threading
import time

from localcloud.clients import Clients
from localcloud.emulator import monitoring
from localcloud.emulator.identity import scope
from localcloud.emulator.monitoring import Alarm, DataPoint
from localcloud.services.cloudwatch.alarm_state import EXTRA_PERIODS, evaluate, reason
from localcloud.services.cloudwatch.metrics import Metrics
from localcloud.services.cloudwatch.models import COMPARISONS, AlarmSettings

log = logging.getLogger("localcloud")

INTERVAL = 2.0
"""Seconds between two evaluations; CloudWatch evaluates once a minute, and here the running period counts as well."""


class Alarms:
    """Read the queues and evaluate all metric alarms every INTERVAL seconds, in a thread of its own."""

    def __init__(self, clients: Clients, metrics: Metrics, region: str) -> None:
        self._clients = clients
        self._metrics = metrics
        self._region = region
        self._stopping = threading.Event()
        monitoring.stop_evaluation()

    def start(self) -> None:
        """Start to evaluate."""
        threading.Thread(target=self._run, name="alarms", daemon=True).start()

    def stop(self) -> None:
        """Stop to evaluate."""
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
        if not alarm.metric_name or alarm.comparison not in COMPARISONS:
            return
        settings = AlarmSettings.of(alarm)
        values = self._values(alarm, settings.periods + EXTRA_PERIODS)
        state = evaluate(settings, values, alarm.state)
        if state == alarm.state:
            return
        recent = [value for value in values if value is not None][: settings.periods]
        data = {"version": "1.0", "recentDatapoints": recent, "threshold": settings.threshold, "period": alarm.period}
        self._clients("cloudwatch").set_alarm_state(
            AlarmName=alarm.name,
            StateValue=state,
            StateReason=reason(settings, recent, state),
            StateReasonData=json.dumps(data),
        )

    def _values(self, alarm: Alarm, count: int) -> list[float | None]:
        """Return the statistic of the last periods, the running one first; None where there are no data."""
        current = int(time.time() // alarm.period)
        with scope(self._region):
            points = monitoring.data_points(alarm.namespace or "", alarm.metric_name or "", alarm.dimensions)
        by_period: dict[int, list[DataPoint]] = {}
        for point in points:
            if alarm.unit in {None, point.unit}:
                by_period.setdefault(int(point.time // alarm.period), []).append(point)
        return [monitoring.statistic(by_period.get(current - offset, []), alarm.statistic) for offset in range(count)]
