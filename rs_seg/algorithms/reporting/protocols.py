"""Protocols of figures: in words, as columns of tables, and held against one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.values.comparison import Comparison
from rs_seg.values.evaluation import Evaluation, TestFigures
from rs_seg.values.matches import ObjectMatches
from rs_seg.values.protocol import FigureProtocol, find_differences


def describe_protocol(
    protocol: FigureProtocol, names: Sequence[str], *, data: str | None = None
) -> str:
    """One sentence for people; `names` are all classes of the legend, `data` the set's title."""
    means = _describe_classes(protocol.classes, names)
    if len(protocol.classes) < len(names):
        means += " (overall accuracy, kappa and MCC are of all)"
    pooled = "all test pixels are in one confusion matrix"
    return f"Protocol: {_join(protocol, means, pooled, data)}"


def describe_object_protocol(
    protocol: FigureProtocol, names: Sequence[str], *, data: str | None = None
) -> str:
    """The same of figures of objects; `names` are all classes of objects."""
    means = _describe_classes(protocol.classes, names)
    pooled = "the objects of all test scenes are judged together"
    return f"Protocol of the objects: {_join(protocol, means, pooled, data)}"


def describe_protocols(
    compared: Comparison, names: Sequence[str], object_names: Sequence[str], *, data: str
) -> list[str]:
    """The sentences of the figures of maps and of objects; none of what the files do not say."""
    maps = compared.protocol
    objects = None if compared.objects is None else compared.objects.protocol
    return [
        *([] if maps is None else [describe_protocol(maps, names, data=data)]),
        *([] if objects is None else [describe_object_protocol(objects, object_names, data=data)]),
    ]


def _join(protocol: FigureProtocol, means: str, pooled: str, data: str | None) -> str:
    parts = (
        data or protocol.set or "own data",
        f"split: {protocol.split}",
        f"labels: {protocol.labels}",
        means,
        f"not counted: {protocol.ignore}",
        f"pooled: {pooled}",
    )
    return f"{'; '.join(parts)}."


def _describe_classes(counted: Sequence[str], names: Sequence[str]) -> str:
    left_out = [name for name in names if name not in counted]
    if not left_out:
        return f"means over all {len(names)} classes that occur"
    return f"means over {len(counted)} of {len(names)} classes, without {', '.join(left_out)}"


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


def check_protocols(
    figures: Mapping[Path, Evaluation] | Mapping[Path, ObjectMatches],
) -> FigureProtocol | None:
    """The protocol of all files; None where there is no file, or none says it.

    Raises:
        UserError: two files have different protocols, or objects were matched at different
            intersections over union, so that no ranking can hold both.
    """
    paths = list(figures)
    for path in paths[1:]:
        differences = _compare(figures[paths[0]], figures[path])
        if differences:
            raise UserError(
                "figures of different protocols cannot be ranked together",
                where=f"{paths[0]} and {path}",
                found="; ".join(f"{key}: {one} / {two}" for key, (one, two) in differences.items()),
                expected="the same data set, split, labels, classes and rule of counting in all "
                "files",
                remedy="compare the files of each protocol by themselves, or make the figures "
                "again with one section protocol",
            )
    return figures[paths[0]].protocol if paths else None


def _compare(
    first: Evaluation | ObjectMatches, other: Evaluation | ObjectMatches
) -> dict[str, tuple[str, str]]:
    differences = find_differences(first.protocol, other.protocol)
    if isinstance(first, ObjectMatches) and isinstance(other, ObjectMatches):
        limits = f"{first.iou:g}", f"{other.iou:g}"
        differences |= {"iou": limits} if first.iou != other.iou else {}
    return differences
