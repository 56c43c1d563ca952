"""The work of `combine`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rs_seg.algorithms.prediction.ensembling import weighted_mean
from rs_seg.config import Ensemble, ModelConfig
from rs_seg.errors import UserError
from rs_seg.io.pairs import check_same_grid
from rs_seg.io.raster import RasterReader, create_raster, to_rasterio
from rs_seg.predicting.probabilities import check_bands
from rs_seg.progress import track
from rs_seg.scenes.values import join_values, read_values, write_values
from rs_seg.values import ClassNames, InPaths, OutPath, partition
from rs_seg.values.probabilities import NODATA

BLOCK = 1024
"""Height and width of the blocks that are handled at once, in pixels."""

logger = logging.getLogger(__name__)


def combine(
    network: ModelConfig,
    class_names: ClassNames,
    *,
    members: InPaths,
    compared: InPaths,
    probabilities: OutPath,
    values: OutPath | None = None,
) -> None:
    """See the signature."""
    ensemble = _check_members(network, members, "members")
    weights = ensemble.weights or (1.0,) * len(members)
    if values is not None:
        _check_members(network, compared, "compared")
        contents = dict(zip(ensemble.members, map(read_values, compared), strict=True))
        write_values(values, join_values(contents))
    with ExitStack() as stack:
        readers = [stack.enter_context(RasterReader(path)) for path in members]
        first = readers[0]
        for reader in readers:
            check_bands(reader, class_names)
            check_same_grid(reader, first)
        windows = list(partition(first.height, first.width, size=BLOCK))
        apart = 0
        with create_raster(
            probabilities, first.grid, dtype="uint8", bands=class_names.names, nodata=NODATA
        ) as dataset:
            for window in track(windows, total=len(windows), description="combine"):
                mean, disputed = weighted_mean([reader.read(window) for reader in readers], weights)
                dataset.write(mean, window=to_rasterio(window))
                apart += disputed
        if apart:
            logger.warning(
                "combine: %d pixels have data in some members only and become nodata", apart
            )


def _check_members(network: ModelConfig, files: Sequence[Path], title: str) -> Ensemble:
    """The network as an ensemble, once there is a file for each of its members."""
    if not isinstance(network, Ensemble):
        raise UserError(
            "not an ensemble",
            where=f"models.{network.name}",
            expected="a network with `members`",
            remedy="predict maps with single networks; combine is for ensembles",
        )
    if len(files) != len(network.members):
        raise UserError(
            "the files are not those of the members",
            where=f"models.{network.name}",
            found=f"{len(files)} files for --{title}",
            expected=f"one for each of {', '.join(network.members)}, in this order",
        )
    return network
