"""Polygons as well-known binary (OGC 06-103r4, clause 8), the form that vector files take.

Written from arrays, without an object per polygon.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.rings import Rings, count_points


class WkbBatch(NamedTuple):
    """Polygons of the regions `first .. last` (exclusive).

    Little-endian bytes one after another, and the offsets of the polygons.
    """

    first: int
    last: int
    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]


def encode_polygons(
    rings: Rings, arcs: Arcs, *, clockwise: bool, points_per_batch: int
) -> Iterator[WkbBatch]:
    """Polygons of all regions in order, in batches of about so many points.

    `arcs` are those that the rings were assembled from, along points (P, 2) float64 in map
    coordinates. `clockwise` says that rings assembled against the clock turn with it in these
    coordinates, as where rows grow northward: they are written backwards, so that outlines always
    turn against the clock and holes with it.
    """
    points = np.ascontiguousarray(arcs.points, dtype=np.float64)
    counts = count_points(rings, arcs)
    until = np.concatenate([[0], np.cumsum(counts)])[rings.first]
    first, count = 1, len(rings.first) - 1
    while first < count:
        last = max(
            first + 1,
            int(np.searchsorted(until, until[first] + points_per_batch, side="right")) - 1,
        )
        last = min(last, count)
        sizes = (
            9 + 4 * np.diff(rings.first[first : last + 1]) + 16 * np.diff(until[first : last + 1])
        )
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        data = np.empty(offsets[-1], dtype=np.uint8)
        _write(data, points.view(np.uint8), arcs.offsets, *rings, counts, first, last, clockwise)
        yield WkbBatch(first, last, data, offsets)
        first = last


@compiled
def _write(
    data: NDArray[np.uint8],
    points: NDArray[np.uint8],
    arc_offsets: NDArray[np.int64],
    steps: NDArray[np.int64],
    ring_offsets: NDArray[np.int64],
    ring_first: NDArray[np.int64],
    counts: NDArray[np.int64],
    first: int,
    last: int,
    clockwise: bool,
) -> None:
    place = 0
    for region in range(first, last):
        # Byte order (1: little-endian), type (3: polygon), number of rings.
        data[place] = 1
        _write_number(data, place + 1, 3)
        _write_number(data, place + 5, ring_first[region + 1] - ring_first[region])
        place += 9
        for ring in range(ring_first[region], ring_first[region + 1]):
            _write_number(data, place, counts[ring])
            place += 4
            size = 16 * counts[ring]
            at, move = (place + size - 16, -16) if clockwise else (place, 16)
            for index in range(ring_offsets[ring], ring_offsets[ring + 1]):
                arc, backward = steps[index] // 2, steps[index] % 2
                begin, end = arc_offsets[arc], arc_offsets[arc + 1] - 1
                # Without the last point of the arc: the next arc of the ring begins with it.
                for point in range(end - begin):
                    _copy_point(data, at, points, end - point if backward else begin + point)
                    at += move
            # The first point once more, to close the ring.
            head = place + size - 16 if clockwise else place
            tail = place if clockwise else place + size - 16
            for byte in range(16):
                data[tail + byte] = data[head + byte]
            place += size


@inlined
def _write_number(data: NDArray[np.uint8], place: int, number: int) -> None:
    """An unsigned 32-bit number, its lowest byte first."""
    for byte in range(4):
        data[place + byte] = (number >> (8 * byte)) & 255


@inlined
def _copy_point(data: NDArray[np.uint8], place: int, points: NDArray[np.uint8], point: int) -> None:
    for byte in range(16):
        data[place + byte] = points[point, byte]
