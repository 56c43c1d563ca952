"""What the figures of a public data set are counted on, for the section `protocol`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rs_seg.config.datasets import DataConfig, DatasetFacts, Layer


def state_protocol(
    facts: DatasetFacts,
    data: DataConfig,
    layer: Layer,
    names: Sequence[str],
    *,
    has_roles: bool,
) -> dict[str, Any]:
    """The section `protocol` of labels of a layer, for a legend of these names.

    The split is stated where it gave the roles; else it is as the run divides the ground.
    """
    counted = [name for name in facts.counted or () if name in names]
    stated: dict[str, Any] = {
        "set": facts.name,
        "title": facts.title,
        "labels": layer.protocol or "full",
        "classes": counted or None,
        "ignore": facts.ignored,
        "licence": facts.licence,
        "citation": facts.citation,
    }
    split = facts.choose_split(data.split) if has_roles else None
    if split is not None:
        left_out = f", without {', '.join(data.leave_out)}" if data.leave_out else ""
        stated |= {"split": f"{data.split}{left_out}", "note": split.note, "leak": split.leak}
    return stated


def names_in(legend: Sequence[Any]) -> list[str]:
    """Names of the classes of a legend that may not be valid."""
    return [str(row.get("name")) for row in legend if isinstance(row, Mapping)]
