"""What a terminal shows of recorded messages of Snakemake, without any run."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from rs_seg.io.job_notes import JobNote, Remark, note_path, write_note
from rs_seg.workflow.terminal.facts import REFUSAL
from rs_seg.workflow.terminal.opening import tell_uncaught
from tests.workflow.terminal.recorded_run import STATS, Run, message


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


def test_an_interruption_of_the_planning_is_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_uncaught(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err == "interrupted, no job was at work\n"
    tell_uncaught(ValueError, ValueError("a fault of ours"), None)
    assert "a fault of ours" in capsys.readouterr().err
