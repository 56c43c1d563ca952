"""Commands in a pseudo terminal of a given width."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from pathlib import Path

CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HEIGHT = 30


def run_in_terminal(
    command: list[str],
    folder: Path,
    *,
    columns: int,
    environment: dict[str, str] | None = None,
    interrupt_at: str | None = None,
    seconds: float = 240,
) -> tuple[int, str]:
    """Exit code, and all that a command has written; Ctrl-C once a text has been seen."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        values = {**os.environ, "TERM": "xterm-256color", **(environment or {})}
        for name in ("COLUMNS", "LINES"):
            values.pop(name, None)
        os.execve(command[0], command, values)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, columns, 0, 0))
    written, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if interrupt_at is not None and interrupt_at in written.decode("utf-8", errors="replace"):
            os.write(terminal, b"\x03")
            interrupt_at = None
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # all have closed it
            break
        if not part:
            break
        written += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, written.decode("utf-8")


def shown_lines(written: str) -> list[str]:
    """Lines without the signs that a terminal obeys."""
    lines = re.split(r"\r\n|\r|\n", CODE.sub("", written))
    return [line.rstrip() for line in lines if line.strip()]
