"""Opening a stack: as it is, for a role that may decrypt its secrets, or as a copy without them, for one that may not.

The engine decrypts the stack's data key before anything else, so a preview without kms:Decrypt fails even where there
is no secret at all (measured with 3.259.0). Exporting the state needs no key. `without_secrets` therefore exports,
puts a placeholder in each secret's place, and previews against that copy in a backend of its own below a temporary
directory: the role that runs it never can read a secret.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import yaml

from delivery.engine import Engine, say
from delivery.errors import DeliveryError
from delivery.settings import StackSettings, VerifySettings
from delivery.values import SECRET, SECRET_SIGNATURE, SIGNATURE_KEY

PROGRAM = Path(__file__).resolve().parent.parent
_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")


@contextmanager
def with_secrets(settings: StackSettings, program: Path = PROGRAM) -> Generator[Engine]:
    """The stack as it is; its secrets are opened with the key that its own state names.

    The stack's file in the repository may lack the key, or hold that of a stack of the same name elsewhere.
    """
    direct = _engine(settings, program)
    with tempfile.TemporaryDirectory() as scratch:
        provider = _export(direct)["deployment"].get("secrets_providers") or {}
        keys: dict[str, str] = {}
        if provider.get("type") == "cloud":
            keys = {"secretsprovider": provider["state"]["url"], "encryptedkey": provider["state"]["encryptedkey"]}
            _warn_of_another_key(settings, keys["secretsprovider"])
        elif provider.get("type") == "passphrase":
            keys = {"encryptionsalt": provider["state"]["salt"]}
        yield _engine(settings, program, config_file=stack_file(program, settings.stack, keys, Path(scratch)))


@contextmanager
def without_secrets(settings: StackSettings, program: Path = PROGRAM) -> Generator[Engine]:
    """A copy of the stack with a placeholder for each secret: for previews only, nothing reaches the stack itself."""
    state = exported(settings, program)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "state").mkdir()
        project = yaml.safe_load((program / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        (scratch / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n", encoding="utf-8")
        own = {
            "PULUMI_BACKEND_URL": f"file://{scratch / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(32),
        }
        copy = _engine(settings, scratch, own)
        copy.text("stack", "init", settings.stack, "--secrets-provider", "passphrase", "--no-select")
        salt = yaml.safe_load((scratch / f"Pulumi.{settings.stack}.yaml").read_text(encoding="utf-8"))["encryptionsalt"]
        state["deployment"] = cast("dict[str, Any]", redacted(state["deployment"]))
        state["deployment"]["secrets_providers"] = {"type": "passphrase", "state": {"salt": salt}}
        file = scratch / "deployment.json"
        file.write_text(json.dumps(state), encoding="utf-8")
        copy.text("stack", "import", "--stack", settings.stack, "--file", str(file))
        config_file = stack_file(program, settings.stack, {"encryptionsalt": salt}, scratch, readable=False)
        yield _engine(settings, program, own, config_file=config_file)


def exported(settings: StackSettings | VerifySettings, program: Path = PROGRAM) -> dict[str, Any]:
    """The stack's state as `pulumi stack export` gives it, secrets encrypted; needs no key."""
    return _export(_engine(settings, program))


def redacted(value: object) -> object:
    """A state with the placeholder `[secret]`, still marked as a secret, for each secret in it."""
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        if mapping.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps(SECRET)}
        return {key: redacted(item) for key, item in mapping.items()}
    return [redacted(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def _engine(
    settings: StackSettings | VerifySettings,
    directory: Path,
    more: Mapping[str, str] | None = None,
    config_file: Path | None = None,
) -> Engine:
    backend = {"PULUMI_BACKEND_URL": settings.backend_url} if settings.backend_url else {}
    environment = {**os.environ, **backend, **(more or {})}
    return Engine(stack=settings.stack, directory=directory, environment=environment, config_file=config_file)


def _export(engine: Engine) -> dict[str, Any]:
    state = json.loads(engine.text("stack", "export", "--stack", engine.stack))
    if not isinstance(state.get("deployment"), dict):
        raise DeliveryError(f"the state of stack {engine.stack} holds no deployment: run the first `pulumi up` by hand")
    return state


def stack_file(program: Path, stack: str, keys: Mapping[str, str], scratch: Path, *, readable: bool = True) -> Path:
    """A copy of the stack's config file with these keys; placeholders for secrets where they are not readable."""
    source = program / f"Pulumi.{stack}.yaml"
    content: object = {}
    if source.exists():
        try:
            content = yaml.safe_load(source.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise DeliveryError(f"{source.name} is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise DeliveryError(f"{source.name}: given {type(content).__name__}, expected a mapping with a key `config`")
    kept = {key: value for key, value in cast("dict[str, object]", content).items() if key not in _KEYS}
    written = {**keys, **(kept if readable else cast("dict[str, object]", _without_secure(kept)))}
    target = scratch / f"Pulumi.{stack}.config.yaml"
    target.write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    return target


def _without_secure(value: object) -> object:
    """Config with the placeholder for each encrypted value (`secure: ...`)."""
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        return SECRET if set(mapping) == {"secure"} else {key: _without_secure(item) for key, item in mapping.items()}
    return [_without_secure(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def _warn_of_another_key(settings: StackSettings, url: str) -> None:
    expected = (settings.secrets_provider or url).partition("?")[0]
    if url.partition("?")[0] != expected:
        say(f"warning: the stack's secrets are encrypted with {url}, not with PULUMI_SECRETS_PROVIDER {expected}")
