"""Styles of the maps in QGIS: QML made from the legend, for polygons and for rasters of codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rs_seg.values.legend import Legend, LegendClass

QGIS_VERSION = "3.22.0"
"""The oldest QGIS whose symbology is written; newer ones read it."""
OUTLINE_DARKNESS = 0.85
"""Brightness of an outline relative to the fill it surrounds. Of polygons smaller than a pixel of
the screen only outlines are seen: much darker ones would change the colours of the map, without any
the background shines through."""
OUTLINE_WIDTH = 0.1
"""Millimetres."""
SEEN_THROUGH = 150
"""Alpha (0 to 255) of the fill of a class where another one is not filled: the map lies over
imagery then."""
STATUS_WIDTH = 0.4
"""Millimetres of the outlines of scenes and areas, which are lightly filled."""
OBJECT_WIDTH = 0.6
"""Millimetres of the outline of an object, which is drawn over imagery without a fill."""


STATUS_COLORS = {"finished": "47,127,184", "failed": "196,30,58"}
"""Red, green and blue of what became of scenes."""


def qml_for_outlines(attribute: str, colors: Mapping[str, str]) -> str:
    """QML that draws polygons by a field of texts, outlined and lightly filled.

    `colors` are "red,green,blue".
    """
    return qml_of(outline_renderer(attribute, colors))


def qml_for_classes(legend: Legend, *, unfilled: str | None = None) -> str:
    """QML that draws polygons by their field `code`, one filled symbol per class with its name.

    `unfilled` as in `polygon_renderer`.
    """
    return qml_of(polygon_renderer(legend, unfilled=unfilled))


def qml_for_objects(legend: Legend) -> str:
    """QML that draws objects by their field `code`: outlines that grow fainter with the score."""
    return qml_of(objects_renderer(legend))


def qml_for_raster(legend: Legend, *, unfilled: str | None = None) -> str:
    """QML that draws the first band of a raster of codes in the legend's colours and names.

    The class `unfilled` is transparent.
    """
    return qml_of(raster_pipe(legend, unfilled=unfilled))


def polygon_renderer(legend: Legend, *, unfilled: str | None = None) -> Element:
    """The `renderer-v2` element of a QML or a QGIS project, for polygons with a field `code`.

    Nothing is drawn of the class `unfilled`: borders with it are drawn as those of its neighbours.
    Where there is one, the fill of the other classes lets imagery through.
    """

    def draw(class_: LegendClass, name: str) -> Element:
        if class_.name == unfilled:
            return _empty_symbol(class_, name)
        return _fill_symbol(class_, name, alpha=fill_alpha(unfilled))

    return categorized("code", _by_code(legend, draw), kind="long")


def fill_alpha(unfilled: str | None) -> int:
    """Alpha (0 to 255) of the fill of classes, where the class `unfilled` is not filled."""
    return 255 if unfilled is None else SEEN_THROUGH


def objects_renderer(legend: Legend) -> Element:
    """The `renderer-v2` element for objects with the fields `code` and `score`.

    Only their outlines are drawn, in the colour of the class, so that the imagery below is seen; an
    object with a score of 0 is nearly transparent.
    """
    return categorized("code", _by_code(legend, _object_symbol), kind="long")


def outline_renderer(attribute: str, colors: Mapping[str, str]) -> Element:
    """The `renderer-v2` element for polygons, outlined and lightly filled by a field of texts."""
    drawn = enumerate(colors.items())
    return categorized(
        attribute,
        [(value, value, _outline_symbol(str(index), color)) for index, (value, color) in drawn],
    )


def _by_code(
    legend: Legend, draw: Callable[[LegendClass, str], Element]
) -> list[tuple[str, str, Element]]:
    drawn = enumerate(legend)
    return [(str(known.code), known.shown, draw(known, str(index))) for index, known in drawn]


def categorized(
    attribute: str,
    categories: Iterable[tuple[str, str, Element]],
    *,
    kind: str = "string",
    in_levels: bool = False,
) -> Element:
    """The `renderer-v2` element that draws by the values of a field or of an expression.

    `categories` have a value of the type `kind`, a label and a symbol; with `in_levels` symbols are
    drawn in the order of their passes.
    """
    renderer = Element(
        "renderer-v2",
        type="categorizedSymbol",
        attr=attribute,
        symbollevels="1" if in_levels else "0",
        forceraster="0",
    )
    listed, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    for value, label, symbol in categories:
        own = {"value": value, "type": kind, "label": label, "symbol": symbol.get("name", "")}
        SubElement(listed, "category", own, render="true")
        symbols.append(symbol)
    return renderer


def simple_symbol(
    name: str, kind: Literal["fill", "marker"], options: Mapping[str, str], *, level: int = 0
) -> Element:
    """A symbol of one plain layer; those of higher levels are drawn later."""
    symbol = Element("symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0")
    drawn_as = {"fill": "SimpleFill", "marker": "SimpleMarker"}[kind]
    layer = SubElement(
        symbol, "layer", {"class": drawn_as, "enabled": "1", "locked": "0", "pass": str(level)}
    )
    group = SubElement(layer, "Option", type="Map")
    for key, value in options.items():
        SubElement(group, "Option", name=key, type="QString", value=value)
    return symbol


def raster_pipe(legend: Legend, *, unfilled: str | None = None) -> Element:
    """The `pipe` element of a QML or of a layer in a QGIS project, for a raster of codes.

    The class `unfilled` is transparent.
    """
    pipe = Element("pipe")
    renderer = SubElement(
        pipe, "rasterrenderer", type="paletted", band="1", opacity="1", alphaBand="-1"
    )
    SubElement(renderer, "rasterTransparency")
    palette = SubElement(renderer, "colorPalette")
    for class_ in legend:
        SubElement(
            palette,
            "paletteEntry",
            value=str(class_.code),
            color=class_.color,
            label=class_.shown,
            alpha="0" if class_.name == unfilled else "255",
        )
    SubElement(pipe, "brightnesscontrast", brightness="0", contrast="0", gamma="1")
    SubElement(pipe, "huesaturation", saturation="0", grayscaleMode="0", colorizeOn="0")
    SubElement(pipe, "rasterresampler", maxOversampling="2")
    return pipe


def outline_rgb(class_: LegendClass) -> tuple[int, ...]:
    """Red, green and blue (0 to 255) of the outlines of a class."""
    return tuple(round(part * OUTLINE_DARKNESS) for part in class_.rgb)


def _fill_symbol(class_: LegendClass, name: str, *, alpha: int) -> Element:
    options = {
        "color": _rgba(class_.rgb, alpha),
        "style": "solid",
        "outline_color": _rgba(outline_rgb(class_)),
        "outline_style": "solid",
        "outline_width": str(OUTLINE_WIDTH),
        "outline_width_unit": "MM",
        "joinstyle": "bevel",
    }
    return simple_symbol(name, "fill", options)


def _empty_symbol(class_: LegendClass, name: str) -> Element:
    """A symbol that draws nothing, not even an outline: it would lie on those of neighbours."""
    return simple_symbol(
        name, "fill", {"color": _rgba(class_.rgb), "style": "no", "outline_style": "no"}
    )


def _object_symbol(class_: LegendClass, name: str) -> Element:
    symbol = _outline_symbol(name, ",".join(map(str, class_.rgb)))
    layer = symbol[0]
    changed = {"style": "no", "outline_width": str(OBJECT_WIDTH)}
    for option in layer[0]:
        option.set("value", changed.get(option.get("name", ""), option.get("value", "")))
    faint = f"set_color_part('{class_.color}', 'alpha', 60 + 195 * \"score\")"
    properties = SubElement(SubElement(layer, "data_defined_properties"), "Option", type="Map")
    SubElement(properties, "Option", name="name", type="QString", value="")
    chosen = SubElement(properties, "Option", name="properties", type="Map")
    color = SubElement(chosen, "Option", name="outlineColor", type="Map")
    SubElement(color, "Option", name="active", type="bool", value="true")
    SubElement(color, "Option", name="expression", type="QString", value=faint)
    SubElement(color, "Option", name="type", type="int", value="3")
    SubElement(properties, "Option", name="type", type="QString", value="collection")
    return symbol


def _outline_symbol(name: str, color: str) -> Element:
    options = {
        "color": f"{color},90",
        "style": "solid",
        "outline_color": f"{color},255",
        "outline_style": "solid",
        "outline_width": str(STATUS_WIDTH),
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }
    return simple_symbol(name, "fill", options)


def _rgba(rgb: tuple[int, ...], alpha: int = 255) -> str:
    return ",".join(str(part) for part in (*rgb, alpha))


def qml_of(*content: Element, style_categories: str = "Symbology") -> str:
    """QML of what a project has in its layer: a renderer, the pipe of a raster, a form."""
    root = Element("qgis", version=QGIS_VERSION, styleCategories=style_categories)
    root.extend(content)
    indent(root)
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    return f"{doctype}\n{tostring(root, encoding='unicode')}\n"
