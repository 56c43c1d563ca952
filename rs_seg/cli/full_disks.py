"""Writes that failed because a disk is full, told in one paragraph with the room that there is."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.values.room import is_full, room_on_disk

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
TEXTS = (
    "disk is full",
    "PytorchStreamWriter failed writing",
    "No space left on device",
    "Disk quota exceeded",
)
"""Parts of the messages of those who raise no OSError."""
NOT_OF_WRITING = (
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    NameError,
    ArithmeticError,
    MemoryError,
)
"""Errors that are not put down to a full disk, however full it is."""


@contextmanager
def telling_of_full_disks(outputs: Iterable[Path], *, work: Iterable[Path] = ()) -> Iterator[None]:
    """Turns errors of writing to a full disk into a UserError that names the outputs and the room.

    Libraries have errors of their own that do not say why a write failed, so the disks are asked:
    those of the outputs, of unfinished `work` and of temporary files.
    """
    given, further = list(outputs), list(work)
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        told = explain_full_disk(error, given, further)
        if told is None:
            raise
        raise told from error


def explain_full_disk(
    error: Exception, outputs: list[Path], work: list[Path] | None = None
) -> UserError | None:
    """What is said of an error of writing to a full disk; None of all other errors."""
    named = getattr(error, "filename", None)
    places = [
        *outputs,
        *(work or []),
        *([Path(named)] if isinstance(named, str) else []),
        Path(tempfile.gettempdir()),
    ]
    full = [place for place in places if is_full(place)]
    certain = _is_of_full_disk(error)
    if not certain and (not full or isinstance(error, (UserError, *NOT_OF_WRITING))):
        return None
    room = room_on_disk((full or places)[0])
    quota = "" if full else " (a quota may be used up: it cannot be asked for)"
    text = " ".join(str(error.__cause__ or error).split())
    return UserError(
        "outputs cannot be written",
        where=", ".join(map(str, outputs or places[:1])),
        found=text if "are free on the disk" in text else f"{text}; {room}{quota}",
        expected="a disk with room, and a quota that allows it",
        remedy="make room, or set `results` to another disk, and run again: what is finished is "
        "kept",
    )


def _is_of_full_disk(error: Exception) -> bool:
    """Whether an error says by itself that there was no room."""
    if isinstance(error, OSError):
        # GDAL says only that a write failed; on Linux it hardly ever fails for another reason
        return error.errno in NO_ROOM or "Write failed" in str(error)
    return any(text in str(error) for text in TEXTS)
