"""`colors: legend` of labels, written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def fill_label_colors(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The raw configuration with `colors: legend` of labels written out as the legend's colours."""
    outline = values.get("outline")
    if isinstance(outline, dict):
        filled = _fill_colors(outline, values.get("legend"), "outline.label")
        values = values if filled is outline else {**values, "outline": filled}
    return _fill_colors(values, values.get("legend"), "label")


def _fill_colors(section: Mapping[str, Any], legend: Any, setting: str) -> Mapping[str, Any]:
    """A section with the colours of its `label` written out; as it is where it asks for none."""
    label = section.get("label")
    if (
        not isinstance(label, dict)
        or label.get("colors") != "legend"
        or not isinstance(legend, list)
    ):
        return section
    if not all(isinstance(row, dict) and {"color", "name"} <= set(row) for row in legend):
        return section
    colors: dict[str, str] = {}
    for row in legend:
        color, name = str(row["color"]).lower(), row["name"]
        if colors.setdefault(color, name) != name:
            raise ValueError(
                f"{setting}.colors is legend, but the classes {colors[color]!r} and {name!r} both "
                f"have the colour {color}"
            )
    return {**section, "label": {**label, "colors": colors}}
