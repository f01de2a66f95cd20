"""Bare git repositories on disk, read with the `git` program."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ZERO = "0" * 40
"""The commit of a reference that does not exist."""

_COMMIT_FIELDS = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at %ai%x00%cn%x00%ce%x00%ct %ci%x00%B"


class GitError(Exception):
    """A git command that failed; the message is git's own."""


@dataclass(frozen=True)
class Signature:
    """An author or committer, and when: seconds since the epoch and the zone as git writes it, `+0200`."""

    name: str
    email: str
    seconds: int
    zone: str

    @property
    def time(self) -> datetime:
        """The moment, in UTC."""
        return datetime.fromtimestamp(self.seconds, UTC)


@dataclass(frozen=True)
class Commit:
    """One commit."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


class GitRepository:
    """A bare repository at a path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> "GitRepository":
        """Create an empty repository."""
        path.parent.mkdir(parents=True, exist_ok=True)
        _git("init", "--quiet", "--bare", "--initial-branch", "main", str(path))
        return cls(path)

    def references(self) -> dict[str, str]:
        """Return the commits by the full name of each branch and tag."""
        listing = self._run(
            "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "refs/heads", "refs/tags"
        )
        commits: dict[str, str] = {}
        for line in listing.split("\n")[:-1]:
            name, object_id, commit_of_tag = f"{line} ".split(" ")[:3]
            commits[name] = commit_of_tag or object_id
        return commits

    def branch(self, name: str) -> str | None:
        """Return the commit at a branch's tip; None when there is no such branch."""
        return self.references().get(f"refs/heads/{name}")

    def commit(self, revision: str) -> Commit | None:
        """Return the commit that a revision names; None when there is none."""
        try:
            text = self._run(
                "show", "--no-patch", f"--format={_COMMIT_FIELDS}", "--end-of-options", f"{revision}^{{commit}}"
            )
        except GitError:
            return None
        fields = text.split("\0")
        return Commit(
            id=fields[0],
            tree=fields[1],
            parents=tuple(fields[2].split()),
            author=_signature(*fields[3:6]),
            committer=_signature(*fields[6:9]),
            message=fields[9].rstrip("\n") + "\n",
        )

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits; None when they have none."""
        try:
            return self._run("merge-base", one, other).strip() or None
        except GitError:
            return None

    def changed_paths(self, before: str, after: str) -> list[str]:
        """Return the paths that differ between two commits; all paths where `before` is ZERO."""
        if before == ZERO:
            return self._run("ls-tree", "-r", "--name-only", "-z", after).split("\0")[:-1]
        return self._run("diff", "--name-only", "--no-renames", "-z", before, after).split("\0")[:-1]

    def archive(self, commit: str, target: Path) -> None:
        """Write the commit's files as a zip, without history."""
        self._run("archive", "--format=zip", f"--output={target}", commit)

    def clone(self, commit: str, target: Path) -> None:
        """Clone with history and check the commit out."""
        _git("clone", "--quiet", "--no-hardlinks", "--no-checkout", str(self.path), str(target))
        _git("-C", str(target), "checkout", "--quiet", "--detach", commit)

    def _run(self, *arguments: str) -> str:
        return _git("--git-dir", str(self.path), *arguments)


def _git(*arguments: str) -> str:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        # Neither the user's nor the machine's settings may change what is archived.
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    command = ["git", "-c", "safe.directory=*", "-c", "core.autocrlf=false", *arguments]
    process = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if process.returncode:
        raise GitError(process.stderr.decode("utf-8", "replace").strip() or f"git ended with {process.returncode}")
    return process.stdout.decode("utf-8", "surrogateescape")


def _signature(name: str, email: str, date: str) -> Signature:
    # %at %ai: seconds, then the ISO date, whose last part is the zone.
    parts = date.split()
    return Signature(name, email, int(parts[0]), parts[-1])
