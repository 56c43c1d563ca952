"""The part of change that makes polygons of changed ground."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.config import VectorizeConfig
from rs_seg.io.raster import RasterReader
from rs_seg.io.vectors import FieldType, PolygonBatch, PolygonStream
from rs_seg.io.vectors.geopackage import write_geopackage
from rs_seg.maps.polygon_streams import stream_polygons
from rs_seg.maps.polygons import vectorize_map
from rs_seg.maps.sources import Sources
from rs_seg.values import Legend, Window
from rs_seg.values.transition_legend import list_transitions, unchanged_codes

FIELDS: dict[str, FieldType] = {
    "id": "int64",
    "code": "int32",
    "class": "str",
    "from_class": "str",
    "to_class": "str",
    "area_m2": "float64",
}


def write_changes(
    transitions: Path, polygons: Path, legend: Legend, *, minimum_area: float
) -> None:
    """The changed areas of a raster of transitions, as GeoPackage that opens styled."""
    every = list_transitions(legend)
    stayed = set(unchanged_codes(len(legend)))
    moves = [own for own in every if own.code not in stayed]
    config = VectorizeConfig(minimum_area={own.name: minimum_area for own in moves})
    with RasterReader(transitions) as raster:
        sources = Sources(transitions, raster, _Sure(raster))
        traced = vectorize_map(config, sources, every.class_names)
        stream = stream_polygons(config, traced, every.class_names, raster.grid)
    changed = ~np.isin(np.array(every.class_names.codes)[traced.kinds[1:]], list(stayed))
    present = set(np.unique(traced.kinds[1:][changed]).tolist())
    shown = tuple(own for own in moves if own.code in present)
    write_geopackage(
        _only_changed(stream, changed, legend), polygons, Legend.model_construct(shown)
    )


class _Sure:
    """A raster of full confidence on the grid of another one, as transitions have none."""

    def __init__(self, raster: RasterReader) -> None:
        self.path, self.grid = raster.path, raster.grid
        self.bands: tuple[str, ...] = ("confidence",)

    def read(self, window: Window) -> NDArray[Any]:
        """Pixels (1, H, W)."""
        return self.read_codes(window)[None]

    def read_codes(self, window: Window) -> NDArray[Any]:
        """Pixels (H, W)."""
        return np.full((window.height, window.width), 254, dtype=np.uint8)

    def read_valid(self, window: Window) -> NDArray[np.bool_]:
        """True everywhere (H, W)."""
        return np.ones((window.height, window.width), dtype=bool)


def _only_changed(
    stream: PolygonStream, changed: NDArray[np.bool_], legend: Legend
) -> PolygonStream:
    """The polygons of a stream that are changed ground (N,), with the classes of both dates."""
    names = np.array(legend.class_names.names, dtype=object)

    def batches() -> Iterator[PolygonBatch]:
        first = 0
        for batch in stream.batches():
            chosen = np.flatnonzero(changed[first : first + len(batch)])
            first += len(batch)
            if len(chosen):
                yield _choose(batch, chosen, names)

    return PolygonStream(
        crs=stream.crs,
        rows=int(changed.sum()),
        rings=None,
        points=None,
        fields=FIELDS,
        batches=batches,
        texts=tuple(legend.class_names.names),
    )


def _choose(batch: PolygonBatch, chosen: NDArray[np.int64], names: NDArray[Any]) -> PolygonBatch:
    """Some polygons of a batch, with the names (K,) of their classes before and after."""
    starts, ends = batch.wkb_offsets[chosen], batch.wkb_offsets[chosen + 1]
    data = np.concatenate([batch.wkb[start:end] for start, end in zip(starts, ends, strict=True)])
    offsets = np.concatenate([[0], np.cumsum(ends - starts)]).astype(np.int64)
    own = {
        name: np.asarray(batch.columns[name])[chosen] for name in FIELDS if name in batch.columns
    }
    own["from_class"] = names[own["code"] // len(names)]
    own["to_class"] = names[own["code"] % len(names)]
    return PolygonBatch({name: own[name] for name in FIELDS}, data, offsets)
