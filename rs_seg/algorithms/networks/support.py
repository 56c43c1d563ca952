"""Which input pixels an output pixel can depend on at all.

Found from the network's own forward pass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from rs_seg.algorithms.networks.paths import WHOLE_TILE, Paths
from rs_seg.algorithms.networks.table import STRIDE

LENGTHS = (512, 1024, 2048, 4096)
"""Lengths of the strips that are tried, shortest first; a support that reaches the ends of all of
them is unbounded."""
NARROW = 128
"""Width of strips that every network takes: PAN halves its layer of stride 16 three times."""
WIDTHS = (32, NARROW)
"""Widths that are tried, cheapest first: what lies along the strip does not depend on how wide it
is."""


@dataclass(frozen=True)
class Support:
    """The input that a network's output depends on, in pixels.

    `radius` is the largest Chebyshev distance between an output pixel and an input pixel that it
    depends on. `reach` is how far beyond an aligned block of `stride` x `stride` output pixels the
    input lies that the block depends on: the margin that aligned tiles need. Both are None where no
    bound was found. `causes` name the operations that may tie the output to the whole tile. `width`
    is that of the narrowest strip that was taken.
    """

    stride: int
    radius: int | None
    reach: int | None
    causes: tuple[str, ...]
    width: int = NARROW


def find_support(layers: nn.Module, band_count: int, *, longest: int = LENGTHS[-1]) -> Support:
    """The support of layers (N, bands, H, W) -> (N, K, H, W), whatever their parameters are.

    A support that reaches the ends of a strip of `longest` pixels is taken for unbounded.

    The forward pass runs without cancellation: every convolution averages, every nonlinearity lets
    its gradient through, so that the gradient of an output is positive exactly where a path leads
    to the input. Strips that are long along one axis suffice, as layers are products of the two
    axes; both axes are looked at. Channels are not told apart: the support may be too large for
    networks whose groups of channels never mix, never too small.
    """
    twin = copy.deepcopy(layers).cpu().double().eval()
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.fill_(1.0)
    lengths = [length for length in LENGTHS if length <= longest]
    along_rows = _find_along_rows(twin, band_count, lengths, transposed=False)
    if along_rows.radius is None or along_rows.reach is None:
        return along_rows
    along_columns = _find_along_rows(twin, band_count, lengths, transposed=True)
    if along_columns.radius is None or along_columns.reach is None:
        return along_columns
    return Support(
        stride=max(along_rows.stride, along_columns.stride),
        radius=max(along_rows.radius, along_columns.radius),
        reach=max(along_rows.reach, along_columns.reach),
        causes=tuple(dict.fromkeys((*along_rows.causes, *along_columns.causes))),
        width=max(along_rows.width, along_columns.width),
    )


def _find_along_rows(
    twin: nn.Module, band_count: int, lengths: Sequence[int], *, transposed: bool
) -> Support:
    for length in lengths:
        strip_NBHW, out_NKHW, paths = _run_strip(twin, band_count, length, transposed=transposed)
        if out_NKHW is None:
            return Support(STRIDE, None, None, tuple(paths.causes))
        # layers with valid convolutions change sizes by other than their stride, and therefore say
        # what it is
        stride, causes = getattr(twin, "total_stride", paths.stride), tuple(paths.causes)
        start = length // 2 // stride * stride
        first, last = _rows_behind(out_NKHW, strip_NBHW, start, start + stride)
        if first > 0 and last < length - 1:
            reach = max(start - first, last - (start + stride - 1), 0)
            rows_behind = cache(
                lambda row, out=out_NKHW, strip=strip_NBHW: _rows_behind(out, strip, row, row + 1)
            )
            ends = _ends_between(rows_behind, start, start + stride - 1)
            radius = max(max(row - first, last - row) for row, (first, last) in ends.items())
            return Support(stride, radius, reach, causes, width=strip_NBHW.shape[-1])
        if first == 0 and last == length - 1 and WHOLE_TILE & set(causes):
            break
    return Support(stride, None, None, causes)


def _run_strip(
    twin: nn.Module, band_count: int, length: int, *, transposed: bool
) -> tuple[Tensor, Tensor | None, Paths]:
    """A strip, what the layers make of it, and the paths that were met.

    None in place of the result where the layers refuse the strip.
    """
    for width in WIDTHS:
        strip_NBHW = torch.ones(
            1, band_count, length, width, dtype=torch.float64, requires_grad=True
        )
        try:
            with Paths(length) as paths:
                return strip_NBHW, twin(strip_NBHW.mT).mT if transposed else twin(strip_NBHW), paths
        # Networks of one size refuse others with one of these.
        except (AssertionError, RuntimeError, ValueError) as error:
            told = " ".join(str(error).split())[:100]
            refusal = f"it does not take tiles of {length} x {width} pixels ({told})"
            paths.causes = {refusal: None}
    return strip_NBHW, None, paths


def _ends_between(
    rows_behind: Callable[[int], tuple[int, int]], start: int, last: int
) -> dict[int, tuple[int, int]]:
    """First and last row behind each of the rows `start` to `last`.

    Further down, neither end lies further up: where the ends of two rows agree, so do those of all
    rows between them.
    """
    ends = {start: rows_behind(start), last: rows_behind(last)}
    if ends[start] == ends[last]:
        return dict.fromkeys(range(start, last + 1), ends[start])
    if last - start > 1:
        middle = (start + last) // 2
        ends |= _ends_between(rows_behind, start, middle) | _ends_between(rows_behind, middle, last)
    return ends


def _rows_behind(out_NKHW: Tensor, strip_NBHW: Tensor, start: int, end: int) -> tuple[int, int]:
    """First and last row of the input that the rows `start` to `end` of the output depend on."""
    (gradient,) = torch.autograd.grad(
        out_NKHW[:, :, start:end].sum(), strip_NBHW, retain_graph=True
    )
    rows = (gradient != 0).any(dim=3).any(dim=1)[0].nonzero()
    return int(rows.min()), int(rows.max())
