"""What the provider set out to create, so that a killed `up` leaves nothing twice.

Between AWS's answer to a create call and the engine's checkpoint lies a moment in which a killed provider or CLI leaves
a resource that no state knows. The real provider has no memory of it: on AWS the next `up` fails with "already exists",
or makes a second one where the name is made up or not unique (a KMS key), and the remedy is `pulumi import` or a
deletion by hand. The stand-in notes its intent before the call and the id after it, one small file a URN, and the next
create of the same URN takes over what the note is about. A note is settled, and never again used to adopt, as soon as
the engine names the id itself or ends this process in good order, its checkpoint written. A creation that AWS refused
leaves no note: a resource of someone else's stays theirs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast


@dataclass(frozen=True)
class Note:
    """One creation.

    `identity`: a digest of the inputs that make the resource unique. `name`: the physical name, where it was made up;
    the engine's next attempt comes with another seed. `started`: Unix seconds. `resource_id`: once AWS gave it.
    """

    urn: str
    identity: str
    name: str
    started: float
    resource_id: str = ""
    settled: bool = False


class Journal:
    """Notes under a directory, for one endpoint: another local cloud knows nothing of this one's resources."""

    def __init__(self, directory: Path, endpoint: str) -> None:
        self._directory = directory / hashlib.sha256(endpoint.encode()).hexdigest()[:16]
        self._created_here: dict[str, str] = {}
        for other in directory.glob("*"):
            if other != self._directory:
                shutil.rmtree(other, ignore_errors=True)

    def begin(self, urn: str, identity: str, name: str) -> None:
        """Note that a resource is about to be created."""
        self._write(Note(urn, identity, name, time.time()))

    def created(self, urn: str, resource_id: str) -> None:
        """Note the id that AWS gave."""
        note = self.read(urn)
        if note is not None:
            self._write(replace(note, resource_id=resource_id, settled=False))
        self._created_here[urn] = resource_id

    def is_created_here(self, urn: str, resource_id: str) -> bool:
        """Return whether this process has created or adopted the resource."""
        return self._created_here.get(urn) == resource_id

    def settle_created(self) -> None:
        """Note that the engine's state holds all that this process has created."""
        for urn, resource_id in self._created_here.items():
            self.settle(urn, resource_id=resource_id)

    def settle(self, urn: str, *, resource_id: str = "", identity: str = "") -> None:
        """Note that the engine's state holds the resource with that id, or of that identity."""
        note = self.read(urn)
        if note is not None and not note.settled and (note.resource_id == resource_id or note.identity == identity):
            self._write(replace(note, settled=True))

    def forget(self, urn: str, resource_id: str = "") -> None:
        """Drop a note: the creation failed, or the resource with that id is gone."""
        note = self.read(urn)
        if note is not None and resource_id in ("", note.resource_id):
            self._path(urn).unlink(missing_ok=True)

    def unsettled(self, urn: str) -> Note | None:
        """Return the note of a creation whose result the engine has never named."""
        note = self.read(urn)
        return note if note is not None and not note.settled else None

    def known_ids(self) -> set[str]:
        """Return every id noted, settled or not."""
        notes = (self._load(path) for path in self._directory.glob("*.json"))
        return {note.resource_id for note in notes if note is not None}

    def read(self, urn: str) -> Note | None:
        """Return the note about a URN."""
        return self._load(self._path(urn))

    def _path(self, urn: str) -> Path:
        return self._directory / f"{hashlib.sha256(urn.encode()).hexdigest()[:32]}.json"

    @staticmethod
    def _load(path: Path) -> Note | None:
        try:
            return Note(**cast("dict[str, Any]", json.loads(path.read_text())))
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, note: Note) -> None:
        # A rename is atomic: a kill leaves the old note or the new one, never half of one.
        self._directory.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._directory, suffix=".tmp")
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(asdict(note), file)
            Path(name).replace(self._path(note.urn))
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
