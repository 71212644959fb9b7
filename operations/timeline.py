"""The parts of a long operation: shown while they run, with elapsed time, and measured.

On a terminal each running part is a line with a spinner. In a pipe a part is a line when it begins, one each half
minute while it runs, and one when it is done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

_PIPE_SECONDS = 30.0


class Part:
    """One running part; `tell` says how far it is."""

    def __init__(self, timeline: Timeline, title: str) -> None:
        self._timeline = timeline
        self._title = title
        self._task = timeline.progress.add_task(title, detail="", total=None)
        self._began = time.monotonic()
        self._told = self._began

    def tell(self, detail: str) -> None:
        """Show how far the part is, in a few words."""
        self._timeline.progress.update(self._task, detail=detail)
        now = time.monotonic()
        if not self._timeline.console.is_terminal and now - self._told >= _PIPE_SECONDS:
            self._told = now
            self._timeline.console.print(f"  … {self._title}: {detail} ({now - self._began:.0f} s)", soft_wrap=True)

    def end(self) -> float:
        """Take the line away; returns how long the part took, in seconds."""
        self._timeline.progress.remove_task(self._task)
        return time.monotonic() - self._began


class Timeline:
    """A context in which parts run, one after another or at the same time."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Timeline:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    @contextmanager
    def part(self, title: str) -> Iterator[Part]:
        """Run one part: measured, and told of when it is done or has failed."""
        part = Part(self, title)
        if not self.console.is_terminal:
            self.console.print(f"  → {title}", soft_wrap=True)
        try:
            yield part
        except BaseException:
            part.end()
            self.console.print(f"  [red]✗[/red] {title}", soft_wrap=True)
            raise
        seconds = part.end()
        with self._lock:
            self.seconds[title] = seconds
        self.console.print(f"  [green]✓[/green] {title} [dim]{seconds:.1f} s[/dim]", soft_wrap=True)

    def table(self) -> Table:
        """How long each part took."""
        table = Table(box=None, show_header=False, padding=(0, 2))
        for title, seconds in self.seconds.items():
            table.add_row(title, f"{seconds:.1f} s")
        return table
