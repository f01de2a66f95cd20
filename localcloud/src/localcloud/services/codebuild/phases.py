"""The phases of a build's record: begun, ended, and closed with the build."""

from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]

_REASONS = {
    "STOPPED": "The build was stopped",
    "TIMED_OUT": "The build timed out",
    "FAULT": "The build's process ended without saying how; builder.log in its directory may tell",
}


def begin(build: Record, name: str, time: datetime) -> None:
    """A phase has begun."""
    build["currentPhase"] = name
    build["phases"].append({"phaseType": name, "startTime": time, "contexts": []})


def end(build: Record, name: str, status: str, contexts: list[Record], time: datetime) -> Record:
    """A phase has ended, also one of which nobody said that it had begun; the phase."""
    started = next((phase["startTime"] for phase in build["phases"] if phase["phaseType"] == name), time)
    phase: Record = {
        "phaseType": name,
        "phaseStatus": status,
        "startTime": started,
        "endTime": time,
        "durationInSeconds": int((time - started).total_seconds()),
        "contexts": contexts,
    }
    build["phases"] = [*(other for other in build["phases"] if other["phaseType"] != name), phase]
    return phase


def conclude(build: Record, status: str, result: Record) -> None:
    """The build has ended, and what was under way as well; `result` is the builder's last line, if there was one."""
    now = datetime.now(UTC)
    for phase in [phase for phase in build["phases"] if "endTime" not in phase]:
        context = {"statusCode": status, "message": _REASONS.get(status, status)}
        end(build, phase["phaseType"], status, [context], now)
    exported = result.get("exported", {})
    build["exportedEnvironmentVariables"] = [{"name": name, "value": exported[name]} for name in exported]
    if found := list(result.get("artifacts", {}).values()):
        build["artifacts"] = found[0]
    build.update(buildStatus=status, buildComplete=True, endTime=now)
    begin(build, "COMPLETED", now)
