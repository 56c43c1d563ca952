"""Figures of polygons in words, and whether they agree with the pixels on the best map."""

from __future__ import annotations

from collections.abc import Mapping

from rs_seg.values.evaluation import RoleFigures
from rs_seg.values.map_figures import MapName, PolygonFigures

SELECTIONS = {
    "mean_iou": "mIoU",
    "polygon_mean_iou": "mIoU of the polygons",
    "object_f1": "object F1 of the polygons",
    "boundary_f1": "boundary F1 of the polygons",
}
"""The figures that can choose the best map, for people."""
OF_POLYGONS = tuple(name for name in SELECTIONS if name != "mean_iou")


def figure_of(figures: RoleFigures, name: str) -> float | None:
    """A figure of `SELECTIONS` of one role of an evaluation; None where it is not defined."""
    if name == "mean_iou":
        return figures.mean_iou
    return polygon_columns(figures)[name]


def polygon_columns(figures: RoleFigures) -> dict[str, float | None]:
    """The figures of the polygons of a role by their names in tables."""
    polygons = figures.polygons
    if polygons is None:
        return dict.fromkeys(OF_POLYGONS)
    values = (polygons.mean_iou, polygons.object_f1, polygons.boundary_f1)
    return dict(zip(OF_POLYGONS, values, strict=True))


def describe_polygons(polygons: PolygonFigures) -> str:
    """The figures of polygons, in one line."""
    told = {
        "mIoU": polygons.mean_iou,
        "object F1": polygons.object_f1,
        "boundary F1": polygons.boundary_f1,
    }
    return ", ".join(
        f"{title} {'undefined' if value is None else f'{value:.4f}'}"
        for title, value in told.items()
    )


def describe_disagreement(best_by: Mapping[str, MapName | None]) -> list[str]:
    """A sentence where polygons choose another map than pixels on the validation areas, or none.

    `best_by` has the best map by each of `SELECTIONS`, None where no map has the figure.
    """
    chosen = {figure: best.title for figure, best in best_by.items() if best}
    pixels = chosen.pop("mean_iou", None)
    others = {figure: title for figure, title in chosen.items() if title != pixels}
    if pixels is None or not others:
        return []
    told = ", ".join(f"{title} by the {SELECTIONS[figure]}" for figure, title in others.items())
    pixels_say = f"on the validation blocks it is {pixels} by the mIoU of the pixels, but {told}"
    return [
        (
            f"Pixels and polygons disagree about the best map: {pixels_say}. compare.select_by "
            f"says which one counts."
        )
    ]
