"""A job leaves a record of itself beside its log, from its first moment to its end."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rs_seg import __version__
from rs_seg.cli.signature import signature_of
from rs_seg.cli.writing import telling_unwritable
from rs_seg.errors import UserError
from rs_seg.io.records import JobRecord, record_path
from rs_seg.io.sums import Sums
from rs_seg.values.machine import peak_memory, thread_count

logger = logging.getLogger(__name__)


@contextmanager
def recorded(
    stage: str, *, branches: Mapping[str, str], log: Path | None
) -> Iterator[dict[str, Sums]]:
    """A record of a job: "started" at once, then "finished", or "failed" with the reason.

    Gives a table for sizes and checksums of what is made, by output, to be filled in. Nothing is
    recorded without a log. A killed job cannot say so: its record stays "started".
    """
    made: dict[str, Sums] = {}
    if log is None:
        yield made
        return
    begun = time.monotonic()
    started = JobRecord(
        stage=stage,
        branches=dict(branches),
        status="started",
        host=socket.gethostname(),
        job=os.environ.get("SLURM_JOB_ID"),
        threads=thread_count(),
        version=__version__,
        revision=signature_of(stage).revision,
        started=datetime.now(UTC).replace(microsecond=0),
    )
    with telling_unwritable(record_path(log)):
        started.write(record_path(log))
    status, reason = "failed", None
    try:
        yield made
        status = "finished"
    except BaseException as error:
        reason = _reason(error)
        raise
    finally:
        seconds = round(time.monotonic() - begun, 3)
        outputs = made if status == "finished" else {}
        update = {"status": status, "reason": reason, "seconds": seconds, "outputs": outputs}
        update["peak_mb"] = round(peak_memory(), 1)
        ended = started.model_copy(update=update)
        _write_last(ended, record_path(log))


def _reason(error: BaseException) -> str:
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, SystemExit):
        return f"ended with exit code {error.code}"
    text = next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), "")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _write_last(record: JobRecord, path: Path) -> None:
    """Write the record, or say why not: what has been done is not lost because a disk is full."""
    try:
        record.write(path)
    except OSError as error:
        logger.warning("the record %s cannot be written: %s", path, error)
