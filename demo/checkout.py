"""The demo's own clone of this repository: what a team would push commits from."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from demo import ROOT, DemoError

_AUTHOR = {"GIT_AUTHOR_NAME": "demo", "GIT_AUTHOR_EMAIL": "demo@example.com"}
_COMMITTER = {"GIT_COMMITTER_NAME": "demo", "GIT_COMMITTER_EMAIL": "demo@example.com"}
# Neither the user's hooks, signing keys nor templates belong into the demo.
_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True)
class Checkout:
    """A clone with a remote `origin` and one stack file that the demo edits."""

    folder: Path
    environment: Mapping[str, str]
    stack_file: str = "Pulumi.local.yaml"

    @classmethod
    def of_this_repository(cls, folder: Path, remote: str, environment: Mapping[str, str]) -> Checkout:
        """Clone this repository as it is on disk, what is not committed yet included.

        `environment` has what git needs for the remote.

        Raises:
            DemoError: this directory is no git repository.
        """
        if not (ROOT / ".git").exists():
            raise DemoError(f"{ROOT} is no git repository: the demo delivers commits, so clone it with git")
        _git(ROOT, os.environ, "clone", "--quiet", "--no-hardlinks", "--no-checkout", str(ROOT), str(folder))
        checkout = cls(folder, environment)
        _git(folder, environment, "checkout", "--quiet", "-B", "main", "HEAD")
        _git(folder, environment, "remote", "set-url", "origin", remote)
        for name in _uncommitted():
            (folder / name).unlink(missing_ok=True)
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        return checkout

    def edit(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the stack's configuration as a person would: by key."""
        file = self.folder / self.stack_file
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        change(content["config"])
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def replace(self, file: str, old: str, new: str) -> None:
        """Change a text that stands in a file once.

        Raises:
            DemoError: it stands there more often or not at all.
        """
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise DemoError(f"{file} holds {text.count(old)} times {old!r}, expected once")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def push(self, message: str, branch: str = "main") -> str:
        """Commit everything and push it to a branch; return the commit."""
        _git(self.folder, self.environment, "add", "--all")
        _git(self.folder, self.environment, "commit", "--quiet", "--allow-empty", "--message", message)
        _git(self.folder, self.environment, "push", "--quiet", "origin", f"HEAD:{branch}")
        return _git(self.folder, self.environment, "rev-parse", "HEAD").strip()


def _uncommitted() -> list[str]:
    """Return the files that differ from the last commit, staged or not, and those that are new."""
    changed = _git(ROOT, os.environ, "diff", "--name-only", "--no-renames", "-z", "HEAD")
    new = _git(ROOT, os.environ, "ls-files", "--others", "--exclude-standard", "-z")
    return [name for name in f"{changed}{new}".split("\0") if name]


def _git(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    variables = {**environment, **_AUTHOR, **_COMMITTER, **_SETTINGS}
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *arguments]
    done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
