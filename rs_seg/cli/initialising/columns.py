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
CLASS_LIKE = re.compile(r"class|klasse|label|categ|cover|lulc|land_?use|nutzung|species|crop")
"""What names of attributes with classes contain."""
FLAGS = {"yes", "no", "true", "false"}
"""Values that say whether something is so, and not what it is."""
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
        if name != frame.geometry.name
        and (str(name) == styled or _may_be_class(str(name), frame[name]))
    ]
    if not usable:
        return None
    return min(usable, key=lambda column: _unlikeliness(column[0], column[1], styled))[0]


def is_named_as_class(name: str) -> bool:
    """Whether the name of an attribute says that it holds classes."""
    return name.lower() in CLASS_WORDS or CLASS_LIKE.search(name.lower()) is not None


def _may_be_class(name: str, values: pd.Series[Any]) -> bool:
    """Whether most features have one of few values, which are no measures, flags or numbers."""
    texts = values.dropna().map(as_text)
    if NO_CLASSES.fullmatch(name.lower()) or not len(texts) or 2 * len(texts) < len(values):
        return False
    is_text = bool(values.dropna().map(lambda value: isinstance(value, str)).all())
    is_whole = values.dtype.kind != "b" and bool(texts.str.fullmatch(r"-?\d+").all())
    count = texts.nunique()
    is_few = count <= 12 or (count <= MOST_CLASSES and 2 * count <= len(texts))
    if not (is_text or is_whole) or not is_few or not FLAGS.isdisjoint(texts.str.lower()):
        return False
    if CLASS_LIKE.search(name.lower()):
        return True
    repeated = 1 < count < len(texts)
    return repeated and (name.lower() in CLASS_WORDS or (is_text and len(texts) == len(values)))


def _unlikeliness(name: str, values: pd.Series[Any], styled: str | None) -> tuple[Any, ...]:
    lower = name.lower()
    rank = CLASS_WORDS.index(lower) if lower in CLASS_WORDS else len(CLASS_WORDS)
    is_number = bool(values.dropna().map(as_text).str.fullmatch(r"-?\d+").all())
    return name != styled, not is_named_as_class(name), rank, is_number, name


def is_of_roles(frame: geopandas.GeoDataFrame) -> str | None:
    """The attribute whose values are roles of ground (train, test); None where there is none."""
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        values = {as_text(value).lower() for value in frame[name]}
        if values and values <= ROLES:
            return str(name)
    return None
