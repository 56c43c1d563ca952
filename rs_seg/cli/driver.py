"""The driver of a run (Snakemake): one at a time, known to its jobs, which end with it.

Snakemake's own lock is switched off (`nolock` in profiles/default): it stays behind when the driver
is killed.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from rs_seg.cli.writing import telling_unwritable
from rs_seg.errors import UserError
from rs_seg.values.locks import NoLocksError, further_lines, holder, open_lock, sign, try_lock

logger = logging.getLogger(__name__)

RUN = "RS_SEG_RUN"
"""Environment variable: the run that a job was submitted by."""
DRIVER = "RS_SEG_DRIVER"
"""Environment variable: the process that a job ends with, as driver_identity gives it."""
SECONDS = 1.0
LOCK = ".lock"


def hold_run(results: Path, part: str = "") -> None:
    """Make this process the only driver of the folder of results, or a part of it, until it ends.

    Parts, such as the shards `3-of-100` of a scene table, run side by side, but never beside a run
    of everything.

    Raises:
        UserError: another driver is at work on the same, or nothing can be written there.
    """
    with ExitStack() as closing:
        with telling_unwritable(results):
            own = _lock(closing, _lock_file(results, part))
            if part:
                _lock(closing, _lock_file(results), shared=True)
        closing.pop_all()  # never closed: held as long as this process lives
    os.environ[RUN] = uuid4().hex
    sign(own, os.environ[RUN])


def _lock_file(results: Path, part: str = "") -> Path:
    return results / (f"{LOCK}.{part}" if part else LOCK)


def _lock(closing: ExitStack, path: Path, *, shared: bool = False) -> int:
    descriptor = open_lock(path)
    closing.callback(os.close, descriptor)
    try:
        held = try_lock(descriptor, shared=shared)
    except NoLocksError:
        logger.warning(
            "%s: the file system knows no locks; start no second run in this folder", path.parent
        )
        return descriptor
    if held:
        return descriptor
    raise UserError(
        "another run is at work in this folder",
        where=path.parent,
        found=holder(path) if shared else _holders(path),
        expected="one run at a time",
        remedy="wait for it, or end it; nothing needs to be unlocked afterwards",
    )


def _holders(path: Path) -> str:
    """Who holds a lock: its last signature, or those of the parts that share it."""
    parts = [lock for lock in sorted(path.parent.glob(f"{path.name}.*")) if _is_held(lock)]
    return ", ".join(holder(lock) for lock in parts or [path])


def _is_held(path: Path) -> bool:
    descriptor = open_lock(path)
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def refuse_leftover_job(results: Path, part: str = "") -> None:
    """Refuse a job of an earlier run that waited in a queue until another run began.

    It may not touch the outputs of the new run.

    Raises:
        UserError: the job belongs to an earlier run.
    """
    mine, current = os.environ.get(RUN), further_lines(_lock_file(results, part))
    if mine and current and current[0] != mine:
        raise UserError(
            "this job was submitted by an earlier run, and another has begun since",
            where=results,
            remedy="nothing: the later run does the work",
        )


def driver_identity(process: int | None = None) -> str:
    """Machine, process and its start: never those of another process; empty without /proc."""
    process = os.getpid() if process is None else process
    started = _start_of(process)
    return f"{_machine()}:{process}:{started}" if started else ""


def end_with_driver() -> None:
    """End this process within a second or two when the driver in the environment is gone.

    Nothing without one.
    """
    machine, _, rest = os.environ.get(DRIVER, "").partition(":")
    process, _, started = rest.partition(":")
    if process.isdigit() and machine == _machine():
        threading.Thread(target=_wait_and_end, args=(int(process), started), daemon=True).start()


def _wait_and_end(process: int, started: str) -> None:
    while _start_of(process) == started:
        time.sleep(SECONDS)
    logger.error("error: the run that started this job is gone (process %d): it ends too", process)
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(1)


def _machine() -> str:
    """The machine since its start, and the process numbers that are valid in this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}".replace(":", "")
    except OSError:
        return ""


def _start_of(process: int) -> str:
    """When a process was started, in ticks of the kernel; empty when it has ended."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[
        2
    ].split()  # the name of the program, in brackets, may hold anything
    return "" if fields[0] in {"Z", "X"} else fields[19]
