"""Records of jobs: what a job was, where it ran and how it ended, in a JSON file beside its log."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from rs_seg.io.sums import Sums
from rs_seg.values.texts import write_text


class JobRecord(BaseModel):
    """One run of one stage.

    A record that stays "started" is of a job that was killed, or that still runs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: str
    branches: dict[str, str]
    """Names that the command was given, such as scene or network; the place of the log tells the
    others."""
    status: Literal["started", "finished", "failed"]
    reason: str | None = None
    """Why it failed: the paragraph of a user's mistake, or the last line of a traceback."""
    host: str
    job: str | None
    """Job of SLURM that it ran in."""
    threads: int
    version: str
    """Version of rs_seg."""
    revision: int
    """Revision of the stage."""
    started: AwareDatetime
    seconds: float | None = None
    """Wall time of the whole command; None while it runs."""
    peak_mb: float | None = None
    """Largest resident memory of one process of the job, in MiB; None while it runs."""
    outputs: dict[str, Sums] = {}
    """Outputs by their paths as the command was given them, with the files of each; none until it
    is finished."""

    def write(self, path: Path) -> None:
        """Put the record in its place, whole or not at all."""
        write_text(path, self.model_dump_json() + "\n")


def record_path(log: Path) -> Path:
    """Where the record of the job with this log lies: X.json beside X.log."""
    return log.with_suffix(".json") if log.suffix == ".log" else log.with_name(f"{log.name}.json")


def read_record(path: Path) -> JobRecord | None:
    """The record in a file; None where there is none that can be read, as after a full disk."""
    try:
        return JobRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
