"""refine: from class probabilities to a class map and the confidence in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from rs_seg.config import DenseCRF, RefinementConfig
from rs_seg.errors import UserError
from rs_seg.progress import track
from rs_seg.values import ClassNames, Confusion, InPath, Legend, OutPath, Window, dequantize, partition, quantize
from rs_seg.values.probabilities import NODATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader

    Pixels = tuple[NDArray[np.float32], NDArray[np.bool_]]

REVISION = 1
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

    Pixels without probabilities or without imagery are nodata in both. Memory does not depend on the size of the scene.
    """
    from rs_seg.algorithms.mapping.decide import most_probable
    from rs_seg.io.raster import RasterReader, create_raster, to_rasterio

    names = legend.class_names
    changes = Confusion.empty(len(names))
    with RasterReader(probabilities) as network, RasterReader(image) as picture:
        _check(network, picture, names)
        size = refinement.block if isinstance(refinement, DenseCRF) else BLOCK
        refined = _refining(refinement, network, picture)
        windows = list(partition(network.height, network.width, size=size))
        with (
            create_raster(
                classes,
                network.grid,
                dtype=names.dtype,
                bands=["class"],
                nodata=names.nodata,
                colormap=legend.colormap(),
                names=dict(zip(names.codes, names.names, strict=True)),
            ) as class_raster,
            create_raster(
                confidence, network.grid, dtype="uint8", bands=["confidence"], nodata=NODATA
            ) as confidence_raster,
        ):
            for window in track(windows, total=len(windows), description="refine"):
                before, _ = most_probable(*_read(network, picture, window))
                indices, certainty = most_probable(*refined(window))
                changes += Confusion.from_indices(before, indices, classes=len(names))
                class_raster.write(names.encode(indices), 1, window=to_rasterio(window))
                confidence_raster.write(quantize(certainty), 1, window=to_rasterio(window))
    _log_changes(changes, names)


def _check(network: RasterReader, picture: RasterReader, names: ClassNames) -> None:
    from rs_seg.values.grid import equal

    if network.bands != names.names:
        raise UserError(
            "the probabilities do not fit the legend",
            where=network.path,
            found=f"bands {', '.join(network.bands)}",
            expected=f"one band for each class, in order: {', '.join(names.names)}",
            remedy="predict again with a model trained for this legend",
        )
    if not equal(network.grid, picture.grid):
        raise UserError(
            "probabilities and image are on different grids",
            where=network.path,
            found=f"{network.height} x {network.width} pixels",
            expected=f"the grid of {picture.path}, {picture.height} x {picture.width} pixels",
            remedy="predict again from this image",
        )


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
