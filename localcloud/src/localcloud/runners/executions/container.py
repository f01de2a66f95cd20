"""A job's container as a plain process: its folders in one directory, its paths, its environment and its log."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.layout import MARKER
from localcloud.runners.executions.errors import StepFailedError
from localcloud.runners.executions.stop import Stop

ML_ROOT = "/opt/ml"
_ML_PATH = re.compile(rf"(?<![\w./-]){ML_ROOT}(?=/|$)")
_MACHINE_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", MARKER)
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION")
_REASON_LINES = 5


@dataclass(frozen=True)
class Container:
    """The file system of one job: `root` stands for the container's /opt/ml, `log` takes what the job writes."""

    root: Path
    log: Path

    def path(self, inside: str) -> Path:
        """Return where a path of the container is on this machine."""
        return Path(self.mapped(inside))

    def mapped(self, text: str) -> str:
        """Return a text with every /opt/ml in it replaced, also in "--flag=/opt/ml/model"."""
        return _ML_PATH.sub(lambda _: str(self.root), text)

    def run(
        self, command: Sequence[str], environment: Mapping[str, str], limit: float, stop: Stop, *, isolated: bool
    ) -> None:
        """Run a command; its output goes to the log while it runs.

        A command that begins with "python3" or "python" runs this interpreter.

        Args:
            command: The program and its arguments, as in the container.
            environment: The job's own variables.
            limit: Seconds that the command may take.
            stop: Ends the command when it is asked for.
            isolated: EnableNetworkIsolation: as on AWS, the job gets no credentials.

        Raises:
            StepFailedError: It couldn't start, ended with another code than 0, or took longer than the limit.
            StoppedError: The execution was stopped.
        """
        program, *arguments = [self.mapped(part) for part in command]
        if program in ("python3", "python"):
            program = sys.executable
        temporary = self.root.parent / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        inherited = (*_MACHINE_VARIABLES, *(() if isolated else _CREDENTIALS))
        process_environment = {
            **{name: os.environ[name] for name in inherited if name in os.environ},
            "HOME": str(self.root.parent),
            "TMPDIR": str(temporary),
            "PYTHONUNBUFFERED": "1",
            **{name: self.mapped(value) for name, value in environment.items()},
        }
        with self.log.open("ab") as log:
            try:
                process = subprocess.Popen(
                    [program, *arguments],
                    env=process_environment,
                    cwd=self.root,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    process_group=0,
                )
            except OSError as error:
                raise StepFailedError(f"AlgorithmError: {program} can't be started: {error}") from error
            code = stop.watch(process, limit)
        stop.check()
        if code is None:
            raise StepFailedError(f"ClientError: the job ran longer than MaxRuntimeInSeconds, {limit:g} seconds")
        if code:
            raise StepFailedError(f"AlgorithmError: {self._failure()}, exit code: {code}")

    def _failure(self) -> str:
        """Return what the job itself wrote about its failure, else the last lines of its log.

        /opt/ml/output/failure and message: "How Amazon SageMaker AI Processes Training Output" and "How Amazon
        SageMaker Runs Your Processing Container Image" (SageMaker Developer Guide).
        """
        for name in ("failure", "message"):
            file = self.root / "output" / name
            if file.is_file() and (text := file.read_text(encoding="utf-8", errors="replace").strip()):
                return text
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(lines[-_REASON_LINES:]) or "See job logs for more information"
