"""What the set-up shows: one live line on a terminal, otherwise plain lines with the elapsed time."""

import shutil
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TextIO

PLAIN_INTERVAL_SECONDS = 15.0
CLEAR_LINE = "\r\x1b[2K"


@dataclass
class Progress:
    """The state of each part of the set-up, safe to change from several threads."""

    # not stdout: that belongs to the command that the set-up is for, as in eval "$(make -s local-env)"
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _states: dict[str, str] = field(default_factory=dict[str, str])
    _printed_at: dict[str, float] = field(default_factory=dict[str, float])
    _started: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def live(self) -> bool:
        """Whether the stream is a terminal."""
        return self.stream.isatty()

    def update(self, part: str, state: str) -> None:
        """Print a state that the next one may overwrite: at once on a terminal, else every 15 s at most."""
        with self._lock:
            self._states[part] = state
            due = time.monotonic() - self._printed_at.get(part, 0.0) >= PLAIN_INTERVAL_SECONDS
            if self.live:
                self._draw()
            elif due:
                self._print(part, state)

    def say(self, part: str, message: str) -> None:
        """Print a message that stays."""
        with self._lock:
            self._print(part, message)

    def finish(self, part: str, message: str) -> None:
        """Print the part's last message."""
        with self._lock:
            self._states.pop(part, None)
            self._print(part, message)

    def tick(self) -> None:
        """Keep the clock of the live line, or of a part that has been silent, going."""
        with self._lock:
            if self.live:
                self._draw()
                return
            for part, state in self._states.items():
                if time.monotonic() - self._printed_at.get(part, 0.0) >= PLAIN_INTERVAL_SECONDS:
                    self._print(part, state)

    def close(self) -> None:
        """Remove the live line."""
        with self._lock:
            self._states.clear()
            if self.live:
                self._write(CLEAR_LINE)

    def _elapsed(self) -> str:
        return f"[{time.monotonic() - self._started:5.0f}s]"

    def _print(self, part: str, message: str) -> None:
        self._printed_at[part] = time.monotonic()
        self._write((CLEAR_LINE if self.live else "") + f"{self._elapsed()} {part}: {message}\n")
        if self.live:
            self._draw()

    def _draw(self) -> None:
        if not self._states:
            return
        text = f"{self._elapsed()} " + " | ".join(f"{part}: {state}" for part, state in self._states.items())
        width = shutil.get_terminal_size().columns - 1
        self._write(CLEAR_LINE + text[:width])

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()
