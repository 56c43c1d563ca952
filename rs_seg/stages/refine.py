"""refine: from class probabilities to a class map and the confidence in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from rs_seg.config import DenseCRF, RefinementConfig
from rs_seg.progress import track
from rs_seg.values import ClassNames, Confusion, InPath, Legend, OutPath, Window, dequantize, partition, quantize
from rs_seg.values.probabilities import FULL, NODATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader

    Pixels = tuple[NDArray[np.float32], NDArray[np.bool_]]

REVISION = 2
BLOCK = 1024
"""Height and width of the blocks that are handled at once where the method has no blocks of its own, in pixels."""

logger = logging.getLogger(__name__)


def refine(
    refinement: RefinementConfig,
    legend: Legend,
    *,
    probabilities: InPath,
    image: InPath,
    classes: OutPath,
    confidence: OutPath,
) -> None:
    """A raster of class codes that opens styled, and the quantised probability of the class given.

    Pixels without probabilities or without imagery are nodata in both. Where a refinement abstains, pixels whose
    confidence is lower than it asks for have the code `abstain`. Memory does not depend on the size of the scene.
    """
    from rs_seg.algorithms.mapping.decide import most_probable
    from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
    from rs_seg.stages.parts.probabilities import check_bands, check_grid

    names, map_legend = legend.class_names, refinement.map_legend(legend)
    map_names = map_legend.class_names
    changes, abstained = Confusion.empty(len(names)), 0
    with RasterReader(probabilities) as network, RasterReader(image) as picture:
        check_bands(network, names)
        check_grid(network, picture, title="probabilities and image")
        size = refinement.block if isinstance(refinement, DenseCRF) else BLOCK
        refined = _refining(refinement, network, picture)
        windows = list(partition(network.height, network.width, size=size))
        with (
            create_raster(
                classes,
                network.grid,
                dtype=map_names.dtype,
                bands=["class"],
                nodata=map_names.nodata,
                colormap=map_legend.colormap(),
                names=dict(zip(map_names.codes, map_names.names, strict=True)),
            ) as class_raster,
            create_raster(
                confidence, network.grid, dtype="uint8", bands=["confidence"], nodata=NODATA
            ) as confidence_raster,
        ):
            for window in track(windows, total=len(windows), description="refine"):
                before, _ = most_probable(*_read(network, picture, window))
                indices, certainty = most_probable(*refined(window))
                changes += Confusion.from_indices(before, indices, classes=len(names))
                coded = quantize(certainty)
                unsure = (indices >= 0) & (coded < FULL * (refinement.abstain or 0))
                abstained += int(unsure.sum())
                indices[unsure] = len(names)
                class_raster.write(map_names.encode(indices), 1, window=to_rasterio(window))
                confidence_raster.write(coded, 1, window=to_rasterio(window))
    _log_changes(changes, names)
    if refinement.abstain is not None:
        share = abstained / max(changes.total, 1)
        logger.info("refine abstained from %d of %d pixels (%.2f %%)", abstained, changes.total, 100 * share)


def _read(network: RasterReader, picture: RasterReader, window: Window) -> Pixels:
    """Probabilities (K, H, W), NaN where there are none, and whether each pixel has both them and imagery."""
    coded = network.read(window)
    return dequantize(coded), (coded != NODATA).all(axis=0) & picture.read_valid(window)


def _refining(refinement: RefinementConfig, network: RasterReader, picture: RasterReader) -> Callable[[Window], Pixels]:
    """The function from a window to its refined probabilities and where they are valid."""
    if not isinstance(refinement, DenseCRF):
        return partial(_read, network, picture)
    from rs_seg.algorithms.mapping.crf import band_moments

    mean, deviation = band_moments(_valid_pixels(picture))
    return partial(_refine_block, refinement, network, picture, mean, deviation)


def _valid_pixels(picture: RasterReader) -> Iterator[NDArray[Any]]:
    for window in partition(picture.height, picture.width, size=BLOCK):
        yield picture.read(window)[:, picture.read_valid(window)]


def _refine_block(
    refinement: DenseCRF,
    network: RasterReader,
    picture: RasterReader,
    mean: NDArray[np.float64],
    deviation: NDArray[np.float64],
    core: Window,
) -> Pixels:
    """Marginals of the core of a block, from a field over the core and the overlap around it."""
    from rs_seg.algorithms.mapping.crf import Kernel, mean_field

    block = core.expand(refinement.overlap).clip(network.height, network.width)
    assert block is not None
    probabilities, valid = _read(network, picture, block)
    bands = (picture.read(block) - mean[:, None, None]) / deviation[:, None, None]
    marginals = mean_field(
        probabilities,
        bands.astype("float32"),
        valid,
        origin=(block.row, block.column),
        iterations=refinement.iterations,
        smoothness=Kernel(refinement.smooth_width, refinement.smooth_weight),
        appearance=Kernel(
            refinement.appearance_width, refinement.appearance_weight, contrast=refinement.appearance_contrast
        ),
    )
    rows, columns = core.relative_to(block).slices
    return marginals[:, rows, columns], valid[rows, columns]


def _log_changes(changes: Confusion, names: ClassNames) -> None:
    """Say what the refinement changed: a refinement can hurt, and nobody should have to guess how much it did."""
    changed = int(changes.total - changes.agreed.sum())
    share = changed / changes.total if changes.total else 0.0
    logger.info("refine changed %d of %d pixels (%.2f %%)", changed, changes.total, 100 * share)
    if not changed:
        return
    for name, before, after in zip(names.names, changes.reference, changes.mapped, strict=True):
        logger.info("refine: %s %d -> %d pixels", name, before, after)
