"""How a terminal is opened: as Snakemake's settings and the environment want it."""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import Any

from rich.console import Console

from rs_seg.cli.quiet import QUIET
from rs_seg.workflow.snakemake_internals import own_terminal, says_nothing
from rs_seg.workflow.terminal.screen import LiveScreen, PlainScreen, Screen, View
from rs_seg.workflow.terminal.terminal import Terminal


def open_terminal(settings: Any) -> Terminal | SnakemakeTerminal:
    """The terminal of a run; with --verbose Snakemake's own.

    Jobs are told by the environment that the terminal is not theirs.
    """
    if settings.verbose:
        return SnakemakeTerminal(settings)
    os.environ[QUIET] = "1"
    sys.excepthook = tell_uncaught
    stream = sys.stdout if settings.stdout else sys.stderr
    console = Console(
        file=stream, no_color=settings.nocolor or None, highlight=False, emoji=False, markup=False
    )
    terminal = Terminal(choose_screen(console, settings), time.time, dry=settings.dryrun)
    if not settings.dryrun:
        terminal.watch()
    return terminal


def tell_uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Say that the run was interrupted where Snakemake, at its planning, shows a traceback."""
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted, no job was at work", file=sys.stderr)  # noqa: T201
    else:
        sys.__excepthook__(kind, error, trace)


def choose_screen(console: Console, settings: Any) -> Screen:
    """Lines that are drawn anew on a terminal that can, plain ones elsewhere."""
    if says_nothing(settings):
        return ErrorScreen(console)
    is_live = console.is_terminal and not console.is_dumb_terminal and not settings.dryrun
    return LiveScreen(console) if is_live else PlainScreen(console)


class ErrorScreen(PlainScreen):
    """Lines of errors only, for --quiet all."""

    def say(self, text: str, style: str = "", *, indent: int = 0) -> None:
        """An error; others are left out."""
        if "red" in style or indent:
            super().say(text, style, indent=indent)

    def refresh(self, view: View) -> None:
        """Nothing."""


class SnakemakeTerminal:
    """Everything as Snakemake says it, and jobs as they are without a quiet terminal."""

    def __init__(self, settings: Any) -> None:
        self._handler = own_terminal(settings)

    def take(self, record: logging.LogRecord) -> None:
        """Show one message as Snakemake does."""
        self._handler.handle(record)

    def close(self) -> None:
        """Nothing more is said."""
        self._handler.flush()
