"""Jobs as the terminal of a run shows them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs_seg.cli.running import TYPED_IN
from rs_seg.io.job_notes import JobNote, note_path, read_note, remove_note
from rs_seg.io.records import read_record, record_path
from rs_seg.stages import STAGES

STAGE_OF_COMMAND = re.compile(r"(?:^|\s)([a-z_]+) --config ")
INTERRUPTED = ("interrupted", "KeyboardInterrupt")
LAST_BYTES = 4000
"""Of a log, which are looked at where a job ended without a record."""


@dataclass(frozen=True)
class Job:
    """A job that was started: one stage for one scene, network and the like."""

    number: int
    stage: str
    names: tuple[str, ...]
    threads: int
    log: Path | None
    begun: float
    """Seconds since 1970."""

    @property
    def title(self) -> str:
        """Stage and names for people, on one line."""
        return f"{self.stage} {', '.join(map(printable, self.names))}".rstrip()

    def note(self) -> JobNote:
        """How far it is, and what it has said."""
        return JobNote() if self.log is None else read_note(note_path(self.log))

    def remove_note(self) -> None:
        """Take away what it, or an earlier job with the same log, has said."""
        if self.log is not None:
            remove_note(note_path(self.log))


def job_of(facts: Mapping[str, Any], *, begun: float) -> Job | None:
    """The job that Snakemake tells of; None for a target, which runs nothing."""
    command = STAGE_OF_COMMAND.search(facts.get("shellcmd") or "")
    if command is None:
        return None
    logs = [Path(path) for path in facts.get("log") or ()]
    return Job(
        number=int(facts["jobid"]),
        stage=command[1],
        names=tuple(map(str, (facts.get("wildcards") or {}).values())),
        threads=int(facts.get("threads") or 1),
        log=logs[0] if logs else None,
        begun=begun,
    )


def stage_of_rule(rule: str) -> str | None:
    """The stage of a rule: its namesake, or the longest one that it begins with.

    None of a target.
    """
    alike = (stage for stage in STAGES if rule == stage or rule.startswith(f"{stage}_"))
    return max(alike, key=len, default=None)


def seconds_of(job: Job) -> float | None:
    """Seconds that a finished job says it took; None where its record does not."""
    record = None if job.log is None else read_record(record_path(job.log))
    return None if record is None else record.seconds


def reason_of_failure(job: Job, *, interrupted: bool) -> str | None:
    """Why a job failed, in one paragraph; None where it ended because the run was interrupted.

    A job that was killed leaves no reason: then the last lines of its log are told.
    """
    record = None if job.log is None else read_record(record_path(job.log))
    if record is not None and record.status == "failed" and record.reason:
        return None if record.reason in INTERRUPTED else record.reason
    last = _last_lines(job.log)
    if interrupted or (last and last[-1].strip() in INTERRUPTED):
        return None
    told = "it ended without a reason: it was killed, as where memory is short, or did not start"
    return "\n".join([told, *(f"  {printable(line)}" for line in last[-3:])])


def _last_lines(log: Path | None) -> list[str]:
    try:
        text = b"" if log is None else log.read_bytes()[-LAST_BYTES:]
    except OSError:
        return []
    return [line for line in text.decode("utf-8", errors="replace").splitlines() if line.strip()]


def printable(text: str) -> str:
    """A text on one line, without signs that a terminal obeys."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def shown_path(path: str | Path) -> str:
    """A path as it is typed in the folder where the command was, else from the root."""
    whole = Path.cwd() / path
    typed_in = os.environ.get(TYPED_IN) or Path.cwd()
    return str(whole.relative_to(typed_in) if whole.is_relative_to(typed_in) else whole)


def tell_seconds(seconds: float) -> str:
    """A time for people: 1.4 s, 2 min 05 s, 1 h 20 min."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def plural(count: int, thing: str) -> str:
    """A number of things: 1 job, 2 jobs."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def any_of(paths: Iterable[str]) -> list[str]:
    """Those of some files that are there."""
    return [path for path in paths if Path(path).exists()]
