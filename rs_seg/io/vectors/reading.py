"""Polygons of a GeoPackage of ours, batch by batch, as they were written or in another CRS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from rs_seg.errors import UserError
from rs_seg.io.notes import MAKE_AGAIN
from rs_seg.io.ogr import pyogrio
from rs_seg.io.vectors.gdal import LAYER
from rs_seg.io.vectors.stream import PolygonBatch

BATCH_ROWS = 8192
"""Polygons that are held at once."""


def count_polygons(path: Path) -> int:
    """Polygons of a GeoPackage, without reading them."""
    return int(pyogrio.read_info(path, layer=LAYER, force_feature_count=True)["features"])


def read_polygons(
    path: Path, fields: Sequence[str], *, crs: str | None = None
) -> Iterator[PolygonBatch]:
    """All polygons in order with these attributes, in the CRS of the file or another (WKT).

    Polygons on pictures without a place stay as they are. Points that are equal stay equal in
    another CRS: polygons that tile an area do so there too.
    """
    with pyogrio.open_arrow(
        path, layer=LAYER, columns=list(fields), batch_size=BATCH_ROWS, use_pyarrow=True
    ) as source:
        meta, reader = source
        move = _mover(meta["crs"], crs)
        geometry = meta["geometry_name"] or "wkb_geometry"
        for batch in reader:
            if batch.num_rows:
                columns = {
                    name: batch.column(name).to_numpy(zero_copy_only=False) for name in fields
                }
                yield PolygonBatch(columns, *_wkb_of(batch.column(geometry), move))


Mover = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _mover(source: str | None, target: str | None) -> Mover | None:
    """What brings points (N, 2) into another CRS; None where they stay."""
    if source is None or target is None:
        return None
    if CRS.from_user_input(source).is_engineering:
        return None  # a plane without a place
    if CRS.from_user_input(source) == CRS.from_user_input(target):
        return None
    transformer = Transformer.from_crs(source, target, always_xy=True)
    return lambda points: np.column_stack(transformer.transform(*points.T))


def _wkb_of(column: pa.Array, move: Mover | None) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Little-endian WKB without gaps, and its offsets."""
    if move is not None:
        moved = shapely.transform(shapely.from_wkb(column.to_numpy(zero_copy_only=False)), move)
        column = pa.array(shapely.to_wkb(moved, byte_order=1), type=pa.large_binary())
    column = column.cast(pa.large_binary())
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]], ends - ends[0]


@dataclass(frozen=True)
class PlacedPolygons:
    """Polygons (shapely, in the CRS of their file) with their attributes `id` and `code`."""

    ids: NDArray[np.int64]
    codes: NDArray[np.int64]
    shapes: NDArray[np.object_]


@dataclass(frozen=True)
class ScoredPolygons:
    """Polygons (shapely, in the CRS of their file) with `code` and mean confidence, 0 to 1."""

    codes: NDArray[np.int64]
    scores: NDArray[np.float64]
    shapes: NDArray[np.object_]


def read_scored_polygons(path: Path, codes: Collection[int]) -> ScoredPolygons:
    """The polygons of a map that have one of these codes; those without confidence have 0.

    Raises:
        UserError: the file is no GeoPackage of ours.
    """
    chosen = f"code IN ({', '.join(map(str, codes))})"
    table = read_table(path, ["code", "prob_mean"], where=chosen)
    confidence = table.column("prob_mean").to_numpy().astype(np.float64)
    return ScoredPolygons(
        table.column("code").to_numpy().astype(np.int64),
        np.nan_to_num(confidence, nan=0.0),
        shapely.from_wkb(table.column(table.num_columns - 1).to_numpy()),
    )


def read_polygons_near(path: Path, bounds: tuple[float, float, float, float]) -> PlacedPolygons:
    """The polygons of a GeoPackage that touch a rectangle.

    `bounds` are least x, least y, greatest x and greatest y in its CRS.

    Raises:
        UserError: the file is no GeoPackage of ours.
    """
    table = read_table(path, ["id", "code"], bbox=bounds)
    shapes = shapely.from_wkb(table.column(table.num_columns - 1).to_numpy())
    ids, codes = (table.column(name).to_numpy().astype(np.int64) for name in ("id", "code"))
    return PlacedPolygons(ids, codes, shapes)


def read_table(
    path: Path,
    columns: list[str],
    *,
    what: str = "polygons",
    stage: str = "vectorize",
    **chosen: Any,
) -> pa.Table:
    """These columns and the geometry, last, of the rows that `chosen` names.

    `what` they are, and the `stage` that makes them, stand in the error.

    Raises:
        UserError: the file is no GeoPackage of ours.
    """
    try:
        _, table = pyogrio.read_arrow(path, layer=LAYER, columns=columns, **chosen)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        # the last of Arrow, where reading fails after opening
        raise UserError(
            f"{what} cannot be read",
            where=path,
            found=" ".join(str(error).split()),
            expected=f"a GeoPackage of {stage}, with a layer {LAYER}",
            remedy=MAKE_AGAIN,
        ) from error
    return table
