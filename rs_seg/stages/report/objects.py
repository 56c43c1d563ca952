"""The part of report that shows objects: figures, curves, pictures, and the worst errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.matching import NOBODY
from rs_seg.algorithms.objects.tallies import SceneMatches, match_scene
from rs_seg.algorithms.reporting.bootstrap import ENOUGH
from rs_seg.algorithms.reporting.object_pictures import (
    choose_window,
    draw_chip,
    draw_objects,
    plan_chip,
)
from rs_seg.algorithms.reporting.pictures import percentile_ranges, stretch_bands
from rs_seg.algorithms.reporting.precision_curves import draw_precision_curves
from rs_seg.algorithms.reporting.protocols import describe_object_protocol
from rs_seg.config import ReportConfig, RunConfig
from rs_seg.ground.object_ground import place_role
from rs_seg.ground.object_sides import Sides, read_references, sort_sides
from rs_seg.ground.seen import LearnedBy, read_learned
from rs_seg.io.candidates import read_candidates, read_cut
from rs_seg.io.html import embed_photograph
from rs_seg.io.raster import RasterReader
from rs_seg.io.thumbnails import choose_composite
from rs_seg.io.vectors.reading import read_table
from rs_seg.scenes.manifest import Manifest
from rs_seg.stages.report.maps import measure_grid
from rs_seg.values import Window
from rs_seg.values.candidates import Candidates
from rs_seg.values.comparison import Comparison
from rs_seg.values.matches import ObjectError, ObjectMatches, lowest_score
from rs_seg.values.object_comparison import ObjectComparison
from rs_seg.values.split import Split

CHIPS = 6
"""Errors of each kind and class that are shown."""
MOST_CLASSES = 8
"""Classes whose errors are shown."""
THUMBNAIL = 512
"""Pixels of a side from which the range of brightness of a scene is read."""
IGNORED = ("group", "cut", "small")
"""Why objects of the reference are ignored."""
Groups = dict[str, NDArray[Any]]
"""Outlines by what is drawn: right, false, missed, ignored; or by class."""


def show_objects(
    config: ReportConfig,
    run: RunConfig,
    matched: Sequence[ObjectMatches],
    comparison: Comparison | None,
    split: Split | None,
    files: Manifest,
) -> dict[str, Any] | None:
    """All that the section of objects shows; None where a run has no detector.

    Without labelled scenes it has counts and pictures alone, of the first of the configuration.
    """
    if not run.detections:
        return None
    compared = None if comparison is None else comparison.objects
    method = run.detections[0] if compared is None else compared.best.method
    best = next((own for own in matched if own.method == method), None)
    least_score = lowest_score(run.select.score, best)
    learned = read_learned(
        [] if best is None else [files.model(name) for name in run.detector_members[method[0]]]
    )
    names = [scene.name for scene in run.scenes]
    scenes = []
    for number, name in enumerate(names):
        candidates = read_candidates(files.objects(name, method, "survivors"))
        row = name, _count_classes(run, candidates, least_score)
        shown = (
            _show_scene(run, name, candidates, best, split, files, learned, least_score=least_score)
            if number < config.max_scenes
            else None
        )
        scenes.append((row, shown))
    return {
        "title": " + ".join(method),
        "compared": compared,
        "protocol": _tell_protocol(run, compared),
        "best": best,
        "enough": ENOUGH,
        "least_score": least_score,
        "drawing": draw_precision_curves(matched) if matched else "",
        "counts": _sum_counts([row for row, _ in scenes]),
        "cut": sum(read_cut(files.objects(name, method, "survivors")) for name in names),
        "rows": config.max_rows,
        "scenes": [shown for _, shown in scenes if shown is not None],
        "errors": _show_errors(best, files) if best is not None else [],
    }


def _tell_protocol(run: RunConfig, compared: ObjectComparison | None) -> str:
    if compared is None or compared.protocol is None:
        return ""
    names = run.object_names.names
    return describe_object_protocol(compared.protocol, names, data=run.protocol.data)


def show_references(
    config: ReportConfig, run: RunConfig, files: Manifest
) -> list[tuple[str, list[int], dict[str, int]]]:
    """Objects of the reference of each labelled scene: numbers by class, and of ignored ones.

    Nothing where a run has no detector; at most as many scenes as tables have place for.
    """
    rows = []
    for (scene,) in files.keys("outlines")[: config.max_rows]:
        path = files.scene(scene, "outlines")
        table = read_table(
            path, ["code", "ignored"], what="objects", stage="outline", read_geometry=False
        )
        codes = table.column("code").to_numpy()
        reasons = [reason for reason in table.column("ignored").to_pylist() if reason]
        numbers = [int((codes == code).sum()) for code in run.object_names.codes]
        rows.append((scene, numbers, {name: reasons.count(name) for name in IGNORED}))
    return rows


def _count_classes(run: RunConfig, candidates: Candidates, least_score: float) -> list[int]:
    """Objects of each class."""
    codes = candidates.codes[candidates.scores >= least_score]
    return [int((codes == code).sum()) for code in run.object_names.codes]


def _sum_counts(rows: Sequence[tuple[str, list[int]]]) -> dict[str, Any]:
    """Objects of each class in each scene, and in all."""
    return {"rows": rows, "sums": [sum(own) for own in zip(*(row for _, row in rows), strict=True)]}


def _show_scene(
    run: RunConfig,
    scene: str,
    candidates: Candidates,
    best: ObjectMatches | None,
    split: Split | None,
    files: Manifest,
    learned: LearnedBy,
    *,
    least_score: float,
) -> dict[str, Any]:
    """The imagery of a scene with its objects drawn on it, and what the colours mean.

    On test ground they are judged, elsewhere they are drawn by class.
    """
    image = files.scene(scene, "image")
    judged = None
    if best is not None and split is not None and files.find("outlines", scene) is not None:
        judged = _judge_scene(run, scene, candidates, best, split, files, learned)
    if judged is None:
        groups = _group_by_class(run, candidates.take(candidates.scores >= least_score))
    else:
        groups = judged
    shapes = np.concatenate([*groups.values(), np.empty(0, dtype=object)])
    points = shapely.get_coordinates(shapely.centroid(shapes))
    with RasterReader(image) as reader:
        window = choose_window(points, height=reader.height, width=reader.width)
        picture = embed_photograph(_read_picture(reader, window))
        whole = (window.height, window.width) == (reader.height, reader.width)
    return {
        **measure_grid(image),
        "name": scene,
        "judged": judged is not None,
        "whole": whole,
        "window": window,
        "image": picture,
        "drawing": draw_objects(groups, window),
        "numbers": {name: len(own) for name, own in groups.items()},
    }


def _group_by_class(run: RunConfig, candidates: Candidates) -> Groups:
    shapes = candidates.shapes
    outlines = shapely.box(*candidates.boxes.T) if shapes is None else shapes
    return {
        f"code-{code}": np.asarray(outlines, dtype=object)[candidates.codes == code]
        for code in run.object_names.codes
    }


def _judge_scene(
    run: RunConfig,
    scene: str,
    candidates: Candidates,
    best: ObjectMatches,
    split: Split,
    files: Manifest,
    learned: LearnedBy,
) -> Groups | None:
    """Objects on the test ground of a scene by what they are; None where it has none."""
    known = (split.grids or {}).get(scene)
    areas = split.areas.get(scene, {})
    roles = [role for role in ("test", *split.test_sets) if areas.get(role)]
    if known is None or not roles:
        return None
    grid = known.grid
    sides = Sides(candidates, read_references(files, scene, grid))
    parts: list[Groups] = [
        _judge_role(run, sides, split, scene, role, best, learned) for role in roles
    ]
    ground = [
        shapely.box(own.column, own.row, own.column_end, own.row_end)
        for role in roles
        for own in areas[role]
    ]
    return {
        "ground": np.array(ground, dtype=object),
        **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]},
    }


def _judge_role(
    run: RunConfig,
    sides: Sides,
    split: Split,
    scene: str,
    role: str,
    best: ObjectMatches,
    learned: LearnedBy,
) -> Groups:
    assert split.grids is not None, "asked for before"
    placed = learned.place(split.grids[scene].grid)
    ordered = sort_sides(sides, place_role(split, scene, role, placed), first_block=0)
    groups: dict[str, list[NDArray[Any]]] = {"ignored": [], "right": [], "false": [], "missed": []}
    for code in run.object_names.codes:
        outlines = ordered.of_class(code, masks=True)
        matches = match_scene(ordered.of_class(code, masks=False), best.iou)
        right = _places_of_right(matches, best.least_score)
        groups["right"].append(outlines.shapes[right])
        groups["false"].append(outlines.shapes[matches.false(best.least_score)])
        groups["missed"].append(outlines.references.shapes[matches.missed(best.least_score)])
        passed_over = outlines.references.ignored & (outlines.reference_blocks >= 0)
        groups["ignored"].append(outlines.references.shapes[passed_over])
    return {name: np.concatenate(parts) for name, parts in groups.items()}


def _places_of_right(matches: SceneMatches, least_score: float) -> NDArray[np.int64]:
    chosen = matches.matches.right[-1] & (matches.matches.scores >= least_score)
    assert (matches.takes.taken[-1][chosen] != NOBODY).all()
    places: NDArray[np.int64] = matches.takes.order[chosen]
    return places


def _show_errors(best: ObjectMatches, files: Manifest) -> list[dict[str, Any]]:
    """Chips of the worst errors on test ground, by class and kind."""
    shown = []
    classes = best.test.boxes.per_class[:MOST_CLASSES]
    for own in classes:
        for kind in ("false", "missed"):
            errors = [
                error
                for error in best.test.errors
                if error.code == own.code and error.error == kind
            ][:CHIPS]
            if errors:
                chips = [_show_chip(error, files) for error in errors]
                shown.append({"class": own.name, "code": own.code, "kind": kind, "chips": chips})
    return shown


def _show_chip(error: ObjectError, files: Manifest) -> dict[str, Any]:
    with RasterReader(files.scene(error.scene, "image")) as reader:
        window = plan_chip(error.box, height=reader.height, width=reader.width)
        picture = _read_picture(reader, window)
    told = "" if error.score is None else f"{error.score:.2f}"
    return {
        "image": embed_photograph(draw_chip(picture, error.box, window, error.error)),
        "scene": error.scene,
        "told": told,
        "area": error.area,
    }


def _read_picture(reader: RasterReader, window: Window) -> NDArray[np.uint8]:
    """The imagery of a window (H, W, 4), in the brightness of its surroundings."""
    positions = choose_composite(reader.dataset, reader.bands)
    pixels, valid = reader.read(window, positions), reader.read_valid(window)
    wide = window.expand(max(0, (THUMBNAIL - window.height) // 2))
    ranges = percentile_ranges(reader.read(wide, positions), reader.read_valid(wide))
    return stretch_bands(pixels, valid, ranges=ranges)
