"""Checks between reference data and legend.

A check that fails is a ValueError that repeats both sides.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rs_seg.config.data import LabelConfig
    from rs_seg.config.run_facts import RunFacts
    from rs_seg.values import ClassNames


def check_label(run: RunFacts) -> None:
    """Check that classes of the reference are in the legend, and that a value means one class."""
    for setting, label in (("label", run.label), ("outline.label", run.outline.label)):
        if label is None:
            continue
        if label.ungeoreferenced == "image" and run.align.crs is not None:
            raise ValueError(
                f"{setting}.ungeoreferenced is image, but align.crs is {run.align.crs}: the grid "
                "of a scene is not that of its image then; leave one of them out"
            )
        check_distinct_values(run.class_names)
        _check_names(label, run.class_names.names, setting)
        if isinstance(label.colors, dict):
            _check_colors(label, label.colors, setting)
            if label.band is not None:
                raise ValueError(
                    f"{setting}.band is {label.band}, but with {setting}.colors all bands are "
                    f"read: leave one of them out"
                )
        elif label.color_tolerance:
            raise ValueError(
                f"{setting}.color_tolerance is {label.color_tolerance}, but {setting}.colors is "
                "not set"
            )


def check_distinct_values(class_names: ClassNames) -> None:
    """Check that no class is named as another's code, and no names differ in Unicode form only."""
    codes = {str(class_name.code): class_name for class_name in class_names}
    for class_name in class_names:
        other = codes.get(_plain(class_name.name))
        if other is not None and other.code != class_name.code:
            raise ValueError(
                f"the name of class {class_name.code} is {class_name.name!r}, which is the code of "
                f"class {other.name!r}: "
                f"{class_name.name} in a label file could mean either; give the class another name"
            )
    for first, second in combinations(class_names.names, 2):
        if _plain(first) == _plain(second):
            raise ValueError(
                f"the class names {first!r} and {second!r} look the same; give one of them "
                f"another name"
            )


def _check_names(label: LabelConfig, names: Iterable[str], setting: str) -> None:
    wanted = {f"{setting}.outside": label.outside, f"{setting}.class_name": label.class_name}
    wanted |= {f"{setting}.rename.{key}": value for key, value in label.rename.items()}
    colors = label.colors if isinstance(label.colors, dict) else {}
    wanted |= {f"{setting}.colors.{key}": value for key, value in colors.items()}
    known = {_plain(name) for name in names}
    for key, value in wanted.items():
        if value is not None and _plain(value) not in known:
            raise ValueError(
                f"{key} is {value!r}, but the classes of the legend are {', '.join(names)}"
            )
    renamed: dict[str, str] = {}
    for key, value in label.rename.items():
        if _plain(renamed.setdefault(_plain(key), value)) != _plain(value):
            raise ValueError(
                f"{setting}.rename gives {key!r} two classes, {renamed[_plain(key)]!r} and "
                f"{value!r}"
            )
    if label.rename and label.colors is not None:
        raise ValueError(
            f"{setting}.rename names values, but with {setting}.colors pixels are colours: name "
            "them there"
        )


def _check_colors(label: LabelConfig, colors: Mapping[str, str], setting: str) -> None:
    unfit = [value for value in label.unlabelled if not _is_color(value)]
    if unfit:
        raise ValueError(
            f"{setting}.unlabelled holds {unfit[0]!r}, but with {setting}.colors it lists colours "
            f"as '#rrggbb'"
        )
    palette = [*colors.items(), *((str(value).lower(), "") for value in label.unlabelled)]
    for (first, name), (second, second_name) in combinations(palette, 2):
        gap = max(
            abs(int(first[at : at + 2], 16) - int(second[at : at + 2], 16)) for at in (1, 3, 5)
        )
        if name != second_name and gap <= 2 * label.color_tolerance:
            raise ValueError(
                f"{setting}.colors {first} and {second} stand for different things but differ by "
                f"{gap} only, so that with {setting}.color_tolerance {label.color_tolerance} a "
                f"pixel can be within reach of both; set it to less than {gap / 2:g}"
                if gap
                else f"{setting}.colors and {setting}.unlabelled give the colour {first} two "
                "meanings"
            )


def _is_color(value: object) -> bool:
    text = str(value)
    return (
        len(text) == 7
        and text[0] == "#"
        and all(digit in "0123456789abcdefABCDEF" for digit in text[1:])
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
