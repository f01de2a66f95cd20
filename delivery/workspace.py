"""Opening a stack: with its secrets, for a role that may decrypt them, or as a copy without them.

The engine decrypts the stack's data key before anything else, so a preview without kms:Decrypt fails even where there
is no secret at all (measured with 3.259.0). Exporting the state needs no key. `without_secrets` therefore exports,
replaces each secret by a placeholder, and previews against that copy in a temporary backend: the role that runs it
can never read a secret.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import yaml

from delivery.engine import Engine
from delivery.environment import StackEnvironment, VerifyEnvironment
from delivery.job import DeliveryError, log
from delivery.values import SECRET, SECRET_SIGNATURE, SIGNATURE_KEY
from settings.stack_file import content_of

PROGRAM = Path(__file__).resolve().parent.parent
_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")


@contextmanager
def with_secrets(environment: StackEnvironment, program: Path = PROGRAM) -> Generator[Engine]:
    """Open the stack itself; its secrets are decrypted with the key that its own state names.

    The stack's file in the repository may lack the key, or hold that of a stack of the same name elsewhere.
    """
    direct = _engine(environment, program)
    with tempfile.TemporaryDirectory() as scratch:
        provider = _export(direct)["deployment"].get("secrets_providers") or {}
        keys: dict[str, str] = {}
        if provider.get("type") == "cloud":
            keys = {"secretsprovider": provider["state"]["url"], "encryptedkey": provider["state"]["encryptedkey"]}
            _warn_of_another_key(environment, keys["secretsprovider"])
        elif provider.get("type") == "passphrase":
            keys = {"encryptionsalt": provider["state"]["salt"]}
        yield _engine(environment, program, config_file=stack_file(program, environment.stack, keys, Path(scratch)))


@contextmanager
def without_secrets(environment: StackEnvironment, program: Path = PROGRAM) -> Generator[Engine]:
    """Open a copy of the stack with a placeholder for each secret: for previews, nothing reaches the stack itself."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        state = executor.submit(exported, environment, program)
        with copy_of(state.result, environment, program) as engine:
            yield engine


@contextmanager
def copy_of(
    state: Callable[[], Mapping[str, Any]],
    environment: StackEnvironment | VerifyEnvironment,
    program: Path = PROGRAM,
) -> Generator[Engine]:
    """Open a copy of an exported state, as `without_secrets` does; `state` is called once its stack is made."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "state").mkdir()
        project = yaml.safe_load((program / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        (scratch / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n", encoding="utf-8")
        backend = {
            "PULUMI_BACKEND_URL": f"file://{scratch / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(32),
        }
        copy = _engine(environment, scratch, backend)
        copy.text("stack", "init", environment.stack, "--secrets-provider", "passphrase", "--no-select")
        salt = yaml.safe_load((scratch / f"Pulumi.{environment.stack}.yaml").read_text(encoding="utf-8"))[
            "encryptionsalt"
        ]
        original = state()
        deployment = cast("dict[str, Any]", redacted(original["deployment"]))
        deployment["secrets_providers"] = {"type": "passphrase", "state": {"salt": salt}}
        file = scratch / "deployment.json"
        file.write_text(json.dumps({**original, "deployment": deployment}), encoding="utf-8")
        copy.text("stack", "import", "--stack", environment.stack, "--file", str(file))
        config_file = stack_file(program, environment.stack, {"encryptionsalt": salt}, scratch, readable=False)
        yield _engine(environment, program, backend, config_file=config_file)


def exported(environment: StackEnvironment | VerifyEnvironment, program: Path = PROGRAM) -> dict[str, Any]:
    """Return the stack's state as `pulumi stack export` prints it, with encrypted secrets; needs no key."""
    return _export(_engine(environment, program))


def redacted(value: object) -> object:
    """Return a state in which each secret is replaced by the placeholder `[secret]`, still marked as a secret."""
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        if mapping.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps(SECRET)}
        return {key: redacted(item) for key, item in mapping.items()}
    return [redacted(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def _engine(
    environment: StackEnvironment | VerifyEnvironment,
    directory: Path,
    variables: Mapping[str, str] | None = None,
    config_file: Path | None = None,
) -> Engine:
    backend = {"PULUMI_BACKEND_URL": environment.backend_url} if environment.backend_url else {}
    process_environment = {**os.environ, **backend, **(variables or {})}
    return Engine(
        stack=environment.stack, directory=directory, environment=process_environment, config_file=config_file
    )


def _export(engine: Engine) -> dict[str, Any]:
    state = json.loads(engine.text("stack", "export", "--stack", engine.stack))
    if not isinstance(state.get("deployment"), dict):
        raise DeliveryError(f"the state of stack {engine.stack} holds no deployment: run the first `pulumi up` by hand")
    return state


def stack_file(program: Path, stack: str, keys: Mapping[str, str], scratch: Path, *, readable: bool = True) -> Path:
    """Write a copy of the stack's config file with these keys, with placeholders for secrets unless `readable`.

    `keys` are the top-level entries that open secrets, such as `encryptionsalt`; those of the original are left out.
    """
    source = program / f"Pulumi.{stack}.yaml"
    content: object = {}
    if source.exists():
        try:
            content = content_of(source.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise DeliveryError(f"{source.name} can't be read: {error}") from error
    if not isinstance(content, dict):
        raise DeliveryError(f"{source.name}: given {type(content).__name__}, expected a mapping with a key `config`")
    others = {key: value for key, value in cast("dict[str, object]", content).items() if key not in _KEYS}
    copy = {**keys, **(others if readable else cast("dict[str, object]", _without_secure(others)))}
    target = scratch / f"Pulumi.{stack}.config.yaml"
    target.write_text(yaml.safe_dump(copy, sort_keys=False), encoding="utf-8")
    return target


def _without_secure(value: object) -> object:
    """Return config in which each encrypted value (`secure: ...`) is replaced by the placeholder."""
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        return SECRET if set(mapping) == {"secure"} else {key: _without_secure(item) for key, item in mapping.items()}
    return [_without_secure(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


def _warn_of_another_key(environment: StackEnvironment, url: str) -> None:
    expected = (environment.secrets_provider or url).partition("?")[0]
    if url.partition("?")[0] != expected:
        log(f"warning: the stack's secrets are encrypted with {url}, not with PULUMI_SECRETS_PROVIDER {expected}")
