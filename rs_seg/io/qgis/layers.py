"""Layers of a project: where each kind of file is read from and how it looks."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement

from rs_seg.io.agreement import AGREEMENT, agreement_renderer
from rs_seg.io.forms import pixel_renderer, place_elements
from rs_seg.io.qgis.project import MapLayer, crs_element, extent_element
from rs_seg.io.styles import (
    STATUS_COLORS,
    objects_renderer,
    outline_renderer,
    polygon_renderer,
    raster_pipe,
)
from rs_seg.values.grid import Grid, crs_of_files
from rs_seg.values.legend import Legend

ROLE_COLORS = {
    "train": "47,127,184",
    "validation": "224,161,0",
    "test": "196,30,58",
    "buffer": "138,143,148",
    "unused": "48,53,58",
}
"""Red, green and blue of what the split makes of the ground."""
FURTHER_COLOR = "122,79,163"
"""The same of further test sets."""
CONFIDENCE_COLORS = ((0, "#440154", "0 %"), (127, "#21918c", "50 %"), (254, "#fde725", "100 %"))
"""Value, colour and label of the stops of a confidence map."""
DOUBT_COLORS = (
    (0, "#000004", "0 (sure)"),
    (64, "#51127c", "0.25"),
    (127, "#b73779", "0.5"),
    (190, "#fc8961", "0.75"),
    (254, "#fcfdbf", "1 (unsure)"),
)
"""The same of a map of uncertainty."""


def polygons_layer(
    name: str,
    path: str,
    *,
    crs: str | None,
    legend: Legend,
    shown: bool,
    unfilled: str | None = None,
    smallest_scale: int | None = None,
) -> MapLayer:
    """Polygons of a scene or of several (layer "polygons" of a GeoPackage with this CRS), by class.

    The class `unfilled` is not drawn. `path` is relative to the project. A polygon that is clicked
    on is named by its class. They are not drawn on maps of a smaller scale than 1 :
    `smallest_scale`, where that is given.
    """
    element = _vector(name, f"./{path}|layername=polygons", crs)
    _limit_scale(element, smallest_scale)
    element.append(polygon_renderer(legend, unfilled=unfilled))
    SubElement(element, "previewExpression").text = '"class"'
    return MapLayer(element, shown=shown)


def objects_layer(
    name: str, path: str, *, crs: str | None, legend: Legend, shown: bool
) -> MapLayer:
    """Objects of a scene (layer "polygons" of a GeoPackage with this CRS), outlined by class.

    Outlines are fainter where the score is lower. An object that is clicked on is named by its
    class and score.
    """
    element = _vector(name, f"./{path}|layername=polygons", crs)
    element.append(objects_renderer(legend))
    SubElement(element, "previewExpression").text = '"class" || \' \' || round("score", 2)'
    return MapLayer(element, shown=shown)


def roles_layer(
    name: str, path: str, layer: str, *, crs: str | None, roles: Sequence[str] = ()
) -> MapLayer:
    """Polygons of the split, outlined and lightly filled by role; not shown.

    They are a layer of a GeoPackage with this CRS. `roles` are those that the layer holds; further
    test sets among them are drawn too.
    """
    element = _vector(name, f"./{path}|layername={layer}", crs)
    further = {role: FURTHER_COLOR for role in roles if role not in ROLE_COLORS}
    element.append(outline_renderer("role", {**ROLE_COLORS, **further}))
    return MapLayer(element)


def scenes_layer(name: str, path: str, *, crs: str | None, shown: bool) -> MapLayer:
    """Outlines of scenes (layer "scenes" of a GeoPackage with this CRS) by what became of them."""
    element = _vector(name, f"./{path}|layername=scenes", crs)
    element.append(outline_renderer("status", STATUS_COLORS))
    SubElement(element, "previewExpression").text = '"scene"'
    return MapLayer(element, shown=shown)


def places_layer(name: str, path: str, *, crs: str | None, legend: Legend) -> MapLayer:
    """Places to label (layer "points" of a GeoPackage with this CRS), with the form for labels."""
    element = _vector(name, f"./{path}|layername=points", crs, geometry="Point")
    element.extend(place_elements(legend))
    return MapLayer(element, shown=True)


def agreement_layer(name: str, path: str, *, crs: str | None, scene: str | None = None) -> MapLayer:
    """Labelled places (layer "agreement" of a GeoPackage), by whether map and label agree.

    They are not shown; only those of `scene`, where it is given. A place that is clicked on is
    named by both classes.
    """
    source = f"./{path}|layername={AGREEMENT}"
    if scene is not None:
        quoted = scene.replace("'", "''")
        source += f"|subset=\"scene\" = '{quoted}'"
    element = _vector(name, source, crs, geometry="Point")
    element.append(agreement_renderer())
    told = '"id" || \': map \' || "mapped" || \', label \' || "reference"'
    SubElement(element, "previewExpression").text = told
    return MapLayer(element)


def place_pixels_layer(name: str, path: str, *, crs: str | None) -> MapLayer:
    """Outlines of the pixels of places (layer "pixels" of the same file), which nobody edits."""
    element = _vector(name, f"./{path}|layername=pixels", crs, geometry="Polygon")
    element.set("readOnly", "1")
    element.append(pixel_renderer())
    return MapLayer(element, shown=True)


def classes_layer(
    name: str,
    path: str,
    grid: Grid,
    *,
    legend: Legend,
    shown: bool = False,
    unfilled: str | None = None,
    smallest_scale: int | None = None,
) -> MapLayer:
    """A raster of codes in the colours of the legend, the class `unfilled` transparent.

    `smallest_scale` as that of polygons.
    """
    element = _raster(name, path, grid)
    _limit_scale(element, smallest_scale)
    element.append(raster_pipe(legend, unfilled=unfilled))
    return MapLayer(element, shown=shown)


def confidence_layer(name: str, path: str, grid: Grid, *, band: int = 1) -> MapLayer:
    """A band of quantised probabilities (0..254), from dark (0 %) to light (100 %); not shown."""
    return _ramp(name, path, grid, band, CONFIDENCE_COLORS)


def doubt_layer(name: str, path: str, grid: Grid, *, band: int = 1) -> MapLayer:
    """A band of quantised uncertainty (0..254), from dark (0, sure) to light (1, unsure).

    The layer is not shown.
    """
    return _ramp(name, path, grid, band, DOUBT_COLORS)


def _ramp(
    name: str, path: str, grid: Grid, band: int, stops: Sequence[tuple[int, str, str]]
) -> MapLayer:
    element = _raster(name, path, grid)
    bounds = {"band": str(band), "classificationMin": "0", "classificationMax": "254"}
    renderer = _renderer(element, "singlebandpseudocolor", bounds)
    shader = SubElement(
        SubElement(renderer, "rastershader"),
        "colorrampshader",
        colorRampType="INTERPOLATED",
        clip="0",
    )
    for value, color, label in stops:
        SubElement(shader, "item", value=str(value), color=color, label=label, alpha="255")
    # Without labels of its own the bar of colours that stands for a layer is marked 0 and 254.
    bar = {"useContinuousLegend": "1", "direction": "0", "orientation": "2"}
    ends = {"minimumLabel": stops[0][2], "maximumLabel": stops[-1][2]}
    SubElement(shader, "rampLegendSettings", {**bar, **ends})
    return MapLayer(element)


def imagery_layer(
    name: str, path: str, grid: Grid, *, stretches: Mapping[int, tuple[float, float]], alpha: int
) -> MapLayer:
    """An image: three bands as red, green, blue, or one as grey.

    `stretches` holds the number of each band shown and the values drawn darkest and lightest of it;
    `alpha` is the number of the band that QGIS makes of the file's mask (one more than the bands of
    the file).
    """
    element = _raster(name, path, grid)
    if len(stretches) == 3:
        colors = dict(zip(("red", "green", "blue"), stretches, strict=True))
        bands = {f"{color}Band": str(number) for color, number in colors.items()}
        renderer = _renderer(element, "multibandcolor", bands, alpha=alpha)
        for color, number in colors.items():
            _add_stretch(renderer, f"{color}ContrastEnhancement", stretches[number])
    else:
        ((number, limits),) = stretches.items()
        grey = {"grayBand": str(number), "gradient": "BlackToWhite"}
        renderer = _renderer(element, "singlebandgray", grey, alpha=alpha)
        _add_stretch(renderer, "contrastEnhancement", limits)
    return MapLayer(element, shown=True)


def _vector(name: str, source: str, crs: str | None, *, geometry: str = "MultiPolygon") -> Element:
    kind = geometry.removeprefix("Multi")
    element = Element("maplayer", type="vector", geometry=kind, wkbType=geometry)
    _describe(element, name, source, "ogr", crs)
    element[-1].set("encoding", "UTF-8")
    return element


def _raster(name: str, path: str, grid: Grid) -> Element:
    element = Element("maplayer", type="raster")
    element.append(extent_element(grid))
    _describe(element, name, f"./{path}", "gdal", crs_of_files(grid))
    return element


def _limit_scale(element: Element, smallest: int | None) -> None:
    if smallest is not None:
        element.attrib.update(
            {"hasScaleBasedVisibilityFlag": "1", "minScale": str(smallest), "maxScale": "0"}
        )


def _describe(element: Element, name: str, source: str, provider: str, crs: str | None) -> None:
    # QGIS gives layers with ids of ten letters or fewer new ones, so that the tree loses them (seen
    # in 3.22)
    readable = re.sub(r"\W", "_", name if len(name) > 1 else f"layer_{name}")
    SubElement(element, "id").text = f"{readable}_{zlib.crc32(source.encode()):08x}"
    SubElement(element, "datasource").text = source
    SubElement(element, "layername").text = name
    SubElement(element, "srs").append(crs_element(crs))
    SubElement(element, "provider").text = provider


def _renderer(element: Element, kind: str, values: dict[str, str], *, alpha: int = -1) -> Element:
    pipe = SubElement(element, "pipe")
    renderer = SubElement(
        pipe, "rasterrenderer", {"type": kind, "opacity": "1", "alphaBand": str(alpha), **values}
    )
    SubElement(renderer, "rasterTransparency")
    SubElement(pipe, "brightnesscontrast", brightness="0", contrast="0", gamma="1")
    SubElement(pipe, "huesaturation", saturation="0", grayscaleMode="0", colorizeOn="0")
    SubElement(pipe, "rasterresampler", maxOversampling="2")
    return renderer


def _add_stretch(renderer: Element, tag: str, limits: tuple[float, float]) -> None:
    stretch = SubElement(renderer, tag)
    SubElement(stretch, "minValue").text = repr(float(limits[0]))
    SubElement(stretch, "maxValue").text = repr(float(limits[1]))
    SubElement(stretch, "algorithm").text = "StretchToMinimumMaximum"
