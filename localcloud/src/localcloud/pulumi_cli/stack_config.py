"""Config files of stacks on the local cloud: copies of the committed ones, with the key of this cloud.

With an awskms:// secrets provider Pulumi keeps `secretsprovider` and `encryptedkey` in Pulumi.<stack>.yaml. The local
key is new at every start, so these two lines must not go into the committed file.
"""

import fcntl
import hashlib
import io
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from localcloud.layout import Layout, read_json, write_json

_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


class StackConfigError(Exception):
    """A stack cannot be used on the local cloud; the message says why."""


class StackExistsError(StackConfigError):
    """A stack that is to be created exists."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project: the file that declares it, and its name."""

    file: Path
    name: str

    def identifier(self) -> str:
        """Return a name that differs between projects and between checkouts, as Pulumi names its workspaces."""
        return f"{self.name}-{hashlib.sha1(str(self.file).encode(), usedforsecurity=False).hexdigest()}"

    def committed(self, stack: str) -> Path:
        """Return the path of the stack's committed config file."""
        return self.file.parent / f"Pulumi.{stack}.yaml"


def find_project(directory: Path) -> Project | None:
    """Find the project that a directory belongs to: the nearest Pulumi.yaml upwards."""
    for folder in (directory, *directory.parents):
        for name in _PROJECT_FILES:
            file = folder / name
            if file.is_file():
                return Project(file, str((yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("name", "")))
    return None


def selected_stack(layout: Layout, project: Project, backend_url: str) -> str | None:
    """Return the stack that `pulumi stack select` chose; Pulumi remembers it per backend."""
    workspace = read_json(layout.pulumi_home / "workspaces" / f"{project.identifier()}-workspace.json")
    chosen = workspace.get("stacks", {}).get(backend_url) or workspace.get("stack") or ""
    return _short(str(chosen)) or None


def ensure_stack(
    layout: Layout, project: Project, stack: str, cli: Path, provider: str, environment: Mapping[str, str]
) -> None:
    """Create the stack in the local backend where it is missing; the committed files stay untouched.

    Raises:
        StackConfigError: when the CLI refuses.
    """
    stack = _short(stack)
    with _locked(layout, project):
        keys = _keys(layout, project, stack)
        if keys.exists():
            return
        try:
            _create(layout, project, stack, cli, provider, environment)
        except StackExistsError:
            if not _removed(keys).exists():
                raise
            # `pulumi stack rm` was refused or interrupted: the stack and its key are still in use.
            _removed(keys).rename(keys)


def create_stack(
    layout: Layout, project: Project, stack: str, cli: Path, provider: str, environment: Mapping[str, str]
) -> None:
    """Create the stack in the local backend, as `pulumi stack init` does; the committed files stay untouched.

    Raises:
        StackConfigError: when the CLI refuses, such as a stack that exists.
    """
    stack = _short(stack)
    with _locked(layout, project):
        _create(layout, project, stack, cli, provider, environment)


@contextmanager
def _locked(layout: Layout, project: Project) -> Generator[None]:
    folder = layout.config / project.name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _create(
    layout: Layout, project: Project, stack: str, cli: Path, provider: str, environment: Mapping[str, str]
) -> None:
    with tempfile.TemporaryDirectory(dir=layout.config) as scratch:
        Path(scratch, "Pulumi.yaml").write_text(f"name: {project.name}\nruntime: python\n", encoding="utf-8")
        command = [str(cli), "stack", "init", stack, "--no-select", "--non-interactive"]
        done = subprocess.run(
            [*command, "--secrets-provider", provider],
            cwd=scratch,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            refusal = f"Stack {stack} cannot be created in the local backend:\n{done.stderr.strip()}"
            raise (StackExistsError if "already exists" in done.stderr else StackConfigError)(refusal)
        written = Path(scratch, f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    keys = {key: value for key, value in yaml.safe_load(written).items() if key in _KEYS}
    write_json(_keys(layout, project, stack), keys)


def forget_stack(layout: Layout, project: Project, stack: str) -> None:
    """Note that a stack is about to be removed, so that its next use creates it anew."""
    keys = _keys(layout, project, _short(stack))
    if keys.exists():
        keys.rename(_removed(keys))


def copy(layout: Layout, project: Project, stack: str) -> Path:
    """Write a fresh copy of the stack's committed config file with this cloud's key; return its path."""
    stack = _short(stack)
    source = project.committed(stack)
    text = source.read_text(encoding="utf-8") if source.exists() else ""
    lines = (line.rstrip("\n") for line in io.StringIO(text))
    committed = [line for line in lines if not line.startswith(tuple(f"{key}:" for key in _KEYS))]
    keys = _keys(layout, project, stack)
    # Those of a stack that `pulumi stack rm` was to remove: it may have been refused.
    keys = read_json(keys) or read_json(_removed(keys))
    text = "\n".join([*(f"{key}: {value}" for key, value in keys.items()), *committed])
    target = layout.config / project.identifier() / source.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{text}\n", encoding="utf-8")
    return target


def _keys(layout: Layout, project: Project, stack: str) -> Path:
    # By the project's name, as in the backend: all checkouts of a project share its stacks.
    return layout.config / project.name / f"{stack}.json"


def _removed(keys: Path) -> Path:
    return keys.with_suffix(".removed")


def _short(stack: str) -> str:
    return stack.rsplit("/", 1)[-1]
