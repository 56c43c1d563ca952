"""The work of `uncertainty`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

from rs_seg.algorithms.prediction.ensembling import disagreement
from rs_seg.algorithms.prediction.uncertainty import entropy, maximum_probability
from rs_seg.config import Ensemble, ModelConfig, UncertaintyConfig
from rs_seg.errors import UserError
from rs_seg.io.pairs import check_same_grid
from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
from rs_seg.predicting.probabilities import check_bands
from rs_seg.progress import track
from rs_seg.values import ClassNames, InPath, InPaths, OutPath, partition, quantize
from rs_seg.values.probabilities import NODATA

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1024
"""Height and width of the blocks that are handled at once, in pixels."""

logger = logging.getLogger(__name__)


def uncertainty(
    config: UncertaintyConfig,
    network: ModelConfig,
    class_names: ClassNames,
    *,
    probabilities: InPath,
    members: InPaths,
    uncertainty: OutPath,
) -> None:
    """See the signature."""
    measures = _choose(config, network, len(members))
    weights = (network.weights if isinstance(network, Ensemble) else None) or (1.0,) * len(members)
    with ExitStack() as stack:
        own = stack.enter_context(RasterReader(probabilities))
        readers = [stack.enter_context(RasterReader(path)) for path in members]
        for reader in (own, *readers):
            check_bands(reader, class_names)
            check_same_grid(reader, own)
        raster = stack.enter_context(
            create_raster(uncertainty, own.grid, dtype="uint8", bands=measures, nodata=NODATA)
        )
        windows = list(partition(own.height, own.width, size=BLOCK))
        for window in track(windows, total=len(windows), description="uncertainty"):
            coded = own.read(window)
            parts = [reader.read(window) for reader in readers]
            valid = (coded != NODATA).all(axis=0)
            for index, measure in enumerate(measures, start=1):
                values = _measure(measure, coded, parts, weights)
                raster.write(quantize(values, valid), index, window=to_rasterio(window))


def _choose(config: UncertaintyConfig, network: ModelConfig, member_count: int) -> tuple[str, ...]:
    """The measures that can be made; what is left out is said."""
    measures = config.measures_of(network)
    if not measures:
        raise UserError(
            "no measure of uncertainty to make",
            where=f"uncertainty.measures, for the network {network.name!r}",
            found=", ".join(config.measures) or "none",
            expected="maximum_probability or entropy, or for an ensemble disagreement",
        )
    for measure in set(config.measures) - set(measures):
        logger.info(
            "uncertainty: no %s, since %s is no ensemble and has no members", measure, network.name
        )
    if (
        "disagreement" in measures
        and isinstance(network, Ensemble)
        and member_count != len(network.members)
    ):
        raise UserError(
            "the files are not those of the members",
            where=f"models.{network.name}",
            found=f"{member_count} files",
            expected=f"one for each of {', '.join(network.members)}, in this order",
        )
    return measures


def _measure(
    measure: str,
    coded: NDArray[np.uint8],
    members: Sequence[NDArray[np.uint8]],
    weights: Sequence[float],
) -> NDArray[np.float32]:
    if measure == "disagreement":
        return disagreement(members, weights)
    return entropy(coded) if measure == "entropy" else maximum_probability(coded)
