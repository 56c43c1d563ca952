"""Masks of regions, learnt in the region's own frame, and the polygons that they become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
import torch
from numpy.typing import NDArray
from scipy.ndimage import label
from skimage.measure import find_contours
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.ops import roi_align

from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.regions import pool_regions
from rs_seg.algorithms.detectors.second_look import Sample
from rs_seg.values.candidates import Boxes, Candidates

SIDE = 14
"""Cells of a region along each axis; its mask has twice as many."""
LAYERS = 4
AT_ONCE = 512
"""Regions that are looked at at once."""
LEVEL = 0.5
"""Probability at which an object ends."""


class MaskBranch(nn.Module):
    """A mask of each class for a region. Source: He et al. 2017, Mask R-CNN, section 3."""

    def __init__(self, channels: int, class_count: int) -> None:
        super().__init__()
        self.head = MaskRCNNHeads(channels, [channels] * LAYERS, dilation=1)
        self.predictor = MaskRCNNPredictor(channels, channels, class_count)

    def _look(
        self, levels: Sequence[Tensor], strides: Sequence[int], regions: Sequence[Tensor]
    ) -> Tensor:
        features = pool_regions(levels, strides, regions, SIDE)
        logits_RKHW: Tensor = self.predictor(self.head(features))
        return logits_RKHW.float()

    def loss(
        self,
        levels: Sequence[Tensor],
        strides: Sequence[int],
        samples: Sequence[Sample],
        objects: Sequence[WindowObjects],
    ) -> Tensor:
        """The mean cross-entropy of the pixels of all masks; 0 without an object."""
        regions, labels, targets = [], [], []
        for sample, window in zip(samples, objects, strict=True):
            assert window.masks is not None, "a detector that needs masks is given them"
            has_object = sample.matched >= 0
            own, boxes = sample.matched[has_object], sample.regions[has_object]
            regions.append(boxes)
            labels.append(window.wanted[1][own] + 1)
            masks_MHW = window.masks[~window.ignored]
            targets.append(_cut_masks(masks_MHW, own, boxes, 2 * SIDE))
        label_R = torch.cat(labels)
        logits_RKHW = self._look(levels, strides, regions)
        rows = torch.arange(len(label_R), device=label_R.device)
        total = functional.binary_cross_entropy_with_logits(
            logits_RKHW[rows, label_R], torch.cat(targets), reduction="sum"
        )
        return total / max(1, len(label_R) * (2 * SIDE) ** 2)

    @torch.no_grad()
    def outline(
        self, levels: Sequence[Tensor], strides: Sequence[int], found: Candidates
    ) -> Candidates:
        """The same candidates with the polygons of their masks; boxes stay as they are."""
        masks = []
        for begin in range(0, len(found), AT_ONCE):
            some = found.take(np.arange(begin, min(begin + AT_ONCE, len(found))))
            boxes = torch.from_numpy(some.boxes).to(levels[0])
            codes = torch.from_numpy(some.codes).to(boxes.device)
            logits = self._look(levels, strides, [boxes])
            rows = torch.arange(len(codes), device=codes.device)
            masks.append(logits[rows, codes + 1].sigmoid().double().cpu().numpy())
        shapes = np.empty(len(found), dtype=object)
        for index, mask in enumerate(m for part in masks for m in part):
            shapes[index] = draw_outline(mask, found.boxes[index])
        return Candidates(found.boxes, found.scores, found.codes, shapes)


def _cut_masks(masks_MHW: Tensor, objects_R: Tensor, boxes_R4: Tensor, side: int) -> Tensor:
    """What the masks (R, side, side) of regions should be: shares of cells that are covered."""
    rois = torch.cat([objects_R[:, None].to(boxes_R4), boxes_R4], dim=1)
    masks = masks_MHW[:, None].to(boxes_R4)
    cut: Tensor = roi_align(masks, rois, side, sampling_ratio=2, aligned=True)
    return cut[:, 0]


def draw_outline(mask_SS: NDArray[np.float64], box: Boxes) -> Any:
    """The polygon where a mask (S, S) of its box is at least one half, in pixels of the window.

    Of several parts the largest, with its holes; the box itself where the mask is too low
    everywhere. Its edges lie between the cells of the mask, and not beyond the box.
    """
    begin, sides = box[:2], box[2:] - box[:2]
    rings = []
    for line in find_contours(np.pad(_keep_largest(mask_SS), 1), LEVEL):
        # cells are areas: the middle of the first one, which the padding moved, is at one half
        rows_columns = ((line - 0.5) / len(mask_SS)).clip(0, 1)
        rings.append(begin + rows_columns[:, ::-1] * sides)
    areas = np.array([_signed_area(ring) for ring in rings])
    if not np.abs(areas).max(initial=0) > 0:
        return shapely.box(*box)
    outer = int(np.abs(areas).argmax())
    shell = shapely.Polygon(rings[outer])
    # rings about holes run the other way round
    holes = [rings[index] for index in np.nonzero(areas * areas[outer] < 0)[0]]
    inside = shapely.contains_xy(shell, np.array([hole[0] for hole in holes]).reshape(-1, 2))
    polygon = shapely.Polygon(rings[outer], [holes[index] for index in np.nonzero(inside)[0]])
    if polygon.is_valid:
        return polygon
    parts = shapely.get_parts(shapely.make_valid(polygon))
    return parts[shapely.area(parts).argmax()]


def _keep_largest(mask_SS: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mask without the other parts: untrained ones are noise, whose outlines take long."""
    parts, count = label(mask_SS >= LEVEL)
    if count < 2:
        return mask_SS
    largest = np.bincount(parts.ravel())[1:].argmax() + 1
    return np.where((parts == 0) | (parts == largest), mask_SS, 0.0)


def _signed_area(ring_P2: NDArray[np.float64]) -> float:
    """The area inside a closed ring, negative if it runs the other way round."""
    x, y = (ring_P2 - ring_P2[0]).T
    return float(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2
