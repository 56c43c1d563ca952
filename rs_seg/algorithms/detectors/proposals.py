"""Proposals: anchors that may hold an object of any class, moved onto it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.detection.rpn import RPNHead
from torchvision.ops import batched_nms, clip_boxes_to_image, remove_small_boxes

from rs_seg.algorithms.detectors.anchors import (
    BACKGROUND,
    Shapes,
    decode_boxes,
    encode_boxes,
    flatten,
    match_anchors,
    place_anchors,
)
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.retinanet import spread_filters

HIGH, LOW = 0.7, 0.3
"""Intersection over union with an object from which on an anchor is to find it, and below which it
is background."""
SAMPLE, OBJECT_SHARE = 256, 0.5
"""Anchors of a window that learn, and the greatest share of them that has an object."""
TRAINED = 2000
"""Proposals of a level in training: a few hundred of them learn. Beyond training nothing is cut."""
PROPOSED = 0.05
"""Least score of a proposal beyond training, in place of a limit to their number."""
DUPLICATE = 0.7
"""Intersection over union of two proposals of one level of which one goes."""
SMALLEST = 1e-2
"""Sides in pixels that are left of a proposal at the edge of a window."""
UNMOVED = (1.0, 1.0, 1.0, 1.0)
BETA = 1 / 9


class Proposer(nn.Module):
    """A score and four moves of each anchor, on all levels alike.

    Source: Ren et al. 2015, Faster R-CNN, section 3.1.
    """

    def __init__(self, channels: int, *, strides: Sequence[int], anchors: Shapes) -> None:
        super().__init__()
        self.strides = tuple(strides)
        self.anchors = anchors
        self.head = RPNHead(channels, len(anchors[0]))
        spread_filters(self.head.conv)

    def _read(
        self, levels: Sequence[Tensor], size_HW: tuple[int, int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (N, A), moves (N, A, 4) and anchors (A, 4)."""
        logits, moves = self.head(list(levels))
        anchors = place_anchors(self.anchors, self.strides, size_HW, levels[0].device)
        return flatten(logits, 1)[..., 0], flatten(moves, 4), anchors

    def propose(self, levels: Sequence[Tensor], size_HW: tuple[int, int]) -> list[Tensor]:
        """The proposals (P, 4) of each window, best first, inside the window."""
        return self._choose(*self._read(levels, size_HW), size_HW, limit=None)

    def learn(
        self,
        levels: Sequence[Tensor],
        objects: Sequence[WindowObjects],
        size_HW: tuple[int, int],
        draws: torch.Generator | None,
    ) -> tuple[list[Tensor], Tensor]:
        """The proposals of each window, and the loss of scores and moves."""
        logits_NA, moves_NA4, anchors_A4 = self._read(levels, size_HW)
        read = (logits_NA.detach(), moves_NA4.detach(), anchors_A4)
        proposals = self._choose(*read, size_HW, limit=TRAINED)
        losses, count = [], 0
        for logits_A, moves_A4, window in zip(logits_NA, moves_NA4, objects, strict=True):
            matched = match_anchors(anchors_A4, window, high=HIGH, low=LOW)
            positive, negative = draw_sample(matched, SAMPLE, OBJECT_SHARE, draws)
            boxes = window.wanted[0][matched[positive]]
            wanted = encode_boxes(boxes, anchors_A4[positive], UNMOVED)
            chosen = torch.cat([positive, negative])
            count += len(chosen)
            losses += [
                functional.binary_cross_entropy_with_logits(
                    logits_A[chosen], (matched[chosen] >= 0).float(), reduction="sum"
                ),
                functional.smooth_l1_loss(moves_A4[positive], wanted, beta=BETA, reduction="sum"),
            ]
        return proposals, torch.stack(losses).sum() / max(1, count)

    def _choose(
        self,
        logits_NA: Tensor,
        moves_NA4: Tensor,
        anchors_A4: Tensor,
        size_HW: tuple[int, int],
        limit: int | None,
    ) -> list[Tensor]:
        """Proposals, at most `limit` of a level; None: all with a score of `PROPOSED`."""
        ends = [
            (-(-size_HW[0] // stride)) * (-(-size_HW[1] // stride)) * len(shapes)
            for stride, shapes in zip(self.strides, self.anchors, strict=True)
        ]
        chosen = []
        for logits_A, moves_A4 in zip(logits_NA, moves_NA4, strict=True):
            places, owners, begin = [], [], 0
            for level, count in enumerate(ends):
                own = logits_A[begin : begin + count]
                best = (
                    torch.where(own.sigmoid() >= PROPOSED)[0]
                    if limit is None
                    else own.topk(min(limit, count)).indices
                )
                places.append(best + begin)
                owners.append(torch.full_like(best, level))
                begin += count
            place, owner = torch.cat(places), torch.cat(owners)
            boxes = decode_boxes(moves_A4[place], anchors_A4[place], UNMOVED)
            boxes = clip_boxes_to_image(boxes, size_HW)
            large = remove_small_boxes(boxes, SMALLEST)
            boxes, scores, owner = boxes[large], logits_A[place][large].sigmoid(), owner[large]
            chosen.append(boxes[batched_nms(boxes, scores, owner, DUPLICATE)])
        return chosen


def draw_sample(
    matched_A: Tensor, count: int, share: float, draws: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """Positions that have an object, at most a `share` of `count`, and of background, the rest."""
    (positive,) = torch.where(matched_A >= 0)
    (negative,) = torch.where(matched_A == BACKGROUND)
    positive = _draw(positive, int(count * share), draws)
    return positive, _draw(negative, count - len(positive), draws)


def _draw(places: Tensor, count: int, draws: torch.Generator | None) -> Tensor:
    order = torch.randperm(len(places), generator=draws)[:count]
    return places[order.to(places.device)]
