"""The part of gather that lists all scenes: places, what became of them, areas of the classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs_seg.config import RunConfig
from rs_seg.io.delivery.scene_index import write_index, write_table
from rs_seg.maps.survey import SurveyedMap
from rs_seg.scenes.failures import aligned_image, by_scene
from rs_seg.scenes.footprints import (
    grid_where_known,
    map_in_threads,
    name_crs,
    outline,
    read_grid,
    relative_path,
)
from rs_seg.values import ClassNames
from rs_seg.values.failure import Failure
from rs_seg.values.grid import Grid, ground_pixel_size


@dataclass(frozen=True)
class FinishedScene:
    """A scene that has all its maps and objects, and the first of its ids.

    `hectares` are areas by class of the best map, `numbers` those of the objects of the best
    detector by class; both are empty where a run has none.
    """

    name: str
    labelled: bool
    grid: Grid
    hectares: list[float]
    numbers: list[int]
    first_id: int
    files: Mapping[str, str]


def list_finished(
    run: RunConfig,
    paths: Mapping[str, Mapping[str, Path]],
    surveyed: Mapping[str, SurveyedMap],
    counted: Mapping[str, list[int]],
    place: Path,
) -> list[FinishedScene]:
    """The scenes of the run, with areas of the best map and numbers of the best objects.

    `paths` are files of each kind, by scenes; those that are listed are relative to `place`.
    """
    names = [scene.name for scene in run.scenes]
    images = [paths["image"][name] for name in names]
    grids = map_in_threads(read_grid, images, description="grids of scenes")
    finished, first = [], 0
    for scene, grid in zip(run.scenes, grids, strict=True):
        files = {kind: relative_path(own[scene.name], place) for kind, own in paths.items()}
        hectares = surveyed[scene.name].hectares if surveyed else []
        finished.append(
            FinishedScene(
                scene.name,
                scene.labelled,
                grid,
                hectares,
                counted.get(scene.name, []),
                first_id=first,
                files=files,
            )
        )
        first += int(grid.height * grid.width)
    return finished


def list_failed(
    run: RunConfig, failures: Sequence[Failure]
) -> dict[str, tuple[list[Failure], Grid | None]]:
    """Failures of each scene that is not finished, and its grid where it has an image.

    The run has finished scenes only.
    """
    finished = {scene.name for scene in run.scenes}
    return {
        name: (rows, grid_where_known(aligned_image(run.results, name)))
        for name, rows in by_scene(failures).items()
        if name not in finished
    }


def write_scene_index(
    names: ClassNames | None,
    objects: ClassNames | None,
    finished: Sequence[FinishedScene],
    failed: Mapping[str, tuple[list[Failure], Grid | None]],
    *,
    crs: str,
    folder: Path,
) -> None:
    """Write index.gpkg and index.csv: finished scenes in their order, then those that failed.

    `names` are the classes of the best map, `objects` those of the best detector; None where there
    is none.
    """
    hectares, numbers = _class_columns("ha", names), _class_columns("n", objects)
    rows = [_describe_finished(each, hectares, numbers) for each in finished]
    rows += [_describe_failed(name, *each) for name, each in failed.items()]
    columns = {key: [row.get(key) for row in rows] for key in rows[0]}
    grids = [*(each.grid for each in finished), *(grid for _, grid in failed.values())]
    outlines = [None if grid is None else outline(grid, crs) for grid in grids]
    write_index(folder / "index.gpkg", columns, outlines, crs=crs)
    write_table(folder / "index.csv", columns)


def area_rows(
    run: RunConfig, method: tuple[str, str], surveyed: Mapping[str, SurveyedMap]
) -> Iterator[tuple[Any, ...]]:
    """Scene, network, refinement, code, class and hectares of a map, class by class."""
    names = run.refinements[method[1]].map_legend(run.legend).class_names
    for scene, own in surveyed.items():
        for klass, hectares in zip(names, own.hectares, strict=True):
            yield scene, *method, klass.code, klass.name, _rounded(hectares)


AREA_COLUMNS = ("scene", "network", "refinement", "code", "class", "hectares")


def _class_columns(figure: str, names: ClassNames | None) -> list[str]:
    """A column for each class; none without classes.

    It has the code too where names differ in their case only, as columns may not.
    """
    if names is None:
        return []
    lower = [each.name.lower() for each in names]
    return [
        f"{figure}_{each.name}"
        if lower.count(each.name.lower()) == 1
        else f"{figure}_{each.name}_{each.code}"
        for each in names
    ]


def _describe_finished(
    each: FinishedScene, hectares: Sequence[str], numbers: Sequence[str]
) -> dict[str, Any]:
    valid = {"ha_valid": _rounded(sum(each.hectares))} if hectares else {}
    return {
        "scene": each.name,
        "status": "finished",
        "stage": None,
        "reason": None,
        "labelled": each.labelled,
        **_describe_grid(each.grid),
        **valid,
        **dict(zip(hectares, map(_rounded, each.hectares), strict=True)),
        **dict(zip(numbers, each.numbers, strict=True)),
        "first_id": each.first_id,
        **each.files,
    }


def _describe_failed(name: str, failures: Sequence[Failure], grid: Grid | None) -> dict[str, Any]:
    """Stages and reasons of a scene, each named once."""
    stages = dict.fromkeys(each.stage for each in failures)
    reasons = dict.fromkeys(" ".join(each.reason.split()) for each in failures)
    known = {} if grid is None else _describe_grid(grid)
    return {
        "scene": name,
        "status": "failed",
        "stage": ", ".join(stages),
        "reason": " | ".join(reasons),
        **known,
    }


def _describe_grid(grid: Grid) -> dict[str, Any]:
    return {
        "crs": name_crs(grid),
        "pixel_m": round(ground_pixel_size(grid), 6),
        "height": int(grid.height),
        "width": int(grid.width),
    }


def _rounded(hectares: float) -> float:
    """To a hundredth of a square metre."""
    return round(hectares, 6)
