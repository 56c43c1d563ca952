"""The part of evaluate that counts the pixels of a scene on the ground of each role."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.scoring.edges import EdgeRules, EdgeScore, score_edges
from rs_seg.algorithms.scoring.probability_curves import ProbabilityCounts
from rs_seg.algorithms.splitting.areas import rectangles_by_block, tile_windows
from rs_seg.config import EvaluateConfig, RefinementConfig
from rs_seg.ground.seen import LearnedBy, leave_out
from rs_seg.ground.tallies import TalliedBlock, Tally
from rs_seg.io.raster import RasterReader
from rs_seg.predicting.probabilities import check_bands
from rs_seg.scenes.manifest import Manifest
from rs_seg.values import ClassNames, Confusion, Window
from rs_seg.values.layout import MapKey
from rs_seg.values.probabilities import NODATA
from rs_seg.values.split import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.splitting.learned import Placed
    from rs_seg.values.grid import Grid

BLOCK = 1024
"""Height and width of the pieces that are compared at once, in pixels."""


@dataclass(frozen=True)
class CountRules:
    """How pixels are counted: classes, what the refinement does, whether probabilities are given.

    Without a refinement that changes classes, the map is the most probable class itself.
    """

    config: EvaluateConfig
    class_names: ClassNames
    refinement: RefinementConfig
    with_probabilities: bool

    @property
    def abstain(self) -> bool:
        """Whether the map may give no class on purpose."""
        return self.refinement.abstain is not None

    @property
    def map_names(self) -> ClassNames:
        """The classes that the map may have."""
        return self.class_names.with_abstain() if self.abstain else self.class_names

    def edges(self, grid: Grid) -> EdgeRules:
        """How far borders reach in a scene."""
        height, width = grid.shape
        band = self.config.band_of(height=height, width=width)
        return EdgeRules(self.config.eroded_boundary, band)

    def empty(self) -> Tally:
        """The tally of no pixels."""
        class_count, changes = len(self.class_names), self.refinement.changes_classes
        return Tally(
            Confusion.empty(class_count, abstain=self.abstain),
            EdgeScore.empty(class_count, abstain=self.abstain),
            before=Confusion.empty(class_count) if changes else None,
            changed=0 if changes else None,
            probabilities=ProbabilityCounts.empty(class_count) if self.with_probabilities else None,
        )


@dataclass(frozen=True)
class Rasters:
    """The open files of one scene, and the ground on it that the models learnt from.

    `probabilities` are None where no files of them are given.
    """

    mapped: RasterReader
    reference: RasterReader
    probabilities: RasterReader | None
    learned: Placed


def open_rasters(
    stack: ExitStack, rules: CountRules, learned: LearnedBy, key: MapKey, files: Manifest
) -> Rasters:
    """The files of one scene, open until the stack is closed.

    Raises:
        UserError: a file is missing or cannot be read, or probabilities have other classes.
    """
    mapped = stack.enter_context(RasterReader(files.map(key, "classes")))
    reference = stack.enter_context(RasterReader(files.scene(key.scene, "reference")))
    probabilities = None
    if rules.with_probabilities or rules.refinement.changes_classes:
        path = files.network(key.scene, key.network, "probabilities")
        probabilities = stack.enter_context(RasterReader(path))
        check_bands(probabilities, rules.class_names)
    return Rasters(mapped, reference, probabilities, learned.place(mapped.grid))


def count_scene(
    tally: Tally, rasters: Rasters, areas: Split, scene: str, role: str, rules: CountRules
) -> None:
    """Count the pixels of a role in a scene too, block by block; memory holds one window."""
    for block, parts in rectangles_by_block(areas, scene, role).items():
        counted = rules.empty()
        _count(counted, rasters, tile_windows(parts, size=BLOCK), role, rules)
        tally.add(counted)
        if counted.confusion.total + counted.map_nodata:
            tally.blocks.append(TalliedBlock(scene, block, parts, counted.seen, counted.confusion))


def _count(
    tally: Tally, rasters: Rasters, windows: Sequence[Window], role: str, rules: CountRules
) -> None:
    class_count = len(rules.class_names)
    edges = rules.edges(rasters.mapped.grid)
    for window in windows:
        # borders are looked for in the surroundings too, whatever ground these are
        outer = window.expand(edges.margin)
        inner = window.relative_to(outer)
        mapped = rules.map_names.decode(rasters.mapped.read_codes(outer))
        reference = rules.class_names.decode(rasters.reference.read_codes(outer))
        found, labelled = mapped[inner.slices], reference[inner.slices]
        wanted, seen = leave_out(labelled, rasters.learned.mark(window), role)
        tally.seen.add(seen)
        tally.reference_nodata += int((labelled < 0).sum())
        tally.confusion += Confusion.from_indices(
            wanted, found, class_count=class_count, abstain=rules.abstain
        )
        tally.map_nodata += int(((wanted >= 0) & (found < 0)).sum())
        tally.edges += score_edges(
            reference, mapped, wanted, inner, edges, class_count=class_count, abstain=rules.abstain
        )
        if rasters.probabilities is not None:
            _count_probabilities(tally, rasters.probabilities.read(window), wanted, found)


def _count_probabilities(
    tally: Tally,
    coded: NDArray[np.uint8],
    wanted: NDArray[np.integer],
    found: NDArray[np.integer],
) -> None:
    """Count bytes of probabilities (K, H, W), and their most probable class beside the map."""
    if tally.probabilities is not None:
        tally.probabilities += ProbabilityCounts.of(wanted, coded)
    if tally.before is not None and tally.changed is not None:
        known = (coded != NODATA).all(axis=0) & (found >= 0)
        likeliest = np.where(known, coded.argmax(axis=0), -1)
        tally.before += Confusion.from_indices(wanted, likeliest, class_count=len(coded))
        tally.changed += int((known & (wanted >= 0) & (likeliest != found)).sum())
