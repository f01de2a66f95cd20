"""A build's phases, in the order and with the transitions of CodeBuild (user guide, "Build phase transitions")."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.runners.builds import report, secrets, storage
from localcloud.runners.builds.buildspec import Buildspec, BuildspecError, Phase, parse
from localcloud.runners.builds.log import Log, create_stream
from localcloud.runners.builds.shell import Shell
from localcloud.runners.builds.storage import ArtifactError

Record = dict[str, Any]
Clients = Callable[[str], Any]

# User guide, "Available runtimes".
_RUNTIMES = frozenset({"android", "docker", "dotnet", "golang", "java", "nodejs", "php", "python", "ruby"})
_ERRORS = (ClientError, BotoCoreError, ArtifactError, BuildspecError, OSError, KeyError, ValueError)


class PhaseError(Exception):
    """A phase that failed: CodeBuild's status code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Build:
    """One build. The request is what `localcloud.services.codebuild.process` writes."""

    def __init__(self, request: Record, clients: Clients) -> None:
        self._request = request
        self._clients = clients
        self._environment: dict[str, str] = dict(os.environ)
        self._source = Path(request["source_directory"])
        self._failed = False
        self._artifacts: Record = {}
        self._spec = Buildspec()

    def run(self) -> bool:
        """Runs all phases; whether the build succeeded."""
        if not self._step("PROVISIONING", self._provision):
            report.end("FAILED", {}, {}, "")
            return False
        shell: Shell | None = None
        if self._step("DOWNLOAD_SOURCE", self._download):
            scratch = Path(self._request["scratch_directory"])
            scratch.mkdir(exist_ok=True)
            shell = Shell(self._spec.shell, self._environment, self._source, self._log.descriptor, scratch)
            if self._phases(shell):
                self._step("UPLOAD_ARTIFACTS", self._upload)
        self._step("FINALIZING", lambda: None)
        exported = {name: shell.environment.get(name, "") for name in self._spec.exported} if shell else {}
        if shell:
            shell.close()
        self._log.close()
        report.end("FAILED" if self._failed else "SUCCEEDED", exported, self._artifacts, self._log.error)
        return not self._failed

    def _step(self, name: str, work: Callable[[], None]) -> bool:
        report.phase(name, "IN_PROGRESS")
        try:
            work()
        except (PhaseError, *_ERRORS) as error:
            self._failed = True
            code = error.code if isinstance(error, PhaseError) else "CLIENT_ERROR"
            if isinstance(error, BuildspecError):
                code = "YAML_FILE_ERROR"
            if name != "PROVISIONING":
                self._log.write(f"Phase complete: {name} State: FAILED")
                self._log.write(f"Phase context status code: {code} Message: {error}")
            report.phase(name, "FAILED", str(error), code)
            return False
        if name != "PROVISIONING":
            self._log.write(f"Phase complete: {name} State: SUCCEEDED")
        report.phase(name, "SUCCEEDED")
        return True

    def _provision(self) -> None:
        logs = self._request["logs"]
        file = Path(self._request["log_file"])
        if not logs:
            self._log = Log(file)
            return
        client = self._clients("logs")
        try:
            create_stream(client, logs["group"], logs["stream"])
        except ClientError as error:
            raise PhaseError(
                "ACCESS_DENIED" if "AccessDenied" in str(error) else "CLIENT_ERROR",
                f"Service role {self._request['role_arn']} does not allow AWS CodeBuild to create Amazon CloudWatch "
                f"Logs log streams for build {self._request['build_arn']}. Error message: {error}",
            ) from error
        self._log = Log(file, client, logs["group"], logs["stream"])

    def _download(self) -> None:
        source = self._request["source"]
        if source.get("error"):
            raise PhaseError("CLIENT_ERROR", source["error"])
        self._source.mkdir(parents=True, exist_ok=True)
        for artifact in source.get("artifacts", []):
            storage.download(self._clients("s3"), artifact, Path(artifact["directory"]))
        self._spec = parse(self._buildspec())
        for runtime, version in self._runtimes():
            if runtime not in _RUNTIMES:
                raise BuildspecError(f"Unknown runtime named {runtime!r}; known are {', '.join(sorted(_RUNTIMES))}")
            self._log.write(f"Runtime {runtime} {version} is not installed here: what is on PATH is used")
        hidden = self._hidden_variables()
        self._log.mask(list(hidden.values()))
        # User guide, "env/variables": the start of the build wins over the project, the project over the buildspec.
        given = self._request["variables"]
        self._environment = {**self._environment, **self._spec.variables, **hidden, **given}

    def _hidden_variables(self) -> dict[str, str]:
        kinds = self._request["hidden_variables"]
        return {
            **secrets.parameters(self._clients, {**self._spec.parameter_store, **kinds["PARAMETER_STORE"]}),
            **secrets.secrets(self._clients, {**self._spec.secrets_manager, **kinds["SECRETS_MANAGER"]}),
        }

    def _buildspec(self) -> str:
        given = self._request["buildspec"]
        if "\n" in given:
            return str(given)
        path = self._source / (given or "buildspec.yml")
        if not path.is_file():
            raise PhaseError("YAML_FILE_ERROR", f"YAML_FILE_ERROR Message: stat {path}: no such file or directory")
        return path.read_text(encoding="utf-8")

    def _runtimes(self) -> Iterable[tuple[str, str]]:
        return [pair for phase in self._spec.phases.values() for pair in phase.runtime_versions.items()]

    def _phases(self, shell: Shell) -> bool:
        """Runs the buildspec's phases; whether artifacts are to be uploaded."""
        for name in ("install", "pre_build", "build", "post_build"):
            phase = self._spec.phases.get(name, Phase())
            if self._step(name.upper(), lambda phase=phase: self._commands(shell, phase)):
                continue
            shell.export("CODEBUILD_BUILD_SUCCEEDING", "0")
            goes_on = name in {"build", "post_build"} if not phase.on_failure else phase.on_failure == "CONTINUE"
            if not goes_on:
                return False
        return True

    def _commands(self, shell: Shell, phase: Phase) -> None:
        problem = self._each(shell, phase.commands)
        problem = self._each(shell, phase.finally_) or problem
        if problem:
            raise PhaseError("COMMAND_EXECUTION_ERROR", problem)

    def _each(self, shell: Shell, commands: tuple[str, ...]) -> str:
        for command in commands:
            self._log.write(f"Running command {command}")
            if code := shell.run(command):
                return f"Error while executing command: {command}. Reason: exit status {code}"
        return ""

    def _upload(self) -> None:
        wanted = self._request["artifacts"]
        for location in wanted:
            name = location["identifier"]
            # One output takes the buildspec's own artifacts, several take the secondary ones of their names.
            artifact = self._spec.secondary.get(name) or (self._spec.artifact if len(wanted) == 1 else None)
            if artifact is None:
                raise ArtifactError(f"the buildspec has no artifacts for the output {name}")
            key = self._request["encryption_key"]
            self._artifacts[name] = storage.upload(self._clients("s3"), artifact, self._source, location, key)
