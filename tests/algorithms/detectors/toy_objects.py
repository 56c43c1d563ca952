"""Two classes of bright rectangles in a window of noise, which every detector can learn."""

from __future__ import annotations

import numpy as np
import shapely
import torch

from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.objects.matching import References, match
from rs_seg.algorithms.objects.precision import average_precision, draw_curve
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.values.candidates import Candidates

SIDE = 96
BOXES = torch.tensor(
    [[6.5, 8.0, 24.0, 26.2], [60.0, 10.0, 82.5, 24.5], [20.5, 56.2, 48.7, 81.0], [66, 58, 84, 90]]
)
CLASSES = torch.tensor([0, 1, 1, 0])


def toy_window(band_count: int = 3) -> torch.Tensor:
    """Pixels (bands, SIDE, SIDE): objects are bright in the band of their class."""
    pixels = np.random.default_rng(0).normal(0, 0.3, (band_count, SIDE, SIDE)).astype(np.float32)
    for box, index in zip(BOXES.round().int().tolist(), CLASSES.tolist(), strict=True):
        pixels[index % band_count, box[1] : box[3], box[0] : box[2]] += 2
    return torch.from_numpy(pixels)


def toy_objects(*, keep: int = len(BOXES), ignored: tuple[int, ...] = ()) -> WindowObjects:
    """The first `keep` objects of the window."""
    is_ignored = torch.zeros(keep, dtype=torch.bool)
    is_ignored[list(ignored)] = True
    counted = torch.ones(SIDE, SIDE, dtype=torch.bool)
    return WindowObjects(BOXES[:keep].clone(), CLASSES[:keep].clone(), is_ignored, counted)


def objects_in(
    boxes: list[list[float]], classes: list[int], *, side: int = 64, ignored: tuple[int, ...] = ()
) -> WindowObjects:
    """Objects of a window in which all ground counts."""
    is_ignored = torch.zeros(len(boxes), dtype=torch.bool)
    is_ignored[list(ignored)] = True
    return WindowObjects(
        torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        torch.tensor(classes, dtype=torch.int64),
        is_ignored,
        torch.ones(side, side, dtype=torch.bool),
    )


def precision_of(found: Candidates, index: int) -> float:
    """AP50 of the candidates of one class that are left by suppression."""
    own = found.take(found.codes == index)
    own = own.take(suppress(own))
    references = np.asarray(shapely.box(*BOXES[index == CLASSES].double().numpy().T))
    none = np.zeros(len(references), bool)
    shapes = np.asarray(shapely.box(*own.boxes.T))
    matches = match(shapes, own.scores, References(references, none, none), thresholds=(0.5,))
    return average_precision(draw_curve(matches, 0))
