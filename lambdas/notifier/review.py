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
from lambdas.notifier.deadline import Missing, attempt
from messages import change_report, change_set
from messages.change_set import ChangeSet
from messages.markdown import code

if TYPE_CHECKING:
    from lambdas.notifier.clients import Clients
    from lambdas.notifier.codepipeline import Commit, History, Location
    from lambdas.notifier.deadline import Deadline
    from lambdas.notifier.settings import Settings

# What fits into the function's memory and time, however it was packed: nobody's commit may keep a message back.
_LARGEST_ARTIFACT = 30 * 1024 * 1024
_LARGEST_SOURCE = 200 * 1024 * 1024
_MOST_FILES = 20_000
_LARGEST_CHANGE_SET = 1024 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Whatever zipfile raises for what a hostile build may have left; an unreadable text is a ValueError.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, OSError, ValueError)
_PIECE = 1024 * 1024
_AREAS = 12
# Named first where they differ: what runs with the permissions of a deployment.
_PROGRAM = ("__main__.py", "components/", "contract/", "delivery/", "lambdas/", "permissions/", "policy/", "tools/")
_TYPE_AND_EXECUTABLE = 0o170111
_PATH_CHARACTERS = 4_096
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
        since = "in the first delivery on record" if self.delivered is None else f"since {_commit(self.delivered)}"
        counts = Counter(file.area for file in self.files)
        areas = sorted(counts.items(), key=lambda item: (item[0] not in _PROGRAM, item[0]))
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
    last = deadline.look_up(lambda: _last_delivery(clients, settings.delivery_pipeline))
    files = last if isinstance(last, Missing) else deadline.look_up(lambda: _changed_files(clients, last, history))
    announced = deadline.look_up(lambda: _announced(clients, settings, history))
    delivered = last.commit or Missing("its source names none") if isinstance(last, codepipeline.History) else last
    page = _page(history.commit, delivered, files, announced)
    key = DeliveryArtifacts(settings.delivery_pipeline).preview_report_key(execution)
    # Whatever time is left: without its report, an approval leads nowhere.
    uri = attempt(lambda: _write(clients, settings, key, page))
    return Review(delivered=delivered, files=files, announced=announced, uri=uri)


def changed_files(before: bytes, after: bytes) -> tuple[FileChange, ...] | Missing:
    """Return the files that differ between two zips, by path: in their content, their type or whether they may run."""
    digests: list[dict[str, bytes]] = []
    for content in (before, after):
        try:
            digests.append(_digests(content))
        except _UNREADABLE as error:
            return Missing(f"a source can't be read: {error}")
    old, new = digests
    changes = [FileChange(path=path, op="removed" if path not in new else "added") for path in old.keys() ^ new.keys()]
    changes += [FileChange(path=path, op="changed") for path in old.keys() & new.keys() if old[path] != new[path]]
    return tuple(sorted(changes, key=lambda change: change.path))


def _digests(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        files = [info for info in source.infolist() if not info.is_dir()]
        if len(files) > _MOST_FILES or sum(info.file_size for info in files) > _LARGEST_SOURCE:
            raise ValueError(f"more than {_MOST_FILES} files, or than {_LARGEST_SOURCE} bytes")
        return {info.filename: _digest(source, info) for info in files}


def _digest(source: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    _require_plain_method(info)
    digest = hashlib.sha256(str(info.external_attr >> 16 & _TYPE_AND_EXECUTABLE).encode())
    with source.open(info) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.digest()


def _require_plain_method(info: zipfile.ZipInfo) -> None:
    """Refuse methods of which a few bytes unpack to any size at once."""
    if info.compress_type not in _METHODS:
        raise ValueError(f"{info.filename!r:.100} is packed by method {info.compress_type}")


def _last_delivery(clients: Clients, pipeline: str) -> History | Missing | None:
    execution = codepipeline.last_kept(clients.codepipeline, pipeline)
    if execution is None or isinstance(execution, Missing):
        return execution
    return codepipeline.history(clients.codepipeline, pipeline, execution)


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


def _announced(clients: Clients, settings: Settings, waiting: History) -> ChangeSet | Missing:
    content = _read(clients, waiting.preview)
    if isinstance(content, Missing):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as artifact:
            _require_plain_method(artifact.getinfo(PREVIEW_CHANGES))
            with artifact.open(PREVIEW_CHANGES) as file:
                text = file.read(_LARGEST_CHANGE_SET + 1)
        if len(text) > _LARGEST_CHANGE_SET:
            return Missing(f"its change set is larger than {_LARGEST_CHANGE_SET} bytes")
        announced = change_set.read(text.decode())
    except _UNREADABLE:
        return Missing("the preview left no change set that can be read")
    is_of_commit = waiting.commit is not None and announced.commit == waiting.commit.id
    if not is_of_commit or announced.stack != settings.environment:
        return Missing("the preview left a change set of another commit or stack")
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
        f"## Files that differ from the last delivery{'' if delivered is None else f', {_commit(delivered)}'}",
        "",
    ]
    if isinstance(files, Missing):
        lines.append(f"Not known: {files.reason}.")
    else:
        lines += [f"- {file.op} {code(file.path, _PATH_CHARACTERS)}" for file in files] or ["None."]
    lines += ["", "## What the commit's own code announces", ""]
    if isinstance(announced, Missing):
        lines.append(f"Not known: {announced.reason}.")
    else:
        lines.append(change_report.render(announced, compare_documents=False))
    return "\n".join(lines) + "\n"


def _commit(commit: Commit | Missing) -> str:
    return "a commit that is not known" if isinstance(commit, Missing) else f"commit {commit.short}"
