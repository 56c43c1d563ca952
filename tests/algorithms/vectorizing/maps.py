"""Small maps for tests of vectorising, and their polygons."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.regions import Regions
from rs_seg.algorithms.vectorizing.rings import assemble
from rs_seg.algorithms.vectorizing.wkb import encode_polygons

PINCHED = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
NESTED = np.pad(np.pad(np.pad([[2]], 1), 1, constant_values=1), 1, constant_values=-1)


def any_map(
    *, max_side: int = 9, class_count: int = 3, min_side: int = 1
) -> st.SearchStrategy[np.ndarray]:
    """Maps of up to `class_count` classes, some with places without one."""
    shapes = array_shapes(min_dims=2, max_dims=2, min_side=min_side, max_side=max_side)
    dense = arrays(np.int32, shapes, elements=st.integers(0, 1))
    return dense | arrays(np.int32, shapes, elements=st.integers(-1, class_count - 1))


def trace_map(
    values: np.ndarray, *, strip: int | None = None, workers: int = 1
) -> tuple[Arcs, Regions]:
    """The borders and regions of a map that is given whole."""
    values = values.astype(np.int32)
    height = strip or len(values)
    strips = (Strip(values[row : row + height]) for row in range(0, len(values), height))
    return trace(strips, workers=workers)


def polygons_of(traced: Arcs, arcs: Arcs | None = None, *, count: int) -> np.ndarray:
    """Shapely polygons of the regions, along the points of `arcs`, y upward."""
    arcs = traced if arcs is None else arcs
    flipped = arcs.with_points(arcs.points * np.array([1.0, -1.0]), arcs.offsets)
    batches = encode_polygons(
        assemble(traced, count=count), flipped, clockwise=False, points_per_batch=100
    )
    wkb = [
        batch.data[start:end].tobytes()
        for batch in batches
        for start, end in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)
    ]
    return shapely.from_wkb(np.array(wkb, dtype=object))
