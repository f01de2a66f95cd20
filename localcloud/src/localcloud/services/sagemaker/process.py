"""The processes of executions, each with the credentials of its pipeline's role."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.iam.roles import assume_role
from localcloud.runners import supervise
from localcloud.runners.executions import protocol
from localcloud.runners.executions.protocol import EndReport, Outcome, StepReport
from localcloud.services.sagemaker.models import SERVICE, Pipeline

if TYPE_CHECKING:
    from localcloud.services.sagemaker.executions import Execution

log = logging.getLogger("localcloud")

_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "HOME")


@dataclass(frozen=True, kw_only=True)
class Runner:
    """How executions are run: `command execution.json` in a folder of its own below `folder`.

    `variables` are part of every process's environment, beside the role's credentials and the endpoint.
    """

    command: tuple[str, ...]
    folder: Path
    endpoint: str
    variables: Mapping[str, str]


class ExecutionProcesses:
    """Start a process per execution and read its reports.

    Args:
        runner: how.
        report: takes each report of a step, by the execution's ARN.
        ended: hears of the end of each process: the execution's outcome, and why it failed.
    """

    def __init__(
        self,
        runner: Runner,
        report: Callable[[str, StepReport], None],
        ended: Callable[[str, Outcome, str | None], None],
    ) -> None:
        self._runner = runner
        self._report = report
        self._ended = ended
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def start(self, execution: Execution, pipeline: Pipeline) -> None:
        """Start an execution's process.

        Raises:
            AwsError: ValidationException when SageMaker cannot assume the pipeline's role.
        """
        identifier, region = execution.arn.rsplit("/", 1)[-1], execution.arn.split(":")[3]
        session = assume_role(
            pipeline.role_arn,
            SERVICE,
            session_name=f"SageMaker-{identifier}",
            source_arn=pipeline.arn,
            endpoint=self._runner.endpoint,
        )
        workdir = self._runner.folder / identifier
        workdir.mkdir(parents=True)
        file = workdir / "execution.json"
        request = protocol.Execution(
            definition=json.loads(execution.definition),
            pipeline_name=pipeline.name,
            pipeline_arn=pipeline.arn,
            execution_arn=execution.arn,
            execution_id=identifier,
            display_name=execution.display_name,
            start_time=execution.created.isoformat(),
            parameters=execution.parameters,
            region=region,
            role_arn=pipeline.role_arn,
            workdir=workdir,
        )
        request.save(file)
        environment = {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            **session.credentials,
            **self._runner.variables,
            "AWS_ENDPOINT_URL": self._runner.endpoint,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        with (workdir / "runner.log").open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, "-I", str(supervise.__file__), *self._runner.command, str(file)],
                cwd=workdir,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._processes[execution.arn] = process
        name = f"execution-{identifier}"
        threading.Thread(target=self._follow, args=(execution.arn, process, workdir), name=name, daemon=True).start()

    def stop(self, execution_arn: str) -> None:
        """Ask an execution's process to end, if there is one; `ended` hears when it has."""
        if process := self._processes.get(execution_arn):
            process.terminate()

    def stop_all(self) -> None:
        """End every process, and wait until it has gone."""
        running = list(self._processes.values())
        for process in running:
            process.terminate()
        for process in running:
            process.wait()

    def _follow(self, execution_arn: str, process: subprocess.Popen[str], workdir: Path) -> None:
        end: EndReport | None = None
        assert process.stdout  # noqa: S101 (the pipe was asked for)
        for line in process.stdout:
            try:
                report: EndReport | StepReport = json.loads(line)
                if "execution" in report:
                    end = report
                else:
                    self._report(execution_arn, report)
            except (ValueError, KeyError, TypeError):
                log.exception("%s: the runner wrote a line that is no report: %r", execution_arn, line)
        code = process.wait()
        self._processes.pop(execution_arn, None)
        if end:
            self._ended(execution_arn, end["execution"], end.get("failure_reason"))
        else:
            reason = f"The local runner ended with exit code {code}; see {workdir}/runner.log."
            self._ended(execution_arn, "Failed", reason)
