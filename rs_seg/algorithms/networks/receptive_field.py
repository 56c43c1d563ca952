"""How far a network sees, in theory and in fact.

And whether tiles can give exactly what one pass gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.support import Support, find_support
from rs_seg.algorithms.networks.table import STRIDE

POSITIONS = 4
"""Output pixels that are looked at in each tile; they lie at different phases of the stride."""
OVERLAP_RADIUS = "radius_90"
"""The measured radius that overlaps are suggested from."""
TOLERANCE = 1e-4
"""Difference of logits, as a share of their range, below which they are equal: float32 sums in
another order."""


@dataclass(frozen=True)
class ReceptiveField:
    """How far a network sees, in pixels of its input.

    `support` is the largest Chebyshev distance at which an input pixel can change an output pixel;
    `reach` the margin that tiles aligned to `stride` need for the result of one pass, which is
    smaller by less than a stride; both are None where every tile's edge is reached. The radii hold
    90 to 99.9 % of the absolute gradient. `reason` says why tiles are not `exact`, and is empty
    where they are.
    """

    stride: int
    support: int | None
    reach: int | None
    radius_90: int
    radius_95: int
    radius_99: int
    radius_999: int
    exact: bool
    reason: str


def measure_receptive_field(
    network: NormalisedNetwork,
    *,
    tile: int,
    seed: int,
    pixels_NBHW: NDArray[np.float32] | None = None,
) -> ReceptiveField:
    """The receptive field of a network in evaluation mode, the same for the same seed.

    Radii come from the gradient of logits of pixels near the middle of the tiles (Luo et al. 2016):
    raw pixels that are NaN where invalid, or one random tile of `tile` pixels. Radii beyond half a
    tile cannot be seen.
    """
    support = find_support(network.layers, network.mean.shape[1])
    network.to(memory_format=torch.channels_last)  # faster on a processor, and as torch predicts
    exact, reason = allows_exact_tiling(network, support)
    # what looks at single pixels has all of its gradient there
    shares = (
        np.ones(1)
        if support.radius == 0
        else _gradient_shares(network, support.stride, tile, seed, pixels_NBHW)
    )
    cumulated = np.cumsum(shares)
    radii = [
        int(np.searchsorted(cumulated, share * cumulated[-1]))
        for share in (0.90, 0.95, 0.99, 0.999)
    ]
    at_90, at_95, at_99, at_999 = radii
    return ReceptiveField(
        support.stride, support.radius, support.reach, at_90, at_95, at_99, at_999, exact, reason
    )


def allows_exact_tiling(network: NormalisedNetwork, support: Support) -> tuple[bool, str]:
    """Whether aligned tiles, cut by the support's reach, give the logits of one pass; why not.

    Aligned: to the stride.

    Tried on random pixels as well: a bounded support is not enough, as layers may place their
    samples by the size of the tile.
    """
    causes = " and ".join(support.causes)
    if support.reach is None:
        return False, causes or "the output depends on pixels at any distance"
    with torch.inference_mode():
        differs = [
            _differs(network, support, transposed=transposed) for transposed in (False, True)
        ]
    if any(differs):
        return False, causes or "the output depends on where the tile lies"
    return True, ""


def exact_margin(field: ReceptiveField) -> int:
    """Pixels to cut from a side of a tile that another tile follows, to equal one pass.

    A multiple of the stride. Tiles must start at multiples of it.
    """
    assert field.exact
    assert field.reach is not None
    return _round_up(field.reach, field.stride)


def suggest_overlap(field: ReceptiveField, tile: int) -> int:
    """Pixels that neighbours should share: twice the measured radius, in whole strides.

    A quarter of a tile at most.

    One stride at least where that is no more than half a tile.
    """
    stride = field.stride
    if 2 * stride > tile:
        return 0
    return min(
        _round_up(2 * getattr(field, OVERLAP_RADIUS), stride),
        max(stride, tile // 4 // stride * stride),
    )


def _differs(network: NormalisedNetwork, support: Support, *, transposed: bool) -> bool:
    """Whether a strip gives other logits when its first rows are cut off.

    Those rows are much brighter than the others.
    """
    assert support.reach is not None
    block = max(support.stride, STRIDE)
    lead, margin = 4 * block, _round_up(support.reach, block)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(
        1, network.mean.shape[1], lead + margin + 4 * block, support.width, generator=generator
    )
    noise[:, :, :lead] = 3 * noise[:, :, :lead] + 3
    pixels_NBHW = network.draw_raw(noise)
    whole, part = (
        _logits(network, pixels, transposed) for pixels in (pixels_NBHW, pixels_NBHW[:, :, lead:])
    )
    difference = (whole[:, :, lead + margin :] - part[:, :, margin:]).abs().max()
    return bool(difference > TOLERANCE * (part.max() - part.min()))


def _logits(network: NormalisedNetwork, pixels_NBHW: Tensor, transposed: bool) -> Tensor:
    pixels = pixels_NBHW.mT.contiguous() if transposed else pixels_NBHW.contiguous()
    logits: Tensor = network(pixels, torch.ones_like(pixels[:, 0], dtype=torch.bool))
    return logits.mT if transposed else logits


def _gradient_shares(
    network: NormalisedNetwork,
    stride: int,
    tile: int,
    seed: int,
    pixels_NBHW: NDArray[np.float32] | None,
) -> NDArray[np.float64]:
    """Sums of absolute gradients at each Chebyshev distance.

    Each position in each tile counts alike.

    Gradients are those of a class's logit less the mean of all, as softmax sees it, by the
    normalised pixels.
    """
    generator = torch.Generator().manual_seed(seed)
    if pixels_NBHW is None:
        noise = torch.randn(1, network.mean.shape[1], tile, tile, generator=generator)
        raw = network.draw_raw(noise)
    else:
        raw = torch.from_numpy(pixels_NBHW).to(network.mean.device)
    inputs = network.normalise(raw, ~torch.isnan(raw).any(dim=1)).requires_grad_()
    logits = network.layers(inputs).float()
    contrasts = logits - logits.mean(dim=1, keepdim=True) if logits.shape[1] > 1 else logits
    shares = torch.zeros(max(inputs.shape[-2:]), dtype=torch.float64)
    for _ in range(POSITIONS):
        shares += _shares_at(contrasts, inputs, stride, generator)
    return shares.numpy()


def _shares_at(
    contrasts: Tensor, inputs: Tensor, stride: int, generator: torch.Generator
) -> Tensor:
    """The shares of one position, the same in all tiles, each with a class of its own."""
    count, class_count, height, width = contrasts.shape
    row, column = (
        size // 2 + int(torch.randint(stride, (1,), generator=generator)) - stride // 2
        for size in (height, width)
    )
    indices = torch.randint(class_count, (count,), generator=generator)
    total = contrasts[torch.arange(count), indices, row, column].sum()
    # One sum over all tiles: logits of a tile do not depend on other tiles, so each has its own
    # gradient. The graph is kept for the positions that follow.
    (gradient,) = torch.autograd.grad(total, inputs, retain_graph=True)
    weights = gradient.abs().sum(dim=1).double().cpu()
    weights /= weights.sum(dim=(1, 2), keepdim=True).clamp(min=torch.finfo(torch.float64).tiny)
    rows, columns = (torch.arange(height) - row).abs(), (torch.arange(width) - column).abs()
    distances = torch.maximum(rows[:, None], columns)
    return torch.bincount(
        distances.flatten(), weights.sum(dim=0).flatten(), minlength=max(height, width)
    )


def _round_up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple
