"""Candidates of rows of tiles, kept in a folder until those of the whole scene are joined."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.io.candidates import read_candidates, write_candidates
from rs_seg.io.notes import read_number, write_number
from rs_seg.io.staging import staged
from rs_seg.values.candidates import Candidates

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CandidateRows:
    """A folder of finished rows of tiles, by the rows of the scene that their cores hold.

    Several processes may fill it at once. A row is whole or absent.
    """

    folder: Path

    def has(self, top: int, bottom: int) -> bool:
        """Whether the row of tiles is finished.

        One that cannot be read is removed, and said to be.
        """
        path = self._path(top, bottom)
        if not path.exists():
            return False
        try:
            read_candidates(path)
        except UserError as error:
            logger.warning("%s is no whole row and is computed again: %s", path, error.found)
            path.unlink()
            return False
        return True

    def write(self, top: int, bottom: int, candidates: Candidates, *, cut: int) -> None:
        """Keep what was found in a row of tiles, and how many of it the tiles cut."""
        path = self._path(top, bottom)
        with staged({"row": path}) as paths:
            write_candidates(paths["row"], candidates)
        write_number(path.with_suffix(".cut"), cut)

    def read(self, top: int, bottom: int) -> Candidates:
        """What was found in a finished row of tiles."""
        return read_candidates(self._path(top, bottom))

    def count_cut(self, top: int, bottom: int) -> int:
        """How many candidates of a finished row the tiles cut; 0 where the note is lost."""
        return int(read_number(self._path(top, bottom).with_suffix(".cut")) or 0)

    def _path(self, top: int, bottom: int) -> Path:
        return self.folder / f"rows-{top:07d}-{bottom:07d}.parquet"
