"""Which attribute of labels says the class, and which one says a role of the ground."""

from __future__ import annotations

import re
from typing import Any

import geopandas
import pandas as pd

from rs_seg.algorithms.labelling.codes import as_text

MOST_CLASSES = 64
"""Values of an attribute that is one of classes; more are names of things, or measures."""
CLASS_WORDS = (
    *("class", "classname", "class_name", "label", "category", "landcover", "land_cover", "lulc"),
    *("landuse", "land_use", "type", "name", "kind", "species", "crop", "class_id", "classid"),
    *("classvalue", "code", "building", "natural", "id", "value"),
)
"""Names of attributes that hold classes, the likely ones first."""
NO_CLASSES = re.compile(r"(.*_)?(fid|objectid|osm_id|uuid|guid|globalid|area|length|perimeter)")
ROLES = {"train", "training", "val", "valid", "validation", "test", "testing"}


def choose_column(frame: geopandas.GeoDataFrame, styled: str | None) -> str | None:
    """The attribute that looks like the class; None where none does.

    It has few values, and is no number of a feature or a measure. The one of a style counts first,
    then those named as classes often are, then texts.
    """
    usable = [
        (str(name), frame[name])
        for name in frame.columns
        if name != frame.geometry.name and _may_be_class(str(name), frame[name])
    ]
    if not usable:
        return None
    return min(usable, key=lambda column: _unlikeliness(column[0], column[1], styled))[0]


def _may_be_class(name: str, values: pd.Series[Any]) -> bool:
    present = values.dropna()
    if NO_CLASSES.fullmatch(name.lower()) or not len(present):
        return False
    if values.dtype.kind in "mMO" and not present.map(lambda value: isinstance(value, str)).all():
        return False
    texts = present.map(as_text)
    count = texts.nunique()
    if count > MOST_CLASSES or (count > 12 and count > 0.5 * len(present)):
        return False
    if values.dtype.kind == "f" and not texts.str.fullmatch(r"-?\d+").all():
        return False
    # of one value for all, only a name says that it is a class
    return _rank(name) < len(CLASS_WORDS) or (
        1 < count < len(present) and len(present) >= len(values) / 2
    )


def _rank(name: str) -> int:
    lower = name.lower()
    return CLASS_WORDS.index(lower) if lower in CLASS_WORDS else len(CLASS_WORDS)


def _unlikeliness(name: str, values: pd.Series[Any], styled: str | None) -> tuple[Any, ...]:
    texts = values.dropna().map(as_text)
    is_number = bool(texts.str.fullmatch(r"-?\d+").all())
    is_id = texts.nunique() == len(values) > 1
    return name != styled, is_id, values.isna().mean() > 0.5, _rank(name), is_number, name


def is_of_roles(frame: geopandas.GeoDataFrame) -> str | None:
    """The attribute whose values are roles of ground (train, test); None where there is none."""
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        values = {as_text(value).lower() for value in frame[name]}
        if values and values <= ROLES:
            return str(name)
    return None
