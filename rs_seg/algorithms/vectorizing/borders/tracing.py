"""Borders of a whole map, traced strip by strip.

They are the same for every height of strips and any number of workers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.vectorizing.arcs import OUTSIDE, Arcs, corner_keys
from rs_seg.algorithms.vectorizing.borders.joining import FREE, join
from rs_seg.algorithms.vectorizing.borders.strips import (
    BOTTOM,
    RING,
    TOP,
    label_rows,
    trace_strip,
    unite,
)
from rs_seg.algorithms.vectorizing.regions import BandSums, Regions, sum_strip

Made = TypeVar("Made")


class Strip(NamedTuple):
    """Rows of a map: `values` and `bands`, each (H, W).

    `values` are negative and `bands` NaN where there is none.
    """

    values: NDArray[np.int32]
    bands: tuple[NDArray[np.float32], ...] = ()


class _TracedStrip(NamedTuple):
    """A strip after tracing; its labels count from 1 in every strip."""

    points: NDArray[np.int32]
    offsets: NDArray[np.int64]
    ends: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    sides: NDArray[np.int32]
    regions: Regions
    above: NDArray[np.int32]
    last: NDArray[np.int32]


def trace(
    strips: Iterable[Strip], *, workers: int = 1, advance: Callable[[float], None] | None = None
) -> tuple[Arcs, Regions]:
    """Borders between the regions of a map, and the regions, of its strips from top to bottom.

    Regions are pixels of equal value that are connected by their sides (4-connectivity), numbered
    from 1 in the order of their first pixels, row by row; pixels that touch at a corner only are
    apart. Borders run along the sides of pixels (crack edges). Arcs are canonical (see
    `joining.join`). Nothing depends on how the map is cut into strips. Memory holds a few strips,
    the points of the borders and the table of regions. `advance` is told pixels done.
    """
    union = _Union()
    traced: list[_TracedStrip] = []
    for strip in _in_order(_trace_one, _with_rows_above(strips), workers=workers):
        union.add(strip.above, strip.last, len(strip.regions))
        traced.append(strip._replace(above=strip.above[:0], last=strip.last[:0]))
        if advance is not None:
            advance(float(strip.regions.pixels.sum()))
    numbers, count = union.numbers()
    regions = _gather([strip.regions for strip in traced], union.starts, numbers, count)
    return _join(traced, union.starts, numbers), regions


def _with_rows_above(strips: Iterable[Strip]) -> Iterator[tuple[Strip, NDArray[np.int32], int]]:
    """Each strip with the row above it and its first row; last an empty one that closes the map."""
    row, before = 0, None
    for strip in strips:
        above = (
            np.full((1, strip.values.shape[1]), -1, np.int32)
            if before is None
            else before.values[-1:]
        )
        yield strip, above, row
        row += len(strip.values)
        before = strip
    assert before is not None, "a map has a row"
    yield (
        Strip(before.values[:0], tuple(band[:0] for band in before.bands)),
        before.values[-1:],
        row,
    )


def _trace_one(strip: Strip, above: NDArray[np.int32], row: int) -> _TracedStrip:
    values, bands = strip
    closing = len(values) == 0
    below = np.full_like(above, -1) if closing else values
    labels, count = label_rows(np.concatenate([above, below]))
    pieces = trace_strip(labels, row)
    inner = labels[:, 1:-1]
    regions = sum_strip(inner[1:][: len(values)], values, count, row * values.shape[1], bands)
    return _TracedStrip(*pieces, regions, inner[0].copy(), inner[-1].copy())


def _in_order(
    function: Callable[..., Made], items: Iterable[tuple[Any, ...]], *, workers: int
) -> Iterator[Made]:
    """Results in the order of the items, a few at work at once."""
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(pool.submit(function, *item))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Union:
    """Labels of all strips as one sequence, united where strips share a row."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self._total = 1
        self._pairs: list[NDArray[np.int64]] = []
        self._last: NDArray[np.int64] | None = None

    def add(self, above: NDArray[np.int32], last: NDArray[np.int32], count: int) -> None:
        """Add a strip with labels 1..count in its row above and its last row."""
        start = self._total - 1
        self.starts.append(start)
        if self._last is not None:
            pairs = np.stack([self._last, above + start], axis=1)[above > 0]
            self._pairs.append(np.unique(pairs, axis=0))
        self._last = np.where(last > 0, last + start, 0).astype(np.int64)
        self._total += count

    def numbers(self) -> tuple[NDArray[np.int32], int]:
        """Number of the region of each label, 0 for the outside, and how many numbers there are.

        The count includes 0.
        """
        assert self._total < np.iinfo(np.int32).max, "labels are 32-bit numbers"
        parents = np.arange(self._total, dtype=np.int32)
        for pairs in self._pairs:
            _unite_all(parents, pairs)
        return _number_roots(parents)


@compiled
def _unite_all(parents: NDArray[np.int32], pairs: NDArray[np.int64]) -> None:
    for index in range(len(pairs)):
        unite(parents, pairs[index, 0], pairs[index, 1])


@compiled
def _number_roots(parents: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Number of each label's set, and how many there are; sets are counted in order of their roots.

    Roots are the smallest of their sets, so this order is that of the first pixels of regions.
    """
    numbers = np.zeros(len(parents), dtype=np.int32)
    count = 1
    for label in range(1, len(parents)):
        if parents[label] == label:
            numbers[label] = count
            count += 1
        else:
            numbers[label] = numbers[parents[label]]
    return numbers, count


def _gather(
    parts: list[Regions], starts: list[int], numbers: NDArray[np.int32], count: int
) -> Regions:
    """The regions of the whole map from those of its strips."""
    groups = _stack(
        [_numbers_of(numbers, start, len(part)) for part, start in zip(parts, starts, strict=True)]
    )
    names = [field.name for field in fields(BandSums)]
    bands = tuple(
        BandSums(*(_stack([getattr(part.bands[band], name) for part in parts]) for name in names))
        for band in range(len(parts[0].bands))
    )
    values, first, pixels = (
        _stack([getattr(part, name) for part in parts]) for name in ("values", "first", "pixels")
    )
    return Regions(values, first, pixels, bands).gather(groups, count)


def _numbers_of(numbers: NDArray[np.int32], start: int, count: int) -> NDArray[np.int32]:
    """Numbers of the labels 0..count of a strip."""
    region_numbers = numbers[start : start + count + 1].copy()
    region_numbers[0] = OUTSIDE
    return region_numbers


def _join(traced: list[_TracedStrip], starts: list[int], numbers: NDArray[np.int32]) -> Arcs:
    """Arcs of the whole map from the pieces of its strips."""
    sides = _stack(
        [
            _numbers_of(numbers, start, len(strip.regions))[strip.sides]
            for strip, start in zip(traced, starts, strict=True)
        ]
    )
    ends, kinds = (
        _stack([strip.ends for strip in traced]),
        _stack([strip.kinds for strip in traced]),
    )
    counts = _stack([np.diff(strip.offsets) for strip in traced])
    points = _stack([strip.points for strip in traced])
    traced.clear()
    return join(points, np.concatenate([[0], np.cumsum(counts)]), ends, sides, _link(ends, kinds))


def _link(ends: NDArray[np.int32], kinds: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Links between open ends at the same corner, and between both ends of a ring."""
    keys, kinds = corner_keys(ends.reshape(-1, 2)), kinds.reshape(-1)
    links = np.full(len(kinds), FREE, dtype=np.int64)
    rings = np.flatnonzero(kinds == RING)
    links[rings] = rings ^ 1
    above, below = np.flatnonzero(kinds == BOTTOM), np.flatnonzero(kinds == TOP)
    order = np.argsort(keys[above])
    partners = (
        above[order[np.searchsorted(keys[above][order], keys[below])]] if below.size else below
    )
    assert (keys[partners] == keys[below]).all(), "what comes from above goes on below"
    links[below], links[partners] = partners, below
    return links


def _stack(parts: list[NDArray[Any]]) -> NDArray[Any]:
    stacked: NDArray[Any] = np.concatenate(parts)
    return stacked
