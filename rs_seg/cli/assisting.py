"""Worker processes (rank > 0): the first process alone writes outputs, log and record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rs_seg.cli.signature import signature_of
from rs_seg.errors import UserError
from rs_seg.values.processes import running_processes

PATIENCE = 10.0
"""Seconds that a mistake waits to be told by the first process, which finds the same one; the end
of any ends all."""


def only_assists(stage: str) -> bool:
    """Whether this process is a worker of the stage (rank > 0)."""
    return signature_of(stage).in_several_processes and not running_processes().is_first


@contextmanager
def assisting(stage: str) -> Iterator[None]:
    """Leave it to the first process to tell of a user's mistake and to record it, if it can."""
    try:
        yield
    except UserError:
        if only_assists(stage):
            time.sleep(PATIENCE)
        raise
