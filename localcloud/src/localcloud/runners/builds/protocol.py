"""What the cloud hands to the process of a build, and what the process reports: one JSON object a line of output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, TypedDict

PhaseName = Literal[
    "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"
]
PhaseStatus = Literal["IN_PROGRESS", "SUCCEEDED", "FAILED"]
Outcome = Literal["SUCCEEDED", "FAILED"]


class LogStream(TypedDict):
    """A stream of CloudWatch Logs."""

    group: str
    stream: str


class ArtifactLocation(TypedDict):
    """Where an artifact goes in S3; the identifier is '' for that of a build without a pipeline."""

    identifier: str
    bucket: str
    key: str


class InputArtifact(ArtifactLocation):
    """Where an artifact lies in S3, and the directory that it is unpacked to."""

    directory: str


class BuildRequest(TypedDict):
    """A build, as the cloud writes it to the file that the process reads; paths are absolute.

    `source_error` says why the source could not be fetched, '' where it could. `buildspec` is its text, or a path in
    the source. `variables` are those of the project and of the start of the build; `parameters` and `secrets` have the
    name of a parameter or the reference of a secret in place of a value.
    """

    build_arn: str
    role_arn: str
    source_directory: str
    scratch_directory: str
    source_error: str
    inputs: list[InputArtifact]
    buildspec: str
    log_file: str
    log_stream: LogStream | None
    encryption_key: str
    outputs: list[ArtifactLocation]
    variables: dict[str, str]
    parameters: dict[str, str]
    secrets: dict[str, str]


class PhaseContext(TypedDict):
    """Why a phase failed."""

    statusCode: str
    message: str


class PhaseReport(TypedDict):
    """A phase that began (IN_PROGRESS) or ended, and when (ISO 8601)."""

    phase: PhaseName
    status: PhaseStatus
    time: str
    contexts: list[PhaseContext]


class StoredArtifact(TypedDict):
    """An artifact that was uploaded: the ARN of its object, and its checksums."""

    location: str
    sha256sum: str
    md5sum: str


class EndReport(TypedDict):
    """The end of a build: its outcome, its exported variables, and its artifacts by identifier."""

    outcome: Outcome
    exported: dict[str, str]
    artifacts: dict[str, StoredArtifact]


def report_phase(phase: PhaseName, status: PhaseStatus, context: PhaseContext | None = None) -> None:
    """Report a phase that begins or ends now."""
    report: PhaseReport = {
        "phase": phase,
        "status": status,
        "time": datetime.now(UTC).isoformat(),
        "contexts": [context] if context else [],
    }
    _write(report)


def report_end(report: EndReport) -> None:
    """Report the end of the build."""
    _write(report)


def _write(report: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()
