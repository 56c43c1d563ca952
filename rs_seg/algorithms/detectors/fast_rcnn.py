"""Fast R-CNN: proposals of the image itself, looked at on shared features.

Source: Girshick 2015, Fast R-CNN.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.ops import roi_align

from rs_seg.algorithms.detectors.detector import Detector, WindowObjects
from rs_seg.algorithms.detectors.neck import CHANNELS, TopDownFeatures
from rs_seg.algorithms.detectors.second_look import judge_regions, name_regions, sample_regions
from rs_seg.algorithms.detectors.selective_search import Proposals
from rs_seg.values.candidates import Candidates

SIDE = 7
"""Cells of a region along each axis (section 2.1)."""
WIDENED = 4
"""Values that a region is told in, by channels of the features."""
SAMPLE, OBJECT_SHARE = 64, 0.25
"""Proposals of a window that learn, and the greatest share of them with an object (section 2.3)."""
STRIDE = 4
"""Of the features: the paper's 16 is for objects of hundreds of pixels, this for tens."""
SAMPLES = 2
"""Places along each axis that a cell is the mean of."""


class FastRcnn(Detector):
    """The class and the moves of each proposal of selective search, from two layers of its own.

    A cell of a region is read between the cells of the features (He et al. 2017), where the paper
    rounds: regions here are about as large as a few cells. Of `plan`: `stride` and `channels` of
    the features, and what `Proposals` takes.

    As published at most 2,000 proposals of a window are looked at: `left_out` counts the
    others. Selective search takes 0.2 to 0.5 s for a window of 256 pixels, in training as well.
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
        self.proposals = Proposals(plan)
        self.features = TopDownFeatures(band_count, encoder, stride=self.stride, channels=channels)
        self.region_head = TwoMLPHead(channels * SIDE**2, WIDENED * channels)
        self.predictor = FastRCNNPredictor(WIDENED * channels, class_count + 1)

    @property
    def left_out(self) -> int:  # type: ignore[override]  # its proposals count
        """Proposals that were not looked at, because a window had too many."""
        return self.proposals.left_out

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """The losses of classes and moves as a sum.

        Which proposals learn is drawn at random: in training mode from torch's global generator,
        otherwise always alike.
        """
        draws = None if self.training else torch.Generator().manual_seed(0)
        proposals = self.proposals.propose(pixels_NBHW)
        samples = sample_regions(proposals, objects, count=SAMPLE, share=OBJECT_SHARE, draws=draws)
        regions = [sample.regions for sample in samples]
        logits, moves = self.look(self.features(pixels_NBHW), regions)
        return judge_regions(logits, moves, samples, objects)

    def find(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        """Candidates of each window, without those that hardly differ from a better one."""
        with torch.no_grad():
            features_NCHW = self.features(pixels_NBHW)
            return [
                name_regions(partial(self.look, features_NCHW[index, None]), boxes, least=least)
                for index, boxes in enumerate(self.proposals.propose(pixels_NBHW))
            ]

    def look(self, features_NCHW: Tensor, regions: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits (R, K + 1) and moves (R, K + 1, 4) of the regions (R, 4) of all windows."""
        read = roi_align(
            features_NCHW,
            [boxes.to(features_NCHW.dtype) for boxes in regions],
            SIDE,
            spatial_scale=1 / self.stride,
            sampling_ratio=SAMPLES,
            aligned=True,
        )
        logits, moves = self.predictor(self.region_head(read))
        # 0 regions: -1 would be ambiguous
        return logits.float(), moves.float().view(len(logits), logits.shape[1], 4)
