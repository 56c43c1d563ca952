"""What the figures of a public data set are counted on, for the section `protocol`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rs_seg.config.dataset_layers import Layer
from rs_seg.config.datasets import DataConfig, DatasetFacts
from rs_seg.values.names import list_first

MOST_NAMED = 10
"""Scenes left out that are named: the text of a protocol has a limit."""
READ_OTHERWISE = frozenset(("colors", "rename", "unlabelled", "empty", "nodata"))
"""Keys of `label` that decide which ground is counted."""


def state_protocol(
    facts: DatasetFacts,
    data: DataConfig,
    layer: Layer,
    names: Sequence[str],
    *,
    tested: int,
    own: Collection[str] = (),
) -> dict[str, Any]:
    """The section `protocol` of labels of a layer, for a legend of these names.

    The split is stated where it gave the roles, with the number of scenes `tested`, because often
    only a part of a set is there; with none, it is as the run divides the ground. `own` are the
    keys of `label` that are given: what the facts say of labels may not hold for them.
    """
    counted = [name for name in facts.counted or () if name in names]
    is_own = "path" in own
    stated: dict[str, Any] = {
        "set": facts.name,
        "title": facts.title,
        "labels": "labels of one's own" if is_own else layer.protocol or "full",
        "classes": counted or None,
        "ignore": None if is_own or READ_OTHERWISE & {*own} else _describe_ignored(facts, names),
        "licence": facts.licence,
        "citation": facts.citation,
    }
    split = facts.choose_split(data.split) if tested else None
    if split is not None:
        left_out = f", without {list_first(data.leave_out, MOST_NAMED)}" if data.leave_out else ""
        count = f"{tested} test scene{'' if tested == 1 else 's'}"
        text = f"{data.split}, {count}{left_out}"
        stated |= {"split": text, "note": split.note, "leak": split.leak}
    return stated


def _describe_ignored(facts: DatasetFacts, names: Sequence[str]) -> str | None:
    """Which ground is not counted: what the set says, and classes that the legend lacks."""
    lacking = [name for name in facts.legend.class_names.names if name not in names]
    if not lacking:
        return facts.ignored
    return "; ".join(filter(None, (facts.ignored, f"ground of {', '.join(lacking)}")))


def names_in(legend: Sequence[Any]) -> list[str]:
    """Names of the classes of a legend that may not be valid."""
    return [str(row.get("name")) for row in legend if isinstance(row, Mapping)]
