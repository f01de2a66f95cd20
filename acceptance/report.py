"""What a run has proved, as `acceptance.json` and `acceptance.md`: where, when, with which versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from acceptance.claims import Row
from acceptance.progress import Progress, Record


@dataclass(frozen=True, kw_only=True)
class Report:
    """The report of a run; the account's id is in none of its texts.

    It says nothing but what the steps have left: written again, it is the same.
    """

    progress: Progress
    rows: Sequence[Row]
    steps: Sequence[str]

    @property
    def where(self) -> str:
        """Where it was run: on AWS, or against what stands for it."""
        return f"{self.progress.place.cloud}, {self.progress.place.region}"

    def write(self, folder: Path) -> None:
        """Write both files."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "acceptance.json").write_text(self._hidden(self._json()), encoding="utf-8")
        (folder / "acceptance.md").write_text(self._hidden(self._markdown()), encoding="utf-8")

    def _hidden(self, text: str) -> str:
        return text.replace(self.progress.place.account_id, "(account)")

    def _json(self) -> str:
        content = {
            "cloud": "other" if self.progress.place.endpoint else "AWS",
            "endpoint": self.progress.place.endpoint,
            "region": self.progress.place.region,
            "stack": self.progress.place.stack,
            "steps": {name: asdict(record) for name, record in self.progress.records.items()},
            "claims": [asdict(row) for row in self.rows],
        }
        return json.dumps(content, indent=2) + "\n"

    def _markdown(self) -> str:
        on = "on AWS" if not self.progress.place.endpoint else "not on AWS, but on a local cloud"
        lines = [
            f"# Acceptance run of stack {self.progress.place.stack}",
            "",
            f"Run {on}: {self.where}.",
            "",
            *self._versions(),
            "",
            "| step | result | finished (UTC) | seconds | |",
            "|---|---|---|---|---|",
            *(_step(name, self.progress.records.get(name)) for name in self.steps),
            "",
            f"What each claim of docs/fidelity.md has been shown {on}:",
            "",
            "| claim | verdict | by | |",
            "|---|---|---|---|",
            *(f"| {row.claim} | {self._verdict(row)} | {', '.join(row.steps)} | {row.text} |" for row in self.rows),
            "",
        ]
        return "\n".join(lines)

    def _versions(self) -> list[str]:
        """Return a line for each set of versions, with the steps that were run with it."""
        steps: dict[str, list[str]] = {}
        for name, record in self.progress.records.items():
            text = ", ".join(f"{package} {version}" for package, version in record.versions.items())
            steps.setdefault(text, []).append(name)
        return [f"- {', '.join(names)}: {text}" for text, names in steps.items() if text]

    def _verdict(self, row: Row) -> str:
        if row.verdict not in {"proved", "proved in part"}:
            return row.verdict
        finished = max(self.progress.records[step].finished for step in row.steps)
        place = "on AWS" if not self.progress.place.endpoint else "on the local cloud"
        return f"{row.verdict} {place}, {finished[:10]}, {self.progress.place.region}"


def _step(name: str, record: Record | None) -> str:
    if record is None:
        return f"| {name} | not run | | | |"
    text = " ".join(record.text.split()).replace("|", "\\|")
    return f"| {name} | {record.status} | {record.finished} | {record.seconds:g} | {text} |"
