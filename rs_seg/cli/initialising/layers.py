"""Layers of vector files that may hold labels, with their places in degrees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath

import geopandas
import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from rs_seg.cli.initialising.columns import is_of_roles
from rs_seg.cli.initialising.listing import LeftOut
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.vector_crs import settle_vector_crs
from rs_seg.io.raw.vector_files import read_table, vector_layers

AREAS = re.compile(
    r"aoi|boundary|extent|footprint|footprints|hull|split|roi|study|grid|tiles|index|blocks"
)
"""Words in names of files that say where something is, and not what."""
MOST_AREAS = 20
"""Polygons of a file of areas."""


@dataclass(frozen=True)
class VectorLayer:
    """A layer of polygons or points; geometries are in degrees, None where they have no place."""

    path: Path
    name: str
    """Path of the file below the folder, with slashes."""
    layer: str | None
    """Name of the layer, where the file has several."""
    frame: geopandas.GeoDataFrame
    is_points: bool

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the attributes."""
        geometry = self.frame.geometry.name
        return tuple(str(name) for name in self.frame.columns if name != geometry)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The geometries, ready to be asked where they are."""
        return shapely.STRtree(self.frame.geometry.to_numpy())

    @cached_property
    def hull(self) -> BaseGeometry:
        """The convex hull of all features."""
        corners = shapely.get_coordinates(self.frame.geometry.to_numpy())
        hull: BaseGeometry = shapely.convex_hull(shapely.MultiPoint(corners))
        return hull

    def meets(self, ground: BaseGeometry) -> bool:
        """Whether a feature lies on this ground, at least in part."""
        return bool(len(self.tree.query(ground, predicate="intersects")))

    def share_of(self, ground: BaseGeometry) -> float:
        """About the share of this ground that features cover, from 0; more where they overlap."""
        if self.is_points or not ground.area:
            return 0.0
        hits = self.frame.geometry.to_numpy()[self.tree.query(ground)]
        shapely.prepare(ground)
        inside = shapely.contains_properly(ground, hits)
        area = shapely.area(hits[inside]).sum()
        at_border = shapely.make_valid(hits[~inside])
        return float(
            (area + shapely.area(shapely.intersection(at_border, ground)).sum()) / ground.area
        )


def look_at_vectors(path: Path, root: Path) -> Iterator[VectorLayer | UserError]:
    """The layers of a file; an error in the place of each that cannot be used."""
    name = path.relative_to(root).as_posix()
    try:
        layers = vector_layers(path)
    except UserError as error:
        yield error
        return
    if layers is None:
        yield UserError("not a vector file", where=path)
        return
    for layer in layers:
        try:
            yield _look_at_layer(path, name, layer, several=len(layers) > 1)
        except UserError as error:
            yield error


def _look_at_layer(path: Path, name: str, layer: str, *, several: bool) -> VectorLayer:
    frame = read_table(path, layer=layer, encoding=None).frame
    faults: list[UserError] = []
    crs = settle_vector_crs(frame, path, stated=None, override=None, picture=None, faults=faults)
    if faults or crs is None:
        raise UserErrors(faults)
    kinds = set(frame.geom_type.dropna())
    points = kinds <= {"Point", "MultiPoint"}
    if not kinds or not (points or kinds <= {"Polygon", "MultiPolygon", "GeometryCollection"}):
        what = f"no labels of ground: {', '.join(sorted(kinds)) or 'no geometries'}"
        raise UserError(what, where=path)
    try:
        frame = frame.set_crs(CRS.from_wkt(crs.to_wkt()), allow_override=True).to_crs(4326)
    except ProjError as error:
        raise UserError("no place in degrees", where=path, found=str(error)) from error
    lost = ~np.isfinite(shapely.bounds(frame.geometry.to_numpy())).all(axis=1)
    frame.loc[lost, frame.geometry.name] = None
    return VectorLayer(path, name, layer if several else None, frame, points)


def drop_areas(layers: Sequence[VectorLayer], left_out: LeftOut) -> list[VectorLayer]:
    """The layers without those of few polygons that say where labels or images lie."""
    remaining = []
    for layer in layers:
        words = {word.lower() for word in re.findall(r"[^\W\d_]+", f"{PurePath(layer.name).stem}")}
        if layer.layer is not None:
            words |= set(re.findall(r"[^\W\d_]+", layer.layer.lower()))
        role = is_of_roles(layer.frame)
        if role is not None:
            left_out.add(
                f"areas of roles in the column {role!r}: see split.areas in docs/splits.md",
                layer.name,
            )
        elif len(layer.frame) <= MOST_AREAS and any(AREAS.fullmatch(word) for word in words):
            left_out.add("an area, by its name, and no labels", layer.name)
        else:
            remaining.append(layer)
    return remaining
