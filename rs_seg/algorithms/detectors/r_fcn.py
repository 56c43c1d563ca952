"""R-FCN: proposals looked at by maps that know the parts of an object, without further layers.

Source: Dai et al. 2016, R-FCN: Object Detection via Region-based Fully Convolutional Networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it
from torchvision.ops import ps_roi_pool

from rs_seg.algorithms.detectors.detector import Detector, WindowObjects
from rs_seg.algorithms.detectors.neck import CHANNELS, TopDownFeatures
from rs_seg.algorithms.detectors.proposals import Proposer
from rs_seg.algorithms.detectors.second_look import judge_regions, name_regions, sample_regions
from rs_seg.values.candidates import Candidates

PARTS = 7
"""Parts of a region along each axis (section 3)."""
SAMPLE, OBJECT_SHARE = 128, 0.25
"""Proposals of a window that learn, and the greatest share of them with an object (section 3)."""
ANCHORS = ((12.0, 12.0), (24.0, 24.0), (48.0, 48.0))
"""Widths and heights in pixels where a plan has none from the training boxes."""
STRIDE = 4
"""Of the maps: the paper's 16 on objects of hundreds of pixels, here for objects of tens."""


class RFcn(Detector):
    """Maps of the score of each part of each class; a region's score is the mean of its parts.

    Pooling takes the part of the region that lies in the part of the object that a map knows, so
    that a region costs no further layer. Moves are the same for all classes, from maps of their
    own. The paper's dilated ResNet-101 is here any encoder with features brought together at one
    stride. Of `plan`: `anchors` of one level, `stride` of the maps, and `channels`.

    In training at most 2,000 proposals of a window come from the first stage, 128 of them learn;
    in `find` there is no limit: a proposal needs a score.
    """

    is_dense: ClassVar[bool] = False

    def __init__(
        self,
        band_count: int,
        class_count: int,
        encoder: nn.Module | str,
        plan: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        plan = plan or {}
        self.stride: int = plan.get("stride", STRIDE)
        channels: int = plan.get("channels", CHANNELS)
        self.features = TopDownFeatures(band_count, encoder, stride=self.stride, channels=channels)
        self.proposer = Proposer(
            channels, strides=[self.stride], anchors=[plan.get("anchors", ANCHORS)]
        )
        self.scoring = nn.Conv2d(channels, PARTS**2 * (class_count + 1), 1)
        self.moving = nn.Conv2d(channels, PARTS**2 * 4, 1)

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """The losses of proposals and of their classes and moves as a sum.

        Which of them learn is drawn at random: in training mode from torch's global generator,
        otherwise always alike.
        """
        draws = None if self.training else torch.Generator().manual_seed(0)
        features_NCHW = self.features(pixels_NBHW)
        size = (pixels_NBHW.shape[-2], pixels_NBHW.shape[-1])
        proposals, loss = self.proposer.learn([features_NCHW], objects, size, draws)
        samples = sample_regions(proposals, objects, count=SAMPLE, share=OBJECT_SHARE, draws=draws)
        logits, moves = self.look(features_NCHW, [sample.regions for sample in samples])
        return loss + judge_regions(logits, moves, samples, objects)

    def find(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        """Candidates of each window, without those that hardly differ from a better one."""
        size = (pixels_NBHW.shape[-2], pixels_NBHW.shape[-1])
        with torch.no_grad():
            features_NCHW = self.features(pixels_NBHW)
            proposals = self.proposer.propose([features_NCHW], size)
            return [
                name_regions(partial(self.look, features_NCHW[index, None]), boxes, least=least)
                for index, boxes in enumerate(proposals)
            ]

    def look(self, features_NCHW: Tensor, regions: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits (R, K + 1) and moves (R, K + 1, 4) of the regions (R, 4) of all windows."""
        logits, moves = (
            pool_parts(layer(features_NCHW).float(), regions, parts=PARTS, stride=self.stride).mean(
                dim=(2, 3)
            )
            for layer in (self.scoring, self.moving)
        )
        return logits, moves[:, None].expand(-1, logits.shape[1], -1)


def pool_parts(maps_NCHW: Tensor, regions: Sequence[Tensor], *, parts: int, stride: int) -> Tensor:
    """Means (R, C / parts^2, parts, parts): each part of a region is read from its own map.

    Edges are rounded to cells of the maps, as published. Source: Dai et al. 2016, equation 1.
    """
    # The last row and column are never read (torchvision 0.29): they are made the last but one.
    padded = F.pad(maps_NCHW, (0, 1, 0, 1))
    pooled: Tensor = ps_roi_pool(padded, list(regions), parts, spatial_scale=1 / stride)
    return pooled
