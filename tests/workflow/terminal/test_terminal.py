"""What a terminal shows of recorded messages of Snakemake, without any run."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from snakemake_interface_logger_plugins.common import LogEvent

from rs_seg.io.job_notes import JobNote, Remark, note_path, write_note
from rs_seg.io.records import JobRecord, record_path
from rs_seg.workflow.terminal.facts import FACTS, REFUSAL, RunFacts
from rs_seg.workflow.terminal.opening import choose_screen, tell_uncaught
from rs_seg.workflow.terminal.screen import LiveScreen, PlainScreen
from rs_seg.workflow.terminal.terminal import Terminal

STATS = {"simulate_unlabelled": 1, "refine": 2, "all": 1, "total": 4}
STARTED = {
    "stage": "refine",
    "branches": {},
    "status": "started",
    "host": "here",
    "job": None,
    "threads": 1,
    "version": "0",
    "revision": 1,
    "started": "2026-11-29T22:40:22Z",
}


def message(event: LogEvent | None = None, text: str | None = None, **facts: Any) -> Any:
    level, created = facts.pop("level", logging.INFO), facts.pop("created", 0.0)
    record = logging.LogRecord("snakemake", level, __file__, 1, text, None, None)
    vars(record).update(facts, created=created, event=event)
    return record


class Run:
    """A terminal as it is told of a run, and the lines that it shows."""

    def __init__(self, folder: Path, *, width: int = 100, live: bool = False, dry: bool = False):
        self.folder, self.stream = folder, io.StringIO()
        console = Console(file=self.stream, width=width, height=20, force_terminal=live)
        self.now = 0.0
        screen = (LiveScreen if live else PlainScreen)(console)
        self.terminal = Terminal(screen, lambda: self.now, dry=dry)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.stream.getvalue().splitlines()]

    def plan(self, **changes: Any) -> None:
        facts = RunFacts(
            maps=[str(self.folder / "map.qgz"), str(self.folder / "map.html")],
            reports=[str(self.folder / "report.html")],
            folder=str(self.folder),
            logs=str(self.folder),
            costs=str(self.folder / "costs.json"),
            whole_log=str(self.folder / "whole.log"),
        )
        self.terminal.take(message(LogEvent.RESOURCES_INFO, cores=2))
        self.terminal.take(message(LogEvent.RUN_INFO, stats={**STATS, **changes}))
        self.terminal.take(message(text="results", **{FACTS: facts}))

    def log(self, number: int) -> Path:
        return self.folder / f"{number}.log"

    def begin(self, number: int, stage: str = "refine", *names: str, reason: str = "") -> None:
        self.terminal.take(
            message(
                LogEvent.JOB_INFO,
                jobid=number,
                rule_name=stage,
                log=[str(self.log(number))],
                wildcards=dict(enumerate(names)),
                threads=1,
                reason=reason,
                shellcmd=f"rs-seg {stage} --config 'results/config.yaml' --threads 1",
                created=self.now,
            )
        )

    def finish(self, number: int) -> None:
        self.terminal.take(message(LogEvent.JOB_FINISHED, job_id=number, created=self.now))

    def fail(self, number: int, reason: str | None) -> None:
        if reason is not None:
            values = {**STARTED, "status": "failed", "reason": reason, "seconds": 1.0}
            JobRecord.model_validate(values).write(record_path(self.log(number)))
        command = "Command 'set -e; rs-seg --config {...}' returned non-zero exit status 1."
        said = f"RuleException:\nCalledProcessError in file 'map.smk', line 24:\n{command}"
        self.terminal.take(
            message(LogEvent.ERROR, said, exception="RuleException", level=logging.ERROR)
        )
        self.terminal.take(message(LogEvent.JOB_ERROR, jobid=number, level=logging.ERROR))

    def end(self) -> None:
        self.terminal.close()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_a_job_is_one_line_with_its_time_and_a_run_ends_with_its_files(run: Run) -> None:
    (run.folder / "map.qgz").touch()
    (run.folder / "report.html").touch()
    run.plan(refine=1, deliver=1)
    run.begin(5, "simulate", "town [one]")
    run.terminal.take(message(LogEvent.SHELLCMD, "rs-seg simulate", level=logging.INFO))
    run.terminal.take(message(text="Select jobs to execute..."))
    run.now = 1.4
    run.finish(5)
    for number, stage in ((6, "refine"), (7, "deliver")):
        run.begin(number, stage, "a\nb", "unet", "crf")
        run.now += 125
        run.finish(number)
    run.terminal.take(message(LogEvent.JOB_INFO, jobid=0, shellcmd=None, reason="", log=[]))
    run.terminal.take(message(LogEvent.JOB_FINISHED, job_id=0))
    run.end()
    assert run.lines == [
        "1/3 simulate town [one]: 1.4 s",
        "2/3 refine a?b, unet, crf: 2 min 05 s",
        "3/3 deliver a?b, unet, crf: 2 min 05 s",
        "3 jobs done in 4 min 11 s",
        f"map     {run.folder}/map.qgz",
        f"report  {run.folder}/report.html",
        f"log     {run.folder}/whole.log",
    ]


def test_the_time_left_is_on_the_line_of_each_job(run: Run) -> None:
    run.plan(simulate_unlabelled=0)
    run.begin(6)
    run.now = 125
    run.finish(6)
    assert run.lines == ["1/2 refine: 2 min 05 s; about 2 min left"]


@pytest.mark.parametrize(("stage", "title"), [("vectorize", "maps"), ("report", "report")])
def test_files_of_an_earlier_run_are_not_named_as_made(run: Run, stage: str, title: str) -> None:
    (run.folder / "map.qgz").touch()
    (run.folder / "report.html").touch()
    run.plan()
    run.begin(5, stage)
    run.finish(5)
    run.end()
    assert [line.split()[0] for line in run.lines[2:]] == [title, "log"]


def test_a_failed_job_is_told_once_in_our_words(run: Run) -> None:
    run.plan()
    run.begin(6, "refine", "town")
    run.now = 2
    reason = "town.tif: no such band. Found: 3. Expected: 4. Remedy: name 3 bands."
    run.fail(6, reason)
    for text in ("Exiting because a job execution failed. Look above", "Remaining jobs:\n - {"):
        run.terminal.take(message(text=text, level=logging.ERROR))
    said = "WorkflowError:\nAt least one job did not complete successfully."
    run.terminal.take(message(LogEvent.ERROR, said, exception="WorkflowError", level=logging.ERROR))
    run.end()
    assert run.lines == [
        "failed: refine town",
        f"  {reason}",
        f"  log: {run.log(6)}",
        "1 job failed, 0 of 3 jobs done: the work is kept; run the same command again to go on",
        f"log     {run.folder}/whole.log",
    ]


def test_a_killed_job_shows_the_end_of_its_log(run: Run) -> None:
    run.plan()
    run.begin(6)
    run.log(6).write_text("22:40:01 tiles: 3 of 8\nSegmentation fault\n", encoding="utf-8")
    run.fail(6, None)
    assert run.lines[:4] == [
        "failed: refine",
        "  it ended without a reason: it was killed, as where memory is short, or did not start",
        "    22:40:01 tiles: 3 of 8",
        "    Segmentation fault",
    ]


def test_a_job_that_is_started_again_and_finishes_has_not_failed(run: Run) -> None:
    run.plan()
    run.begin(6)
    run.fail(6, "the node went down")
    run.begin(6)
    run.finish(6)
    run.end()
    assert not any("1 job failed" in line for line in run.lines)


def test_an_interrupted_run_says_that_work_is_kept(run: Run) -> None:
    run.plan()
    run.begin(6)
    run.terminal.take(
        message(text="Terminating processes on user request, this might take a while")
    )
    run.fail(6, "interrupted")
    run.begin(7)
    run.fail(7, None)  # it had not come as far as its record
    run.end()
    assert run.lines == [
        "interrupted, 0 of 3 jobs done: the work is kept; run the same command again to go on",
        f"log     {run.folder}/whole.log",
    ]


def test_a_refused_run_says_why_and_no_more(run: Run) -> None:
    reason = "2 faults:\n  1. my.yaml, line 3, key a: wrong\n  2. my.yaml, line 9, key b: wrong"
    run.terminal.take(message(**{REFUSAL: reason}))
    said = (
        f'WorkflowError in file "/x/Snakefile", line 24:\n{reason}\n  File "/x/Snakefile", line 24'
    )
    run.terminal.take(message(LogEvent.ERROR, said, exception="WorkflowError", level=logging.ERROR))
    run.end()
    assert run.lines == f"error: {reason}".splitlines()


def test_an_error_of_snakemake_itself_is_shown_as_it_is(run: Run) -> None:
    run.terminal.take(
        message(LogEvent.ERROR, "MissingRuleException: x", exception="E", level=logging.ERROR)
    )
    run.end()
    assert run.lines == ["error: MissingRuleException: x"]


def test_equal_warnings_of_jobs_are_shown_once_and_progress_is_not(run: Run) -> None:
    run.plan()
    warning = Remark(kind="warning", text="few labels")
    for number in (6, 7):
        run.begin(number, "refine", f"town {number}")
        note = JobNote(share=0.5, doing="tiles: 1 of 2", remarks=(warning,))
        write_note(note, note_path(run.log(number)))
        run.terminal.look()
        run.finish(number)
        assert not note_path(run.log(number)).exists()
    assert run.lines == [
        "warning: refine town 6: few labels",
        "1/3 refine town 6: 0.0 s",
        *run.lines[2:],
    ]
    assert len(run.lines) == 3


def test_a_note_of_an_earlier_job_does_not_count(run: Run) -> None:
    remark = Remark(kind="notice", text="old")
    write_note(JobNote(remarks=(remark,)), note_path(run.log(6)))
    run.plan()
    run.begin(6)
    run.terminal.look()
    assert run.lines == []


def test_why_a_stage_runs_again_is_told_once(run: Run) -> None:
    run.plan()
    for number in (6, 7):
        run.begin(number, reason="Updated input files: raw.tif")
    assert run.lines == ["refine: raw.tif is newer"]


def test_nothing_to_do_names_the_files(run: Run) -> None:
    (run.folder / "report.html").touch()
    run.terminal.take(message(text="Nothing to be done (all requested files are present)."))
    run.end()
    assert run.lines[0] == "everything is made already"


def test_a_dry_run_counts_jobs_by_stage(tmp_path: Path) -> None:
    run = Run(tmp_path, dry=True)
    run.terminal.take(message(LogEvent.RUN_INFO, stats=STATS))
    run.begin(5, "simulate", "a")
    run.begin(6, "refine", "a")
    run.begin(7, "refine", "b")
    run.finish(6)
    run.end()
    assert run.lines[-1] == "3 jobs would run: 1 simulate, 2 refine"


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


def strip_codes(line: str) -> str:
    from rich.text import Text

    return Text.from_ansi(line).plain


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


Settings = Callable[..., Any]


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


def test_an_interruption_of_the_planning_is_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_uncaught(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err == "interrupted, no job was at work\n"
    tell_uncaught(ValueError, ValueError("a fault of ours"), None)
    assert "a fault of ours" in capsys.readouterr().err
