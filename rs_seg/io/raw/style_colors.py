"""Names and colours of classes in the styles and tables that lie beside labels."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError, fromstring

from rs_seg.io.ogr import pyogrio

LARGEST = 5_000_000
"""Bytes of a style that is read; larger ones hold pictures, or no style."""
MOST_STYLES = 100
USES = {2: "name", 6: "red", 7: "green", 8: "blue"}
"""What a column of a raster attribute table holds, by GDAL's number of its use (GDALRATFieldUsage).
"""
VALUE_USES = (5, 3)
"""Numbers of the columns with the value of a row: its only one, or the least of several."""
NAME_COLUMNS = ("class_name", "classname", "class", "name", "label", "type", "landcover")


class ClassLook(NamedTuple):
    """What a style says of one class; empty texts where it is silent."""

    value: str
    """Value of the attribute or pixel, as text."""
    name: str
    color: str
    """As "#rrggbb"."""


class Style(NamedTuple):
    """The classes of a style, and the attribute that tells them apart, where it names one."""

    attribute: str | None
    looks: tuple[ClassLook, ...]


def read_style(path: Path, layer: str | None = None) -> Style | None:
    """The style of a raster or vector file; None where no class is drawn.

    It is a QML or SLD file beside it, or the style of a layer that a GeoPackage holds.
    """
    readers = {".qml": _read_qml, ".sld": _read_sld}
    for suffix, read in readers.items():
        root = _parse(path.with_suffix(suffix))
        style = None if root is None else read(root)
        if style is not None and style.looks:
            return style
    return _read_stored(path, layer) if path.suffix.lower() == ".gpkg" else None


def _read_stored(path: Path, layer: str | None) -> Style | None:
    """The default style that QGIS stores in a GeoPackage, of the layer or of the only one."""
    query = "SELECT f_table_name, styleQML FROM layer_styles ORDER BY useAsDefault DESC"
    try:
        database = sqlite3.connect(f"file:{quote(os.fspath(path.absolute()))}?mode=ro", uri=True)
        try:
            rows = database.execute(query).fetchmany(MOST_STYLES)
        finally:
            database.close()
    except (sqlite3.Error, UnicodeDecodeError):
        return None  # no such table, or no database: told where it is read
    for table, text in rows:
        root = _parse_text(text.encode()) if isinstance(text, str) else None
        if root is not None and layer in (None, table):
            style = _read_qml(root)
            if style.looks:
                return style
    return None


def read_value_table(path: Path) -> tuple[ClassLook, ...]:
    """What the tables beside a raster say of its values.

    They are the attribute table or category names in its .aux.xml, ESRI's .vat.dbf, or a JSON file
    of names by value (classes.json, or of the raster's name).
    """
    root = _parse(path.with_name(f"{path.name}.aux.xml"))
    looks = () if root is None else tuple(_read_attribute_table(root))
    if not looks and root is not None:
        looks = tuple(_read_categories(root))
    return looks or _read_vat(path.with_name(f"{path.name}.vat.dbf")) or _read_names(path)


def _parse(path: Path) -> Element | None:
    """The root of an XML file; None where there is none, or none that is safe to read."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return None
        return _parse_text(path.read_bytes())
    except OSError:
        return None


def _parse_text(content: bytes) -> Element | None:
    try:
        # entities can stand for texts without end, and no style needs its own; a zero byte is that
        # of UTF-16, in which they would not be seen
        unsafe = b"<!ENTITY" in content or b"\0" in content
        return None if unsafe else fromstring(content)  # noqa: S314
    except (ParseError, ValueError, LookupError):
        return None


def _read_qml(root: Element) -> Style:
    entries = root.findall(".//paletteEntry")
    if entries:
        return Style(None, tuple(_look_of_entry(entry) for entry in entries))
    renderer = root.find(".//renderer-v2[@type='categorizedSymbol']")
    if renderer is None:
        return Style(None, ())
    colors = {
        symbol.get("name", ""): _symbol_color(symbol)
        for symbol in renderer.findall("./symbols/symbol")
    }
    looks = tuple(
        ClassLook(
            category.get("value", ""),
            category.get("label", ""),
            colors.get(category.get("symbol", ""), ""),
        )
        for category in renderer.findall("./categories/category")
    )
    attribute = renderer.get("attr", "").strip('"')
    return Style(attribute or None, tuple(look for look in looks if look.value))


def _look_of_entry(entry: Element) -> ClassLook:
    return ClassLook(
        entry.get("value", ""), entry.get("label", ""), _plain_color(entry.get("color", ""))
    )


def _symbol_color(symbol: Element) -> str:
    """The first fill of a symbol; QGIS writes Option from 3.20 on, and prop before."""
    for option in symbol.iter("Option"):
        if option.get("name") == "color":
            return _plain_color(option.get("value", ""))
    for prop in symbol.iter("prop"):
        if prop.get("k") == "color":
            return _plain_color(prop.get("v", ""))
    return ""


def _plain_color(text: str) -> str:
    """The text "#rrggbb" of such a text or of "r,g,b,a"; empty where it is neither."""
    if re.fullmatch(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?", text):
        return text[:7].lower()
    parts = re.match(r"(\d{1,3}),(\d{1,3}),(\d{1,3})(,|$)", text)
    if parts is None:
        return ""
    return _hex(*(int(part) for part in parts.groups()[:3]))


def _hex(red: int, green: int, blue: int) -> str:
    inside = all(0 <= part <= 255 for part in (red, green, blue))
    return f"#{red:02x}{green:02x}{blue:02x}" if inside else ""


def _read_sld(root: Element) -> Style:
    for element in root.iter():
        element.tag = str(element.tag).rsplit("}", 1)[-1]  # versions differ in their namespaces
    entries = [
        ClassLook(
            entry.get("quantity", ""), entry.get("label", ""), _plain_color(entry.get("color", ""))
        )
        for entry in root.iter("ColorMapEntry")
    ]
    if entries:
        return Style(None, tuple(entries))
    rules = [rule for rule in root.iter("Rule") if rule.find(".//Literal") is not None]
    looks = tuple(ClassLook(_text(rule, "Literal"), _title(rule), _fill(rule)) for rule in rules)
    return Style((_text(rules[0], "PropertyName") or None) if rules else None, looks)


def _text(parent: Element, tag: str) -> str:
    return (parent.findtext(f".//{tag}") or "").strip()


def _title(rule: Element) -> str:
    return _text(rule, "Title") or _text(rule, "Name")


def _fill(rule: Element) -> str:
    for element in rule.iter():
        if element.get("name") == "fill" and element.text:
            return _plain_color(element.text.strip())
    return ""


def _read_attribute_table(root: Element) -> Iterator[ClassLook]:
    table = root.find(".//GDALRasterAttributeTable")
    if table is None:
        return
    columns: dict[str, int] = {}
    for index, field in enumerate(table.findall("FieldDefn")):
        use = int(field.findtext("Usage") or 0)
        name = (field.findtext("Name") or "").strip().lower()
        if use in VALUE_USES or name == "value":
            columns.setdefault("value", index)
        elif use in USES or name in (*NAME_COLUMNS, *USES.values()):
            columns.setdefault("name" if name in NAME_COLUMNS else USES.get(use, name), index)
    for number, row in enumerate(table.findall("Row")):
        cells = [(cell.text or "").strip() for cell in row.findall("F")]
        given = {key: cells[at] for key, at in columns.items() if at < len(cells)}
        yield _look_of_row({"value": str(number), **given})


def _look_of_row(cells: Mapping[str, str]) -> ClassLook:
    try:
        color = _hex(*(round(float(cells[part])) for part in ("red", "green", "blue")))
    except (KeyError, ValueError):
        color = ""
    return ClassLook(cells["value"], cells.get("name", ""), color)


def _read_categories(root: Element) -> Iterator[ClassLook]:
    for value, category in enumerate(root.findall(".//CategoryNames/Category")):
        yield ClassLook(str(value), (category.text or "").strip(), "")


def _read_names(path: Path) -> tuple[ClassLook, ...]:
    """Names by value, as people write them in JSON: {"1": "water"}."""
    for place in (path.with_suffix(".json"), path.with_name("classes.json")):
        try:
            names = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(names, dict) and all(re.fullmatch(r"-?\d+", value) for value in names):
            texts = {value: name for value, name in names.items() if isinstance(name, str)}
            return tuple(ClassLook(value, name.strip(), "") for value, name in texts.items())
    return ()


def _read_vat(path: Path) -> tuple[ClassLook, ...]:
    if not path.is_file():
        return ()
    try:
        frame = pyogrio.read_dataframe(path, read_geometry=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError):
        return ()
    frame.columns = [str(name).lower() for name in frame.columns]
    name = next((column for column in NAME_COLUMNS if column in frame), None)
    if "value" not in frame:
        return ()
    wanted = {"value": "value", "name": name, "red": "red", "green": "green", "blue": "blue"}
    there = {key: column for key, column in wanted.items() if column in frame}
    rows = frame[list(there.values())].astype(str).itertuples(index=False)
    return tuple(_look_of_row(dict(zip(there, row, strict=True))) for row in rows)
