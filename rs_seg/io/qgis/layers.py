"""Layers of a project: where each kind of file is read from and how it looks."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement

from rs_seg.io.qgis.project import MapLayer, crs_element, extent_element
from rs_seg.io.styles import polygon_renderer, raster_pipe
from rs_seg.values.grid import Grid, crs_of
from rs_seg.values.legend import Legend

ROLE_COLORS = {
    "train": "47,127,184",
    "validation": "224,161,0",
    "test": "196,30,58",
    "buffer": "138,143,148",
    "unused": "48,53,58",
}
"""Red, green and blue of what the split makes of the ground."""
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


def polygons_layer(name: str, path: str, *, crs: str, legend: Legend, shown: bool) -> MapLayer:
    """Polygons of a scene or of several (layer "polygons" of a GeoPackage with this CRS), by class.

    `path` is relative to the project. A polygon that is clicked on is named by its class.
    """
    element = _vector(name, f"./{path}|layername=polygons", crs)
    element.append(polygon_renderer(legend))
    SubElement(element, "previewExpression").text = '"class"'
    return MapLayer(element, shown=shown)


def roles_layer(name: str, path: str, layer: str, *, crs: str) -> MapLayer:
    """Polygons of the split (a layer of a GeoPackage with this CRS), outlined and lightly filled by role; not shown."""
    element = _vector(name, f"./{path}|layername={layer}", crs)
    renderer = SubElement(
        element, "renderer-v2", type="categorizedSymbol", attr="role", symbollevels="0", forceraster="0"
    )
    categories, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    for index, (role, color) in enumerate(ROLE_COLORS.items()):
        values = {"value": role, "type": "string", "label": role, "symbol": str(index), "render": "true"}
        SubElement(categories, "category", values)
        symbols.append(_role_symbol(str(index), color))
    return MapLayer(element)


def classes_layer(name: str, path: str, grid: Grid, *, legend: Legend) -> MapLayer:
    """A raster of codes in the colours of the legend; not shown."""
    element = _raster(name, path, grid)
    element.append(raster_pipe(legend))
    return MapLayer(element)


def confidence_layer(name: str, path: str, grid: Grid, *, band: int = 1) -> MapLayer:
    """A band of quantised probabilities (0..254), from dark (0 %) to light (100 %); not shown."""
    return _ramp(name, path, grid, band, CONFIDENCE_COLORS)


def doubt_layer(name: str, path: str, grid: Grid, *, band: int = 1) -> MapLayer:
    """A band of quantised uncertainty (0..254), from dark (0, sure) to light (1, unsure); not shown."""
    return _ramp(name, path, grid, band, DOUBT_COLORS)


def _ramp(name: str, path: str, grid: Grid, band: int, stops: Sequence[tuple[int, str, str]]) -> MapLayer:
    element = _raster(name, path, grid)
    bounds = {"band": str(band), "classificationMin": "0", "classificationMax": "254"}
    renderer = _renderer(element, "singlebandpseudocolor", bounds)
    shader = SubElement(SubElement(renderer, "rastershader"), "colorrampshader", colorRampType="INTERPOLATED", clip="0")
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

    `stretches` holds the number of each band shown and the values drawn darkest and lightest of it; `alpha` is the
    number of the band that QGIS makes of the file's mask (one more than the bands of the file).
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


def _vector(name: str, source: str, crs: str) -> Element:
    element = Element("maplayer", type="vector", geometry="Polygon", wkbType="MultiPolygon")
    _describe(element, name, source, "ogr", crs)
    element[-1].set("encoding", "UTF-8")
    return element


def _raster(name: str, path: str, grid: Grid) -> Element:
    element = Element("maplayer", type="raster")
    element.append(extent_element(grid))
    _describe(element, name, f"./{path}", "gdal", crs_of(grid).to_wkt())
    return element


def _describe(element: Element, name: str, source: str, provider: str, crs: str) -> None:
    readable = re.sub(r"\W", "_", name)
    SubElement(element, "id").text = f"{readable}_{zlib.crc32(source.encode()):08x}"
    SubElement(element, "datasource").text = source
    SubElement(element, "layername").text = name
    SubElement(element, "srs").append(crs_element(crs))
    SubElement(element, "provider").text = provider


def _renderer(element: Element, kind: str, values: dict[str, str], *, alpha: int = -1) -> Element:
    pipe = SubElement(element, "pipe")
    renderer = SubElement(pipe, "rasterrenderer", {"type": kind, "opacity": "1", "alphaBand": str(alpha), **values})
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


def _role_symbol(name: str, color: str) -> Element:
    symbol = Element("symbol", name=name, type="fill", alpha="1", clip_to_extent="1", force_rhr="0")
    layer = SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "locked": "0", "pass": "0"})
    options = {
        "color": f"{color},90",
        "style": "solid",
        "outline_color": f"{color},255",
        "outline_style": "solid",
        "outline_width": "0.4",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }
    group = SubElement(layer, "Option", type="Map")
    for key, value in options.items():
        SubElement(group, "Option", name=key, type="QString", value=value)
    return symbol
