"""Detectors applied to tiles: raw pixels in, candidates in pixels of the tile out."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.restoring import assert_not_training
from rs_seg.algorithms.prediction.tiles import TileWork
from rs_seg.errors import UserError
from rs_seg.values.candidates import Candidates


def open_detector(
    network: NormalisedNetwork, *, least: float, workers: int, batch_size: int
) -> TileWork[list[Candidates]]:
    """What finds objects in tiles of raw pixels (N, B, H, W) that are NaN where invalid.

    `network.layers` are a `Detector`. It computes in float32: on a GPU `batch_size` tiles at once,
    on the processor one tile per thread, whose result does not depend on the number of threads.
    """
    assert_not_training(network)
    on_gpu = torch.cuda.is_available()
    network.to("cuda" if on_gpu else "cpu").to(memory_format=torch.channels_last)

    def find(pixels_NBHW: NDArray[np.float32]) -> list[Candidates]:
        if on_gpu:
            with torch.backends.cudnn.flags(
                enabled=True, benchmark=False, deterministic=True, allow_tf32=False
            ):
                return _find(network, torch.from_numpy(pixels_NBHW).to("cuda"), least)
        torch.set_num_threads(1)  # of the calling thread: each has its own number
        tiles = (torch.from_numpy(tile[None]) for tile in pixels_NBHW)
        return [candidates for tile in tiles for candidates in _find(network, tile, least)]

    return TileWork(find, 1 if on_gpu else workers, batch_size if on_gpu else 1)


def _find(network: NormalisedNetwork, pixels_NBHW: torch.Tensor, least: float) -> list[Candidates]:
    """Candidates of each tile.

    Raises:
        UserError: the tiles need more memory than there is.
    """
    detector = network.layers
    assert isinstance(detector, Detector)
    try:
        with torch.inference_mode():
            valid_NHW = ~torch.isnan(pixels_NBHW).any(dim=1)
            normalised_NBHW = network.normalise(pixels_NBHW, valid_NHW)
            return detector.find(
                normalised_NBHW.contiguous(memory_format=torch.channels_last), least=least
            )
    except torch.OutOfMemoryError as error:
        raise UserError(
            "torch cannot compute the detector",
            where=f"{len(pixels_NBHW)} tiles of {pixels_NBHW.shape[2]} x {pixels_NBHW.shape[3]} "
            "pixels",
            found=" ".join(str(error).split())[:300],
            remedy="lower detect.batch_size or detect.tile",
        ) from error
