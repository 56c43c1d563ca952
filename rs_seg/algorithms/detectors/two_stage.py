"""Faster R-CNN and Mask R-CNN: proposals from anchors, then a look at each of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead

from rs_seg.algorithms.detectors.anchors import Shapes
from rs_seg.algorithms.detectors.detector import Detector, WindowObjects
from rs_seg.algorithms.detectors.masks import MaskBranch
from rs_seg.algorithms.detectors.proposals import Proposer
from rs_seg.algorithms.detectors.pyramid import Pyramid, build_pyramid
from rs_seg.algorithms.detectors.regions import pool_regions
from rs_seg.algorithms.detectors.second_look import judge_regions, name_regions, sample_regions
from rs_seg.algorithms.detectors.ssd import expect_background
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.values.candidates import Candidates

SAMPLE, OBJECT_SHARE = 512, 0.25
"""Proposals of a window that learn, and the greatest share of them that has an object."""
SIDE = 7
"""Cells of a region along each axis."""
WIDENED = 4
"""Values that a region is told in, by channels of the pyramid: 1,024 of 256 in the paper."""
BETA = 1 / 9
"""Difference of moves below which the loss is quadratic."""

DRAWN = 0.5
"""Intersection over union of two boxes of a class of which only the better one gets a mask (He et
al. 2017, section 3.1; the limit is that of their program). A mask takes a millisecond: an
undertrained network has tens of thousands of boxes in a tile, most of them of one object."""


class FasterRcnn(Detector):
    """Faster R-CNN on a pyramid of features: proposals, then the class and moves of each.

    The number of proposals and of candidates has no limit in `find`: a proposal needs a score.
    Sources: Ren et al. 2015, Faster R-CNN; Lin et al. 2017, Feature Pyramid Networks, section 4.
    """

    is_dense: ClassVar[bool] = False

    def __init__(
        self,
        pyramid: Pyramid,
        *,
        strides: Sequence[int],
        anchors: Shapes,
        class_count: int,
    ) -> None:
        super().__init__()
        self.pyramid = pyramid
        self.proposer = Proposer(pyramid.channels, strides=strides, anchors=anchors)
        told = WIDENED * pyramid.channels
        self.region_head = TwoMLPHead(pyramid.channels * SIDE**2, told)
        self.predictor = FastRCNNPredictor(told, class_count + 1)
        with torch.no_grad():
            self.predictor.cls_score.bias.copy_(expect_background(class_count))
        self.mask_branch = (
            MaskBranch(pyramid.channels, class_count + 1) if self.needs_masks else None
        )

    def loss(self, pixels_NBHW: Tensor, objects: Sequence[WindowObjects]) -> Tensor:
        """The losses of proposals, of their classes and moves, and of masks, one by one as a sum.

        Which anchors and proposals learn is drawn at random: in training mode from torch's global
        generator, otherwise always alike.
        """
        draws = None if self.training else torch.Generator().manual_seed(0)
        levels = self.pyramid(pixels_NBHW)
        size = (pixels_NBHW.shape[-2], pixels_NBHW.shape[-1])
        proposals, loss = self.proposer.learn(levels, objects, size, draws)
        samples = sample_regions(proposals, objects, count=SAMPLE, share=OBJECT_SHARE, draws=draws)
        logits, moves = self._look(levels, [sample.regions for sample in samples])
        loss = loss + judge_regions(logits, moves, samples, objects, beta=BETA)
        if self.mask_branch is not None:
            loss = loss + self.mask_branch.loss(levels, self.pyramid.strides, samples, objects)
        return loss

    def _look(self, levels: Sequence[Tensor], regions: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits (R, K + 1) and moves (R, K + 1, 4) of all regions, window after window."""
        features = pool_regions(levels, self.pyramid.strides, regions, SIDE)
        logits, moves = self.predictor(self.region_head(features))
        return logits.float(), moves.float().view(len(logits), logits.shape[1], 4)

    def find(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        """Candidates of each window, without those that hardly differ from a better one."""
        return [self._draw(*window) for window in self._find_each(pixels_NBHW, least)]

    def find_boxes(self, pixels_NBHW: Tensor, *, least: float) -> list[Candidates]:
        """As `find`, without masks."""
        return [boxes for _, boxes in self._find_each(pixels_NBHW, least)]

    @torch.no_grad()
    def _find_each(
        self, pixels_NBHW: Tensor, least: float
    ) -> list[tuple[list[Tensor], Candidates]]:
        """The features of each window, and the boxes in it."""
        levels = self.pyramid(pixels_NBHW)
        size = (pixels_NBHW.shape[-2], pixels_NBHW.shape[-1])
        windows = []
        for index, proposals in enumerate(self.proposer.propose(levels, size)):
            own = [level[index, None] for level in levels]
            windows.append((own, name_regions(partial(self._look, own), proposals, least=least)))
        return windows

    def _draw(self, levels: Sequence[Tensor], boxes: Candidates) -> Candidates:
        """The candidates with their masks, where the network draws any."""
        if self.mask_branch is None:
            return boxes
        drawn = boxes.take(suppress(boxes, limit=DRAWN))
        return self.mask_branch.outline(levels, self.pyramid.strides, drawn)


class MaskRcnn(FasterRcnn):
    """Faster R-CNN that draws a mask for each object. Source: He et al. 2017, Mask R-CNN."""

    needs_masks: ClassVar[bool] = True


def build_faster_rcnn(
    *,
    encoder: str,
    decoder: str | None,  # noqa: ARG001
    weights: str | None,
    bands: Sequence[str],
    class_count: int,
    plan: dict[str, Any],
    network: type[FasterRcnn] = FasterRcnn,
) -> FasterRcnn:
    """Faster R-CNN, or Mask R-CNN, on any encoder, with the levels and anchors of the plan."""
    pyramid = build_pyramid(plan, encoder=encoder, weights=weights, bands=bands)
    return network(
        pyramid, strides=plan["strides"], anchors=plan["anchors"], class_count=class_count
    )


build_mask_rcnn = partial(build_faster_rcnn, network=MaskRcnn)
