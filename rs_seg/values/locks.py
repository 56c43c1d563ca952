"""Locks on files, which the kernel releases when their holder ends, however it ends."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

logger = logging.getLogger(__name__)

# NFS without its lock daemon, Lustre mounted without `flock`, and file systems that never heard of
# it
UNSUPPORTED = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL}


class NoLocksError(OSError):
    """The file system knows no locks."""


def open_lock(path: Path) -> int:
    """Descriptor of a file for try_lock.

    The lock lasts until it is closed, and is not handed to started programs.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def try_lock(descriptor: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Whether the lock is held now: by this process alone, or beside others that share it.

    Raises:
        NoLocksError: the file system knows no locks.
    """
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in UNSUPPORTED:
            raise NoLocksError(error.errno, "the file system knows no locks") from error
        raise
    return True


def sign(descriptor: int, *lines: str) -> None:
    """Write into a lock file who holds it, and further lines."""
    text = "\n".join([f"process {os.getpid()} on {socket.gethostname()}", *lines, ""])
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def holder(path: Path) -> str:
    """Who holds a lock file, for people."""
    return (_lines(path) or ["another process"])[0]


def further_lines(path: Path) -> list[str]:
    """What the last holder of a lock file wrote besides its name.

    Nothing where there is no such file.
    """
    return _lines(path)[1:]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Be the only holder of a lock file; waits for others.

    The file is there as long as somebody holds it.

    Gives False where the file system knows no locks: then nobody is held back.
    """
    try:
        descriptor = _wait_for(path)
    except NoLocksError:
        with suppress(OSError):
            path.unlink()
        yield False
        return
    try:
        yield True
    finally:
        with suppress(OSError):  # a folder that was removed took it along
            path.unlink()
        os.close(descriptor)


def _wait_for(path: Path) -> int:
    while True:
        descriptor = open_lock(path)
        try:
            if not try_lock(descriptor):
                logger.info("waiting for %s, which makes the same output", holder(path))
                try_lock(descriptor, wait=True)
            # the holder before may have removed the file that this one waited at
            if _is_at(path, descriptor):
                sign(descriptor)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one at this path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
