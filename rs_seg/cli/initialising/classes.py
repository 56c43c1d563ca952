"""The classes that an attribute or the pixels of labels mean, as a legend with settings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas
import pandas as pd

from rs_seg.algorithms.labelling.codes import EMPTY, as_text
from rs_seg.errors import UserError
from rs_seg.io.raw.style_colors import ClassLook
from rs_seg.values.legend import MAX_CODE
from rs_seg.values.names import find_name_fault
from rs_seg.values.palette import MEANT, OUTSIDE, choose_colors

UNKNOWN = {
    *("unlabelled", "unlabeled", "unknown", "unclassified", "undefined", "not classified"),
    *("nodata", "no data", "no_data", "void", "ignore", "ignored", "na", "n/a", "none", "null"),
}
"""Names of what has no class, in small letters."""
OTHERS = ("other", "background", "outside all classes")
"""Names for ground that is of no class, the first that is free."""
GENERIC = {
    *("label", "labels", "mask", "masks", "polygons", "polygon", "points", "point", "features"),
    *("training", "train", "data", "reference", "ref", "truth", "ground", "gt", "annotation"),
    *("annotations", "osm", "layer", "samples", "sample", "vector", "vectors", "shapes", "final"),
    *("raster", "binary", "digitized", "all", "new", "original", "test", "val", "validation"),
}
"""Words of file names that say nothing of the class."""


@dataclass(frozen=True)
class Classes:
    """Classes of labels: a legend as (code, name, colour), and settings of `label` by key.

    `remarks` say of settings why they are so.
    """

    legend: tuple[tuple[int, str, str], ...]
    settings: Mapping[str, Any]
    remarks: Mapping[str, str] = field(default_factory=dict)


def classes_of_column(
    frames: Sequence[geopandas.GeoDataFrame], column: str, looks: Iterable[ClassLook]
) -> Classes:
    """The classes of an attribute of all files: numbers are codes, texts are names.

    Raises:
        UserError: no feature has a class.
    """
    values = pd.concat([pd.Series(frame[column], dtype=object) for frame in frames])
    counts = Counter(as_text(value) for value in values)
    settings: dict[str, Any] = {"column": column}
    remarks: dict[str, str] = {}
    if counts.pop(EMPTY, 0):
        settings["empty"] = "unlabelled"
        remarks["empty"] = "some features have no value"
    unknown = sorted(text for text in counts if text.lower() in UNKNOWN)
    named = sorted((text for text in counts if text not in unknown), key=_by_number)
    if unknown:
        settings["unlabelled"] = unknown
    if not named:
        raise UserError("labels without a class", found=f"{column}: {', '.join(unknown)}")
    classes = _make_legend(named, looks, settings)
    if len(classes) == 1:
        classes = _with_other(classes, settings, remarks)
    return Classes(classes, settings, remarks)


def classes_of_one(name: str, looks: Iterable[ClassLook]) -> Classes:
    """Polygons without an attribute: all are of one class, and the ground beyond is another."""
    color = next((look.color for look in looks if look.color), "")
    settings: dict[str, Any] = {"column": None, "class_name": name}
    remarks = {"class_name": "no attribute looks like a class: all polygons are of this one"}
    legend = ((1, name, choose_colors([name], [color])[0]),)
    return Classes(_with_other(legend, settings, remarks), settings, remarks)


def classes_of_pixels(
    values: Mapping[int, int], looks: Iterable[ClassLook], *, fallback: str, nodata: float | None
) -> Classes:
    """The classes of a raster of codes.

    `values` are numbers of pixels by code, `fallback` names the class of a mask, `nodata` is the
    value that the file declares, which is not among the codes.

    Raises:
        UserError: no value is a class.
    """
    looks = list(looks)
    settings: dict[str, Any] = {}
    remarks: dict[str, str] = {}
    names = {look.value: look.name for look in looks}
    codes = sorted(values)
    if len(codes) == 1 and nodata == 0:
        settings["nodata"], codes = "ignore", [0, *codes]
        remarks["nodata"] = "the no-data value 0 is the ground outside"
    if len(codes) == 2 and codes[0] == 0 and not any(names.get(str(code)) for code in codes):
        return _classes_of_mask(codes[1], fallback, settings, remarks)
    unknown = _find_unknown_codes(values, names, remarks)
    if unknown:
        settings["unlabelled"] = unknown
    named = [str(code) for code in codes if code not in unknown]
    if not named:
        raise UserError("labels without a class", found=f"the values {unknown}")
    classes = _make_legend(named, looks, settings)
    if any(name == f"class {code}" for code, name, _ in classes):
        remarks["legend"] = "codes without names: write them here"
    if len(classes) == 1:
        classes = _with_other(classes, settings, remarks)
        remarks["outside"] = "is there none of it: labels of one class teach nothing"
    return Classes(classes, settings, remarks)


def _find_unknown_codes(
    values: Mapping[int, int], names: Mapping[str, str], remarks: dict[str, str]
) -> list[int]:
    """Codes that stand for no class: by their name, negative ones, 255 and 0 beside others."""
    unknown = [
        code for code in values if code < 0 or names.get(str(code), "").strip().lower() in UNKNOWN
    ]
    rest = [code for code in values if code not in unknown]
    last = max(rest, default=0)
    others = [code for code in rest if code != last]
    if last in (255, 65535) and others and max(others) < last - 100 and not names.get(str(last)):
        unknown.append(last)
        remarks["unlabelled"] = f"{last} is taken for no class"
    rest = [code for code in values if code not in unknown]
    if len(rest) > 2 and 0 in rest and not names.get("0") and not unknown:
        unknown.append(0)
        remarks["unlabelled"] = "0 is taken for no class: if it is one, add it to the legend"
    return sorted(unknown)


def _classes_of_mask(
    code: int, fallback: str, settings: dict[str, Any], remarks: dict[str, str]
) -> Classes:
    """A mask of 0 and another value, which may be 255."""
    if code != 1:
        settings["rename"] = {str(code): fallback}
    other = _free_name([fallback])
    color = choose_colors([fallback])[0]
    remarks["legend"] = "a mask of two values: mend the names"
    return Classes(((0, other, OUTSIDE), (1, fallback, color)), settings, remarks)


def classes_of_colors(colors: Sequence[int], looks: Iterable[ClassLook]) -> Classes:
    """The classes of a picture whose colours 0xrrggbb mean classes; black may mean none."""
    written = [f"#{color:06x}" for color in colors]
    names = {look.color: look.name for look in looks if look.name}
    named = {
        color: names.get(color) or f"class {number}" for number, color in enumerate(written, 1)
    }
    legend = tuple(
        (number, name, color) for number, (color, name) in enumerate(named.items(), start=1)
    )
    settings = {"colors": dict(named)}
    return Classes(
        legend, settings, {"legend": "classes by colour: mend the names, here and below"}
    )


def _make_legend(
    values: Sequence[str], looks: Iterable[ClassLook], settings: dict[str, Any]
) -> tuple[tuple[int, str, str], ...]:
    """Codes, names and colours of values; those whose name is another one go to `rename`."""
    looks = list(looks)
    styled = {as_text(look.value): look for look in looks}
    styled |= {look.name: look for look in looks if look.name and look.name not in styled}
    numeric = all(re.fullmatch(r"\d{1,5}", value) and int(value) <= MAX_CODE for value in values)
    codes = [int(value) for value in values] if numeric else list(range(1, len(values) + 1))
    names = _make_names(values, codes, lambda value: styled[value].name if value in styled else "")
    given = [styled[value].color if value in styled else "" for value in values]
    renamed = {
        value: name
        for value, code, name in zip(values, codes, names, strict=True)
        if name != value and str(code) != value
    }
    if renamed:
        settings["rename"] = renamed
    return tuple(zip(codes, names, choose_colors(names, given), strict=True))


def _make_names(
    values: Sequence[str], codes: Sequence[int], said: Callable[[str], str]
) -> list[str]:
    names: list[str] = []
    for value, code in zip(values, codes, strict=True):
        proposals = (said(value).strip(), value, f"class {code}", f"class {code} of labels")
        names.append(
            next(
                name
                for name in proposals
                if find_name_fault(name) is None
                and not re.fullmatch(r"-?\d+", name)
                and name not in names
            )
        )
    return names


def _with_other(
    legend: tuple[tuple[int, str, str], ...], settings: dict[str, Any], remarks: dict[str, str]
) -> tuple[tuple[int, str, str], ...]:
    """The one class, and what lies outside it."""
    other = _free_name([name for _, name, _ in legend])
    settings["outside"] = other
    remarks["outside"] = "ground that no label covers; labels have to be complete for that"
    code = next(code for code in (0, *range(1, 3)) if code not in [known for known, _, _ in legend])
    return ((code, other, OUTSIDE), *legend)


def _free_name(names: Iterable[str]) -> str:
    taken = {name.lower() for name in names}
    return next(name for name in OTHERS if name not in taken)


def name_class(*texts: str) -> str:
    """A name for the class of labels that say none: a telling word of file or layer, in singular.

    Words that we have a colour for go before words in plural, and those before others.
    """
    for text in texts:
        words = [word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) > 2]
        telling = [word for word in words if word not in GENERIC]
        if telling:
            known = {word for meant in MEANT.values() for word in meant}
            return min(
                map(_singular, sorted(telling, key=lambda word: word[-1:] != "s")),
                key=lambda word: word not in known,
            )
    return "object"


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _by_number(text: str) -> tuple[float, str]:
    return (float(text), "") if re.fullmatch(r"-?\d+", text) else (float("inf"), text)
