"""What a model file says of its model, as far as it is known before training."""

from __future__ import annotations

import logging
from pathlib import Path

from rs_seg import __version__
from rs_seg.algorithms.networks.provenance import describe_weights
from rs_seg.algorithms.prediction.applicability import band_order, check_resolution
from rs_seg.config import ConvolutionalNetwork, Pixelwise
from rs_seg.config.models import KINDS
from rs_seg.ground.training import Ground, describe_ground
from rs_seg.io.model_description import ModelDescription, Normalisation, ValueRange
from rs_seg.io.raster import RasterReader
from rs_seg.predicting.pixelwise import FeatureRecipe
from rs_seg.stages.train.learnt_features import settled_recipe
from rs_seg.values import ClassNames
from rs_seg.values.grid import ground_pixel_size
from rs_seg.values.pretrained import Pretrained

logger = logging.getLogger(__name__)


def describe_model(
    network: ConvolutionalNetwork | Pixelwise,
    class_names: ClassNames,
    ground: Ground,
    images: list[Path],
    *,
    window: int,
) -> ModelDescription:
    """The description of a model before its training: all but its tensors and what goes with them.

    Weights and bounds that formulas leave to training are found here.

    Raises:
        UserError: images of other bands or resolutions, or weights that cannot be read.
    """
    measured = {band.name: band for band in ground.statistics.bands}
    grids = []
    for image in images:
        with RasterReader(image) as reader:
            band_order(ground.bands, reader.bands, where=image)
            grids.append(reader.grid)
            check_resolution(
                ground_pixel_size(grids[0]), ground_pixel_size(reader.grid), where=image
            )
    recipe = (
        settled_recipe(network, ground)
        if isinstance(network, Pixelwise)
        else FeatureRecipe(ground.bands, ())
    )
    return ModelDescription(
        kind=KINDS.get(network.architecture, "convolutional"),
        network=network.model_dump(mode="json"),
        bands=recipe.bands,
        features=tuple(map(str, recipe.formulas)),
        normalisation=tuple(
            Normalisation.model_validate(measured[band].model_dump()) for band in recipe.bands
        ),
        ranges=tuple(
            ValueRange.model_validate(measured[band].model_dump()) for band in recipe.bands
        ),
        resolution_m=ground_pixel_size(grids[0]),
        classes=class_names,
        window=window,
        seed=ground.seed,
        rs_seg_version=__version__,
        pretrained=_describe_weights(network, ground),
        ground=describe_ground(grids, ground),
    )


def _describe_weights(
    network: ConvolutionalNetwork | Pixelwise, ground: Ground
) -> Pretrained | None:
    if not isinstance(network, ConvolutionalNetwork) or network.weights is None:
        return None
    pretrained = describe_weights(
        network.architecture,
        encoder=network.encoder,
        weights=network.weights,
        bands=ground.bands,
        classes=ground.classes,
    )
    filters = ", ".join(f"{band}: {column}" for band, column in pretrained.filters.items())
    logger.info(
        "encoder %s begins with weights %s; filters of its first layer: %s",
        pretrained.encoder,
        pretrained.weights,
        filters,
    )
    if pretrained.layers != "encoder":
        logger.info("the layers behind it begin with them too: %s", pretrained.layers)
    return pretrained
