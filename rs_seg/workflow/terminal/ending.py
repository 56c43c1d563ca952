"""The last lines of a run: what was made and where it lies, or how to go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rs_seg.workflow.terminal.facts import RunFacts
from rs_seg.workflow.terminal.jobs import any_of, plural, shown_path, tell_seconds
from rs_seg.workflow.terminal.screen import Screen

GO_ON = "the work is kept; run the same command again to go on"

HAND_OVER = {"deliver", "gather"}
MAPPING = {"vectorize", "merge"}
"""Stages that make polygons of maps."""


@dataclass
class Ending:
    """How a run has ended."""

    done: int = 0
    total: int = 0
    failed: int = 0
    seconds: float = 0.0
    """Since the terminal was opened."""
    interrupted: bool = False
    refused: bool = False
    """An error that is told already, and belongs to no job."""
    nothing_to_do: bool = False
    stages: set[str] = field(default_factory=set)
    """Stages of which a job has been done."""
    planned: Counter[str] = field(default_factory=Counter)
    """Jobs of a dry run by stage."""

    @property
    def is_broken(self) -> bool:
        """Whether the run did not come to its end."""
        return self.interrupted or bool(self.failed) or self.refused


def tell_ending(screen: Screen, ending: Ending, facts: RunFacts | None, *, dry: bool) -> None:
    """Say how a run has ended, and name the files to look at."""
    if dry:
        _tell_plan(screen, ending)
        return
    said = _verdict(ending)
    if said:
        screen.say(said, "bold" if ending.is_broken else "bold green")
    if facts is None:
        return
    if not ending.is_broken:
        _tell_files(screen, ending, facts)
    if ending.total:
        screen.say(f"log     {shown_path(facts.whole_log or facts.logs)}")


def _verdict(ending: Ending) -> str:
    done = f"{ending.done:,} of {plural(ending.total, 'job')} done"
    if ending.interrupted:
        return f"interrupted, {done}: {GO_ON}"
    if ending.failed:
        return f"{plural(ending.failed, 'job')} failed, {done}: {GO_ON}"
    if ending.refused:
        return f"{done}: {GO_ON}" if ending.done else ""
    if ending.nothing_to_do:
        return "everything is made already"
    in_time = f" in {tell_seconds(ending.seconds)}"
    return f"{plural(ending.done, 'job')} done{in_time}" if ending.total else ""


def _tell_plan(screen: Screen, ending: Ending) -> None:
    if ending.nothing_to_do:
        screen.say("everything is made already", "bold")
    elif ending.planned:
        count = plural(ending.planned.total(), "job")
        told = ", ".join(f"{number} {stage}" for stage, number in ending.planned.items())
        screen.say(f"{count} would run: {told}", "bold")


def _tell_files(screen: Screen, ending: Ending, facts: RunFacts) -> None:
    """Name what was made: what is handed over, else the report or the folder of maps alone.

    Files of an earlier run may be older than the maps of this one.
    """
    is_whole = ending.nothing_to_do or not HAND_OVER.isdisjoint(ending.stages)
    shown = {"map": facts.maps if is_whole else []}
    shown["report"] = facts.reports if is_whole or "report" in ending.stages else []
    shown["maps"] = [] if is_whole or MAPPING.isdisjoint(ending.stages) else [facts.folder]
    for title, paths in shown.items():
        for number, path in enumerate(any_of(paths)):
            screen.say(f"{'' if number else title:<8}{shown_path(path)}")
