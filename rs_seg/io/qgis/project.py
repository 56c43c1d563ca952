"""The project file: the tree of layers, the canvas, and the archive that holds them (.qgz)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import pyproj

from rs_seg.values.grid import Grid, crs_of, crs_of_files, has_place

QGIS_VERSION = "3.22.0-Białowieża"
"""The oldest QGIS that the project is written for; newer ones open it without a warning."""
UNITS = {"metre": "meters", "degree": "degrees", "foot": "feet", "US survey foot": "feet"}
"""What QGIS calls the units of coordinate systems."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of the archive's member, so that equal projects are equal files."""


@dataclass(frozen=True)
class MapLayer:
    """A layer: its `maplayer` element and whether it is shown."""

    element: Element
    shown: bool = False

    def text(self, tag: str) -> str:
        """The text of a part, such as "id", "layername", "datasource", "provider"."""
        return self.element.findtext(tag) or ""


@dataclass(frozen=True)
class Group:
    """A group of layers and groups, drawn from the last to the first."""

    name: str
    members: Sequence[Group | MapLayer] = field(default_factory=list)
    expanded: bool = False
    shown: bool = True


def write_project(path: Path, *, title: str, tree: Group, view: Grid) -> None:
    """Write a .qgz or .qgs with the layers of `tree`, in the CRS of `view` and zoomed to it.

    Equal inputs give equal bytes.
    """
    root = Element("qgis", projectname=title, version=QGIS_VERSION)
    SubElement(root, "homePath", path="")
    SubElement(root, "title").text = title
    SubElement(root, "projectCrs").append(crs_element(crs_of_files(view)))
    root.append(_tree_element(tree))
    root.append(_canvas_element(view))
    layers = SubElement(root, "projectlayers")
    layers.extend(layer.element for layer in _layers_of(tree))
    root.append(_home_view_element(view))
    root.append(_properties_element(view))
    indent(root)
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    text = f"{doctype}\n{tostring(root, encoding='unicode')}\n"
    if path.suffix == ".qgs":
        path.write_text(text, encoding="utf-8")
        return
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo(f"{path.stem}.qgs", date_time=EPOCH)
        member.compress_type = zipfile.ZIP_DEFLATED
        member.external_attr = 0o644 << 16
        archive.writestr(member, text)


def crs_element(crs: str | None) -> Element:
    """The `spatialrefsys` element of a CRS (WKT or authority:code).

    It holds the WKT, and the authority's code where there is one. That of no projection for None,
    and for the plane without a place of a GeoPackage.
    """
    known = None if crs is None else pyproj.CRS.from_user_input(crs)
    if known is None or known.is_engineering:
        element = Element("spatialrefsys", nativeFormat="Wkt")
        for tag in ("wkt", "srid", "authid", "description"):
            SubElement(element, tag).text = "0" if tag == "srid" else ""
        return element
    authority = known.to_authority(min_confidence=100)
    values: dict[str, Any] = {
        "wkt": known.to_wkt("WKT2_2019"),
        "srid": authority[1] if authority and authority[1].isdigit() else "0",
        "authid": ":".join(authority) if authority else "",
        "description": known.name,
        "geographicflag": "true" if known.is_geographic else "false",
    }
    element = Element("spatialrefsys", nativeFormat="Wkt")
    for tag, value in values.items():
        SubElement(element, tag).text = value
    return element


def _tree_element(tree: Group) -> Element:
    element = Element("layer-tree-group")
    SubElement(element, "customproperties")
    _add_members(element, tree.members)
    SubElement(element, "custom-order", enabled="0")
    return element


def _add_members(parent: Element, members: Sequence[Group | MapLayer]) -> None:
    for member in members:
        checked = "Qt::Checked" if member.shown else "Qt::Unchecked"
        if isinstance(member, Group):
            expanded = "1" if member.expanded else "0"
            group = SubElement(
                parent, "layer-tree-group", name=member.name, checked=checked, expanded=expanded
            )
            SubElement(group, "customproperties")
            _add_members(group, member.members)
        else:
            values = {
                "id": member.text("id"),
                "name": member.text("layername"),
                "source": member.text("datasource"),
                "providerKey": member.text("provider"),
                "checked": checked,
                "expanded": "1" if member.shown and member.element.get("type") == "vector" else "0",
            }
            SubElement(SubElement(parent, "layer-tree-layer", values), "customproperties")


def _properties_element(view: Grid) -> Element:
    """Relative paths; lengths and areas measured on the ellipsoid, not in the units of the map."""
    properties = Element("properties")
    projections = SubElement(SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled")
    projections.set("type", "int")
    projections.text = "1" if has_place(view) else "0"
    SubElement(SubElement(properties, "Paths"), "Absolute", type="bool").text = "false"
    SubElement(SubElement(properties, "Measure"), "Ellipsoid", type="QString").text = _ellipsoid(
        view
    )
    units = SubElement(properties, "Measurement")
    placed = has_place(view)
    SubElement(units, "AreaUnits", type="QString").text = "ha" if placed else "<unknown>"
    SubElement(units, "DistanceUnits", type="QString").text = "meters" if placed else "<unknown>"
    return properties


def _ellipsoid(view: Grid) -> str:
    """QGIS's name of the ellipsoid: its code, or its axes where it has none."""
    if not has_place(view):
        return "NONE"
    ellipsoid = crs_of(view).proj.ellipsoid
    assert ellipsoid is not None, "every CRS has an ellipsoid"
    known = ellipsoid.to_json_dict().get("id")
    if known:
        return f"{known['authority']}:{known['code']}"
    return f"PARAMETER:{ellipsoid.semi_major_metre!r}:{ellipsoid.semi_minor_metre!r}"


def _canvas_element(view: Grid) -> Element:
    canvas = Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    unit = crs_of(view).proj.axis_info[0].unit_name if has_place(view) else ""
    SubElement(canvas, "units").text = UNITS.get(unit, "unknown")
    canvas.append(extent_element(view))
    SubElement(canvas, "rotation").text = "0"
    SubElement(canvas, "destinationsrs").append(crs_element(crs_of_files(view)))
    return canvas


def _home_view_element(view: Grid) -> Element:
    box = view.extent.boundingbox
    sides = dict(
        zip(
            ("xmin", "ymin", "xmax", "ymax"),
            (repr(float(value)) for value in box.bbox),
            strict=True,
        )
    )
    element = Element("ProjectViewSettings", UseProjectScales="0")
    SubElement(element, "Scales")
    SubElement(element, "DefaultViewExtent", sides).append(crs_element(crs_of_files(view)))
    return element


def extent_element(view: Grid) -> Element:
    """The `extent` element of a grid, in its own CRS."""
    box = view.extent.boundingbox
    extent = Element("extent")
    for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), box.bbox, strict=True):
        SubElement(extent, tag).text = repr(float(value))
    return extent


def _layers_of(tree: Group) -> Iterator[MapLayer]:
    for member in tree.members:
        if isinstance(member, Group):
            yield from _layers_of(member)
        else:
            yield member
