"""Peers of the vectoriser, and its pieces in memory, timed by `benchmarks/vectorize.py`.

    python benchmarks/vector_peers.py TASK ARGUMENTS      prints JSON

The peers are what one would write with today's tools, as fast as we could make them: outlines by
`rasterio.features.shapes`, or by `shapely.polygonize` of border lines; both give coverages without
a flaw.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import rasterio.features
import shapely
import shapely.geometry
from affine import Affine
from vector_maps import NODATA, read_map

from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.rings import assemble
from rs_seg.algorithms.vectorizing.wkb import WkbBatch, encode_polygons
from rs_seg.maps.sources import strip_windows
from rs_seg.values.grid import Grid


def outline_by_shapes(codes: np.ndarray, transform: Affine) -> tuple[list[dict], np.ndarray]:
    """Outlines as GDAL finds them, as rasterio's dictionaries, and the code of each."""
    found = list(
        rasterio.features.shapes(codes, mask=codes != NODATA, connectivity=4, transform=transform)
    )
    return [outline for outline, _ in found], np.array([code for _, code in found], dtype=np.uint8)


def to_arrays(outlines: list[dict]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (P, 2), starts of rings, and the first ring of each polygon, as shapely takes them."""
    polygons = [outline["coordinates"] for outline in outlines]
    rings = list(chain.from_iterable(polygons))
    points = np.array(list(chain.from_iterable(rings)))
    return points, starts_of(map(len, rings)), starts_of(map(len, polygons))


def starts_of(lengths: Iterable[int]) -> np.ndarray:
    """Where parts of these lengths start, and where the last ends."""
    return np.cumsum([0, *lengths], dtype=np.int64)


def insert_nodes(
    points: np.ndarray, rings: np.ndarray, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rings with a point wherever three borders meet, so that neighbours share all points.

    Rings are walked pixel by pixel; points stay that they had, and corners where three or four
    borders meet.
    """
    padded = np.pad(codes, 1, constant_values=NODATA)
    across, along = padded[:, :-1] != padded[:, 1:], padded[:-1] != padded[1:]
    nodes = across[:-1].view(np.uint8) + across[1:] + along[:, :-1] + along[:, 1:] > 2
    corners = points.astype(np.int32)
    moves = np.zeros_like(corners)
    moves[:-1] = np.diff(corners, axis=0)
    moves[rings[1:] - 1] = 0
    counts = np.maximum(np.abs(moves).sum(axis=1), 1)
    origins = np.repeat(np.arange(len(corners), dtype=np.int32), counts)
    steps = np.arange(len(origins)) - np.repeat(np.cumsum(counts) - counts, counts)
    walked = corners[origins] + np.sign(moves)[origins] * steps[:, None].astype(np.int32)
    kept = (steps == 0) | nodes[walked[:, 1], walked[:, 0]]
    until = np.concatenate([[0], np.cumsum(kept)])
    return walked[kept].astype(float), until[np.concatenate([[0], np.cumsum(counts)])[rings]]


def cover_by_shapes(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A valid coverage in pixel coordinates from GDAL's outlines, and the codes."""
    outlines, kinds = outline_by_shapes(codes, Affine.identity())
    points, rings, polygons = to_arrays(outlines)
    points, rings = insert_nodes(points, rings, codes)
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, (rings, polygons)), kinds


def cover_by_lines(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A valid coverage in pixel coordinates, from lines cut where borders turn or meet."""
    padded = np.pad(codes, 1, constant_values=NODATA)
    horizontal, vertical = (
        padded[:-1, 1:-1] != padded[1:, 1:-1],
        padded[1:-1, :-1] != padded[1:-1, 1:],
    )
    left, right = np.pad(horizontal, ((0, 0), (1, 0))), np.pad(horizontal, ((0, 0), (0, 1)))
    above, below = np.pad(vertical, ((1, 0), (0, 0))), np.pad(vertical, ((0, 1), (0, 0)))
    passed = (left & right & ~above & ~below) | (above & below & ~left & ~right)
    rows = np.stack([np.argwhere(right & ~passed), np.argwhere(left & ~passed)], axis=1)[:, :, ::-1]
    columns = np.stack([np.argwhere((below & ~passed).T), np.argwhere((above & ~passed).T)], axis=1)
    lines = shapely.linestrings(np.concatenate([rows, columns]).astype(float))
    polygons = shapely.get_parts(shapely.polygonize(lines))
    inside = shapely.point_on_surface(polygons)
    kinds = codes[
        np.floor(shapely.get_y(inside)).astype(int), np.floor(shapely.get_x(inside)).astype(int)
    ]
    return polygons[kinds != NODATA], kinds[kinds != NODATA]


def vectorize_as_peers_do(method: str, path: str, target: str, tolerance: str) -> None:
    """File to file: outlines, nodes, `shapely.coverage_simplify`, GeoPackage.

    The tolerance is in units of the map.
    """
    import geopandas

    codes, grid = read_map(path)
    polygons, kinds = {"shapes": cover_by_shapes, "lines": cover_by_lines}[method](codes)
    a, b, c, d, e, f = tuple(grid.affine)[:6]
    polygons = shapely.transform(polygons, lambda xy: xy @ np.array([[a, d], [b, e]]) + (c, f))
    polygons = shapely.coverage_simplify(polygons, float(tolerance), simplify_boundary=False)
    frame = geopandas.GeoDataFrame(
        {"code": kinds, "area_m2": shapely.area(polygons)}, geometry=polygons, crs=grid.crs.to_wkt()
    )
    Path(target).unlink(missing_ok=True)
    frame.to_file(target, layer="polygons", driver="GPKG", engine="pyogrio", use_arrow=True)


def outline_by_arcs(codes: np.ndarray, grid: Grid, workers: int) -> list[WkbBatch]:
    """Our outlines of the regions, in memory."""
    parts = (codes[window.slices] for window in strip_windows(grid))
    strips = (Strip(np.where(part == NODATA, -1, part).astype(np.int32)) for part in parts)
    traced, regions = trace(strips, workers=workers)
    rings = assemble(traced, count=len(regions))
    x, y = grid.affine * tuple(traced.points.T.astype(float))
    placed = traced.with_points(np.stack([x, y], axis=1), traced.offsets)
    return list(encode_polygons(rings, placed, clockwise=True, points_per_batch=2_000_000))


def to_shapely(batches: list[WkbBatch]) -> np.ndarray:
    """Polygons of well-known binary."""
    texts: list[bytes] = []
    for batch in batches:
        data = batch.data.tobytes()
        texts += [data[start:stop] for start, stop in pairwise(batch.offsets.tolist())]
    return shapely.from_wkb(np.array(texts, dtype=object))


def time_outlines(path: str, repetitions: str) -> dict[str, list[float]]:
    """Seconds from codes in memory to polygons in memory, ours and the peer's in turn."""
    codes, grid = read_map(path)
    part = Grid((min(64, grid.height), grid.width), grid.affine, grid.crs)
    to_shapely(outline_by_arcs(codes[:64], part, 1))  # kernels are compiled or loaded
    seconds: dict[str, list[float]] = {}
    count = 0
    for _ in range(int(repetitions)):
        for workers in (1, 2):
            with timed(seconds, f"ours, {workers} workers, to bytes"):
                batches = outline_by_arcs(codes, grid, workers)
            with timed(seconds, f"ours, {workers} workers, bytes to shapely"):
                polygons = to_shapely(batches)
            count = len(polygons)
            del batches, polygons
            if workers == 2:
                continue
            with timed(seconds, "peer, shapes"):
                outlines, _ = outline_by_shapes(codes, grid.affine)
            assert len(outlines) == count, "both find the same regions"
            with timed(seconds, "peer, shape() of each"):
                shapes = [shapely.geometry.shape(outline) for outline in outlines]
            del shapes
            with timed(seconds, "peer, from_ragged_array"):
                points, rings, polygons = to_arrays(outlines)
                shapes = shapely.from_ragged_array(
                    shapely.GeometryType.POLYGON, points, (rings, polygons)
                )
            del shapes, outlines, points
    return {**seconds, "polygons": [count]}


@contextmanager
def timed(seconds: dict[str, list[float]], name: str) -> Iterator[None]:
    """Append the seconds of a `with` block to those of a name."""
    gc.collect()
    start = time.perf_counter()
    yield
    seconds.setdefault(name, []).append(time.perf_counter() - start)


TASKS = {"peer": vectorize_as_peers_do, "raw": time_outlines}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
