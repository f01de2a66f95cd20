"""What a person has to see before a deployment, found by code and in data that the waiting commit can't choose.

Which files differ from the last delivered commit shows in the artifacts of the Source actions, which CodePipeline
writes and no build may. What the preview announces is the word of the commit's own code: it is read strictly, and shown
as what it is.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from contract.encryption import encrypt_with
from contract.layout import PREVIEW_CHANGES, DeliveryArtifacts
from lambdas.notifier import codepipeline
from lambdas.notifier.deadline import Missing
from messages import change_report, change_set
from messages.change_set import ChangeSet, ChangeSetError
from messages.markdown import code

if TYPE_CHECKING:
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.codepipeline import Commit, History, Location
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.settings import Settings

# Both sources and what is unpacked of them, a piece at a time, fit into the function's memory.
_LARGEST_ARTIFACT = 30 * 1024 * 1024
_LARGEST_SOURCE = 200 * 1024 * 1024
_LARGEST_CHANGE_SET = 5 * 1024 * 1024
_PIECE = 1024 * 1024
_AREAS = 12
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_PREFACE = (
    "The stack's notifier wrote this page. Read the files that differ: what they do once they run with the permissions "
    "of a deployment shows nowhere else."
)


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """One file that differs between two commits."""

    path: str
    op: Literal["added", "changed", "removed"]

    @property
    def area(self) -> str:
        """The folder at the root that the file is in, else the file itself; no name that could pass for a sentence."""
        folder, slash, _ = self.path.partition("/")
        return f"{folder}{slash}" if _PLAIN_NAME.fullmatch(folder) else "others"


@dataclass(frozen=True, kw_only=True)
class Review:
    """What differs between the last delivered commit and the one that waits, and what its preview announces.

    `delivered` is None where nothing was delivered yet; `uri` is where the whole report lies.
    """

    delivered: Commit | Missing | None
    files: tuple[FileChange, ...] | Missing
    announced: ChangeSet | Missing
    uri: str | Missing

    @property
    def is_complete(self) -> bool:
        """Whether nothing of it is missing."""
        return Missing not in map(type, (self.delivered, self.files, self.announced, self.uri))

    @property
    def files_in_one_line(self) -> str:
        """How many files differ, and where."""
        if isinstance(self.files, Missing):
            return f"not known: {self.files.reason}"
        since = "in the first delivery" if self.delivered is None else f"since commit {_short(self.delivered)}"
        areas = sorted(Counter(file.area for file in self.files).items())
        listed = [f"{area} {count}" for area, count in areas[:_AREAS]]
        if len(areas) > _AREAS:
            listed.append(f"{len(areas) - _AREAS} more places")
        return f"{len(self.files)} {since}{': ' if listed else ''}{', '.join(listed)}"

    @property
    def announced_in_one_line(self) -> str:
        """How many resources would change, as the commit's own code says."""
        if isinstance(self.announced, Missing):
            return f"not known: {self.announced.reason}"
        return self.announced.summary()


def look(
    clients: Clients, settings: Settings, deadline: Deadline, execution: str, history: History | Missing
) -> Review:
    """Compare the sources, read what the preview announces, and write the report to the artifact bucket."""
    if isinstance(history, Missing):
        return Review(delivered=history, files=history, announced=history, uri=history)
    last = deadline.look_up(lambda: _last_delivery(clients, settings.delivery_pipeline, execution))
    files = last if isinstance(last, Missing) else deadline.look_up(lambda: _changed_files(clients, last, history))
    announced = deadline.look_up(lambda: _announced(clients, history))
    delivered = last.commit if isinstance(last, codepipeline.History) else last
    page = _page(history.commit, delivered, files, announced)
    key = DeliveryArtifacts(settings.delivery_pipeline).preview_report_key(execution)
    uri = deadline.look_up(lambda: _write(clients, settings, key, page))
    return Review(delivered=delivered, files=files, announced=announced, uri=uri)


def changed_files(before: bytes, after: bytes) -> tuple[FileChange, ...] | Missing:
    """Return the files that differ between two zips, by path; content decides, neither time nor mode."""
    digests: list[dict[str, bytes]] = []
    for content in (before, after):
        try:
            digests.append(_digests(content))
        except (zipfile.BadZipFile, _TooLargeError) as error:
            return Missing(f"a source can't be read: {error}")
    old, new = digests
    changes = [FileChange(path=path, op="removed" if path not in new else "added") for path in old.keys() ^ new.keys()]
    changes += [FileChange(path=path, op="changed") for path in old.keys() & new.keys() if old[path] != new[path]]
    return tuple(sorted(changes, key=lambda change: change.path))


class _TooLargeError(Exception):
    """More is packed into a zip than the function can look at."""


def _digests(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        files = [info for info in source.infolist() if not info.is_dir()]
        if sum(info.file_size for info in files) > _LARGEST_SOURCE:
            raise _TooLargeError(f"more than {_LARGEST_SOURCE} bytes")
        return {info.filename: _digest(source, info) for info in files}


def _digest(source: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    digest = hashlib.sha256()
    with source.open(info) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.digest()


def _last_delivery(clients: Clients, pipeline: str, waiting: str) -> History | None:
    execution = codepipeline.last_succeeded(clients.codepipeline, pipeline, other_than=waiting)
    return codepipeline.history(clients.codepipeline, pipeline, execution) if execution else None


def _changed_files(clients: Clients, last: History | None, waiting: History) -> tuple[FileChange, ...] | Missing:
    after = _read(clients, waiting.source)
    before = _empty_zip() if last is None else _read(clients, last.source)
    if isinstance(before, Missing) or isinstance(after, Missing):
        return before if isinstance(before, Missing) else Missing(f"of this commit, {after}")
    return changed_files(before, after)


def _empty_zip() -> bytes:
    content = io.BytesIO()
    zipfile.ZipFile(content, "w").close()
    return content.getvalue()


def _announced(clients: Clients, waiting: History) -> ChangeSet | Missing:
    content = _read(clients, waiting.preview)
    if isinstance(content, Missing):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as artifact, artifact.open(PREVIEW_CHANGES) as file:
            text = file.read(_LARGEST_CHANGE_SET + 1)
        if len(text) > _LARGEST_CHANGE_SET:
            return Missing(f"its change set is larger than {_LARGEST_CHANGE_SET} bytes")
        announced = change_set.read(text.decode())
    # Whatever zipfile raises for what a hostile build may have left there.
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, UnicodeDecodeError, ChangeSetError):
        return Missing("the preview left no change set that can be read")
    if waiting.commit is None or announced.commit != waiting.commit.id:
        return Missing("the preview left a change set of another commit")
    return announced


def _read(clients: Clients, location: Location | None) -> bytes | Missing:
    if location is None:
        return Missing("CodePipeline names no artifact")
    answer = clients.s3.get_object(Bucket=location.bucket, Key=location.key)
    if answer["ContentLength"] > _LARGEST_ARTIFACT:
        return Missing(f"an artifact is larger than {_LARGEST_ARTIFACT} bytes")
    return answer["Body"].read()


def _write(clients: Clients, settings: Settings, key: str, text: str) -> str:
    clients.s3.put_object(
        Bucket=settings.artifact_bucket,
        Key=key,
        Body=text.encode(errors="replace"),
        ContentType="text/markdown; charset=utf-8",
        **encrypt_with(settings.kms_key_arn),
    )
    return f"s3://{settings.artifact_bucket}/{key}"


def _page(
    commit: Commit | None,
    delivered: Commit | Missing | None,
    files: tuple[FileChange, ...] | Missing,
    announced: ChangeSet | Missing,
) -> str:
    lines = [
        f"# Commit {code(commit.id) if commit else 'not known'} waits for approval",
        "",
        _PREFACE,
        "",
        f"## Files that differ from the last delivery{'' if delivered is None else f', commit {_short(delivered)}'}",
        "",
    ]
    if isinstance(files, Missing):
        lines.append(f"Not known: {files.reason}.")
    else:
        lines += [f"- {file.op} {code(file.path)}" for file in files] or ["None."]
    lines += ["", "## What the commit's own code announces", ""]
    if isinstance(announced, Missing):
        lines.append(f"Not known: {announced.reason}.")
    else:
        lines.append(change_report.render(announced))
    return "\n".join(lines) + "\n"


def _short(commit: Commit | Missing) -> str:
    return "not known" if isinstance(commit, Missing) else commit.short
