"""Styles of the maps for GeoServer and others: OGC Styled Layer Descriptors from the legend."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rs_seg.io.styles import OBJECT_WIDTH, OUTLINE_WIDTH, fill_alpha, outline_rgb
from rs_seg.values.legend import Legend, LegendClass

PIXEL = 0.28
"""Millimetres of a pixel (OGC 05-077r4, Symbology Encoding 1.1.0, section 10.2)."""
_SCHEMA = "http://schemas.opengis.net/sld/{version}/StyledLayerDescriptor.xsd"
_NAMESPACES = {
    "xmlns": "http://www.opengis.net/sld",
    "xmlns:ogc": "http://www.opengis.net/ogc",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def sld_for_classes(legend: Legend, *, outlined: bool = False, unfilled: str | None = None) -> str:
    """SLD 1.1.0 that draws polygons by their field `code`, one rule per class with its name.

    Of those that are `outlined`, over imagery, nothing is filled; of the class `unfilled` nothing
    is drawn, and the fill of the others lets imagery through.
    """
    root = _root("1.1.0")
    root.set("xmlns:se", "http://www.opengis.net/se")
    layer = SubElement(root, "NamedLayer")
    _text(layer, "se:Name", "polygons")
    style = SubElement(layer, "UserStyle")
    _text(style, "se:Name", "classes")
    rules = SubElement(style, "se:FeatureTypeStyle")
    for class_ in legend:
        symbolizer = _add_rule(rules, class_)
        if outlined:
            _add_stroke(symbolizer, class_.color, OBJECT_WIDTH)
        elif class_.name == unfilled:
            # not left empty: QGIS 3.22 makes a rule without a symbol of that
            _add_fill(symbolizer, class_, alpha=0)
        else:
            _add_fill(symbolizer, class_, alpha=fill_alpha(unfilled))
            color = "#{:02x}{:02x}{:02x}".format(*outline_rgb(class_))
            _add_stroke(symbolizer, color, OUTLINE_WIDTH)
    return _document(root)


def sld_for_raster(legend: Legend, *, unfilled: str | None = None) -> str:
    """SLD 1.0.0 that draws the first band of a raster of codes.

    The class `unfilled` and other values, such as nodata, are transparent. Version 1.0.0, since
    colour maps of 1.1.0 have no labels. QGIS writes such styles but does not read them
    (https://github.com/qgis/QGIS/issues/36347): for QGIS there is the QML.
    """
    root = _root("1.0.0")
    layer = SubElement(root, "NamedLayer")
    _text(layer, "Name", "classes")
    style = SubElement(layer, "UserStyle")
    _text(style, "Name", "classes")
    rule = SubElement(SubElement(style, "FeatureTypeStyle"), "Rule")
    symbolizer = SubElement(rule, "RasterSymbolizer")
    band = SubElement(SubElement(symbolizer, "ChannelSelection"), "GrayChannel")
    _text(band, "SourceChannelName", "1")
    colors = SubElement(symbolizer, "ColorMap", type="values")
    for class_ in sorted(legend, key=lambda class_: class_.code):  # quantities must grow
        entry = SubElement(
            colors,
            "ColorMapEntry",
            color=class_.color,
            quantity=str(class_.code),
            label=class_.shown,
        )
        if class_.name == unfilled:
            entry.set("opacity", "0")
    return _document(root)


def _add_rule(rules: Element, class_: LegendClass) -> Element:
    """The symbolizer of a new rule for the polygons of a class."""
    rule = SubElement(rules, "se:Rule")
    _text(rule, "se:Name", class_.name)
    _text(SubElement(rule, "se:Description"), "se:Title", class_.shown)
    equal = SubElement(SubElement(rule, "ogc:Filter"), "ogc:PropertyIsEqualTo")
    _text(equal, "ogc:PropertyName", "code")
    _text(equal, "ogc:Literal", str(class_.code))
    return SubElement(rule, "se:PolygonSymbolizer")


def _add_fill(symbolizer: Element, class_: LegendClass, *, alpha: int) -> None:
    parameters = {"fill": class_.color}
    if alpha < 255:
        parameters["fill-opacity"] = f"{alpha / 255:.2f}"
    _parameters(SubElement(symbolizer, "se:Fill"), parameters)


def _add_stroke(symbolizer: Element, color: str, width: float) -> None:
    outline = {
        "stroke": color,
        "stroke-width": f"{width / PIXEL:.2f}",
        "stroke-linejoin": "bevel",
    }
    _parameters(SubElement(symbolizer, "se:Stroke"), outline)


def _parameters(parent: Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        SubElement(parent, "se:SvgParameter", name=name).text = value


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _root(version: str) -> Element:
    place = f"{_NAMESPACES['xmlns']} {_SCHEMA.format(version=version)}"
    return Element(
        "StyledLayerDescriptor", {**_NAMESPACES, "version": version, "xsi:schemaLocation": place}
    )


def _document(root: Element) -> str:
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'
