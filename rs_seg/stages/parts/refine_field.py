"""A scene refined by a Markov random field, block by block."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rs_seg.config import MarkovField
from rs_seg.stages.parts.refine_pixels import read_pixels, standardising
from rs_seg.values import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader

WORST_SEAM = 0.01
"""Share of different pixels beside seams from which on the log warns."""

logger = logging.getLogger(__name__)


class FieldRefinement:
    """Refines the cores of blocks, in the order of `partition`, and adds up what that did to the energy."""

    def __init__(self, refinement: MarkovField, network: RasterReader, picture: RasterReader) -> None:
        from rs_seg.algorithms.mapping.seams import Seams

        self._refinement, self._network, self._picture = refinement, network, picture
        self._bands = standardising(picture) if refinement.contrast is not None else None
        self._seams = Seams()
        self._before = self._after = self._pixels = 0

    def refine(self, core: Window) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Class index (H, W) of each pixel of a core, -1 for none, and the probability of the class.

        The field stands on the core and the overlap around it.
        """
        from rs_seg.algorithms.mapping.markov.field import potts_weights
        from rs_seg.algorithms.mapping.markov.labelling import Annealing, label_block

        settings, schedule = self._refinement, self._refinement.schedule
        block = core.expand(settings.overlap).clip(self._network.height, self._network.width)
        assert block is not None
        probabilities, valid = read_pixels(self._network, self._picture, block)
        weights = potts_weights(
            valid.shape,
            neighbours=settings.neighbours,
            strength=settings.strength,
            bands=None if self._bands is None else self._bands(block),
            contrast=settings.contrast or float("inf"),
        )
        found = label_block(
            probabilities,
            weights,
            valid,
            minimiser=settings.minimiser,
            annealing=Annealing(schedule.sweeps, schedule.start, schedule.end, schedule.seed),
            origin=(block.row, block.column),
        )
        self._seams.add(core, block, found.labels)
        part = core.relative_to(block).slices
        self._before += int(found.before[part].sum())
        self._after += int(found.after[part].sum())
        self._pixels += int(valid[part].sum())
        return found.labels[part], found.confidence[part]

    def log_totals(self) -> None:
        """Say how the energy of the whole scene changed, and how well blocks agree where they meet."""
        from rs_seg.algorithms.mapping.markov.field import SCALE

        before, after = self._before / SCALE, self._after / SCALE
        logger.info(
            "refine: energy %.1f -> %.1f nats (%.4f -> %.4f per pixel)",
            before,
            after,
            before / max(self._pixels, 1),
            after / max(self._pixels, 1),
        )
        seams = self._seams
        if not seams.pixels:
            return
        share = seams.different / seams.pixels
        logger.info(
            "refine: blocks disagree on %d of %d pixels beside their seams (%.2f %%)",
            seams.different,
            seams.pixels,
            100 * share,
        )
        if share > WORST_SEAM:
            logger.warning(
                "refine: seams of blocks may be seen in the map; raise refinements.%s.overlap above %d",
                self._refinement.name,
                self._refinement.overlap,
            )
