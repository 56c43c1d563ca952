"""On which pixels of a scene a model was trained and chosen, from its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine
from pyproj import CRS
from pyproj.exceptions import CRSError

from rs_seg.algorithms.splitting.learned import (
    TRAIN,
    UNSEEN,
    VALIDATION,
    Learned,
    Placed,
    place_ground,
)
from rs_seg.errors import UserError
from rs_seg.io.model import read_description
from rs_seg.io.model_description import LearnedGround
from rs_seg.values import Window
from rs_seg.values.evaluation import Known
from rs_seg.values.grid import Grid
from rs_seg.values.map_figures import SeenPixels

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Seen:
    """Pixels with reference on ground that the models saw."""

    train: int = 0
    """On ground that they were trained on."""
    validation: int = 0
    """On other ground, that chose them."""

    def add(self, other: Seen) -> None:
        """Count the pixels of another part too."""
        self.train += other.train
        self.validation += other.validation

    def describe(self) -> SeenPixels:
        """The same as it stands in the file of evaluate."""
        return SeenPixels(train=self.train, validation=self.validation)


@dataclass(frozen=True)
class LearnedBy:
    """What the models of a network learnt from; `complete` where all of their files say it."""

    grounds: Sequence[Learned]
    complete: bool

    def place(self, grid: Grid) -> Placed:
        """The learnt ground on the grid of a scene."""
        return place_ground(self.grounds, grid)

    def conclude(self, tested: Seen) -> Known:
        """What can be claimed of the test pixels that are counted; `tested` are left out."""
        if not self.complete:
            return "unknown"
        return "excluded" if tested.train or tested.validation else "disjoint"


def read_learned(models: Sequence[Path]) -> LearnedBy:
    """The ground in the model files of a network, or of the members of an ensemble.

    Raises:
        UserError: a file is no model file, or the CRS of its ground cannot be understood.
    """
    told = [(path, read_description(path).ground) for path in models]
    grounds = [_learned(own, path) for path, ground in told for own in ground or ()]
    return LearnedBy(grounds, all(ground is not None for _, ground in told))


def _learned(own: LearnedGround, path: Path) -> Learned:
    try:
        crs = CRS.from_wkt(own.crs)  # of a stranger's file: text that is no WKT is not looked up
    except CRSError as error:
        raise UserError(
            "the model file names a place that cannot be understood",
            where=path,
            found=" ".join(own.crs[:100].split()),
            expected="the CRS of its training scenes as WKT",
            remedy="train it again, or copy the file again where it was given",
        ) from error
    grid = Grid((own.height, own.width), Affine(*own.transform), crs)
    return Learned(grid, {"train": _windows(own.train), "validation": _windows(own.validation)})


def _windows(rectangles: Sequence[tuple[int, int, int, int]]) -> list[Window]:
    return [Window(*numbers) for numbers in rectangles]


def leave_out(
    wanted: NDArray[Any], marks: NDArray[np.uint8], role: str
) -> tuple[NDArray[Any], Seen]:
    """Class indices of the reference, -1 where a role must not count, and the pixels seen.

    Figures of test sets leave out all that a model was trained or chosen on. Validation figures
    leave out what it was trained on only: the networks of this run are chosen on their validation
    pixels as well.
    """
    seen = Seen(*(int(((wanted >= 0) & (marks == code)).sum()) for code in (TRAIN, VALIDATION)))
    hidden = marks == TRAIN if role == "validation" else marks > UNSEEN
    return np.where(hidden, -1, wanted), seen
