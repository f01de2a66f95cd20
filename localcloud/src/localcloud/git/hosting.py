"""Git hosting: repositories by name below one directory, and which of their references a push has moved.

The repositories of CodeCommit and those that stand for GitHub's are ordinary bare repositories: push to their paths.
A hook in each reports the push to the cloud.
"""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcloud.git.repository import ZERO, GitRepository


@dataclass(frozen=True)
class Push:
    """One reference that a push created, moved or deleted; a commit of ZERO means that it is not there."""

    repository: str
    reference: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        """`branch` or `tag`."""
        return "branch" if self.reference.startswith("refs/heads/") else "tag"

    @property
    def name(self) -> str:
        """The branch's or the tag's name."""
        return self.reference.split("/", 2)[2]


class Hosting:
    """The repositories of one provider. `hook` returns the text of a repository's post-receive hook."""

    def __init__(self, directory: Path, hook: Callable[[str], str]) -> None:
        self._directory = directory
        self._hook = hook
        self._references: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def create(self, name: str) -> GitRepository:
        """Create an empty repository.

        Raises:
            ValueError: when the name is taken or leads out of the directory.
        """
        path = self._path(name)
        with self._lock:
            if name in self._references:
                raise ValueError(f"repository {name} exists already")
            shutil.rmtree(path, ignore_errors=True)
            repository = GitRepository.create(path)
            hook = path / "hooks" / "post-receive"
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(self._hook(name), encoding="utf-8")
            hook.chmod(0o755)
            self._references[name] = {}
        return repository

    def find(self, name: str) -> GitRepository:
        """Return a repository.

        Raises:
            KeyError: when there is none of the name.
        """
        if name not in self._references:
            raise KeyError(name)
        return GitRepository(self._path(name))

    def delete(self, name: str) -> None:
        """Delete a repository and its files."""
        with self._lock:
            self._references.pop(name, None)
            shutil.rmtree(self._path(name), ignore_errors=True)

    def pushes(self, name: str) -> list[Push]:
        """Return what has changed since the last call, by name of the reference.

        Raises:
            KeyError: when there is no such repository.
        """
        with self._lock:
            before = self._references[name]
            after = GitRepository(self._path(name)).references()
            self._references[name] = after
        return [
            Push(name, reference, before.get(reference, ZERO), after.get(reference, ZERO))
            for reference in sorted(before.keys() | after.keys())
            if before.get(reference) != after.get(reference)
        ]

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if not all(part and part not in {".", ".."} and part.isprintable() for part in parts):
            raise ValueError(f"{name!r} is no name of a repository")
        return self._directory.joinpath(*parts[:-1], f"{parts[-1]}.git")
