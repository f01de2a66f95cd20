"""Runs an execution's steps as a child process with the credentials of the pipeline's role."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.iam.roles import assume_role
from localcloud.server import supervise

log = logging.getLogger("localcloud")

Record = dict[str, Any]
_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "HOME")


class RunnerProcess:
    """Starts `command execution.json` per execution and reads its lines.

    `report(execution_arn, line)` takes each step's line, `ended(execution_arn, status, reason)` the end.
    """

    def __init__(self, command: tuple[str, ...], executions_dir: Path, endpoint: str, marker: dict[str, str]) -> None:
        self._command = command
        self._dir = executions_dir
        self._endpoint = endpoint
        self._marker = marker
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self.report: Callable[[str, Record], None] = lambda _arn, _line: None
        self.ended: Callable[[str, str, str | None], None] = lambda _arn, _status, _reason: None

    def start(self, execution: Record, role_arn: str, pipeline_name: str) -> None:
        """Assumes the role and starts the runner.

        Raises:
            AwsError: ValidationException when SageMaker cannot assume the role.
        """
        execution_arn = str(execution["PipelineExecutionArn"])
        identifier = execution_arn.rsplit("/", 1)[-1]
        region = execution_arn.split(":")[3]
        session = assume_role(
            role_arn,
            "sagemaker.amazonaws.com",
            session_name=f"SageMaker-{identifier}",
            source_arn=str(execution["PipelineArn"]),
            endpoint=self._endpoint,
        )
        workdir = self._dir / identifier
        workdir.mkdir(parents=True)
        request = {
            "definition": json.loads(execution["Definition"]),
            "pipeline_name": pipeline_name,
            "pipeline_arn": execution["PipelineArn"],
            "execution_arn": execution_arn,
            "execution_id": identifier,
            "display_name": execution["PipelineExecutionDisplayName"],
            "start_time": execution["StartTime"].isoformat(),
            "parameters": execution["Parameters"],
            "region": region,
            "role_arn": role_arn,
            "workdir": str(workdir),
        }
        file = workdir / "execution.json"
        file.write_text(json.dumps(request, indent=2), encoding="utf-8")
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment.update(session.credentials, **self._marker)
        environment.update(AWS_ENDPOINT_URL=self._endpoint, AWS_REGION=region, AWS_DEFAULT_REGION=region)
        environment.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
        with (workdir / "runner.log").open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, "-I", str(supervise.__file__), *self._command, str(file)],
                cwd=workdir,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._processes[execution_arn] = process
        name = f"execution-{identifier}"
        threading.Thread(target=self._follow, args=(execution_arn, process, workdir), name=name, daemon=True).start()

    def stop(self, execution_arn: str) -> None:
        """Asks the runner to stop; the execution is Stopped when it has gone."""
        if process := self._processes.get(execution_arn):
            process.terminate()

    def stop_all(self) -> None:
        """Stops every runner and waits until they have gone."""
        running = list(self._processes.values())
        for process in running:
            process.terminate()
        for process in running:
            process.wait()

    def _follow(self, execution_arn: str, process: subprocess.Popen[str], workdir: Path) -> None:
        end: Record | None = None
        assert process.stdout  # noqa: S101 (the pipe was asked for)
        for text in process.stdout:
            try:
                line = json.loads(text)
                if "execution" in line:
                    end = line
                elif "step" in line:
                    self.report(execution_arn, line)
            except (ValueError, KeyError, TypeError):
                log.exception("%s: the runner wrote a line that is not understood: %r", execution_arn, text)
        code = process.wait()
        self._processes.pop(execution_arn, None)
        if end:
            self.ended(execution_arn, end["execution"], end.get("failure_reason"))
        else:
            self.ended(
                execution_arn, "Failed", f"The local runner ended with exit code {code}; see {workdir}/runner.log."
            )
