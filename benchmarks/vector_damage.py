"""What Visvalingam changes in a map, against `coverage_simplify` at equal numbers of points.

    python benchmarks/vector_damage.py CLASSES [--side 600]

CLASSES is a class map; its first rows and columns are simplified by both, with one tolerance after
another. Damage is the share of pixels, and of 25 parts of each pixel, whose centre changes class.
The peer's damage at our number of points is interpolated between its tolerances. No polygon is
spared for being small, because the peer spares none.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from vector_maps import NODATA, read_map
from vector_peers import cover_by_shapes, to_shapely

from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.rings import assemble
from rs_seg.algorithms.vectorizing.simplifying.simplification import simplify
from rs_seg.algorithms.vectorizing.wkb import encode_polygons

TOLERANCES = (0.75, 1.0, 1.5, 2.0, 3.0)
"""Pixels; twice the areas of triangles between corners of pixels are whole numbers."""
PARTS = 5
"""Each pixel is looked at in so many times so many parts."""


class Damage(NamedTuple):
    """Points of all polygons; percent of pixels, and of their parts, that changed."""

    points: int
    pixels: float
    parts: float


def change(codes: np.ndarray, polygons: np.ndarray, kinds: np.ndarray, parts: int) -> float:
    """Percent of the parts of pixels (H, W) that polygons give another code."""
    whole = codes.repeat(parts, axis=0).repeat(parts, axis=1)
    shapes = zip(polygons, kinds.tolist(), strict=True)
    scale = Affine.scale(1 / parts)
    burnt = np.full_like(whole, NODATA)
    rasterio.features.rasterize(shapes, out=burnt, transform=scale)
    return float((burnt != whole).mean() * 100)


def damage(codes: np.ndarray, polygons: np.ndarray, kinds: np.ndarray) -> Damage:
    """What polygons, in pixel coordinates, change in a map."""
    points = int(shapely.get_num_coordinates(polygons).sum())
    return Damage(points, *(change(codes, polygons, kinds, parts) for parts in (1, PARTS)))


def simplify_as_peers_do(codes: np.ndarray) -> Callable[[float], Damage]:
    """A function of the tolerance."""
    polygons, kinds = cover_by_shapes(codes)
    return lambda tolerance: damage(
        codes, shapely.coverage_simplify(polygons, tolerance, simplify_boundary=False), kinds
    )


def simplify_by_arcs(codes: np.ndarray) -> Callable[[float], Damage]:
    """A function of the tolerance."""
    traced, regions = trace(iter([Strip(np.where(codes == NODATA, -1, codes).astype(np.int32))]))
    rings = assemble(traced, count=len(regions))
    free = np.zeros(len(traced), dtype=bool)

    def run(tolerance: float) -> Damage:
        arcs = simplify(
            traced,
            method="visvalingam",
            tolerance=tolerance,
            pixel_size=(1, 1),
            fixed=free,
        )
        batches = encode_polygons(rings, arcs, clockwise=True, points_per_batch=2_000_000)
        return damage(codes, to_shapely(list(batches)), regions.values[1:])

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("classes")
    parser.add_argument("--side", type=int, default=600, help="rows and columns looked at")
    arguments = parser.parse_args()
    codes = np.ascontiguousarray(read_map(arguments.classes)[0][: arguments.side, : arguments.side])
    theirs = [simplify_as_peers_do(codes)(tolerance) for tolerance in TOLERANCES]
    curve = sorted(theirs)
    logarithms = np.log([peer.points for peer in curve])
    ours = simplify_by_arcs(codes)
    print("tolerance   points: peer      ours  pixels: peer  ours  parts: peer   ours  ours / peer")
    for tolerance, peer in zip(TOLERANCES, theirs, strict=True):
        own = ours(tolerance)
        pixels, parts = (
            np.interp(np.log(own.points), logarithms, [point[axis] for point in curve])
            for axis in (1, 2)
        )
        print(f"{tolerance:9.2f}  {peer.points:13} {own.points:9}", end="")
        print(
            f"  {peer.pixels:12.3f} {own.pixels:5.3f}  {peer.parts:11.3f} {own.parts:6.3f}", end=""
        )
        print(f"  {own.pixels / pixels:.2f} {own.parts / parts:.2f}")


if __name__ == "__main__":
    main()
