"""refine: from class probabilities to a class map and the confidence in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from rs_seg.config import Argmax, DenseCRF, MarkovField, RefinementConfig
from rs_seg.progress import track
from rs_seg.stages.parts.refine_field import FieldRefinement
from rs_seg.stages.parts.refine_pixels import BLOCK, read_pixels, standardising
from rs_seg.values import ClassNames, Confusion, InPath, Legend, OutPath, Window, partition, quantize
from rs_seg.values.probabilities import FULL, NODATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader
    from rs_seg.stages.parts.refine_pixels import Pixels

    Decision = tuple[NDArray[np.int64], NDArray[np.float32]]

REVISION = 2

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
        size = BLOCK if isinstance(refinement, Argmax) else refinement.block
        field = FieldRefinement(refinement, network, picture) if isinstance(refinement, MarkovField) else None
        decided = _deciding(refinement, network, picture) if field is None else field.refine
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
                before, _ = most_probable(*read_pixels(network, picture, window))
                indices, certainty = decided(window)
                changes += Confusion.from_indices(before, indices, classes=len(names))
                coded = quantize(certainty)
                unsure = (indices >= 0) & (coded < FULL * (refinement.abstain or 0))
                abstained += int(unsure.sum())
                indices[unsure] = len(names)
                class_raster.write(map_names.encode(indices), 1, window=to_rasterio(window))
                confidence_raster.write(coded, 1, window=to_rasterio(window))
    _log_changes(changes, names)
    if field is not None:
        field.log_totals()
    if refinement.abstain is not None:
        share = abstained / max(changes.total, 1)
        logger.info("refine abstained from %d of %d pixels (%.2f %%)", abstained, changes.total, 100 * share)


def _deciding(
    refinement: RefinementConfig, network: RasterReader, picture: RasterReader
) -> Callable[[Window], Decision]:
    """The function from a window to the index of the most probable class of each pixel, and its probability."""
    from rs_seg.algorithms.mapping.decide import most_probable

    if not isinstance(refinement, DenseCRF):
        return lambda window: most_probable(*read_pixels(network, picture, window))
    bands = standardising(picture)
    return lambda window: most_probable(*_refine_block(refinement, network, picture, bands, window))


def _refine_block(
    refinement: DenseCRF,
    network: RasterReader,
    picture: RasterReader,
    bands: Callable[[Window], NDArray[np.float32]],
    core: Window,
) -> Pixels:
    """Marginals of the core of a block, from a field over the core and the overlap around it."""
    from rs_seg.algorithms.mapping.crf import Kernel, mean_field

    block = core.expand(refinement.overlap).clip(network.height, network.width)
    assert block is not None
    probabilities, valid = read_pixels(network, picture, block)
    marginals = mean_field(
        probabilities,
        bands(block),
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
