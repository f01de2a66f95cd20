"""Reading a stack's configuration, with all errors at once, before anything is registered."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import cast

import yaml
from pydantic import ValidationError

from contract.errors import settings_report
from settings import code_config, report, stack_file
from settings.models import STACK_NAME, STACK_NAME_FORM, StackSettings

NAMESPACE = "mlops-infra"
_CLOUD_KEYS = ("aws:region",)
# Of the engine and of the provider plugins, which have keys of their own.
_OTHER_NAMESPACES = ("aws", "aws-native", "pulumi")
# Keys that a stack file may leave out altogether: an absent section means "all defaults" and is checked as such.
_SECTIONS = ("project", "pipeline", "buckets", "notifications", "delivery", "operations", "kpis", "policies", "tags")


# What the engine hands over for a key whose value is null; it announces the second for "a future version".
_NULL = ("", "null")


class InvalidSettingsError(Exception):
    """The stack's configuration can't be used; the message names every key that is wrong."""


def load(directory: Path | None = None) -> StackSettings:
    """Return the running stack's settings.

    Args:
        directory: where `.sagemaker-code-config` is looked for; by default the program's.

    Raises:
        pulumi.RunError: naming every key that is wrong; Pulumi shows the message without a traceback.
    """
    # In the program only: what else reads settings starts in half the time without it.
    import pulumi
    from pulumi.runtime.config import CONFIG, get_config_env, get_config_secret_keys_env, is_config_secret

    # Language hosts differ in how they hand the configuration over: in the environment or through the runtime.
    config = {**get_config_env(), **CONFIG.get()}
    secret_keys = {*get_config_secret_keys_env(), *filter(is_config_secret, config)}
    try:
        return parse(pulumi.get_stack(), config, sorted(secret_keys), directory or Path.cwd())
    except InvalidSettingsError as error:
        raise pulumi.RunError(str(error)) from error


def read(stack: str, directory: Path) -> StackSettings:
    """Return the settings in `Pulumi.{stack}.yaml` of a directory, outside of the engine.

    Raises:
        InvalidSettingsError: with all that is wrong.
    """
    config = _config_block(stack, directory)
    secret_keys = sorted(key for key, value in config.items() if isinstance(value, dict) and "secure" in value)
    return parse(stack, _flat(config), secret_keys, directory)


def flat_config(stack: str, directory: Path) -> dict[str, str]:
    """Return the configuration in `Pulumi.{stack}.yaml` of a directory as the engine hands it to the program.

    Raises:
        InvalidSettingsError: there is no such file, or it can't be read.
    """
    return _flat(_config_block(stack, directory))


def _flat(config: Mapping[str, object]) -> dict[str, str]:
    """Return what the engine hands over: JSON in text, and an empty text for null."""
    return {key: _text(value) for key, value in config.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _config_block(stack: str, directory: Path) -> dict[str, object]:
    # Part of a path here.
    if not re.fullmatch(STACK_NAME, stack):
        raise InvalidSettingsError(f"stack: given {stack!r}, expected {STACK_NAME_FORM}")
    file = directory / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        stacks = ", ".join(sorted(path.name.split(".")[1] for path in directory.glob("Pulumi.*.yaml"))) or "none"
        raise InvalidSettingsError(f"There is no {file.name} in {directory}; stack files there: {stacks}.")
    try:
        content = stack_file.content_of(file.read_bytes())
    except yaml.YAMLError as error:
        raise InvalidSettingsError(f"{file.name} can't be read: {error}") from error
    block = cast("dict[str, object]", content).get("config") if isinstance(content, dict) else None
    if not isinstance(block, dict):
        raise InvalidSettingsError(f"{file.name} has no `config:` block.")
    return cast("dict[str, object]", block)


def parse(stack: str, config: Mapping[str, str], secret_keys: Sequence[str], directory: Path) -> StackSettings:
    """Return the settings of a stack from the engine's flat configuration.

    Args:
        stack: the stack's name.
        config: `namespace:key` to text, which is JSON for objects and lists.
        secret_keys: the keys whose values are encrypted.
        directory: where `.sagemaker-code-config` is looked for.

    Raises:
        InvalidSettingsError: naming every key that is wrong.
    """
    problems = [
        f"{key}: given a secret, expected plain text: these values go into names, tags and subscriptions"
        for key in secret_keys
    ]
    problems += [
        f"{key}: unknown key, did you mean {NAMESPACE}:{key.rpartition(':')[2]}?"
        for key in config
        if key.partition(":")[0] not in (NAMESPACE, *_OTHER_NAMESPACES)
    ]
    try:
        sections = code_config.fill(_sections(stack, config), code_config.read(directory))
        filled_elsewhere: Collection[tuple[str, str]] = ()
    except ValueError as error:
        problems.append(f"{code_config.FILE_NAME}: {error}")
        sections, filled_elsewhere = _sections(stack, config), code_config.SOURCES.keys()
    try:
        settings = StackSettings.model_validate_json(json.dumps(sections))
    except ValidationError as error:
        problems += report.problems(error, filled_elsewhere)
    else:
        if not problems:
            return settings
    raise InvalidSettingsError(settings_report(f"Pulumi.{stack}.yaml", problems, "; nothing was changed"))


def _sections(stack: str, config: Mapping[str, str]) -> dict[str, object]:
    sections: dict[str, object] = {"environment": stack, **{section: {} for section in _SECTIONS}}
    for key, text in config.items():
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE:
            sections[name] = _decoded(text)
        elif key in _CLOUD_KEYS:
            sections[key] = _decoded(text)
    return sections


def _decoded(text: str) -> object:
    """Return an object or list as such, None for null, anything else as the text that it is."""
    if text in _NULL:
        return None
    if not text.startswith(("{", "[")):
        return text
    try:
        decoded: object = json.loads(text)
    except json.JSONDecodeError:
        return text
    return decoded
