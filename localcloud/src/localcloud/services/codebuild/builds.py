"""Builds: start, stop, describe, list, and what their processes report."""

import itertools
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.iam.sessions import assume
from localcloud.layout import Layout
from localcloud.services.codebuild import events, phases, start
from localcloud.services.codebuild.preparation import Preparation
from localcloud.services.codebuild.process import BuildProcesses, folder
from localcloud.services.codebuild.projects import SERVICE, Projects, invalid
from localcloud.services.codebuild.start import PipelineInputs

log = logging.getLogger("localcloud")

Record = dict[str, Any]

_SUBMITTED = ("SUBMITTED", "QUEUED")


class Builds:
    """The account's builds, by id. `emit` takes each event."""

    def __init__(
        self,
        projects: Projects,
        preparation: Preparation,
        processes: BuildProcesses,
        layout: Layout,
        endpoint: str,
        emit: Callable[[Record], None],
    ) -> None:
        self._projects, self._processes = projects, processes
        self._prepare = preparation
        self._layout, self._endpoint, self._emit = layout, endpoint, emit
        self._records: dict[str, Record] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, itertools.count[int]] = {}
        self._results: dict[str, Record] = {}
        self._halted: set[str] = set()
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        processes.report, processes.ended = self._report, self._ended

    def handlers(self) -> dict[str, Handler]:
        """The operations on builds."""
        return {
            "StartBuild": lambda call: {"build": self.start(call.input, initiator(call.caller.arn))},
            "StopBuild": self.stop,
            "BatchGetBuilds": self.batch_get,
            "ListBuilds": lambda call: self.listed(call, None),
            "ListBuildsForProject": lambda call: self.listed(
                call, self._projects.find(call.input["projectName"])["name"]
            ),
        }

    def start(self, given: Record, who: str, pipeline: PipelineInputs | None = None) -> Record:
        """Starts a build; a repeated idempotency token answers with the build it started.

        Raises:
            AwsError: for what cannot be built.
        """
        project = self._projects.find(given["projectName"])
        token = (project["arn"], given.get("idempotencyToken") or "")
        if token in self._tokens:
            return self.get(self._tokens[token])
        chosen = start.effective(project, given)
        if chosen["source"]["type"] == "CODEPIPELINE" and pipeline is None:
            raise invalid("a build with a source of type CODEPIPELINE is started by its pipeline")
        builds = [build for build in list(self._records.values()) if build["projectName"] == project["name"]]
        running = [build for build in builds if not build["buildComplete"]]
        if (limit := project.get("concurrentBuildLimit")) and len(running) >= limit:
            text = f"Project {project['name']} runs {limit} build(s) already"
            raise AwsError("AccountLimitExceededException", text)
        with self._lock:
            number = next(self._numbers.setdefault(project["name"], itertools.count(1)))
            build = start.record(chosen, given, number, who)
            if pipeline:
                first = pipeline.artifacts[0]
                build["sourceVersion"] = f"arn:aws:s3:::{first['bucket']}/{first['key']}"
                build["resolvedSourceVersion"] = pipeline.revision
                build["encryptionKey"] = pipeline.encryption_key or build["encryptionKey"]
            self._records[build["id"]] = build
            if token[1]:
                self._tokens[token] = build["id"]
            for phase in _SUBMITTED:
                self._end_phase(build, phase, "SUCCEEDED", [])
        self._emit(events.state_changed(self.get(build["id"])))
        threading.Thread(target=self._run, args=(build, chosen, pipeline), daemon=True).start()
        return self.get(build["id"])

    def get(self, build_id: str) -> Record:
        """A build as it is now."""
        with self._lock:
            build = self._records[build_id]
            return {**build, "phases": [dict(phase) for phase in build["phases"]]}

    def wait(self, build_id: str, seconds: float) -> Record:
        """A build when it is complete, or as it is after some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._records[build_id]["buildComplete"], seconds)
            return self.get(build_id)

    def halt(self, build_id: str) -> None:
        """Stops a build, also one whose process is about to start."""
        self._halted.add(build_id)
        self._processes.stop(build_id)

    def stop(self, call: Call) -> Record:
        """StopBuild."""
        build_id = call.input["id"].rsplit("/", 1)[-1]
        if build_id not in self._records:
            raise AwsError("ResourceNotFoundException", f"Build {call.input['id']} cannot be found")
        self.halt(build_id)
        return {"build": self.get(build_id)}

    def batch_get(self, call: Call) -> Record:
        """BatchGetBuilds."""
        ids = [given.rsplit("/", 1)[-1] for given in call.input["ids"]]
        found = [self.get(build_id) for build_id in ids if build_id in self._records]
        return {"builds": found, "buildsNotFound": [given for given in ids if given not in self._records]}

    def listed(self, call: Call, project: str | None) -> Record:
        """ListBuilds and ListBuildsForProject, the latest first unless asked otherwise."""
        ids: list[Any] = [key for key, r in list(self._records.items()) if project in (None, r["projectName"])]
        if call.get("sortOrder", "DESCENDING") == "DESCENDING":
            ids.reverse()
        return page(call, ids, "ids", cursor="nextToken")

    def _run(self, build: Record, project: Record, pipeline: PipelineInputs | None) -> None:
        try:
            self._launch(build, project, pipeline)
        except AwsError as error:
            self._end_phase(build, "PROVISIONING", "FAILED", [{"statusCode": error.code, "message": error.message}])
            self._ended(build["id"], "FAILED")
        except Exception:
            log.exception("%s: the build could not be started", build["id"])
            self._ended(build["id"], "FAULT")

    def _launch(self, build: Record, project: Record, pipeline: PipelineInputs | None) -> None:
        name = f"AWSCodeBuild-{build['id'].rsplit(':', 1)[-1]}"
        session = assume(build["serviceRole"], SERVICE, name, project["arn"], self._endpoint)
        directory = folder(self._layout.builds, build["id"])
        job = self._prepare(build, project, pipeline, session, directory)
        self._processes.start(build["id"], job.request, job.environment, directory, build["timeoutInMinutes"] * 60)
        if build["id"] in self._halted:
            self._processes.stop(build["id"])

    def _report(self, build_id: str, line: Record) -> None:
        """Takes a line of the builder: {phase, status, time, contexts}, or {build, exported, artifacts} at the end."""
        with self._lock:
            build = self._records[build_id]
            if "build" in line:
                self._results[build_id] = line
            elif line["status"] == "IN_PROGRESS":
                phases.begin(build, line["phase"], datetime.fromisoformat(line["time"]))
            else:
                self._end_phase(build, line["phase"], line["status"], line["contexts"], line["time"])

    def _end_phase(self, build: Record, name: str, status: str, contexts: list[Record], time: str = "") -> None:
        with self._lock:
            ended = datetime.fromisoformat(time) if time else datetime.now(UTC)
            phase = phases.end(build, name, status, contexts, ended)
            self._emit(events.phase_changed(build, phase))

    def _ended(self, build_id: str, status: str) -> None:
        with self._changed:
            result = self._results.pop(build_id, {})
            phases.conclude(self._records[build_id], status or result.get("build") or "FAULT", result)
            self._changed.notify_all()
        self._emit(events.state_changed(self.get(build_id)))


def initiator(caller_arn: str) -> str:
    """Who started a build, as CodeBuild names it: a user's name, or role and session."""
    return caller_arn.rsplit(":", 1)[-1].removeprefix("assumed-role/").removeprefix("user/")
