"""What the workflow tells the terminal of its run, beside a message in Snakemake's log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FACTS = "rs_seg_facts"
"""Attribute of a log record that holds RunFacts."""
REFUSAL = "rs_seg_refusal"
"""Attribute of a log record that holds why no job is started, as a text for people."""


@dataclass(frozen=True)
class RunFacts:
    """Where things of a run lie."""

    maps: Sequence[str]
    """Files that show its maps, whether they are there or not."""
    reports: Sequence[str]
    folder: str
    """The folder of the maps of each scene."""
    logs: str
    """The folder of the logs of its jobs."""
    costs: str
    """What an earlier run has cost, if there was one."""
    whole_log: str | None
    """Snakemake's own log of this run."""
