"""CodeBuild's EventBridge events.

Source: CodeBuild user guide, "Build notifications input format reference".
"""

import json
from datetime import datetime
from typing import Any

from localcloud.services.events.envelope import event

Record = dict[str, Any]

STATE = "CodeBuild Build State Change"
PHASE = "CodeBuild Build Phase Change"


def state_changed(build: Record) -> Record:
    """The event of a build that began or ended."""
    detail = {
        "build-status": build["buildStatus"],
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "additional-information": _information(build),
        "current-phase": build["currentPhase"],
        "current-phase-context": _context(build["phases"][-1] if build["phases"] else {}),
        "version": "1",
    }
    return event("aws.codebuild", STATE, build["arn"], build["arn"].split(":")[3], detail)


def phase_changed(build: Record, phase: Record) -> Record:
    """The event of a phase that ended."""
    detail = {
        "completed-phase": phase["phaseType"],
        "completed-phase-status": phase["phaseStatus"],
        "completed-phase-duration-seconds": phase["durationInSeconds"],
        "completed-phase-start": _time(phase["startTime"]),
        "completed-phase-end": _time(phase["endTime"]),
        "completed-phase-context": _context(phase),
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "additional-information": _information(build),
        "version": "1",
    }
    return event("aws.codebuild", PHASE, build["arn"], build["arn"].split(":")[3], detail)


def _information(build: Record) -> Record:
    environment = build["environment"]
    # A value in an event is a value in every log of events.
    variables = [{key: item[key] for key in item if key != "value"} for item in environment["environmentVariables"]]
    information: Record = {
        "artifact": build.get("artifacts") or {"location": ""},
        "environment": {
            "image": environment["image"],
            "privileged-mode": False,
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": variables,
        },
        "timeout-in-minutes": build["timeoutInMinutes"],
        "build-complete": build["buildComplete"],
        "build-number": build["buildNumber"],
        "initiator": build["initiator"],
        "build-start-time": _time(build["startTime"]),
        "source": {key: build["source"][key] for key in ("type", "location", "buildspec") if build["source"].get(key)},
        "logs": {
            "group-name": build["logs"].get("groupName"),
            "stream-name": build["logs"].get("streamName"),
            "deep-link": build["logs"].get("deepLink"),
        },
        "phases": [_phase(phase) for phase in build["phases"]],
    }
    if version := build.get("sourceVersion"):
        information["source-version"] = version
    return information


def _phase(phase: Record) -> Record:
    described: Record = {"phase-type": phase["phaseType"], "start-time": _time(phase["startTime"])}
    if "endTime" in phase:
        described |= {
            "end-time": _time(phase["endTime"]),
            "duration-in-seconds": phase["durationInSeconds"],
            "phase-status": phase["phaseStatus"],
            "phase-context": [f"{c['statusCode']}: {c['message']}" for c in phase["contexts"]],
        }
    return described


def _context(phase: Record) -> str:
    return json.dumps([f"{c['statusCode']}: {c['message']}" for c in phase.get("contexts", [])])


def _time(moment: datetime) -> str:
    return moment.strftime("%b %-d, %Y %-I:%M:%S %p")
