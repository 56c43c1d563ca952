"""What model files say of the ground that a model learnt from, and of the weights it began with."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rs_seg import __version__
from rs_seg.algorithms.prediction.applicability import band_order, check_resolution
from rs_seg.ground.training import Ground, describe_ground
from rs_seg.io.model_description import Normalisation, ValueRange
from rs_seg.io.raster import RasterReader
from rs_seg.values.grid import Grid, ground_resolution
from rs_seg.values.pretrained import Pretrained

logger = logging.getLogger(__name__)


def check_images(images: Sequence[Path], ground: Ground) -> list[Grid]:
    """The grids of the images that a model learns from.

    Raises:
        UserError: images of other bands or resolutions.
    """
    grids: list[Grid] = []
    for image in images:
        with RasterReader(image) as reader:
            band_order(ground.bands, reader.bands, where=image)
            grids.append(reader.grid)
            check_resolution(
                ground_resolution(grids[0]), ground_resolution(reader.grid), where=image
            )
    return grids


def described_ground(
    grids: Sequence[Grid], ground: Ground, *, bands: tuple[str, ...], window: int
) -> dict[str, Any]:
    """Fields of a `ModelDescription` that follow from the ground: those of all kinds of models.

    `grids` are those of the scenes, `bands` those that the model looks at.
    """
    measured = {band.name: band.model_dump() for band in ground.statistics.bands}
    return {
        "bands": bands,
        "normalisation": tuple(Normalisation.model_validate(measured[band]) for band in bands),
        "ranges": tuple(ValueRange.model_validate(measured[band]) for band in bands),
        "pairs": tuple(
            pair for pair in ground.statistics.pairs if {pair.first, pair.second} <= {*bands}
        ),
        "resolution_m": ground_resolution(grids[0]),
        "window": window,
        "seed": ground.seed,
        "rs_seg_version": __version__,
        "ground": describe_ground(grids, ground),
    }


def describe_encoder(pretrained: Pretrained) -> Pretrained:
    """The weights that training begins with, told in the log."""
    filters = ", ".join(f"{band}: {column}" for band, column in pretrained.filters.items())
    logger.info(
        "encoder %s begins with weights %s; filters of its first layer: %s",
        pretrained.encoder,
        pretrained.weights,
        filters,
    )
    if pretrained.layers != "encoder":
        other = "" if pretrained.layers == "all" else ", of which the file has another number"
        logger.info("the layers behind it begin with them too: %s%s", pretrained.layers, other)
    return pretrained
