"""A build's phases, in the order and with the transitions of CodeBuild (user guide, "Build phase transitions")."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.runners.builds import artifacts
from localcloud.runners.builds.artifacts import ArtifactError
from localcloud.runners.builds.buildspec import Buildspec, BuildspecError, Phase, parse
from localcloud.runners.builds.log import Log, create_stream
from localcloud.runners.builds.protocol import (
    BuildRequest,
    PhaseContext,
    PhaseName,
    StoredArtifact,
    report_end,
    report_phase,
)
from localcloud.runners.builds.shell import Shell

Clients = Callable[[str], Any]
"""Return the client of a service, with the role's credentials."""

# User guide, "Available runtimes".
_RUNTIMES = frozenset({"android", "docker", "dotnet", "golang", "java", "nodejs", "php", "python", "ruby"})
_COMMAND_PHASES: Mapping[str, PhaseName] = {
    "install": "INSTALL",
    "pre_build": "PRE_BUILD",
    "build": "BUILD",
    "post_build": "POST_BUILD",
}
_CONTINUES = frozenset({"build", "post_build"})
"""Phases whose failure doesn't end the build, where the buildspec has no on-failure."""


class PhaseError(Exception):
    """A phase that failed: CodeBuild's status code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_FAILURES = (PhaseError, ClientError, BotoCoreError, ArtifactError, BuildspecError, OSError, KeyError, ValueError)


def run(request: BuildRequest, clients: Clients) -> bool:
    """Run a build through its phases and report them; return whether it succeeded."""
    report_phase("PROVISIONING", "IN_PROGRESS")
    try:
        log = _open_log(request, clients)
    except _FAILURES as error:
        report_phase("PROVISIONING", "FAILED", _context(error))
        report_end({"outcome": "FAILED", "exported": {}, "artifacts": {}})
        return False
    report_phase("PROVISIONING", "SUCCEEDED")
    return _Build(request, clients, log).run()


def _open_log(request: BuildRequest, clients: Clients) -> Log:
    file, stream = Path(request["log_file"]), request["log_stream"]
    if stream is None:
        return Log(file)
    client = clients("logs")
    try:
        create_stream(client, stream["group"], stream["stream"])
    except ClientError as error:
        raise PhaseError(
            "ACCESS_DENIED" if "AccessDenied" in str(error) else "CLIENT_ERROR",
            f"Service role {request['role_arn']} does not allow AWS CodeBuild to create Amazon CloudWatch "
            f"Logs log streams for build {request['build_arn']}. Error message: {error}",
        ) from error
    return Log(file, client, stream["group"], stream["stream"])


class _Build:
    def __init__(self, request: BuildRequest, clients: Clients, log: Log) -> None:
        self._request = request
        self._clients = clients
        self._log = log
        self._source = Path(request["source_directory"])
        self._environment: dict[str, str] = dict(os.environ)
        self._spec = Buildspec()
        self._succeeds = True
        self._artifacts: dict[str, StoredArtifact] = {}

    def run(self) -> bool:
        exported: dict[str, str] = {}
        if self._phase("DOWNLOAD_SOURCE", self._download):
            scratch = Path(self._request["scratch_directory"])
            scratch.mkdir(exist_ok=True)
            shell = Shell(self._spec.shell, self._environment, self._source, self._log.descriptor, scratch)
            if self._run_commands(shell):
                self._phase("UPLOAD_ARTIFACTS", self._upload)
            exported = {name: shell.environment.get(name, "") for name in self._spec.exported}
            shell.close()
        self._phase("FINALIZING", lambda: None)
        self._log.close()
        outcome = "SUCCEEDED" if self._succeeds else "FAILED"
        report_end({"outcome": outcome, "exported": exported, "artifacts": self._artifacts})
        return self._succeeds

    def _phase(self, name: PhaseName, work: Callable[[], None]) -> bool:
        """Run a phase and report it; return whether it succeeded."""
        report_phase(name, "IN_PROGRESS")
        try:
            work()
        except _FAILURES as error:
            self._succeeds = False
            context = _context(error)
            self._log.write(f"Phase complete: {name} State: FAILED")
            self._log.write(f"Phase context status code: {context['statusCode']} Message: {context['message']}")
            report_phase(name, "FAILED", context)
            return False
        self._log.write(f"Phase complete: {name} State: SUCCEEDED")
        report_phase(name, "SUCCEEDED")
        return True

    def _download(self) -> None:
        if self._request["source_error"]:
            raise PhaseError("CLIENT_ERROR", self._request["source_error"])
        self._source.mkdir(parents=True, exist_ok=True)
        for artifact in self._request["inputs"]:
            artifacts.download(self._clients("s3"), artifact)
        self._spec = parse(self._buildspec())
        for phase in self._spec.phases.values():
            for runtime, version in phase.runtime_versions.items():
                if runtime not in _RUNTIMES:
                    raise BuildspecError(f"Unknown runtime named {runtime!r}; known are {', '.join(sorted(_RUNTIMES))}")
                self._log.write(f"Runtime {runtime} {version} is not installed here: what is on PATH is used")
        hidden = self._hidden_variables()
        self._log.mask(list(hidden.values()))
        # User guide, "env/variables": the start of the build wins over the project, the project over the buildspec.
        self._environment = {**self._environment, **self._spec.variables, **hidden, **self._request["variables"]}

    def _buildspec(self) -> str:
        buildspec = self._request["buildspec"]
        if "\n" in buildspec:
            return buildspec
        path = self._source / (buildspec or "buildspec.yml")
        if not path.is_file():
            raise PhaseError("YAML_FILE_ERROR", f"YAML_FILE_ERROR Message: stat {path}: no such file or directory")
        return path.read_text(encoding="utf-8")

    def _hidden_variables(self) -> dict[str, str]:
        """Read the values that lie in Parameter Store and in Secrets Manager."""
        values: dict[str, str] = {}
        for variable, name in {**self._spec.parameter_store, **self._request["parameters"]}.items():
            parameter = self._clients("ssm").get_parameter(Name=name, WithDecryption=True)
            values[variable] = str(parameter["Parameter"]["Value"])
        for variable, reference in {**self._spec.secrets_manager, **self._request["secrets"]}.items():
            values[variable] = _secret(self._clients("secretsmanager"), reference)
        return values

    def _run_commands(self, shell: Shell) -> bool:
        """Run the buildspec's phases; return whether artifacts are to be uploaded."""
        for name, reported in _COMMAND_PHASES.items():
            phase = self._spec.phases.get(name, Phase())
            if self._phase(reported, lambda phase=phase: self._run_phase(shell, phase)):
                continue
            shell.export("CODEBUILD_BUILD_SUCCEEDING", "0")
            continues = phase.on_failure == "CONTINUE" if phase.on_failure else name in _CONTINUES
            if not continues:
                return False
        return True

    def _run_phase(self, shell: Shell, phase: Phase) -> None:
        failure = self._run_each(shell, phase.commands)
        failure = self._run_each(shell, phase.finally_) or failure
        if failure:
            raise PhaseError("COMMAND_EXECUTION_ERROR", failure)

    def _run_each(self, shell: Shell, commands: tuple[str, ...]) -> str:
        """Run commands up to the first that fails; return why it failed, '' when none did."""
        for command in commands:
            self._log.write(f"Running command {command}")
            if code := shell.run(command):
                return f"Error while executing command: {command}. Reason: exit status {code}"
        return ""

    def _upload(self) -> None:
        outputs = self._request["outputs"]
        for output in outputs:
            name = output["identifier"]
            # One output takes the buildspec's own artifacts, several take the secondary ones of their names.
            artifact = self._spec.secondary.get(name) or (self._spec.artifact if len(outputs) == 1 else None)
            if artifact is None:
                raise ArtifactError(f"the buildspec has no artifacts for the output {name}")
            key_id = self._request["encryption_key"]
            self._artifacts[name] = artifacts.upload(self._clients("s3"), artifact, self._source, output, key_id)


def _context(error: Exception) -> PhaseContext:
    code = error.code if isinstance(error, PhaseError) else "CLIENT_ERROR"
    if isinstance(error, BuildspecError):
        code = "YAML_FILE_ERROR"
    return {"statusCode": code, "message": str(error)}


def _secret(secrets_manager: Any, reference: str) -> str:
    """Read a secret; a reference reads `secret-id:json-key:version-stage:version-id`.

    Raises:
        ClientError: when it cannot be read.
        KeyError: when it has no such key.
    """
    # An ARN has six colons of its own.
    length = 7 if reference.startswith("arn:") else 1
    parts = reference.split(":")
    key, stage, version = [*parts[length:], "", "", ""][:3]
    choice = {"VersionStage": stage} if stage else {"VersionId": version} if version else {}
    answer = secrets_manager.get_secret_value(SecretId=":".join(parts[:length]), **choice)
    text = str(answer["SecretString"])
    return str(json.loads(text)[key]) if key else text
