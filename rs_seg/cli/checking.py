"""Every fault of a run that shows before its first job.

The configuration, given models, networks and raw files are looked at.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rs_seg.algorithms.inspection.scaling import find_scale_differences
from rs_seg.algorithms.prediction.applicability import check_resolution
from rs_seg.algorithms.splitting.footprints import footprint, share_ground
from rs_seg.cli.execute import check_branches
from rs_seg.cli.fold_advice import advise_folds
from rs_seg.cli.inputs import find_missing_inputs
from rs_seg.cli.lists import read_names
from rs_seg.cli.scene_looks import SceneLook, find_grid, look_at_scenes
from rs_seg.cli.settings_faults import (
    find_crs_faults,
    find_model_faults,
    find_network_faults,
    read_given_models,
)
from rs_seg.cli.starting import MOST_LINES
from rs_seg.config import RunConfig, find_unlike_dates, find_unused_columns
from rs_seg.config.yaml_lines import Lines
from rs_seg.errors import UserError, UserErrors
from rs_seg.progress import track
from rs_seg.scenes.label_looks import attempt
from rs_seg.values import Scene
from rs_seg.values.grid import Grid, ground_resolution, whole

logger = logging.getLogger(__name__)
NAMED = 3
"""Scenes that a warning names; of more, their number."""
SAME = 0.9
"""Share of the ground of two scenes together that is common to both, from which they are taken for
the same ground. Below, only their labels and valid pixels say whether they share any, which `split`
looks at."""


@dataclass(frozen=True)
class Findings:
    """Faults, each told once, in the order of configuration and scenes; and warnings."""

    faults: tuple[UserError, ...]
    warnings: tuple[str, ...]


def check(
    run: RunConfig,
    *,
    names: Sequence[str] | None,
    path: Path | None,
    files: Sequence[Path] = (),
) -> None:
    """Log what is worth a warning, of all scenes or of those named (in a file, one per line).

    Faults of settings name their line in `files`, which the configuration comes from.

    Raises:
        UserErrors: there are faults.
    """
    named = [*(names or []), *([] if path is None else read_names(path))]
    for name in named:
        check_branches(run, {"scene": name})
    everything = names is None and path is None
    chosen = run.scenes if everything else [run.scene(name) for name in dict.fromkeys(named)]
    findings = find_all_faults(run, chosen, limit=run.look_seconds)
    warnings = [*find_unused_columns(run), *findings.warnings, *advise_folds(run)]
    for line in warnings[:MOST_LINES]:
        logger.warning("%s", line)
    if len(warnings) > MOST_LINES:
        more = len(warnings) - MOST_LINES
        logger.warning("and %d more warnings; inspect writes those of each scene", more)
    if findings.faults:
        lines = Lines(files)
        raise UserErrors(lines.tell(fault) for fault in findings.faults)
    logger.info("checked %d scenes: no faults", len(chosen))


def find_all_faults(
    run: RunConfig, scenes: Sequence[Scene], *, limit: float | None = None
) -> Findings:
    """Every fault that would stop a run of these scenes, as far as it shows beforehand.

    The workflow asks for it when it starts, `rs-seg check` at any time. Simulated scenes are made,
    not looked at. A scene whose files take longer than `limit` seconds has that fault.
    """
    chosen = [scene for scene in scenes if scene.simulate is None]
    missing = find_missing_inputs(run, chosen)
    of_settings = [
        *missing,
        *find_crs_faults(run),
        *find_model_faults(run),
        *find_network_faults(run),
    ]
    if any(str(fault.where) == run.data_root for fault in missing):
        chosen = []  # without the folder there is nothing to look at
    looks = list(
        track(look_at_scenes(run, chosen, limit=limit), total=len(chosen), description="check")
    )
    ground, warnings = find_shared_scenes(run, looks)
    told = {(fault.what, str(fault.found)) for fault in of_settings}
    gone = {str(fault.where) for fault in missing}
    of_scenes = [
        fault
        for look in looks
        for fault in look.faults
        if (fault.what, str(fault.found)) not in told and str(fault.where) not in gone
    ]
    faults = [*of_settings, *of_scenes, *find_pixel_size_faults(run, looks), *ground]
    once = {str(fault): fault for fault in faults}  # scenes may share a file
    told_once = dict.fromkeys(
        [
            *find_unlike_dates(run),
            *_find_scale_differences(looks),
            *warnings,
            *_warnings_of(run, looks),
        ]
    )
    return Findings(tuple(once.values()), tuple(told_once))


def _find_scale_differences(looks: Iterable[SceneLook]) -> list[str]:
    return find_scale_differences((look.scene.name, look.scalings) for look in looks)


def _warnings_of(run: RunConfig, looks: Iterable[SceneLook]) -> list[str]:
    """Warnings of all scenes; of equal ones about several files the first, with their number."""
    places: dict[str, list[str]] = {}
    for look in looks:
        paths = sorted(
            (f"{path}: " for path in run.source_paths(look.scene)), key=len, reverse=True
        )
        for warning in look.warnings:
            place = next((path for path in paths if warning.startswith(path)), "")
            places.setdefault(warning.removeprefix(place), []).append(place.removesuffix(": "))
    return [
        _tell(sentence, list(dict.fromkeys(paths_told))) for sentence, paths_told in places.items()
    ]


def _tell(sentence: str, places: Sequence[str]) -> str:
    others = f" and {len(places) - 1} more files" if len(places) > 1 else ""
    return f"{places[0]}{others}: {sentence}" if places[0] else sentence


def find_pixel_size_faults(run: RunConfig, looks: Iterable[SceneLook]) -> list[UserError]:
    """A fault for each given model and each pixel size of scenes other than in its training."""
    models = read_given_models(run)
    if not models:
        return []
    measured = [
        (look.scene.name, ground_resolution(look.grid)) for look in looks if look.grid is not None
    ]
    sized = [(name, size) for name, size in measured if size is not None]  # pictures have none
    sizes = Counter(f"{size:.4g}" for _, size in sized)
    first = {f"{size:.4g}": (name, size) for name, size in reversed(sized)}
    faults: list[UserError] = []
    for key, (path, model) in models.items():
        for text, count in sizes.items():
            name, size = first[text]
            others = f" and {count - 1} more" if count > 1 else ""
            where = f"{key}.model, {path}, scene {name}{others}"
            attempt(faults, partial(check_resolution, model.resolution_m, size, where=where))
    return faults


def find_shared_scenes(
    run: RunConfig, looks: Sequence[SceneLook]
) -> tuple[list[UserError], list[str]]:
    """Labelled scenes on the same ground, as faults.

    Those that overlap, and equal grids of others, as warnings.

    Labelled scenes that were not looked at are compared with those that were.
    """
    new = {look.scene.name: look.grid for look in looks if look.grid is not None}
    # these are not opened again: it may never end
    broken = {look.scene.name for look in looks if look.grid is None}
    grid_of = {
        scene.name: new[scene.name] if scene.name in new else find_grid(run, scene)
        for scene in run.labelled_scenes
        if scene.simulate is None
        and scene.patches is None
        and scene.name not in broken
        and not new.keys().isdisjoint(scene.name for scene in run.labelled_scenes)
    }
    grids = {name: grid for name, grid in grid_of.items() if grid is not None}
    pairs = share_ground(
        grids, {name: footprint(grid, [whole(grid)]) for name, grid in grids.items()}
    )
    # `split` tells of these, and log and report too
    allowed = {*run.officially_divided}
    places = run.scene_places
    of_new = [
        pair
        for pair in pairs
        if not new.keys().isdisjoint((pair.first, pair.second))
        and not allowed.issuperset((pair.first, pair.second))
        and places.get(pair.first, pair.first) != places.get(pair.second, pair.second)
    ]
    faults = [pair.to_error() for pair in of_new if pair.share >= SAME]
    warnings = [
        f"labelled scenes {pair.first} and {pair.second} overlap by {pair.area_m2:,.0f} m2: the "
        "run ends at split if both are labelled there"
        for pair in of_new
        if pair.share < SAME
    ]
    return faults, warnings + _find_equal_grids(run, new)


def _find_equal_grids(run: RunConfig, grids: Mapping[str, Grid]) -> list[str]:
    """A warning for each grid that several scenes have, not all of them labelled."""
    groups: dict[object, list[str]] = {}
    for name, grid in grids.items():
        groups.setdefault((str(grid.crs), tuple(grid.affine), tuple(grid.shape)), []).append(name)
    labelled = {scene.name for scene in run.labelled_scenes}
    return [
        f"{len(names)} scenes lie on the same ground, with the same grid: "
        f"{', '.join(names[:NAMED])}"
        f"{', ...' if len(names) > NAMED else ''}; each is mapped, and merged layers show one of "
        f"them"
        for names in groups.values()
        if len(names) > 1 and not labelled.issuperset(names)
    ]
