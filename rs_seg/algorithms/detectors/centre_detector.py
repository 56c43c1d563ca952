"""The centre detector: objects as points on any network that gives a raster for each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rs_seg.algorithms.detectors.centre import (
    BESIDE,
    RARE,
    Targets,
    centre_loss,
    draw_targets,
    find_centres,
    stack_targets,
)
from rs_seg.algorithms.detectors.coarse import coarsen
from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.networks.building import build_network
from rs_seg.values.candidates import Candidates


class CentreDetector(DenseDetector):
    """Finds centres, sizes and offsets of objects on a network of K + 4 rasters.

    Its rasters have a cell per `stride` pixels. An untrained network expects a centre at a
    hundredth of the cells (`RARE`), and objects of the `typical` width and height in pixels.
    Source: Zhou et al. 2019, Objects as Points.
    """

    prior: Tensor

    def __init__(
        self, network: nn.Module, *, class_count: int, typical: Sequence[float], stride: int = 1
    ) -> None:
        super().__init__()
        self.network = network
        self.class_count = class_count
        self.strides = (stride,)
        # added to the output, since not every network ends in a layer that has a bias
        heat = torch.full((class_count,), float(np.log(RARE / (1 - RARE))))
        sizes = np.log(np.array(typical) / stride)
        beside = torch.tensor([*sizes, 0.0, 0.0], dtype=torch.float32)
        prior = torch.cat([heat, beside])[:, None, None]
        self.register_buffer("prior", prior, persistent=False)

    def forward(self, pixels_NBHW: Tensor) -> tuple[Tensor]:
        """Rasters (N, K + 4, H / stride, W / stride): logits of centres, sizes and offsets."""
        return (self.network(pixels_NBHW) + self.prior,)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """The loss of a batch: see `centre_loss`."""
        (output_NCHW,) = self(pixels_NBHW)
        drawn = stack_targets([self._draw(window) for window in objects])
        names = ("heat", "beside", "weight", "counted")
        parts = (getattr(drawn, name).to(output_NCHW.device) for name in names)
        return centre_loss(output_NCHW, Targets(*parts))

    def _draw(self, window: WindowObjects) -> Targets:
        (stride,) = self.strides
        counted_HW = _whole_cells(window.counted.cpu(), stride)
        drawn = draw_targets(
            window.boxes.cpu().numpy().astype(np.float64) / stride,
            window.classes.cpu().numpy(),
            ignored=window.ignored.cpu().numpy(),
            valid_HW=counted_HW.numpy(),
            count=self.class_count,
        )
        drawn.weight[~counted_HW] = 0
        return drawn

    def decode(self, rasters: Sequence[NDArray[np.float32]], *, least: float) -> Candidates:
        """The peaks of one window: see `find_centres`."""
        (output_CHW,) = rasters
        (stride,) = self.strides
        found = find_centres(output_CHW, least=least)
        return Candidates(found.boxes * stride, found.scores, found.codes)


def _whole_cells(mask_HW: Tensor, stride: int) -> Tensor:
    """Cells (H / stride, W / stride) of which all pixels are true."""
    height, width = mask_HW.shape
    cells = mask_HW.reshape(height // stride, stride, width // stride, stride)
    return cells.all(dim=3).all(dim=1)


def build_centre(
    *,
    encoder: str | None,
    decoder: str | None,
    weights: str | None,
    bands: Sequence[str],
    class_count: int,
    plan: dict[str, Any],
) -> CentreDetector:
    """A centre detector on a network of the table of networks, named by its decoder."""
    assert decoder is not None
    network = build_network(
        decoder, encoder=encoder, bands=bands, class_count=class_count + BESIDE, weights=weights
    )
    # model files of earlier versions do not say a stride
    stride = coarsen(
        network, decoder, stride=plan.get("stride", 1), raster_count=class_count + BESIDE
    )
    return CentreDetector(network, class_count=class_count, typical=plan["typical"], stride=stride)
