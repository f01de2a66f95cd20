"""Reading a stack's configuration into Settings, all errors at once, before anything is registered."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, get_config_secret_keys_env, is_config_secret
from pydantic import ValidationError

from contract.errors import settings_report
from settings import code_config, report
from settings.models import Settings

NAMESPACE = "mlops-infra"
_CLOUD_KEYS = ("aws:region",)
# Keys that a stack file may leave out altogether: an absent section means "all defaults" and is checked as such.
_SECTIONS = ("project", "pipeline", "buckets", "notifications", "delivery", "operations", "kpis", "tags")


class InvalidSettingsError(pulumi.RunError):
    """The stack's configuration can't be used; the message names every key that is wrong."""


def load(directory: Path | None = None) -> Settings:
    """The running stack's settings; raises InvalidSettingsError with all that is wrong.

    `directory` is where `.sagemaker-code-config` is looked for, by default the program's.
    """
    # Language hosts differ in how they hand the configuration over: in the environment or through the runtime.
    config = {**get_config_env(), **CONFIG.get()}
    secret_keys = {*get_config_secret_keys_env(), *filter(is_config_secret, config)}
    return parse(pulumi.get_stack(), config, sorted(secret_keys), directory or Path.cwd())


def parse(stack: str, config: Mapping[str, str], secret_keys: Sequence[str], directory: Path) -> Settings:
    """Settings from the engine's flat configuration (`namespace:key` to text, JSON for objects)."""
    problems = [
        f"{key}: given a secret, expected plain text: these values go into names, tags and subscriptions"
        for key in secret_keys
    ]
    try:
        from_code_config = code_config.read(directory)
    except ValueError as error:
        problems.append(f"{code_config.FILE_NAME}: {error}")
        from_code_config = {}
    raw = code_config.fill(_raw(stack, config), from_code_config)
    try:
        settings = Settings.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        problems += report.problems(error)
    else:
        if not problems:
            return settings
    raise InvalidSettingsError(settings_report(f"Pulumi.{stack}.yaml", problems, "; nothing was changed"))


def _raw(stack: str, config: Mapping[str, str]) -> dict[str, object]:
    raw: dict[str, object] = {"environment": stack, **{section: {} for section in _SECTIONS}}
    for key, text in config.items():
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE:
            raw[name] = _decoded(text)
        elif key in _CLOUD_KEYS:
            raw[key] = text
    return raw


def _decoded(text: str) -> object:
    """An object or list as such, anything else as the text that was given."""
    if not text.startswith(("{", "[")):
        return text
    try:
        decoded: object = json.loads(text)
    except json.JSONDecodeError:
        return text
    return decoded
