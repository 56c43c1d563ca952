"""Regions of the image that are given one class each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.algorithms.refining.regions.classify import classify_regions
from rs_seg.algorithms.refining.regions.edges import enclosed_regions, find_edges
from rs_seg.algorithms.refining.regions.growing import grow_regions, seed_regions
from rs_seg.algorithms.refining.regions.relief import fill_missing, gradient
from rs_seg.algorithms.refining.regions.superpixels import superpixels as find_superpixels
from rs_seg.algorithms.refining.regions.watershed import basins
from rs_seg.config import Edges, RegionGrowing, Superpixels, Watershed
from rs_seg.refining.blocks import Block, Refined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def superpixels(refinement: Superpixels, block: Block) -> Refined:
    """The class of most probability in each superpixel."""
    bands = _whole_bands(block)
    return _classify(
        find_superpixels(
            bands, block.valid, side=refinement.side, compactness=refinement.compactness
        ),
        block,
    )


def watershed(refinement: Watershed, block: Block) -> Refined:
    """The class of most probability in each basin of the gradient."""
    heights = gradient(
        _whole_bands(block), smoothing=refinement.smoothing, combine=refinement.gradient
    )
    return _classify(basins(heights, block.valid, depth=refinement.depth), block)


def edges(refinement: Edges, block: Block) -> Refined:
    """The class of most probability in each region that edges enclose."""
    bands = _whole_bands(block)
    edge_pixels = find_edges(
        bands,
        detector=refinement.detector,
        smoothing=refinement.smoothing,
        threshold=refinement.threshold,
        lower=refinement.lower,
    )
    return _classify(enclosed_regions(edge_pixels, bands, block.valid, gap=refinement.gap), block)


def region_growing(refinement: RegionGrowing, block: Block) -> Refined:
    """The classes of sure pixels, grown over like neighbours."""
    seeds, classes = seed_regions(
        block.probabilities, block.valid, seed_probability=refinement.seed_probability
    )
    regions = grow_regions(seeds, _whole_bands(block), block.valid)
    return Refined(*classify_regions(regions, block.probabilities, block.valid, classes))


def _whole_bands(block: Block) -> NDArray[np.float32]:
    assert block.bands is not None
    return fill_missing(block.bands, block.valid)


def _classify(regions: NDArray[np.int32], block: Block) -> Refined:
    return Refined(*classify_regions(regions, block.probabilities, block.valid))
