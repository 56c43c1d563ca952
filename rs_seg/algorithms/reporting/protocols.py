"""Protocols of figures: in words, as columns of tables, and held against one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.values.evaluation import Evaluation, TestFigures
from rs_seg.values.protocol import FigureProtocol, find_differences


def describe_protocol(
    protocol: FigureProtocol, names: Sequence[str], *, data: str | None = None
) -> str:
    """One sentence for people; `names` are all classes of the legend, `data` the set's title."""
    parts = (
        f"split: {protocol.split}",
        f"labels: {protocol.labels}",
        _describe_classes(protocol.classes, names),
        f"not counted: {protocol.ignore}",
        "pooled: all test pixels are in one confusion matrix",
    )
    return f"Protocol: {data or protocol.set or 'own data'}; {'; '.join(parts)}."


def _describe_classes(counted: Sequence[str], names: Sequence[str]) -> str:
    left_out = [name for name in names if name not in counted]
    if not left_out:
        return f"means over all {len(names)} classes that occur"
    return (
        f"means over {len(counted)} of {len(names)} classes, without {', '.join(left_out)} "
        f"(overall accuracy, kappa and MCC are of all)"
    )


def describe_scene_means(test: TestFigures) -> list[str]:
    """A sentence with the means over scenes; nothing where fewer than two are tested."""
    means = test.over_scenes
    if means is None:
        return []
    figures = {
        "mIoU": means.mean_iou,
        "overall accuracy": means.overall_accuracy,
        "mean F1": means.mean_f1,
    }
    told = ", ".join(
        f"{title} {value:.3f}" for title, value in figures.items() if value is not None
    )
    if not told:
        return []
    return [f"Means over the {means.scenes} tested scenes, each counted alike: {told}."]


def protocol_columns(protocol: FigureProtocol | None) -> dict[str, str | None]:
    """The protocol by names of columns; None where a file does not say it."""
    keys = list(FigureProtocol.model_fields)
    if protocol is None:
        return {f"protocol_{key}": None for key in keys}
    told = {**protocol.compared, "set": protocol.set}
    return {f"protocol_{key}": told[key] for key in keys}


def check_protocols(evaluations: Mapping[Path, Evaluation]) -> FigureProtocol | None:
    """The protocol of all files; None where there is no file, or none says it.

    Raises:
        UserError: two files have different protocols, so that no ranking can hold both.
    """
    paths = list(evaluations)
    for path in paths[1:]:
        first, other = evaluations[paths[0]].protocol, evaluations[path].protocol
        differences = find_differences(first, other)
        if differences:
            raise UserError(
                "figures of different protocols cannot be ranked together",
                where=f"{paths[0]} and {path}",
                found="; ".join(f"{key}: {one} / {two}" for key, (one, two) in differences.items()),
                expected="the same data set, split, labels, classes and rule of counting in all "
                "files",
                remedy="compare the files of each protocol by themselves, or evaluate the maps "
                "again with one section protocol",
            )
    return evaluations[paths[0]].protocol if paths else None
