"""Label files as the configuration understands them, for the stages that look at them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rs_seg.algorithms.labelling.codes import EMPTY, Coding, as_text
from rs_seg.algorithms.labelling.colors import ColorCoding
from rs_seg.config import AreasConfig, GroupsConfig, LabelConfig
from rs_seg.errors import UserError
from rs_seg.io.pairs import find_scene
from rs_seg.io.raw.labels import LabelPolygons, LabelReading, RasterReading
from rs_seg.io.raw.vector_files import list_features
from rs_seg.values import ClassNames

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.labelling.rasterize import Unpainted


def polygon_reading(config: LabelConfig) -> LabelReading:
    """How a vector file is to be read.

    Raises:
        UserError: the configuration is for a raster.
    """
    if config.colors is not None:
        raise UserError(
            "label.colors is set, but the labels are polygons",
            where="label.colors",
            found="a vector file",
            expected="a raster whose colours mean classes",
            remedy="remove label.colors, or give the raster as label.path",
        )
    if config.band is not None:
        raise UserError(
            "label.band is set, but the labels are polygons",
            where="label.band",
            found="a vector file",
            expected="a raster of several bands",
            remedy="remove label.band, or give the raster as label.path",
        )
    return replace(
        attribute_reading(config), radius=config.radius, may_be_empty=config.outside is not None
    )


def scene_of(image: Path) -> str | None:
    """The scene whose image lies there in a folder of results; None for files elsewhere."""
    place = find_scene(image)
    return None if place is None else place[1]


def attribute_reading(config: LabelConfig | AreasConfig | GroupsConfig) -> LabelReading:
    """How polygons with an attribute are to be read from a vector file."""
    return LabelReading(
        layer=config.layer,
        column=config.column,
        encoding=config.encoding,
        crs=config.crs,
        override_crs=config.override_crs,
    )


def raster_reading(config: LabelConfig) -> RasterReading:
    """How a label raster is to be read.

    Raises:
        UserError: the configuration is for points.
    """
    if config.radius is not None:
        raise UserError(
            "label.radius is set, but the labels are a raster",
            where="label.radius",
            found="a raster",
            expected="points, which become circles of that radius",
            remedy="remove radius, or give the file of points as path",
        )
    return RasterReading(
        crs=config.crs,
        override_crs=config.override_crs,
        in_colors=config.colors is not None,
        ignores_nodata=config.nodata == "ignore",
        band=config.band,
        on_image=config.ungeoreferenced == "image",
    )


def value_coding(config: LabelConfig, class_names: ClassNames) -> Coding:
    """How values of attributes, or of pixels that are codes, become codes."""
    # where pixels are colours, so are the unlabelled values, which no attribute holds
    empty = [EMPTY] if config.empty == "unlabelled" else []
    return Coding.of(class_names, config.rename, unlabelled=[*config.unlabelled, *empty])


def pixel_coding(config: LabelConfig, class_names: ClassNames) -> Coding | ColorCoding:
    """How values of pixels become codes."""
    if config.colors is None:
        return value_coding(config, class_names)
    assert config.colors != "legend", "the configuration writes the colours of the legend out"
    return ColorCoding.of(
        class_names, config.colors, unlabelled=config.unlabelled, tolerance=config.color_tolerance
    )


def values_of(config: LabelConfig, labels: LabelPolygons) -> Sequence[object]:
    """The value of each polygon: that of its attribute, or the one class that all are of."""
    return [config.class_name] * len(labels.values) if config.column is None else labels.values


def find_value_warnings(config: LabelConfig, labels: LabelPolygons, coding: Coding) -> list[str]:
    """Warnings about attributes: polygons without a class, columns that contradict one another."""
    if config.column is None:
        return []
    unknown = [
        number for number, value in enumerate(labels.values) if as_text(value) in coding.unlabelled
    ]
    # here, because labels without polygons do without pandas
    from rs_seg.algorithms.labelling.contradictions import find_contradictions

    warnings = []
    if unknown:
        listed = list_features(labels.features[unknown])
        warnings.append(
            f"{labels.path}: {len(unknown)} features have no class and stay unlabelled: {listed}"
        )
    for contradiction in find_contradictions(labels.values, labels.others, coding):
        listed = list_features(labels.features[contradiction.places])
        warnings.append(
            f"{labels.path}: the column {contradiction.column!r} contradicts {config.column!r} in "
            f"{len(contradiction.places)} features: "
            f"{listed} ({contradiction.example}); {config.column!r} counts"
        )
    return warnings


def find_paint_warnings(labels: LabelPolygons, unpainted: Unpainted) -> list[str]:
    """Which polygons label nothing."""

    def tell(places: NDArray[np.int64], why: str) -> list[str]:
        if not len(places):
            return []
        return [
            f"{labels.path}: {len(places)} features {why}: {list_features(labels.features[places])}"
        ]

    return [
        *tell(unpainted.without_pixel, "hold no pixel centre and label nothing"),
        *tell(unpainted.covered, "lie wholly under later ones and label nothing"),
    ]


def describe_inexact(path: Path, pixels: int, tolerance: int) -> list[str]:
    """A warning about pixels whose colour is only near that of a class."""
    if not pixels:
        return []
    return [
        (
            f"{path}: {pixels} pixels have the colour of a class only within "
            f"label.color_tolerance of {tolerance}"
        )
    ]
