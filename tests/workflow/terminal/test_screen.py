"""How a run is drawn on terminals of 40 and 100 columns, with and without colours."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console
from snakemake_interface_logger_plugins.common import LogEvent

from rs_seg.io.job_notes import JobNote, note_path, write_note
from rs_seg.workflow.terminal.opening import choose_screen
from rs_seg.workflow.terminal.screen import LiveScreen, PlainScreen
from tests.workflow.terminal.recorded_run import STATS, Run, message, strip_codes


@pytest.mark.parametrize("width", [40, 100])
def test_a_line_of_a_job_is_never_broken(tmp_path: Path, width: int) -> None:
    run = Run(tmp_path, width=width, live=True)
    run.plan()
    run.begin(6, "refine", "a scene with a long name [/red] $a_$ <x>", "unet", "crf")
    run.now = 75
    run.finish(6)
    line = next(line for line in run.lines if "refine" in line)
    assert len(strip_codes(line)) <= width
    assert strip_codes(line).rstrip().endswith("1 min 15 s")
    assert ("…" in line) == (width == 40)


@pytest.mark.parametrize("width", [40, 100])
def test_running_jobs_have_a_bar_where_there_is_room(tmp_path: Path, width: int) -> None:
    run = Run(tmp_path, width=width, live=True)
    run.plan()
    run.begin(6, "refine", "town")
    write_note(JobNote(share=0.25, doing="tiles: 1 of 4"), note_path(run.log(6)))
    run.now = 3
    run.terminal.look()
    shown = strip_codes(run.stream.getvalue())
    assert "25 %  3.0 s" in shown
    assert ("━" in shown) == (width == 100)
    assert ("tiles: 1 of 4" in shown) == (width == 100)
    run.end()


def test_jobs_that_wait_on_a_cluster_are_counted_and_not_shown(tmp_path: Path) -> None:
    run = Run(tmp_path, live=True)
    run.terminal.take(message(LogEvent.RESOURCES_INFO, nodes=200))
    run.terminal.take(message(LogEvent.RUN_INFO, stats=STATS))
    for number in (6, 7):
        run.begin(number, "refine", f"town {number}")
    write_note(JobNote(share=0.25), note_path(run.log(7)))
    run.terminal.look()
    shown = strip_codes(run.stream.getvalue())
    assert "0 of 3 jobs, 2 submitted" in shown
    assert "town 7" in shown
    assert "town 6" not in shown
    run.end()


@pytest.mark.parametrize(
    ("terminal", "term", "kind"),
    [(True, "xterm", LiveScreen), (True, "dumb", PlainScreen), (False, "xterm", PlainScreen)],
)
def test_a_table_is_drawn_only_on_a_terminal_that_can(
    terminal: bool, term: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    console = Console(file=io.StringIO(), force_terminal=terminal)
    assert type(choose_screen(console, SimpleNamespace(quiet=None, dryrun=False))) is kind


def test_no_color_is_heeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def colours() -> bool:
        stream = io.StringIO()
        LiveScreen(Console(file=stream, force_terminal=True, width=80)).say("failed", "red")
        return "\x1b[31m" in stream.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert colours()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colours()
