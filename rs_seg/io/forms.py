"""The form in which QGIS asks for the label of a place, and how places look (QGIS 3.22 and later).

The same elements stand in a layer of a project and in the style that a GeoPackage holds.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from rs_seg.io.styles import categorized, qml_of, simple_symbol
from rs_seg.values.legend import Legend

CONFIDENCES = ("high", "medium", "low")
"""How sure an interpreter may be."""
SHOWN = {"id": "place", "reference": "class", "confidence": "how sure", "comment": "comment"}
"""Fields of the form in their order, and what they are called there."""
HIDDEN = ("fid", "stratum", "scene", "mapped", "weight_m2", "cluster", "place")
"""Fields that would tell an interpreter what the map says, or that are none of their business."""
STATES = {"0": ("230,159,0", "to label"), "1": ("0,114,178", "labelled")}
"""Colour and name of places by whether they have a label; people who see no red or green can tell
them apart."""
LABELLED = 'CASE WHEN "reference" IS NULL THEN 0 ELSE 1 END'
"""Expression of QGIS."""
EVERYTHING = "AllStyleCategories"
"""Style categories of QGIS that include the form and the actions."""
NEXT_ID = "{5f1d0c3e-7a52-4b0e-9a36-2d0f6c1b8e74}"
"""QGIS tells actions apart by such numbers."""
NEXT = """\
from qgis.core import QgsFeatureRequest, QgsProject
from qgis.utils import iface
layer = QgsProject.instance().mapLayer('[% @layer_id %]')
request = QgsFeatureRequest().setFilterExpression('"reference" IS NULL').addOrderBy('"id"')
place = next(layer.getFeatures(request), None)
if place is None:
    iface.messageBar().pushMessage('All places are labelled')
else:
    source = layer.source().replace('layername=points', 'layername=pixels')
    others = QgsProject.instance().mapLayers().values()
    outlines = next((other for other in others if other.source() == source), layer)
    own = QgsFeatureRequest().setFilterExpression('"id" = %d' % place['id'])
    box = next(outlines.getFeatures(own)).geometry().boundingBox().scaled(25)
    canvas = iface.mapCanvas()
    canvas.setExtent(canvas.mapSettings().layerExtentToOutputExtent(outlines, box))
    canvas.refresh()
    if not layer.isEditable():
        layer.startEditing()
    iface.openFeatureForm(layer, place)
"""
"""Goes to the first place without a label and opens its form; QGIS needs no plugin for it."""


def qml_for_places(legend: Legend) -> str:
    """QML of a layer of places: looks, form, columns of the table and the step to the next one."""
    return qml_of(*place_elements(legend), style_categories=EVERYTHING)


def qml_for_pixels() -> str:
    """QML of the outlines of the pixels of places."""
    return qml_of(pixel_renderer(), style_categories=EVERYTHING)


def place_elements(legend: Legend) -> list[Element]:
    """What a layer of places has in a QML or in a project.

    A class is chosen by the number that stands before it, by the mouse or the keyboard. Fields of
    the map and of the draw are in neither the form nor the table.
    """
    title = Element("previewExpression")
    # the list beside the form is sorted as text
    title.text = f"lpad(\"id\", 5, '0') || if({LABELLED}, ' (labelled)', '')"
    layout = Element("editorlayout")
    layout.text = "tablayout"
    return [
        place_renderer(),
        _widgets(legend),
        _aliases(),
        _editable(),
        _table(),
        layout,
        _form(),
        _actions(),
        title,
    ]


def place_renderer() -> Element:
    """The `renderer-v2` element of places: rings, by whether they have a label."""
    drawn = STATES.items()
    return categorized(
        LABELLED,
        [(value, name, _ring(value, color)) for value, (color, name) in drawn],
        kind="integer",
    )


def _ring(name: str, color: str) -> Element:
    options = {
        "name": "circle",
        "color": f"{color},0",
        "outline_color": f"{color},255",
        "outline_width": "0.6",
        "outline_width_unit": "MM",
        "size": "4",
        "size_unit": "MM",
    }
    return simple_symbol(name, "marker", options)


def pixel_renderer() -> Element:
    """The `renderer-v2` element of outlines of pixels: thin lines, nothing inside."""
    renderer = Element("renderer-v2", type="singleSymbol", symbollevels="0", forceraster="0")
    options = {
        "style": "no",
        "outline_color": "255,255,0,255",
        "outline_style": "solid",
        "outline_width": "0.4",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
    }
    SubElement(renderer, "symbols").append(simple_symbol("0", "fill", options))
    return renderer


def _widgets(legend: Legend) -> Element:
    """Which widget each field has: drop-downs of the legend and of how sure one is."""
    classes = {f"{number} {own.name}": str(own.code) for number, own in enumerate(legend, start=1)}
    chosen = {"reference": classes, "confidence": {word: word for word in CONFIDENCES}}
    configuration = Element("fieldConfiguration")
    for name in (*SHOWN, *HIDDEN):
        field = SubElement(configuration, "field", name=name, configurationFlags="None")
        kind = "ValueMap" if name in chosen else "Hidden" if name in HIDDEN else "TextEdit"
        widget = SubElement(SubElement(field, "editWidget", type=kind), "config")
        options = SubElement(widget, "Option", type="Map")
        if name in chosen:
            members = SubElement(options, "Option", name="map", type="List")
            for text, value in chosen[name].items():
                entry = SubElement(members, "Option", type="Map")
                SubElement(entry, "Option", name=text, type="QString", value=value)
    return configuration


def _aliases() -> Element:
    aliases = Element("aliases")
    for name, title in SHOWN.items():
        SubElement(aliases, "alias", field=name, name=title)
    return aliases


def _editable() -> Element:
    editable = Element("editable")
    for name in (*SHOWN, *HIDDEN):
        open_field = name in SHOWN and name != "id"
        SubElement(editable, "field", name=name, editable="1" if open_field else "0")
    return editable


def _table() -> Element:
    """The table, in the order of ids: in another one the first k labels are no random sample."""
    table = Element(
        "attributetableconfig", actionWidgetStyle="dropDown", sortExpression='"id"', sortOrder="0"
    )
    columns = SubElement(table, "columns")
    for name in (*SHOWN, *HIDDEN):
        hidden = "1" if name in HIDDEN else "0"
        SubElement(columns, "column", type="field", name=name, width="-1", hidden=hidden)
    SubElement(columns, "column", type="actions", width="-1", hidden="1")
    return table


def _form() -> Element:
    form = Element("attributeEditorForm")
    container = SubElement(
        form,
        "attributeEditorContainer",
        name="Place",
        columnCount="1",
        groupBox="0",
        showLabel="1",
        visibilityExpressionEnabled="0",
        visibilityExpression="",
    )
    for name in SHOWN:
        SubElement(container, "attributeEditorField", name=name, index="-1", showLabel="1")
    return form


def _actions() -> Element:
    actions = Element("attributeactions")
    SubElement(actions, "defaultAction", key="Canvas", value=NEXT_ID)
    setting = SubElement(
        actions,
        "actionsetting",
        id=NEXT_ID,
        type="1",  # Python
        name="Go to the next place without a label",
        shortTitle="Next place",
        action=NEXT,
        icon="",
        capture="0",
        isEnabledOnlyWhenEditable="0",
        notificationMessage="",
    )
    for scope in ("Layer", "Canvas", "Feature", "Form"):
        SubElement(setting, "actionScope", id=scope)
    return actions
