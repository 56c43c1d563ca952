"""Objects as points: a heat map of centres, with size and offset at each.

The network is any that gives K + 4 rasters: the logits of a centre of each class, the logarithms of
width and height, and the offset of the centre from the middle of the cell in columns and rows. All
is in cells of the rasters, which are pixels for small objects: cars of four pixels have no room at
the stride of four of the paper. Source: Zhou et al. 2019, Objects as Points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rs_seg.values.candidates import Boxes, Candidates

BESIDE = 4
"""Rasters beside the heat maps: width, height, offsets in columns and rows."""
SPREAD = 0.54 / 6
"""Standard deviation of the bell around a centre, as a share of the side of the box: 0.54 of the
side are three deviations to either side (Liu et al. 2020, TTFNet, section 3.2)."""
LEAST_SPREAD = 0.6
"""In cells: the smallest objects still have neighbours that are nearly right."""
REGRESSED = 0.1
"""Cells of a bell at least as high learn size and offset, weighted by the bell (Liu et al. 2020,
section 3.3): from the few around the centre alone sizes are learnt late."""
FOCUS, FORGIVING = 2, 4
"""Exponents of the loss of the heat map (Zhou et al. 2019, equation 1)."""
SIZE_WEIGHT = 1.0
"""Weight of size and offset beside the heat map: differences of logarithms and of cells are of its
size, where the paper weighs pixels of size by 0.1."""
RARE = 0.01
"""Share of centres that an untrained network should expect (Lin et al. 2017, section 3.3)."""


@dataclass(frozen=True)
class Targets:
    """What the rasters of a window should be.

    `heat` (K, H, W) from 0 to 1, 1 at centres; `beside` (4, H, W), sizes and offsets, weighted by
    `weight` (H, W); `counted` (H, W) is false where the heat map is not judged: on objects that are
    ignored and on pixels without data. Of a batch all have a first axis for its windows.
    """

    heat: Tensor
    beside: Tensor
    weight: Tensor
    counted: Tensor


def draw_targets(
    boxes: Boxes,
    classes: NDArray[np.int64],
    *,
    ignored: NDArray[np.bool_],
    valid_HW: NDArray[np.bool_],
    count: int,
) -> Targets:
    """Targets of a window from the boxes (N, 4), in cells as all else.

    `classes` are their class indices (N,) below `count`.

    Centres outside the window are no targets. Where bells meet, the higher one counts, and of size
    and offset those of the higher one.
    """
    height, width = valid_HW.shape
    heat = np.zeros((count, height, width), dtype=np.float32)
    beside = np.zeros((BESIDE, height, width), dtype=np.float32)
    weight = np.zeros((height, width), dtype=np.float32)
    counted = valid_HW.copy()
    for box in boxes[ignored]:
        rows, columns = _covered(box, height, width)
        counted[rows, columns] = False
    for box, index in zip(boxes[~ignored], classes[~ignored], strict=True):
        _draw_object(box, heat[index], beside, weight)
    parts = (torch.from_numpy(part) for part in (heat, beside, weight, counted))
    return Targets(*parts)


def _covered(box: NDArray[np.float64], height: int, width: int) -> tuple[slice, slice]:
    left, top, right, bottom = box
    return (
        slice(max(0, int(np.floor(top))), min(height, int(np.ceil(bottom)))),
        slice(max(0, int(np.floor(left))), min(width, int(np.ceil(right)))),
    )


def _draw_object(
    box: NDArray[np.float64],
    heat_HW: NDArray[np.float32],
    beside_4HW: NDArray[np.float32],
    weight_HW: NDArray[np.float32],
) -> None:
    """Add the bell of one object, and what its cells are to say of it."""
    height, width = heat_HW.shape
    size = np.array([box[2] - box[0], box[3] - box[1]])
    column, row = (box[:2] + box[2:]) / 2
    at = (int(np.floor(row)), int(np.floor(column)))
    if not (0 <= at[0] < height and 0 <= at[1] < width):
        return
    spread = np.maximum(size * SPREAD, LEAST_SPREAD)
    reach = np.ceil(3 * spread).astype(int)
    rows = np.arange(max(0, at[0] - reach[1]), min(height, at[0] + reach[1] + 1))
    columns = np.arange(max(0, at[1] - reach[0]), min(width, at[1] + reach[0] + 1))
    # about the cell of the centre, not the centre: the bell is 1 there whatever the offset
    bell = np.exp(
        -(((rows - at[0]) / spread[1]) ** 2)[:, None] / 2 - ((columns - at[1]) / spread[0]) ** 2 / 2
    ).astype(np.float32)
    place = np.ix_(rows, columns)
    heat_HW[place] = np.maximum(heat_HW[place], bell)
    wins = (bell >= REGRESSED) & (bell > weight_HW[place])
    values = (
        np.log(size[0]),
        np.log(size[1]),
        column - (columns + 0.5),
        row - (rows + 0.5)[:, None],
    )
    for raster, value in zip(beside_4HW, values, strict=True):
        raster[place] = np.where(wins, np.broadcast_to(value, bell.shape), raster[place])
    weight_HW[place] = np.where(wins, bell, weight_HW[place])


def stack_targets(targets: list[Targets]) -> Targets:
    """The targets of a batch, with a first axis for its windows."""
    names = ("heat", "beside", "weight", "counted")
    return Targets(*(torch.stack([getattr(one, name) for one in targets]) for name in names))


def centre_loss(output_NCHW: Tensor, targets: Targets) -> Tensor:
    """The loss of a batch in float32: of the heat map by focal loss, of sizes and offsets absolute.

    Both are sums over the number of centres of the batch, so that empty windows weigh little.
    Source: Zhou et al. 2019, equations 1 to 4.
    """
    output_NCHW = output_NCHW.float()
    logits_NKHW, beside_N4HW = output_NCHW[:, :-BESIDE], output_NCHW[:, -BESIDE:]
    heat_NKHW, counted_NKHW = targets.heat, targets.counted[:, None]
    is_centre = heat_NKHW == 1
    # log p and log (1 - p) from logits: p itself is 0 or 1 for confident pixels
    certain, doubtful = functional.logsigmoid(logits_NKHW), functional.logsigmoid(-logits_NKHW)
    probability = logits_NKHW.sigmoid()
    found = certain * (1 - probability) ** FOCUS
    empty = doubtful * probability**FOCUS * (1 - heat_NKHW) ** FORGIVING
    heat = -(torch.where(is_centre, found, empty) * counted_NKHW).sum()
    missed_by = (beside_N4HW - targets.beside).abs().sum(dim=1) * targets.weight
    objects = (is_centre & counted_NKHW).sum().clamp(min=1)
    pixels = targets.weight.sum().clamp(min=1)
    return heat / objects + SIZE_WEIGHT * missed_by.sum() / pixels


def find_centres(
    output_CHW: NDArray[np.float32],
    *,
    least: float,
    row: int = 0,
    inner: slice | None = None,
) -> Candidates:
    """The peaks of the heat maps with a score of at least `least`, as boxes in cells.

    `output_CHW` holds whole rows of cells from `row` on. A peak is no lower than its eight
    neighbours; of equal neighbours the first in reading order. `inner` are the rows of the array
    that peaks are taken from: with one more row on either side, strips give what the whole gives.
    """
    logits = output_CHW[:-BESIDE]
    threshold = np.log(least) - np.log1p(-least)
    rows = range(logits.shape[1])[inner or slice(None)]
    peaks = _is_peak(logits) & (logits >= threshold)
    indices, found_rows, columns = np.nonzero(peaks[:, rows.start : rows.stop])
    found_rows = found_rows + rows.start
    width, height = np.exp(output_CHW[-4:-2, found_rows, columns].astype(np.float64))
    offsets = output_CHW[-2:, found_rows, columns].astype(np.float64)
    x, y = columns + 0.5 + offsets[0], row + found_rows + 0.5 + offsets[1]
    boxes = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    scores = 1 / (1 + np.exp(-logits[indices, found_rows, columns].astype(np.float64)))
    return Candidates(boxes, scores, indices.astype(np.int64))


def _is_peak(logits_KHW: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether a cell is higher than the neighbours before it and no lower than those after it."""
    padded = np.pad(logits_KHW, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    height, width = logits_KHW.shape[1:]
    peak = np.ones(logits_KHW.shape, dtype=bool)
    for down in (0, 1, 2):
        for right in (0, 1, 2):
            neighbour = padded[:, down : down + height, right : right + width]
            if (down, right) < (1, 1):
                peak &= logits_KHW > neighbour
            elif (down, right) > (1, 1):
                peak &= logits_KHW >= neighbour
    return peak
