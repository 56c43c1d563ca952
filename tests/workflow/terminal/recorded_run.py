"""Messages of Snakemake as it gives them to a logger, without any run."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text
from snakemake_interface_logger_plugins.common import LogEvent

from rs_seg.io.records import JobRecord, record_path
from rs_seg.workflow.terminal.facts import FACTS, RunFacts
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


def strip_codes(line: str) -> str:
    """The text without the signs that a terminal obeys."""
    return Text.from_ansi(line).plain
