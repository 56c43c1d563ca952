"""Errors of making folders and files as mistakes of the user: one paragraph with a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rs_seg.cli.full_disks import telling_of_full_disks
from rs_seg.errors import UserError

REMEDY = (
    "name another place, or let this user write there (rights, a file or a dangling link in its "
    "way, a full disk)"
)


@contextmanager
def telling_unwritable(*places: Path, remedy: str = REMEDY) -> Iterator[None]:
    """Turns errors of making `places` into a UserError with the places and the reason.

    Nothing else is done within. Where a disk is full, with the room that there is.
    """
    try:
        with telling_of_full_disks(places):
            yield
    except OSError as error:
        raise UserError(
            "cannot be written",
            where=", ".join(map(str, places)),
            found=f"{error.strerror or error}" + (f" ({error.filename})" if error.filename else ""),
            expected="a place where files can be made",
            remedy=remedy,
        ) from error


def check_working_directory() -> None:
    """Refuse a working directory that takes no files: Snakemake keeps its notes there.

    Raises:
        UserError: it takes none.
    """
    with telling_unwritable(
        Path.cwd(), remedy="start the run in another folder, or with --directory"
    ):
        Path(".snakemake").mkdir(exist_ok=True)
