"""The demo's timeline in the terminal: what happens, when, and how long it takes."""

import textwrap
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

_BESIDE_THE_TIME = " " * 11


class Timeline:
    """Prints one line a step, with the seconds since the start and the step's own, whole however long it is."""

    def __init__(self, console: Console | None = None, *, start: float | None = None, holds_back: bool = False) -> None:
        """Create a timeline that begins now, unless `start` says when; `holds_back` keeps its lines until `tell`."""
        self._console = console or Console(highlight=False)
        self._start = time.monotonic() if start is None else start
        self._held: list[str] | None = [] if holds_back else None

    def aside(self) -> "Timeline":
        """Return a timeline of the same clock, for another thread: it holds its lines back, so that they don't mix."""
        return Timeline(self._console, start=self._start, holds_back=True)

    def tell(self) -> None:
        """Print what was held back, and hold nothing back any more."""
        held, self._held = self._held or [], None
        for line in held:
            self._print(line)

    def title(self, text: str) -> None:
        """Print a headline."""
        self._print(f"\n[bold]{escape(text)}[/]")

    @contextmanager
    def step(self, text: str) -> Generator["Step"]:
        """Show a step as under way until the block ends; the line then tells how it went."""
        began, step = time.monotonic(), Step()
        with self._under_way(text, step):
            try:
                yield step
            except BaseException:
                self._line("[red]✗[/]", text, began, "failed")
                raise
        self._line("[green]✓[/]", text, began, step.result)

    def message(self, subject: str, body: str) -> None:
        """Print a message as a subscriber got it: in a frame, or where there is no terminal's width, indented."""
        if self._console.is_terminal and self._held is None:
            self._console.print(Panel(escape(body), title=escape(subject), title_align="left", border_style="cyan"))
        else:
            self._print(escape(textwrap.indent(f"Subject: {subject}\n\n{body}\n", _BESIDE_THE_TIME)))

    def note(self, text: str) -> None:
        """Print a line between steps."""
        self._print(f"{_BESIDE_THE_TIME}[dim]{escape(text)}[/]")

    def _under_way(self, text: str, step: "Step") -> AbstractContextManager[object]:
        if self._held is not None:
            return nullcontext()
        status = self._console.status(f"{escape(text)} ...")
        step.update = lambda detail: status.update(f"{escape(text)} ... [dim]{escape(detail)}[/]")
        return status

    def _line(self, mark: str, text: str, began: float, result: str) -> None:
        now = time.monotonic()
        tail = f" [dim]{escape(result)}[/]" if result else ""
        self._print(f"{now - self._start:7.1f} s {mark} {escape(text)}{tail} [dim]({now - began:.1f} s)[/]")

    def _print(self, text: str) -> None:
        if self._held is None:
            self._console.print(text, soft_wrap=True)
        else:
            self._held.append(text)


class Step:
    """A step under way: `update` shows a detail while it lasts, `result` stands behind it when it is over."""

    def __init__(self) -> None:
        self.result = ""

    def update(self, detail: str) -> None:
        """Show a detail; replaced by the timeline."""
