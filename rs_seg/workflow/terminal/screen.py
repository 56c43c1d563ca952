"""Two ways to show a run: a live table on a terminal, and plain lines anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

WIDE, WIDER = 60, 90
"""Columns from which on there is room for bars, and for what a job is doing."""
BAR = 20
LINES_FOR_OTHERS = 4


@dataclass(frozen=True)
class Row:
    """A running job."""

    title: str
    share: float | None
    doing: str
    time: str


@dataclass(frozen=True)
class View:
    """All that a live table shows: running jobs, and the run as a whole."""

    rows: Sequence[Row]
    done: int
    total: int
    told: str
    """Of the whole run: jobs done and the time left."""


class Screen(Protocol):
    """Shows lines that stay, and what is going on now."""

    def say(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """One paragraph that stays."""

    def tell_end(self, count: str, title: str, time: str, left: str, style: str = "") -> None:
        """The line of a job that has ended."""

    def refresh(self, view: View) -> None:
        """What is going on now."""

    def close(self) -> None:
        """No more live table; lines can still be said."""


class PlainScreen:
    """Lines as they come, none of them broken: for files, pipes and simple terminals."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """One paragraph, on lines of any length."""
        lines = "\n".join(" " * indent + line for line in text.splitlines())
        self._console.print(Text(lines, style=style), soft_wrap=True)

    def tell_end(self, count: str, title: str, time: str, left: str, style: str = "") -> None:
        """Count, job and time, then the time left."""
        self.say(f"{count} {title}: {time}" + (f"; {left}" if left else ""), style)

    def refresh(self, view: View) -> None:
        """Nothing: lines that are written stay."""

    def close(self) -> None:
        """Nothing is open."""


class LiveScreen:
    """Lines above, and below them a table that is drawn anew, as wide as the terminal is."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def say(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """One paragraph, broken at words; a path without blanks stays whole."""
        paragraph = Text(text, style=style, overflow="fold")
        self._console.print(Padding(paragraph, (0, 0, 0, indent), expand=False))

    def tell_end(self, count: str, title: str, time: str, left: str, style: str = "") -> None:  # noqa: ARG002  # the table shows what is left
        """Count, job and time on one line, the title shortened where there is no room."""
        table = _grid()
        table.add_row(Text(count, style="dim"), Text(title, style=style), Text(time, style="dim"))
        self._console.print(table)

    def refresh(self, view: View) -> None:
        """Draw the table."""
        if not self._live.is_started:
            self._live.start()
        self._live.update(draw(view, self._console.width, self._console.height), refresh=True)

    def close(self) -> None:
        """Take the table away."""
        self._live.stop()


def _grid() -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(no_wrap=True, justify="right")
    return table


def draw(view: View, width: int, height: int) -> Group:
    """The table of running jobs, and below it the run as a whole."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    if width >= WIDE:
        table.add_column(width=BAR)
    table.add_column(no_wrap=True, justify="right")
    shown = view.rows[: max(1, height - LINES_FOR_OTHERS)]
    for row in shown:
        told = Text(row.title)
        if row.doing and width >= WIDER:
            told.append(f"  {row.doing}", style="dim")
        bar = [_bar(row.share)] if width >= WIDE else []
        table.add_row(told, *bar, Text(row.time, style="dim"))
    if len(view.rows) > len(shown):
        table.add_row(Text(f"and {len(view.rows) - len(shown)} more", style="dim"))
    return Group(table, _draw_run(view, width))


def _draw_run(view: View, width: int) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    if width >= WIDE:
        table.add_column(width=BAR)
    share = view.done / view.total if view.total else 0
    bar = [_bar(share)] if width >= WIDE else []
    table.add_row(Text(view.told, style="bold"), *bar)
    return table


def _bar(share: float | None) -> ProgressBar | Text:
    if share is None:
        return Text()
    return ProgressBar(
        total=1, completed=share, width=BAR, complete_style="cyan", finished_style="green"
    )
