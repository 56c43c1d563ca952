"""The terminal of a run: what Snakemake says comes in, a few lines for people go out."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from rs_seg.io.job_notes import JobNote
from rs_seg.workflow.snakemake_internals import (
    is_nothing_to_do,
    is_of_failed_job,
    is_of_interruption,
)
from rs_seg.workflow.terminal.changes import tell_changes
from rs_seg.workflow.terminal.ending import Ending, tell_ending
from rs_seg.workflow.terminal.facts import FACTS, REFUSAL, RunFacts
from rs_seg.workflow.terminal.jobs import (
    Job,
    job_of,
    plural,
    reason_of_failure,
    seconds_of,
    shown_path,
    stage_of_rule,
    tell_seconds,
)
from rs_seg.workflow.terminal.screen import Row, Screen, View
from rs_seg.workflow.terminal.time_left import Pace, read_earlier, time_left

SECONDS_BETWEEN_LOOKS = 0.5
MOST_GUESSED = 0.95
"""Share of a job that its time alone may show as done."""
WARNING, FAILURE = "yellow", "bold red"


class Terminal:
    """Shows a run on a screen; `clock` gives seconds since 1970."""

    def __init__(self, screen: Screen, clock: Callable[[], float], *, dry: bool = False) -> None:
        self._screen, self._clock, self._dry = screen, clock, dry
        self._opened = clock()
        self._lock = threading.RLock()
        self._waiting: Counter[str] = Counter()
        self._running: dict[int, Job] = {}
        self._notes: dict[int, JobNote] = {}
        self._said: set[tuple[str, ...]] = set()
        self._failed: dict[int, Job] = {}
        self._pace = Pace()
        self._cores: int | None = None
        self._done = self._total = 0
        self._facts: RunFacts | None = None
        self._refusal = ""
        self._ending = Ending()
        self._closed = threading.Event()
        self._actions: dict[Any, Callable[[Any], None]] = {
            LogEvent.RUN_INFO: self._plan,
            LogEvent.RESOURCES_INFO: self._take_cores,
            LogEvent.JOB_INFO: self._begin,
            LogEvent.JOB_FINISHED: self._finish,
            LogEvent.JOB_ERROR: self._take_failure,
            LogEvent.GROUP_ERROR: self._take_failures,
            LogEvent.ERROR: self._take_error,
            None: self._take_message,
        }

    def watch(self) -> None:
        """Look after running jobs in a thread of its own, until the terminal is closed."""
        threading.Thread(target=self._look_again, daemon=True).start()

    def _look_again(self) -> None:
        while not self._closed.wait(SECONDS_BETWEEN_LOOKS):
            self.look()

    def look(self) -> None:
        """Read what running jobs say, and show it."""
        with self._lock:
            if self._closed.is_set():
                return
            for job in self._running.values():
                self._listen(job)
            if self._running and not self._dry:
                self._screen.refresh(self._view())

    def take(self, record: logging.LogRecord) -> None:
        """Take in one message of Snakemake."""
        with self._lock:
            self._take_facts(getattr(record, FACTS, None))
            self._take_refusal(getattr(record, REFUSAL, ""))
            self._actions.get(getattr(record, "event", None), lambda _: None)(record)

    def _take_facts(self, facts: RunFacts | None) -> None:
        if facts is not None:
            self._facts = facts
            self._pace.earlier = read_earlier(facts.costs)

    def _take_refusal(self, refusal: str) -> None:
        if refusal:
            self._refusal = refusal
            self._screen.say(f"error: {refusal}", FAILURE)

    def close(self) -> None:
        """Say how the run has ended."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            self._screen.close()
            self._ending.done, self._ending.total = self._done, self._total
            self._ending.failed = len(self._failed)
            self._ending.seconds = self._clock() - self._opened
            self._ending.refused |= bool(self._refusal)
            tell_ending(self._screen, self._ending, self._facts, dry=self._dry)

    def _plan(self, record: Any) -> None:
        if self._total == 0:
            for rule, count in record.stats.items():
                stage = stage_of_rule(rule)
                if stage is not None:
                    self._waiting[stage] += count
            self._total = self._waiting.total()

    def _take_cores(self, record: Any) -> None:
        self._cores = getattr(record, "cores", self._cores)

    def _begin(self, record: Any) -> None:
        job = job_of(vars(record), begun=record.created)
        if job is None:
            return
        self._tell_reason(job, record.reason or "")
        self._waiting[job.stage] = max(0, self._waiting[job.stage] - 1)
        self._running[job.number] = job
        self._pace.give_threads(job)
        self._failed.pop(job.number, None)
        if self._dry:
            self._ending.planned[job.stage] += 1
        else:
            job.remove_note()

    def _tell_reason(self, job: Job, reason: str) -> None:
        changes = tell_changes(reason)
        if changes is not None and ("reason", job.stage, changes) not in self._said:
            self._said.add(("reason", job.stage, changes))
            self._screen.say(f"{job.stage}: {changes}", "cyan")

    def _finish(self, record: Any) -> None:
        job = self._end(record.job_id)
        if job is None:
            return
        seconds = self._seconds(job, record.created)
        self._pace.count(job, seconds)
        self._done += 1
        self._ending.stages.add(job.stage)
        count = f"{self._done:>{len(str(self._total))}}/{self._total}"
        self._screen.tell_end(count, job.title, tell_seconds(seconds), self._left(record.created))
        if not self._dry:
            self._screen.refresh(self._view())

    def _end(self, number: int) -> Job | None:
        """The job that has ended, and its last words said."""
        job = self._running.pop(number, None)
        if job is not None:
            self._listen(job)
            self._notes.pop(number, None)
            job.remove_note()
        return job

    def _seconds(self, job: Job, ended: float) -> float:
        """Seconds of a job; on a cluster those that it says, without its time in the queue."""
        said = seconds_of(job) if self._cores is None else None
        return ended - job.begun if said is None else said

    def _take_failure(self, record: Any) -> None:
        self._fail(record.jobid)

    def _take_failures(self, record: Any) -> None:
        for failure in record.job_error_info:
            self._fail(failure["jobid"])

    def _fail(self, number: int) -> None:
        job = self._end(number)
        if job is None:
            return
        reason = reason_of_failure(job, interrupted=self._ending.interrupted)
        if reason is None:
            self._ending.interrupted = True
            return
        self._failed[number] = job
        self._waiting[job.stage] += 1
        self._screen.say(f"failed: {job.title}", FAILURE)
        self._screen.say(reason, indent=2)
        if job.log is not None:
            self._screen.say(f"log: {shown_path(job.log)}", indent=2)

    def _take_error(self, record: Any) -> None:
        text = record.getMessage()
        self._ending.interrupted |= is_of_interruption(text)
        is_told = bool(self._refusal) and self._refusal in text
        if not (is_told or is_of_failed_job(text) or is_of_interruption(text)):
            self._ending.refused = True
            self._screen.say(f"error: {text.strip()}", FAILURE)

    def _take_message(self, record: logging.LogRecord) -> None:
        text = str(record.msg or "")
        self._ending.interrupted |= is_of_interruption(text)
        self._ending.nothing_to_do |= is_nothing_to_do(text)
        if record.levelno >= logging.ERROR and not is_of_failed_job(text):
            self._ending.refused = True
            self._screen.say(f"error: {text.strip()}", FAILURE)
        elif logging.WARNING <= record.levelno < logging.ERROR:
            self._screen.say(f"warning: {text.strip()}", WARNING)

    def _listen(self, job: Job) -> None:
        """Show what a job has said since the last look, and each warning only once."""
        note = job.note()
        self._notes[job.number] = note
        for remark in note.remarks:
            sign = (remark.kind, remark.text)
            if sign not in self._said:
                self._said.add(sign)
                is_warning = remark.kind == "warning"
                begin = "warning: " if is_warning else ""
                text = remark.text.removeprefix(f"{job.stage}: ")  # the title begins with it
                self._screen.say(f"{begin}{job.title}: {text}", WARNING if is_warning else "")

    def _left(self, now: float) -> str:
        running = [
            (job, self._notes.get(number, JobNote()).seconds_left)
            for number, job in self._running.items()
        ]
        return time_left(self._waiting, running, self._pace, cores=self._cores, now=now)

    def _view(self) -> View:
        now = self._clock()
        jobs = list(self._running.values())
        rows = [self._row(job, now) for job in jobs if self._cores is not None or self._speaks(job)]
        told = f"{self._done} of {plural(self._total, 'job')}"
        if self._cores is None:
            told += f", {len(jobs)} submitted"
        left = "ending the jobs" if self._ending.interrupted else self._left(now)
        return View(rows, self._done, self._total, f"{told}, {left}" if left else told)

    def _speaks(self, job: Job) -> bool:
        """Whether a job on a cluster has come out of its queue, as far as is known here."""
        return self._notes.get(job.number, JobNote()).share is not None

    def _row(self, job: Job, now: float) -> Row:
        """A bar of what the job says is done, else of the time that such jobs take."""
        note, seconds = self._notes.get(job.number, JobNote()), max(0.0, now - job.begun)
        usual = self._pace.seconds(job.stage)
        guess = min(seconds / usual, MOST_GUESSED) if usual else None
        told = tell_seconds(seconds)
        if note.share is not None:
            return Row(job.title, note.share, note.doing, f"{100 * note.share:.0f} %  {told}")
        return Row(job.title, guess, "", told)
