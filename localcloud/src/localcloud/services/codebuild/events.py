"""CodeBuild's EventBridge events.

Source: CodeBuild user guide, "Build notifications input format reference".
"""

import json
from datetime import datetime
from typing import Any

from localcloud.runners.builds.protocol import PhaseContext
from localcloud.services.codebuild.models import Build, Phase
from localcloud.services.events.models import Event, event

STATE = "CodeBuild Build State Change"
PHASE = "CodeBuild Build Phase Change"

_SOURCE_MEMBERS = ("type", "location", "buildspec")


def state_changed(build: Build) -> Event:
    """Return the event of a build that began or ended."""
    detail = {
        "build-status": build.status,
        "project-name": build.project.name,
        "build-id": build.arn,
        "additional-information": _information(build),
        "current-phase": build.current_phase,
        "current-phase-context": _context(build.phases[-1].contexts if build.phases else []),
        "version": "1",
    }
    return event("aws.codebuild", STATE, build.arn, build.project.region, detail)


def phase_changed(build: Build, phase: Phase) -> Event:
    """Return the event of a phase that ended."""
    detail = {
        "completed-phase": phase.name,
        "completed-phase-status": phase.status,
        "completed-phase-duration-seconds": phase.seconds,
        "completed-phase-start": _time(phase.started),
        "completed-phase-end": _time(phase.ended or phase.started),
        "completed-phase-context": _context(phase.contexts),
        "project-name": build.project.name,
        "build-id": build.arn,
        "additional-information": _information(build),
        "version": "1",
    }
    return event("aws.codebuild", PHASE, build.arn, build.project.region, detail)


def _information(build: Build) -> dict[str, Any]:
    environment, source, logs = build.project.environment, build.project.source, build.describe_logs()
    information: dict[str, Any] = {
        "artifact": build.artifacts,
        "environment": {
            "image": environment["image"],
            "privileged-mode": False,
            "compute-type": environment["computeType"],
            "type": environment["type"],
            # A value in an event is a value in every log of events.
            "environment-variables": [
                {"name": item["name"], "type": item.get("type", "PLAINTEXT")} for item in build.variables
            ],
        },
        "timeout-in-minutes": build.project.timeout_in_minutes,
        "build-complete": build.is_complete,
        "build-number": build.number,
        "initiator": build.initiator,
        "build-start-time": _time(build.started),
        "source": {name: value for name, value in source.items() if name in _SOURCE_MEMBERS and value},
        "logs": {
            "group-name": logs.get("groupName"),
            "stream-name": logs.get("streamName"),
            "deep-link": logs.get("deepLink"),
        },
        "phases": [_phase(phase) for phase in build.phases],
    }
    if build.source_version:
        information["source-version"] = build.source_version
    return information


def _phase(phase: Phase) -> dict[str, Any]:
    description: dict[str, Any] = {"phase-type": phase.name, "start-time": _time(phase.started)}
    if phase.ended:
        description |= {
            "end-time": _time(phase.ended),
            "duration-in-seconds": phase.seconds,
            "phase-status": phase.status,
            "phase-context": _lines(phase.contexts),
        }
    return description


def _context(contexts: list[PhaseContext]) -> str:
    return json.dumps(_lines(contexts))


def _lines(contexts: list[PhaseContext]) -> list[str]:
    return [f"{context['statusCode']}: {context['message']}" for context in contexts]


def _time(moment: datetime) -> str:
    return moment.strftime("%b %-d, %Y %-I:%M:%S %p")
