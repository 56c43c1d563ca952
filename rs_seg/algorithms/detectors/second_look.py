"""The second look of detectors of two stages: which proposals learn, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from rs_seg.algorithms.detectors.anchors import decode_boxes, encode_boxes, match_anchors
from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.proposals import draw_sample
from rs_seg.algorithms.detectors.thinning import thin
from rs_seg.values.candidates import Candidates, join_candidates

WEIGHTS = (10.0, 10.0, 5.0, 5.0)
"""By which moves and growths of proposals are multiplied before they are learnt."""
AT_ONCE = 2048
"""Regions that are looked at at once."""
Look = Callable[[Sequence[Tensor]], tuple[Tensor, Tensor]]
"""Logits (R, K + 1) and moves (R, K + 1, 4) of the regions (R, 4) of all windows."""


@dataclass(frozen=True)
class Sample:
    """Regions (R, 4) of a window that learn, and the wanted object (R,) of each, else below 0."""

    regions: Tensor
    matched: Tensor


def sample_regions(
    proposals: Sequence[Tensor],
    objects: Sequence[WindowObjects],
    *,
    count: int,
    share: float,
    draws: torch.Generator | None,
) -> list[Sample]:
    """For each window `count` proposals, at most a `share` of them with an object.

    A proposal has the object that it shares half with (intersection over union); the objects
    themselves are proposed too. What lies on ignored objects or on ground that does not count does
    not learn. Source: Girshick 2015, Fast R-CNN, section 2.3.
    """
    samples = []
    for boxes, window in zip(proposals, objects, strict=True):
        regions = torch.cat([boxes, window.wanted[0]])
        matched = match_anchors(regions, window, high=0.5, low=0.5, force=False)
        chosen = torch.cat(draw_sample(matched, count, share, draws))
        samples.append(Sample(regions[chosen], matched[chosen]))
    return samples


def judge_regions(
    logits_RS: Tensor,
    moves_RS4: Tensor,
    samples: Sequence[Sample],
    objects: Sequence[WindowObjects],
    *,
    beta: float = 1.0,
) -> Tensor:
    """Cross entropy of the classes and the losses of the moves, by the number of regions.

    Differences of moves below `beta` count by their squares. Source: Girshick 2015, Fast R-CNN,
    equations 1 to 3.
    """
    labels, wanted = [], []
    for sample, window in zip(samples, objects, strict=True):
        boxes, codes = window.wanted
        has_object = sample.matched >= 0
        label = torch.zeros_like(sample.matched)
        label[has_object] = codes[sample.matched[has_object]] + 1
        labels.append(label)
        own = boxes[sample.matched[has_object]]
        wanted.append(encode_boxes(own, sample.regions[has_object], WEIGHTS))
    label_R = torch.cat(labels)
    (positive,) = torch.where(label_R > 0)
    told = moves_RS4[positive, label_R[positive]]
    moved = F.smooth_l1_loss(told, torch.cat(wanted), beta=beta, reduction="sum")
    named = F.cross_entropy(logits_RS, label_R, reduction="sum")
    return (named + moved) / max(1, len(label_R))


def name_regions(look: Look, proposals_P4: Tensor, *, least: float) -> Candidates:
    """Candidates of one window: each proposal as each class with a share of at least `least`.

    Those that hardly differ from a better one are left out.
    """
    parts = []
    for regions in torch.split(proposals_P4, AT_ONCE):
        logits, moves = look([regions])
        shares = logits.double().softmax(dim=1)[:, 1:]
        places, classes = torch.where(shares >= least)
        boxes = decode_boxes(moves[places, classes + 1], regions[places], WEIGHTS)
        parts.append(
            Candidates(
                boxes.double().cpu().numpy(),
                shares[places, classes].cpu().numpy(),
                classes.cpu().numpy().astype(np.int64),
            )
        )
    return thin(join_candidates(parts))
