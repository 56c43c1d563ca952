"""What R-CNN learns from: features of regions, which class they are of, and how they should move.

Source: Girshick et al. 2014, Rich feature hierarchies for accurate object detection and semantic
segmentation.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import LinearSVC
from torch import Tensor
from torchvision.ops import box_iou

from rs_seg.algorithms.detectors.anchors import BACKGROUND, encode_boxes, match_anchors
from rs_seg.algorithms.detectors.detector import WindowObjects

Floats = NDArray[np.float32]
NOTHING = 0.3
"""Intersection over union with every object of a class below which a region is none of them
(section 2.3)."""
NEAR = 0.6
"""Intersection over union with an object from which on a region learns to move (appendix C)."""
DRAWN = 64
"""Regions without an object of a window that the first machines learn from, the most that are found
wrong and added (section 2.3, hard negative mining), and the most that learn to move."""
WRONG = -1.0
"""Margin of a region without an object from which on it is wrong (the authors' program)."""
COST, OBJECT_WEIGHT, CONSTANT, STIFFNESS = 1e-3, 2.0, 10.0, 1000.0
"""Of the support vector machine (the authors' program) and of the ridge regression (appendix C)."""
ROUNDS = 20_000
NEVER = -100.0
"""Margin of classes of which no object was seen."""
UNMOVED = (1.0, 1.0, 1.0, 1.0)
"""Moves are not multiplied before they are learnt."""
IS, IS_NOT, NOT_ASKED = 1, 0, -1


class Lessons:
    """Features (P, D + 1) of regions, the last one 1, with what K classes are to say of them.

    Regions that a class learns from are its objects (`IS`) and what shares little with all of them
    (`IS_NOT`). What lies on ignored objects or on ground that does not count teaches nothing.
    """

    def __init__(self, class_count: int) -> None:
        self.class_count = class_count
        self.draws = torch.Generator().manual_seed(0)
        self.features: list[Floats] = []
        self.labels: list[NDArray[np.int8]] = []
        self.near: list[Floats] = []
        self.moves: list[Floats] = []
        self.codes: list[NDArray[np.int64]] = []

    def add(self, regions: Tensor, features: Tensor, window: WindowObjects) -> None:
        """Take the objects of a window, and some regions drawn from all others.

        The objects are the first of the regions.
        """
        labels = label_regions(regions, window, self.class_count)
        self._add_moves(regions, features, window)
        count = len(window.wanted[0])
        (empty,) = torch.where((labels[count:] == IS_NOT).any(dim=1))
        order = torch.randperm(len(empty), generator=self.draws)[:DRAWN].to(empty.device)
        chosen = torch.cat([torch.arange(count, device=empty.device), empty[order] + count])
        self._keep(features[chosen], labels[chosen])

    def add_wrong(
        self, regions: Tensor, features: Tensor, window: WindowObjects, margins: Tensor
    ) -> None:
        """Take the regions of a window that machines (P, K) wrongly call an object."""
        labels = label_regions(regions, window, self.class_count)
        wrong = torch.where(labels == IS_NOT, margins, -torch.inf).max(dim=1).values
        worst = torch.argsort(-wrong, stable=True)[:DRAWN]
        worst = worst[wrong[worst] > WRONG]
        self._keep(features[worst], labels[worst])

    def _keep(self, features: Tensor, labels: Tensor) -> None:
        self.features.append(features.cpu().numpy())
        self.labels.append(labels.cpu().numpy())

    def _add_moves(self, regions: Tensor, features: Tensor, window: WindowObjects) -> None:
        boxes, codes = window.wanted
        if not len(boxes):
            return
        share, owner = box_iou(regions, boxes.float()).max(dim=1)
        order = torch.argsort(-share, stable=True)[: DRAWN + len(boxes)]
        order = order[share[order] >= NEAR]
        own = owner[order]
        told = encode_boxes(boxes[own].float(), regions[order], UNMOVED)
        self.near.append(features[order].cpu().numpy())
        self.moves.append(told.cpu().numpy())
        self.codes.append(codes[own].cpu().numpy())

    def fit_margins(self, code: int) -> tuple[Floats, Floats]:
        """The weights (D + 1,) of the margin of a class, and slope and offset of its score."""
        labels = np.concatenate(self.labels)[:, code]
        asked = labels != NOT_ASKED
        features, labels = np.concatenate(self.features)[asked], labels[asked]
        weights = np.zeros(features.shape[1], dtype=np.float32)
        if IS not in labels or IS_NOT not in labels:
            weights[-1] = 0.0 if IS in labels else NEVER
            return weights, np.array([1, 0], np.float32)
        machine = LinearSVC(
            C=COST,
            loss="hinge",
            class_weight={IS: OBJECT_WEIGHT},
            intercept_scaling=CONSTANT,
            max_iter=ROUNDS,
            random_state=0,
        ).fit(features[:, :-1], labels)
        weights[:-1], weights[-1] = machine.coef_[0], machine.intercept_[0]
        margins = features @ weights
        score = LogisticRegression().fit(margins[:, None], labels)
        return weights, np.array([score.coef_[0, 0], score.intercept_[0]], np.float32)

    def fit_moves(self, length: int) -> Floats:
        """The weights (K, 4, length + 1) of the moves; 0 of classes without an object."""
        weights = np.zeros((self.class_count, 4, length + 1), dtype=np.float32)
        for code in np.unique(np.concatenate([np.empty(0, np.int64), *self.codes])):
            own = np.concatenate(self.codes) == code
            near, moves = np.concatenate(self.near)[own], np.concatenate(self.moves)[own]
            line = Ridge(alpha=STIFFNESS).fit(near[:, :-1].astype(np.float64), moves)
            weights[code, :, :-1], weights[code, :, -1] = line.coef_, line.intercept_
        return weights


def label_regions(regions: Tensor, window: WindowObjects, class_count: int) -> Tensor:
    """What each class is to say of regions (P, 4): IS, IS_NOT or NOT_ASKED (P, K) int8.

    The objects of the window are the first of the regions.
    """
    boxes, codes = window.wanted
    only = window.ignored
    without = WindowObjects(window.boxes[only], window.classes[only], only[only], window.counted)
    judged = match_anchors(regions, without, high=0.5, low=NOTHING, force=False) == BACKGROUND
    shares = box_iou(regions, boxes.float())
    labels = torch.full((len(regions), class_count), NOT_ASKED, dtype=torch.int8)
    labels = labels.to(regions.device)
    for code in range(class_count):
        of_class = shares[:, codes == code]
        is_none = (of_class < NOTHING).all(dim=1)
        labels[judged & is_none, code] = IS_NOT
    labels[torch.arange(len(boxes)), codes] = IS
    return labels
