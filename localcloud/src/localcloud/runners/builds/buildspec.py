"""Buildspec files: from YAML text to phases, variables and artifacts.

Source: CodeBuild user guide, "Build specification reference for CodeBuild", version 0.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

PHASES: Final = ("install", "pre_build", "build", "post_build")
_SECTIONS: Final = frozenset({"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"})
_ENV: Final = frozenset(
    {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"}
)
_PHASE: Final = frozenset({"run-as", "on-failure", "runtime-versions", "commands", "finally"})
_ARTIFACTS: Final = frozenset(
    {
        *("files", "name", "discard-paths", "base-directory", "exclude-paths", "enable-symlinks", "s3-prefix"),
        "secondary-artifacts",
    }
)
_SHELLS: Final = ("bash", "sh")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class BuildspecError(Exception):
    """A buildspec that CodeBuild refuses; the message names the place."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase's commands; `finally_` runs after them, however they ended. `on_failure` is ABORT, CONTINUE or ''."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str = ""
    runtime_versions: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """Files of the build's output, as glob patterns below a base directory."""

    files: tuple[str, ...]
    base_directory: str = ""
    exclude_paths: tuple[str, ...] = ()
    discard_paths: bool = False
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Buildspec:
    """A whole buildspec. `secondary` has the artifacts by identifier."""

    shell: str = "sh"
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    parameter_store: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets_manager: Mapping[str, str] = field(default_factory=dict[str, str])
    exported: tuple[str, ...] = ()
    phases: Mapping[str, Phase] = field(default_factory=dict[str, Phase])
    artifact: Artifact | None = None
    secondary: Mapping[str, Artifact] = field(default_factory=dict[str, Artifact])


def parse(text: str) -> Buildspec:
    """Return the buildspec of a text.

    Raises:
        BuildspecError: for what CodeBuild refuses, and for the few things that the local cloud does not run.
    """
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"YAML_FILE_ERROR Message: {error}") from error
    spec = _mapping(loaded, "buildspec", _SECTIONS)
    if str(spec.get("version")) != "0.2":
        raise BuildspecError(f"version: expected 0.2, given {spec.get('version')!r}")
    if "batch" in spec:
        raise BuildspecError("batch: the local cloud runs no batch builds")
    env = _mapping(spec.get("env", {}), "env", _ENV)
    shell = str(env.get("shell", "sh"))
    if shell not in _SHELLS:
        raise BuildspecError(f"env.shell: expected one of {', '.join(_SHELLS)}, given {shell!r}")
    phases = _mapping(spec.get("phases"), "phases", frozenset(PHASES))
    if not phases:
        raise BuildspecError("phases: at least one phase is required")
    artifacts = _mapping(spec.get("artifacts") or {}, "artifacts", _ARTIFACTS)
    secondary = _mapping(artifacts.get("secondary-artifacts") or {}, "artifacts.secondary-artifacts", None)
    return Buildspec(
        shell=shell,
        variables=_texts(env.get("variables"), "env.variables"),
        parameter_store=_texts(env.get("parameter-store"), "env.parameter-store"),
        secrets_manager=_texts(env.get("secrets-manager"), "env.secrets-manager"),
        exported=_strings(env.get("exported-variables"), "env.exported-variables"),
        phases={name: _phase(phases[name], f"phases.{name}") for name in PHASES if name in phases},
        artifact=_artifact(artifacts, "artifacts") if "files" in artifacts else None,
        secondary={
            name: _artifact(_mapping(value, f"artifacts.secondary-artifacts.{name}", _ARTIFACTS), f"artifacts.{name}")
            for name, value in secondary.items()
        },
    )


def _phase(value: Any, path: str) -> Phase:
    phase = _mapping(value, path, _PHASE)
    on_failure = str(phase.get("on-failure", ""))
    if on_failure not in {"", "ABORT", "CONTINUE"}:
        raise BuildspecError(f"{path}.on-failure: the local cloud knows ABORT and CONTINUE, given {on_failure!r}")
    if not phase.get("commands") and not phase.get("runtime-versions"):
        raise BuildspecError(f"{path}.commands: at least one command is required")
    return Phase(
        commands=_strings(phase.get("commands"), f"{path}.commands"),
        finally_=_strings(phase.get("finally"), f"{path}.finally"),
        on_failure=on_failure,
        runtime_versions=_texts(phase.get("runtime-versions"), f"{path}.runtime-versions"),
    )


def _artifact(artifact: Mapping[str, Any], path: str) -> Artifact:
    files = _strings(artifact.get("files"), f"{path}.files")
    if not files:
        raise BuildspecError(f"{path}.files: at least one pattern is required")
    return Artifact(
        files=files,
        base_directory=str(artifact.get("base-directory") or ""),
        exclude_paths=_strings(artifact.get("exclude-paths"), f"{path}.exclude-paths"),
        discard_paths=str(artifact.get("discard-paths", "no")).lower() in {"yes", "true"},
        name=str(artifact.get("name") or ""),
    )


def _mapping(value: Any, path: str, known: frozenset[str] | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BuildspecError(f"{path}: expected a mapping, given {value!r}")
    if known is not None and (unknown := sorted(str(key) for key in value if key not in known)):
        raise BuildspecError(f"{path}: unknown key(s) {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return {str(key): inner for key, inner in value.items()}


def _strings(value: Any, path: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    for index, item in enumerate(items):
        # `- echo a: b` is a mapping to YAML, as CodeBuild says when it finds one.
        if not isinstance(item, str | int | float) or isinstance(item, bool):
            raise BuildspecError(f"{path}[{index}]: expected a string, given {item!r}")
    return tuple(str(item) for item in items)


def _texts(mapping: Any, path: str) -> dict[str, str]:
    if mapping is None:
        return {}
    values = _mapping(mapping, path, None)
    for name, value in values.items():
        if isinstance(value, dict | list) or value is None:
            raise BuildspecError(f"{path}.{name}: expected a string, given {value!r}")
        if path.startswith("env.") and not _VARIABLE.fullmatch(name):
            raise BuildspecError(f"{path}.{name}: no name of an environment variable")
    return {name: (str(value).lower() if isinstance(value, bool) else str(value)) for name, value in values.items()}
