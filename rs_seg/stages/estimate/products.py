"""The part of estimate that writes for people: table, picture, and places by agreement."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.area_chart import DrawnArea, draw_areas
from rs_seg.io.agreement import RIGHT, WRONG, write_agreement
from rs_seg.scenes.footprints import WORLD
from rs_seg.stages.estimate.estimating import NO_CLASS
from rs_seg.stages.estimate.places import LabelledPlaces
from rs_seg.values.design import Design
from rs_seg.values.estimates import EstimatedClass, EstimatedFigure, MapEstimates
from rs_seg.values.ground_units import GroundUnits
from rs_seg.values.legend import Legend
from rs_seg.values.texts import write_csv

SHARES = ("area_share", "users_accuracy", "producers_accuracy", "f1", "iou")


def write_areas(path: Path, estimates: MapEstimates, units: GroundUnits) -> None:
    """Write a row for each class: area with interval, mapped area, then shares 0 to 1.

    Areas are in hectares, and on pictures without a place in pixels.
    """
    rows = [_row(own, estimates.confidence, units) for own in estimates.classes]
    write_csv(path, list(rows[0]), [list(row.values()) for row in rows])


def _row(own: EstimatedClass, confidence: float, units: GroundUnits) -> dict[str, object]:
    return {
        "code": own.code,
        "class": own.name,
        **_columns(f"area_{units.field}", own.area_m2, scale=1 / units.square_metres, digits=4),
        f"mapped_{units.field}": round(own.mapped_m2 / units.square_metres, 4),
        "confidence": confidence,
        **{
            key: value
            for name in SHARES
            for key, value in _columns(name, getattr(own, name), scale=1, digits=6).items()
        },
    }


def _columns(
    name: str, figure: EstimatedFigure, *, scale: float, digits: int
) -> dict[str, float | str | None]:
    numbers = {"": figure.value, "_error": figure.error, "_low": figure.low, "_high": figure.high}
    columns: dict[str, float | str | None] = {
        f"{name}{end}": None if number is None else round(number * scale, digits)
        for end, number in numbers.items()
    }
    return {**columns, f"{name}_method": figure.method}


def draw_estimates(estimates: MapEstimates, legend: Legend, units: GroundUnits) -> Figure:
    """The figure of areas, classes in the order of the legend and in its colours."""
    colors = {own.code: own.color for own in legend}
    areas = [
        DrawnArea(
            own.name,
            colors[own.code],
            (own.area_m2.value or 0.0) / units.square_metres,
            _interval(own.area_m2, units),
            own.mapped_m2 / units.square_metres,
        )
        for own in estimates.classes
    ]
    level = f"{100 * estimates.confidence:g} % intervals"
    return draw_areas(
        areas,
        title=f"Areas of {estimates.title}",
        subtitle=f"{estimates.labelled} of {estimates.units} places labelled, {level}",
        units=units,
    )


def _interval(figure: EstimatedFigure, units: GroundUnits) -> tuple[float, float] | None:
    if figure.low is None or figure.high is None:
        return None
    return figure.low / units.square_metres, figure.high / units.square_metres


def write_places(
    path: Path,
    places: LabelledPlaces,
    mapped: NDArray[np.int64],
    design: Design,
    names: Mapping[int, str],
) -> None:
    """Write the labelled places with both classes by name, and whether they agree.

    Points are in longitude and latitude; on pictures without a place in the pixels of the picture,
    as its map is.
    """
    own = np.flatnonzero(places.labelled)
    right = mapped[own] == places.reference[own]
    strata = design.names
    positions = places.positions[own]
    points = np.full(len(own), None, dtype=object)
    known = ~np.isnan(positions).any(axis=1)
    upright = positions * (1, -1) if design.corners else positions
    points[known] = shapely.points(upright[known])
    rows = {
        "id": places.ids[own],
        "agreement": np.where(right, RIGHT, WRONG).astype(object),
        "mapped": [names.get(code, NO_CLASS) for code in mapped[own].tolist()],
        "reference": [names[code] for code in places.reference[own].tolist()],
        "stratum": [strata[code] for code in places.strata[own].tolist()],
        "scene": [places.scenes[place] for place in own],
        "weight_m2": places.weights[own],
        "confidence": [places.confidence[place] for place in own],
        "comment": [places.comments[place] for place in own],
    }
    write_agreement(path, rows, points, design, crs=None if design.corners else WORLD)
