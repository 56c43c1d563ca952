"""The part of vectorize and merge that hands polygons to the writers of files.

Polygons come with their attributes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from rs_seg.algorithms.vectorizing.rings import assemble, count_points
from rs_seg.algorithms.vectorizing.wkb import encode_polygons
from rs_seg.config import VectorizeConfig
from rs_seg.io.vectors import WRITERS, FieldType, PolygonBatch, PolygonStream
from rs_seg.io.vectors.stream import fields_in_pixels
from rs_seg.maps.polygons import VectorMap
from rs_seg.values import ClassNames, InPath
from rs_seg.values.grid import Grid, crs_of, crs_of_files, has_place
from rs_seg.values.legend import Legend

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from rs_seg.algorithms.vectorizing.regions import BandSums

POINTS_PER_BATCH = 500_000
"""Points of the polygons that are handed over at once: 8 MB, of which writers hold a few copies."""
POINTS_AT_ONCE = 1_000_000
"""Points that are brought into the coordinates of the map at once."""
FIELDS: dict[str, FieldType] = {
    "id": "int64",
    "code": "int32",
    "class": "str",
    "area_m2": "float64",
    "perim_m": "float64",
    "prob_mean": "float64",
    "prob_min": "float64",
}

logger = logging.getLogger(__name__)


def write_formats(
    stream: PolygonStream,
    paths: Mapping[str, InPath | None],
    legend: Legend,
    *,
    unfilled: str | None = None,
) -> None:
    """Write the polygons in each format that has a path; styles do not draw the class `unfilled`.

    The one that may refuse them comes first.
    """
    stream = replace(stream, unfilled=unfilled)
    for name in sorted(paths, key=lambda name: name != "shapefile"):
        path = paths[name]
        if path is not None:
            WRITERS[name](stream, path, legend)


def stream_polygons(
    config: VectorizeConfig,
    vector_map: VectorMap,
    names: ClassNames,
    grid: Grid,
    *,
    crs: str | None = None,
    base: int = 0,
) -> PolygonStream:
    """Polygons of all regions of a map, in the order of their first pixels.

    In the CRS of the grid, or in another.

    `id` is the place of the first pixel of the region in the map, row by row, counted from `base`:
    it stays the same when something changes elsewhere. On pictures without a place areas and
    lengths are in pixels, and so are their fields named.
    """
    rings = assemble(vector_map.traced, count=len(vector_map.regions))
    columns = _columns(config, vector_map, names, base)
    fields = fields_of(config, in_pixels=not has_place(grid))
    placed = vector_map.arcs.with_points(
        _to_map(vector_map.arcs.points, grid, crs), vector_map.arcs.offsets
    )

    def batches() -> Iterator[PolygonBatch]:
        clockwise = grid.affine.determinant > 0
        for batch in encode_polygons(
            rings, placed, clockwise=clockwise, points_per_batch=POINTS_PER_BATCH
        ):
            part = slice(batch.first - 1, batch.last - 1)
            values = [own[part] for own in columns.values()]
            yield PolygonBatch(dict(zip(fields, values, strict=True)), batch.data, batch.offsets)

    return PolygonStream(
        crs=crs or crs_of_files(grid),
        rows=len(vector_map.regions),
        rings=len(rings.offsets) - 1,
        points=int(count_points(rings, placed).sum()),
        fields=fields,
        batches=batches,
    )


def fields_of(config: VectorizeConfig, *, in_pixels: bool) -> dict[str, FieldType]:
    """Names and types of the attributes of polygons; what is measured may be so in pixels."""
    fields = fields_in_pixels(FIELDS) if in_pixels else FIELDS
    return {**fields, **{figure.name: "float64" for figure in config.zonal}}


def chain_streams(streams: Sequence[PolygonStream]) -> PolygonStream:
    """All polygons of streams with the same fields and CRS, one after another."""
    first = streams[0]
    assert all((stream.crs, stream.fields) == (first.crs, first.fields) for stream in streams), (
        "streams that fit"
    )
    return PolygonStream(
        crs=first.crs,
        rows=sum(stream.rows for stream in streams),
        rings=_sum(stream.rings for stream in streams),
        points=_sum(stream.points for stream in streams),
        fields=first.fields,
        batches=lambda: chain.from_iterable(stream.batches() for stream in streams),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum where all are known, else None."""
    known = list(counts)
    return None if None in known else sum(count for count in known if count is not None)


def log_areas(vector_map: VectorMap, grid: Grid) -> None:
    """State the evidence for a map without gaps and overlaps: areas that must be the same."""
    logger.info(
        "vectorize: %d polygons, %.1f %s; the outline of the map holds %.1f, %d pixels",
        len(vector_map.regions),
        vector_map.areas[1:].sum(),
        "m2 on the ground" if has_place(grid) else "square pixels",
        -vector_map.areas[0],
        vector_map.regions.pixels[1:].sum(),
    )


def _columns(
    config: VectorizeConfig, vector_map: VectorMap, names: ClassNames, base: int
) -> dict[str, NDArray[Any]]:
    """Values of each attribute, for regions 1, 2, ..."""
    confidence, *zonal = vector_map.regions.bands
    kinds = vector_map.kinds[1:]
    columns: dict[str, NDArray[Any]] = {
        "id": vector_map.regions.first[1:] + base,
        "code": np.array(names.codes, dtype=np.int32)[kinds],
        "class": np.array(names.names, dtype=object)[kinds],
        "area_m2": vector_map.areas[1:],
        "perim_m": vector_map.perimeters[1:],
        "prob_mean": confidence.means[1:],
        "prob_min": _figure(confidence, "minimum"),
    }
    for figure, band in zip(config.zonal, zonal, strict=False):  # probabilities may follow
        columns[figure.name] = _figure(band, figure.statistic)
    return columns


def _figure(band: BandSums, statistic: str) -> NDArray[np.float64]:
    """A figure of a band for regions 1, 2, ...; NaN where a region has no pixel with data."""
    if statistic == "mean":
        return band.means[1:]
    values = band.minima if statistic == "minimum" else band.maxima
    return np.where(band.counts > 0, values, np.nan)[1:].astype(np.float64)


def _to_map(points: NDArray[Any], grid: Grid, crs: str | None) -> NDArray[np.float64]:
    """Points (P, 2) in map coordinates; equal points stay equal."""
    transformer = None
    if crs is not None and crs != crs_of(grid).to_wkt():
        transformer = pyproj.Transformer.from_crs(crs_of(grid).proj, crs, always_xy=True)
    a, b, c, d, e, f = tuple(grid.affine)[:6]
    placed = np.empty((len(points), 2))
    for start in range(0, len(points), POINTS_AT_ONCE):
        part = slice(start, start + POINTS_AT_ONCE)
        x, y = points[part, 0].astype(np.float64), points[part, 1].astype(np.float64)
        x, y = a * x + b * y + c, d * x + e * y + f
        placed[part, 0], placed[part, 1] = (
            (x, y) if transformer is None else transformer.transform(x, y)
        )
    return placed
