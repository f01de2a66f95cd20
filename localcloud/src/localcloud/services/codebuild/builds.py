"""Builds: started, followed by the reports of their processes, and ended."""

from __future__ import annotations

import itertools
import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Unpack

from localcloud.http.errors import AwsError
from localcloud.iam.roles import assume_role
from localcloud.layout import Layout
from localcloud.runners.builds.protocol import EndReport, PhaseContext, PhaseReport
from localcloud.services.codebuild import errors, events
from localcloud.services.codebuild.container import Containers
from localcloud.services.codebuild.models import Build, BuildOverrides, PipelineInputs, Projects
from localcloud.services.codebuild.process import BuildProcesses, Stop, create_directory
from localcloud.services.events.models import Emit

if TYPE_CHECKING:
    from mypy_boto3_codebuild.literals import BuildPhaseTypeType, StatusTypeType

log = logging.getLogger("localcloud")

SERVICE = "codebuild.amazonaws.com"


class Builds:
    """The account's builds, by id. `emit` takes each event."""

    def __init__(
        self,
        projects: Projects,
        containers: Containers,
        layout: Layout,
        endpoint: str,
        emit: Emit,
    ) -> None:
        self._projects, self._containers = projects, containers
        self._layout, self._endpoint, self._emit = layout, endpoint, emit
        self._processes = BuildProcesses(self._take_report, self._end)
        self._builds: dict[str, Build] = {}
        self._started: dict[tuple[str, str], Build] = {}
        """By project and idempotency token."""
        self._numbers: dict[str, itertools.count[int]] = {}
        self._end_reports: dict[str, EndReport] = {}
        self._halted: set[str] = set()
        self._changed = threading.Condition(threading.RLock())

    def start(
        self,
        project_name: str,
        initiator: str,
        pipeline: PipelineInputs | None = None,
        idempotency_token: str | None = None,
        **overrides: Unpack[BuildOverrides],
    ) -> Build:
        """Start a build; a repeated idempotency token returns the build that it started.

        Raises:
            AwsError: for what cannot be built.
        """
        project = self._projects.find(project_name)
        token = (project.arn, idempotency_token or "")
        if token in self._started:
            return self._started[token]
        project = project.with_overrides(overrides)
        if project.source["type"] == "CODEPIPELINE" and pipeline is None:
            raise errors.invalid_input("a build with a source of type CODEPIPELINE is started by its pipeline")
        with self._changed:
            running = [build for build in self.all(project.name) if not build.is_complete]
            if project.concurrent_build_limit and len(running) >= project.concurrent_build_limit:
                raise errors.too_many_builds(project.name, project.concurrent_build_limit)
            build = Build(
                project=project,
                number=next(self._numbers.setdefault(project.name, itertools.count(1))),
                initiator=initiator,
                source_version=overrides.get("source_version") or project.source_version,
                encryption_key=project.encryption_key,
            )
            if pipeline:
                source = pipeline.artifacts[0]
                build.source_version = f"arn:aws:s3:::{source['bucket']}/{source['key']}"
                build.resolved_source_version = pipeline.revision
                build.encryption_key = pipeline.encryption_key or project.encryption_key
            self._builds[build.id] = build
            if idempotency_token:
                self._started[token] = build
            self._end_phase(build, "SUBMITTED", "SUCCEEDED", [], build.started)
            self._end_phase(build, "QUEUED", "SUCCEEDED", [], build.started)
        self._emit(events.state_changed(build))
        threading.Thread(target=self._run, args=(build, pipeline), daemon=True).start()
        return build

    def all(self, project_name: str | None = None) -> list[Build]:
        """Return every build, or those of a project, the oldest first."""
        return [build for build in list(self._builds.values()) if project_name in {None, build.project.name}]

    def get(self, build_id_or_arn: str) -> Build | None:
        """Return a build; None when there is none."""
        return self._builds.get(build_id_or_arn.rsplit("/", 1)[-1])

    def find(self, build_id_or_arn: str) -> Build:
        """Return a build.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        build = self.get(build_id_or_arn)
        if build is None:
            raise errors.missing_build(build_id_or_arn)
        return build

    def wait(self, build: Build, seconds: float) -> bool:
        """Wait for the end of a build; return whether it has ended within some seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: build.is_complete, seconds)

    def stop(self, build: Build) -> None:
        """Stop a build, also one whose process is about to start."""
        self._halted.add(build.id)
        self._processes.stop(build.id)

    def stop_all(self) -> None:
        """Stop every build and wait until its processes have ended."""
        self._processes.stop_all()

    def _run(self, build: Build, pipeline: PipelineInputs | None) -> None:
        try:
            self._launch(build, pipeline)
        except AwsError as error:
            context: PhaseContext = {"statusCode": error.code, "message": error.message}
            self._end_phase(build, "PROVISIONING", "FAILED", [context], datetime.now(UTC))
            self._conclude(build, "FAILED")
        except Exception:
            log.exception("%s: the build could not be started", build.id)
            self._conclude(build, "FAULT")

    def _launch(self, build: Build, pipeline: PipelineInputs | None) -> None:
        project = build.project
        session = assume_role(
            project.service_role,
            SERVICE,
            session_name=f"AWSCodeBuild-{build.unique_id}",
            source_arn=project.arn,
            endpoint=self._endpoint,
        )
        directory = create_directory(self._layout.builds, build.id)
        container = self._containers.prepare(build, pipeline, session, directory)
        self._processes.start(build.id, container, directory, project.timeout_in_minutes * 60)
        if build.id in self._halted:
            self._processes.stop(build.id)

    def _take_report(self, build_id: str, report: PhaseReport | EndReport) -> None:
        with self._changed:
            if "outcome" in report:
                self._end_reports[build_id] = report
                return
            build, time = self._builds[build_id], datetime.fromisoformat(report["time"])
            if report["status"] == "IN_PROGRESS":
                build.begin_phase(report["phase"], time)
            else:
                self._end_phase(build, report["phase"], report["status"], report["contexts"], time)

    def _end_phase(
        self,
        build: Build,
        name: BuildPhaseTypeType,
        status: StatusTypeType,
        contexts: list[PhaseContext],
        time: datetime,
    ) -> None:
        with self._changed:
            phase = build.end_phase(name, status, contexts, time)
            self._emit(events.phase_changed(build, phase))

    def _end(self, build_id: str, stopped: Stop | None) -> None:
        report = self._end_reports.get(build_id)
        self._conclude(self._builds[build_id], stopped or (report["outcome"] if report else "FAULT"))

    def _conclude(self, build: Build, status: StatusTypeType) -> None:
        with self._changed:
            build.end(status, self._end_reports.pop(build.id, None))
            self._changed.notify_all()
        self._emit(events.state_changed(build))
