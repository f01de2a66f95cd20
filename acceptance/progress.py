"""What a run has done so far, on disk, so that a run that ended in the middle goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, cast

Status = Literal["passed", "failed", "not applicable", "stopped", "incomplete"]
"""`stopped` by what says nothing about the step, such as a lock; `incomplete` where it could not ask everything."""

FOLDER: Final = Path(".local") / "acceptance"
_FILE: Final = "progress.json"


class OtherPlaceError(Exception):
    """The folder holds the progress of a run in another account, region or cloud; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a run works; `endpoint` is empty on AWS, else the address that stands for it."""

    stack: str
    account_id: str
    region: str
    endpoint: str

    @property
    def cloud(self) -> str:
        """What was tried: AWS, or what stands for it."""
        return f"a local cloud ({self.endpoint})" if self.endpoint else "AWS"


@dataclass(frozen=True, kw_only=True)
class Record:
    """How a step ended: `finished` in UTC as ISO 8601, `text` for a person, `versions` of what it was run with."""

    status: Status
    finished: str
    seconds: float
    text: str
    versions: Mapping[str, str] = field(default_factory=dict[str, str])


class Progress:
    """The records of the steps, by name; each is written as soon as its step has ended."""

    def __init__(self, folder: Path, place: Place, versions: Mapping[str, str]) -> None:
        """Read what an earlier run in this place has left; `versions` are those of this run, by what has them.

        Raises:
            OtherPlaceError: the folder is another place's.
        """
        self.folder, self.place, self._versions = folder, place, versions
        self.records: dict[str, Record] = {}
        self._facts: dict[str, str] = {}
        self._file = folder / _FILE
        if not self._file.exists():
            return
        content = json.loads(self._file.read_text(encoding="utf-8"))
        if content["place"] != asdict(place):
            before = Place(**content["place"])
            raise OtherPlaceError(
                f"{folder} holds a run against {before.cloud}, {before.region}; remove the folder to begin anew, after "
                "you have removed what that run has left"
            )
        self.records = {name: Record(**record) for name, record in content["steps"].items()}
        self._facts = content["facts"]

    def is_over(self, step: str) -> bool:
        """Return whether a step has been done, or has nothing to do."""
        record = self.records.get(step)
        return record is not None and record.status in {"passed", "not applicable"}

    def fact(self, name: str) -> str:
        """Return what an earlier step has left for later ones; empty where none has."""
        return self._facts.get(name, "")

    def remember(self, name: str, value: str) -> None:
        """Keep what later steps, or this one when it is repeated, need to know; an empty value forgets it."""
        self._facts[name] = value
        self._save()

    def write(self, step: str, status: Status, seconds: float, text: str) -> None:
        """Record how a step ended."""
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        self.records[step] = Record(
            status=status, finished=finished, seconds=round(seconds, 1), text=text, versions=dict(self._versions)
        )
        self._save()

    def _save(self) -> None:
        steps = {name: asdict(record) for name, record in self.records.items()}
        content = {"place": asdict(self.place), "steps": steps, "facts": self._facts}
        partial = self._file.with_suffix(".partial")
        self.folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        partial.rename(self._file)


def status_of(progress: Progress, step: str) -> str:
    """Return a step's status, `not run` where there is none yet."""
    record = progress.records.get(step)
    return cast("str", record.status) if record else "not run"
