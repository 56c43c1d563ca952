"""Scenes that are not finished, and why.

Read from their files and from the records of their jobs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from rs_seg.cli.full_disks import telling_of_full_disks
from rs_seg.cli.recording import recorded
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.records import JobRecord, read_record, record_path
from rs_seg.values.failure import COLUMNS, Failure
from rs_seg.values.texts import write_csv

LONGEST_REASON = 1000
"""Characters of a reason in a table; the log has all of it."""


@dataclass(frozen=True)
class SceneJob:
    """One job on one scene: where its log lies and which of its outputs are wanted."""

    scene: str
    stage: str
    log: str
    outputs: tuple[str, ...] = ()
    network: str = ""
    refinement: str = ""


def find_failures(jobs: Iterable[SceneJob]) -> list[Failure]:
    """One row per job that failed or was killed.

    For a scene without such jobs, one for the first that is not done.

    Jobs come scene by scene, in the order of the chain. A scene with no row is finished: all
    outputs are there, and no job has failed since they were made.
    """
    listing = _Listing()
    failed: dict[str, list[Failure]] = {}
    undone: dict[str, Failure] = {}
    for job in jobs:
        record = _read_unless_finished(record_path(Path(job.log)), listing)
        missing = [path for path in job.outputs if not listing.holds(path)]
        if record is not None:
            failed.setdefault(job.scene, []).append(_describe(job, _reason(record), record.host))
        elif missing and job.scene not in undone:
            ran = listing.holds(job.log)
            reason = f"made, but gone since: {missing[0]}" if ran else "not started"
            undone[job.scene] = _describe(job, reason, "", log=ran)
    return [
        row
        for rows in ({name: [row] for name, row in undone.items()} | failed).values()
        for row in rows
    ]


def write_failures(path: Path, failures: Sequence[Failure]) -> None:
    """The table as CSV, written only where it says something new.

    What depends on it runs again only then.
    """
    with telling_of_full_disks([path]):
        write_csv(path, COLUMNS, map(astuple, failures))


def leave_failure(job: SceneJob, errors: Sequence[UserError]) -> None:
    """Log and record of a job that cannot even be started."""
    log = Path(job.log)
    with telling_of_full_disks([log]):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"error: {UserErrors(errors)}\n", encoding="utf-8")
    with suppress(UserError), recorded(job.stage, branches={"scene": job.scene}, log=log):
        raise UserErrors(errors)


class _Listing:
    """Names in folders, each folder read once.

    A look at every file of thousands of scenes is slow on a shared disk.
    """

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}

    def holds(self, path: str) -> bool:
        folder, name = os.path.split(path)
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder or "."))  # noqa: PTH208  # names are all that is wanted
            except OSError:
                self._names[folder] = frozenset()
        return name in self._names[folder]


def _read_unless_finished(path: Path, listing: _Listing) -> JobRecord | None:
    """The record of a job that failed or was killed, or None.

    Most have finished, and are not taken apart.
    """
    if not listing.holds(str(path)) or '"status":"finished"' in path.read_text(
        encoding="utf-8", errors="replace"
    ):
        return None
    return read_record(path)


def _reason(record: JobRecord) -> str:
    if record.status == "failed":
        reason = " ".join((record.reason or "failed without a word").split())
        return (
            reason
            if len(reason) <= LONGEST_REASON
            else f"{reason[:LONGEST_REASON]} ... (the log has all)"
        )
    place = f"{record.host}, job {record.job}" if record.job else record.host
    return (
        f"killed while it ran on {place} since {record.started:%Y-%m-%d %H:%M} UTC (memory, time "
        "limit, preemption or power), unless it still runs"
    )


def _describe(job: SceneJob, reason: str, host: str, *, log: bool = True) -> Failure:
    return Failure(
        job.scene, job.stage, job.network, job.refinement, reason, host, job.log if log else ""
    )
