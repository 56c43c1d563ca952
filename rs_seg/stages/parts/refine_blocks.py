"""One block of a scene, refined: a function of arrays alone, so that blocks can be refined side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from rs_seg.config import (
    DenseCRF,
    Edges,
    ImageGuided,
    MarkovField,
    RefinementConfig,
    RegionGrowing,
    Superpixels,
    Watershed,
)
from rs_seg.values import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.mapping.crf import DenseField


class Block(NamedTuple):
    """What a refinement sees of a block."""

    core: Window
    """Pixels that the map takes, in the scene."""
    window: Window
    """Pixels that are refined, in the scene: the core and the overlap around it."""
    probabilities: NDArray[np.float32]
    """(K, H, W), NaN where there are none."""
    valid: NDArray[np.bool_]
    """(H, W) whether each pixel has probabilities and imagery."""
    bands: NDArray[np.float32] | None
    """(C, H, W) what the refinement compares (see `fit_contrast`), where it looks at the image."""

    @property
    def inner(self) -> tuple[slice, slice]:
        """Rows and columns of the core in the block."""
        return self.core.relative_to(self.window).slices

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of the first pixel in the scene."""
        return self.window.row, self.window.column


class Refined(NamedTuple):
    """What a refinement makes of a block."""

    labels: NDArray[np.int64]
    """(H, W) class indices, -1 where not valid."""
    confidence: NDArray[np.float32]
    """(H, W) probability of the class, NaN where not valid."""
    energy: tuple[float, float] | None = None
    """Energy of the core in nats for the most probable classes and for `labels`, where the method has one."""


def refine_block(refinement: RefinementConfig, block: Block) -> Refined:
    """Classes of a block, by the method of the refinement; only these arguments decide."""
    return METHODS[refinement.method](refinement, block)


def looks_at_image(refinement: RefinementConfig) -> bool:
    """Whether the refinement needs the bands of the image."""
    if isinstance(refinement, MarkovField):
        return refinement.contrast is not None
    return isinstance(refinement, ImageGuided)


def sums_bands(refinement: RefinementConfig) -> bool:
    """Whether the method sums squared differences over bands; else it takes the steepest band, or none."""
    if isinstance(refinement, Watershed):
        return refinement.gradient == "norm"
    return not isinstance(refinement, Edges)


def computes_alone(refinement: RefinementConfig) -> bool:
    """Whether the method keeps Python's lock while it computes (pydensecrf 1.1): threads would wait for one another."""
    return isinstance(refinement, DenseCRF)


def window_around(refinement: RefinementConfig, core: Window, *, height: int, width: int) -> Window:
    """The core and the overlap around it, inside a scene of this size.

    For superpixels it begins at a multiple of their width: regular grids of neighbouring blocks are then the same.
    """
    window = core.expand(getattr(refinement, "overlap", 0)).clip(height, width)
    assert window is not None
    if not isinstance(refinement, Superpixels):
        return window
    rows, columns = window.row % refinement.side, window.column % refinement.side
    return Window(window.row - rows, window.column - columns, window.height + rows, window.width + columns)


def _argmax(_refinement: RefinementConfig, block: Block) -> Refined:
    from rs_seg.algorithms.mapping.decide import most_probable

    return Refined(*most_probable(block.probabilities, block.valid))


def _densecrf(refinement: DenseCRF, block: Block) -> Refined:
    from rs_seg.algorithms.mapping.decide import most_probable

    before, confidence = most_probable(block.probabilities, block.valid)
    if not block.valid.any():
        return Refined(before, confidence)
    field = _dense_field(refinement, block)
    labels, confidence = most_probable(field.marginals(refinement.iterations), block.valid)
    if not refinement.energy:
        return Refined(labels, confidence)
    energies = field.energy(before, block.inner), field.energy(labels, block.inner)
    return Refined(labels, confidence, energies)


def _dense_field(refinement: DenseCRF, block: Block) -> DenseField:
    from rs_seg.algorithms.mapping.crf import DenseField, Kernel

    assert block.bands is not None
    return DenseField(
        block.probabilities,
        block.bands,
        block.valid,
        origin=block.origin,
        smoothness=Kernel(refinement.smooth_width, refinement.smooth_weight),
        appearance=Kernel(
            refinement.appearance_width, refinement.appearance_weight, contrast=refinement.appearance_contrast
        ),
    )


def _markov(refinement: MarkovField, block: Block) -> Refined:
    from rs_seg.algorithms.mapping.markov.field import SCALE, potts_weights
    from rs_seg.algorithms.mapping.markov.labelling import Annealing, label_block

    schedule = refinement.schedule
    weights = potts_weights(
        block.valid.shape,
        neighbours=refinement.neighbours,
        strength=refinement.strength,
        bands=block.bands,
        contrast=refinement.contrast or float("inf"),
    )
    found = label_block(
        block.probabilities,
        weights,
        block.valid,
        minimiser=refinement.minimiser,
        annealing=Annealing(schedule.sweeps, schedule.start, schedule.end, schedule.seed),
        origin=block.origin,
    )
    before, after = (int(each[block.inner].sum()) / SCALE for each in (found.before, found.after))
    return Refined(found.labels, found.confidence, (before, after))


def _superpixels(refinement: Superpixels, block: Block) -> Refined:
    from rs_seg.algorithms.mapping.regions.superpixels import superpixels

    bands = _whole_bands(block)
    return _classify(superpixels(bands, block.valid, side=refinement.side, compactness=refinement.compactness), block)


def _watershed(refinement: Watershed, block: Block) -> Refined:
    from rs_seg.algorithms.mapping.regions.relief import gradient
    from rs_seg.algorithms.mapping.regions.watershed import basins

    heights = gradient(_whole_bands(block), smoothing=refinement.smoothing, combine=refinement.gradient)
    return _classify(basins(heights, block.valid, depth=refinement.depth), block)


def _edges(refinement: Edges, block: Block) -> Refined:
    from rs_seg.algorithms.mapping.regions.edges import enclosed_regions, find_edges

    bands = _whole_bands(block)
    edges = find_edges(
        bands,
        detector=refinement.detector,
        smoothing=refinement.smoothing,
        threshold=refinement.threshold,
        lower=refinement.lower,
    )
    return _classify(enclosed_regions(edges, bands, block.valid, gap=refinement.gap), block)


def _region_growing(refinement: RegionGrowing, block: Block) -> Refined:
    from rs_seg.algorithms.mapping.regions.classify import classify_regions
    from rs_seg.algorithms.mapping.regions.growing import grow_regions, seed_regions

    seeds, classes = seed_regions(block.probabilities, block.valid, seed_probability=refinement.seed_probability)
    regions = grow_regions(seeds, _whole_bands(block), block.valid)
    return Refined(*classify_regions(regions, block.probabilities, block.valid, classes))


def _whole_bands(block: Block) -> NDArray[np.float32]:
    from rs_seg.algorithms.mapping.regions.relief import fill_missing

    assert block.bands is not None
    return fill_missing(block.bands, block.valid)


def _classify(regions: NDArray[np.int32], block: Block) -> Refined:
    from rs_seg.algorithms.mapping.regions.classify import classify_regions

    return Refined(*classify_regions(regions, block.probabilities, block.valid))


METHODS: dict[str, Callable[[Any, Block], Refined]] = {
    "argmax": _argmax,
    "densecrf": _densecrf,
    "markov": _markov,
    "superpixels": _superpixels,
    "watershed": _watershed,
    "edges": _edges,
    "region_growing": _region_growing,
}
"""What refines a block, by `method`."""
