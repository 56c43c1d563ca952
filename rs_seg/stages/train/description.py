"""What a model file says of its model, as far as it is known before training."""

from __future__ import annotations

import logging
from pathlib import Path

from rs_seg.algorithms.networks.provenance import describe_weights
from rs_seg.algorithms.networks.temporal.table import dating_of
from rs_seg.config import ConvolutionalNetwork, Pixelwise
from rs_seg.config.models import KINDS
from rs_seg.ground.description import check_images, describe_encoder, described_ground
from rs_seg.ground.training import Ground
from rs_seg.io.model_description import ModelDescription
from rs_seg.predicting.pixelwise import FeatureRecipe
from rs_seg.stages.train.learnt_features import settled_recipe
from rs_seg.values import ClassNames
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
    grids = check_images(images, ground)
    recipe = (
        settled_recipe(network, ground)
        if isinstance(network, Pixelwise)
        else FeatureRecipe(ground.bands, ())
    )
    return ModelDescription(
        kind=KINDS.get(network.architecture, "convolutional"),
        network=network.model_dump(mode="json"),
        features=tuple(map(str, recipe.formulas)),
        classes=class_names,
        pretrained=_describe_weights(network, ground),
        **described_ground(grids, ground, bands=recipe.bands, window=window),
    )


def _describe_weights(
    network: ConvolutionalNetwork | Pixelwise, ground: Ground
) -> Pretrained | None:
    if not isinstance(network, ConvolutionalNetwork) or network.weights is None:
        return None
    records = [
        describe_weights(
            network.architecture,
            encoder=network.encoder,
            weights=network.weights,
            bands=bands,
            class_count=ground.class_count,
        )
        for bands in _seen_together(network, ground)
    ]
    filters = {band: name for record in records for band, name in record.filters.items()}
    return describe_encoder(records[0].model_copy(update={"filters": filters}))


def _seen_together(network: ConvolutionalNetwork, ground: Ground) -> list[tuple[str, ...]]:
    """The bands of each encoder that begins with the weights."""
    if network.dates is not None:  # an encoder sees the bands of one date
        dates = dating_of(network.dates_options)
        assert dates is not None
        return [tuple(dates.bands_of_one)]
    own = [
        group.measured
        for group in (network.band_groups if network.fuse is not None else ())
        if network.encoders.get(group.source, network.encoder) == network.encoder
    ]
    return own or [ground.bands]
