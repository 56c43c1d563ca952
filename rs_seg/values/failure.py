"""What a scene of a batch failed at: a row of failed.csv."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """The job that a scene failed at; what is not known is empty."""

    scene: str
    stage: str
    network: str
    refinement: str
    reason: str
    host: str
    log: str


COLUMNS = tuple(Failure.__dataclass_fields__)
"""Of the table, in order."""
