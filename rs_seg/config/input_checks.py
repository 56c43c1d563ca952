"""Checks between the inputs of a run.

A check that fails is a ValueError that repeats both sides.
"""

from __future__ import annotations

from pathlib import PurePath
from string import Formatter
from typing import TYPE_CHECKING

from rs_seg.config.learning import LEAST_WINDOW
from rs_seg.config.path_checks import check_local, check_template
from rs_seg.config.raw_images import reference_source
from rs_seg.config.scene_checks import check_dates
from rs_seg.config.sheets import GROUP, SHEET
from rs_seg.config.simulation_checks import check_simulated
from rs_seg.config.trainable import Trainable
from rs_seg.errors import nearest_name
from rs_seg.values.names import find_twins, shorten
from rs_seg.values.roles import meant_role
from rs_seg.values.scene_rows import COLUMNS

if TYPE_CHECKING:
    from rs_seg.config.run_facts import RunFacts
    from rs_seg.values import Scene

ANY_DAY = "20000101"
"""Stands for the date of a scene without any, so that its path is checked, too."""
TIME_COLUMNS = ("date", "datetime")
"""Columns with the time of an image, which is delivered with it."""


def check_scenes(run: RunFacts) -> None:
    """Scenes have names of their own, and labels where something is to be learnt from them."""
    twice = find_twins(scene.name for scene in run.scenes)
    if twice:
        raise ValueError(f"scenes must have different names; given twice: {', '.join(twice)}")
    if run.label is None and run.labelled_scenes:
        raise ValueError(
            f"scenes {', '.join(scene.name for scene in run.labelled_scenes)} are labelled, but "
            f"`label` is not set"
        )
    learning = [
        name
        for name, model in run.models.items()
        if isinstance(model, Trainable) and model.needs_labels
    ]
    if learning and not run.labelled_scenes:
        raise ValueError(
            f"models {', '.join(learning)} are to be trained, but no scene is labelled; label a "
            "scene or give `model:` files"
        )


def check_roles(run: RunFacts) -> None:
    """Roles are those of labelled scenes, spelt right, and leave something to learn from."""
    for scene in run.scenes:
        if scene.role is None:
            continue
        if not scene.labelled:
            raise ValueError(
                f"scene {scene.name!r} has the role {scene.role!r}, but it is not labelled"
            )
        meant = meant_role(scene.role)
        if meant is not None:
            raise ValueError(
                f"scene {scene.name!r} has the role {scene.role!r}: did you mean {meant!r}? The "
                "name of a further test set must be less like train, validation and test, or hold "
                "a digit"
            )
    given = set(run.scene_roles.values())
    _check_groups(run)
    if run.split.folds > 1 and run.split.areas is not None:
        raise ValueError(
            f"split.folds is {run.split.folds}, and split.areas says what is tested: leave one of "
            f"them out"
        )
    if run.split.folds > 1 and given & {"validation", "test"}:
        raise ValueError(
            f"split.folds is {run.split.folds}, and the scene table gives roles "
            f"{', '.join(sorted(given))}: folds test each block once, so scenes may only have the "
            "role train or that of a further test set"
        )
    learnt = [scene for scene in run.labelled_scenes if scene.role in (None, "train")]
    if run.learners.trains and run.labelled_scenes and not learnt and run.split.areas is None:
        raise ValueError(
            "models are to be trained, but the labelled scenes have the roles "
            f"{', '.join(sorted(given))}: give one the role train, or leave its role empty"
        )


def _check_groups(run: RunFacts) -> None:
    """Check that groups have polygons or values, and are no fewer than folds where that shows."""
    groups, folds = run.split.groups, run.split.folds
    if groups is None or groups.by == "polygon":
        return
    divided = [scene for scene in run.labelled_scenes if scene.role is None]
    without = [
        scene.name for scene in divided if groups.column and not scene.fields.get(groups.column)
    ]
    if without:
        raise ValueError(
            f"split.groups.column is {groups.column!r}, but scene {without[0]!r} has no value in "
            "this column of the scene table"
        )
    names = {scene.fields[groups.column] if groups.column else scene.name for scene in divided}
    if divided and len(names) < folds:
        raise ValueError(
            f"split.folds is {folds}, but there are {len(names)} groups of scenes: set it to "
            f"{len(names)}"
        )


def check_sources(run: RunFacts) -> None:
    """Bands have names of their own, and paths of all scenes can be filled in."""
    unknown = [name for name, source in run.sources.items() if source.asks_wavelengths]
    if unknown:
        raise ValueError(
            f"sources.{unknown[0]} gives bands by wavelength, which were not looked up in its files"
        )
    twice = find_twins(run.bands)
    if twice:
        raise ValueError(
            f"bands of all sources must have different names; given twice: {', '.join(twice)}"
        )
    _check_reference(run)
    check_local("data_root", run.data_root)
    check_local("results", run.results)
    series = {name for name, source in run.sources.items() if source.has_dates}
    sources = {
        f"sources.{name}.{key}": name for name in run.sources for key in ("path", "clouds.path")
    }
    for key, template in _path_templates(run).items():
        check_template(key, template)
        source = sources.get(key)
        # paths of sheets are filled by the rows of their patches, see `sheet_of`
        for scene in () if run.sheets else run.scenes:
            dates = scene.dates.get(source, ()) if source in series else (None,)
            for date in dates or (ANY_DAY,):
                path = _fill(scene, key, template, date)
                check_local(key, path)
                if scene.simulate is not None:
                    _check_inside(scene, key, PurePath(path))
    check_simulated(run)
    check_dates(run)


def _check_reference(run: RunFacts) -> None:
    reference = run.align.reference
    if reference is not None and reference not in run.sources:
        raise ValueError(
            f"align.reference is {reference!r}, but the sources are {', '.join(run.sources)}"
        )
    if run.sources[reference_source(run.align, run.sources)].optional:
        where = "all sources are" if reference is None else f"align.reference, {reference!r}, is"
        raise ValueError(
            f"{where} optional, so scenes may have no grid: a source that every scene has must "
            "give it"
        )


def _path_templates(run: RunFacts) -> dict[str, str]:
    """The path templates of the configuration by their keys."""
    templates = {f"sources.{key}.path": source.path for key, source in run.sources.items()}
    templates |= {
        f"sources.{key}.clouds.path": source.clouds.path
        for key, source in run.sources.items()
        if source.clouds is not None
    }
    labels = {"label.path": run.label, "outline.label.path": run.outline.label}
    templates |= {key: label.path for key, label in labels.items() if label is not None}
    if run.sample.raster is not None:
        templates["sample.raster"] = run.sample.raster
    return templates | run.split.polygons


def find_unused_columns(run: RunFacts) -> list[str]:
    """Sentences on columns of the scene table that nothing uses, with the most similar name."""
    if run.data is not None:
        return []  # it brings columns for those who group scenes or look for changes
    used = {
        name
        for template in _path_templates(run).values()
        for _, name, _, _ in Formatter().parse(template)
        if name
    }
    groups = run.split.groups
    used |= (
        {groups.column} if groups is not None and groups.by == "scene" and groups.column else set()
    )
    used |= {run.change.by, run.change.date} if run.change.by is not None else set()
    patched = [scene.patches for scene in run.scenes if scene.patches is not None]
    used |= {SHEET, GROUP} if patched else set()
    columns = dict.fromkeys(column for scene in run.scenes for column in scene.fields)
    columns |= dict.fromkeys(patched[0].read()[0] if patched else ())
    known = sorted({*COLUMNS, *TIME_COLUMNS, *used})
    means = {*used, *TIME_COLUMNS, *(COLUMNS if patched else ())}
    unused = [column for column in columns if column and column not in means]
    near = {column: nearest_name(column.lower(), known) for column in unused}
    return [
        f"column {shorten(column)} of the scene table is in no path template, so it changes nothing"
        + (f"; did you mean {near[column]!r}?" if near[column] else "")
        for column in unused
    ]


def _check_inside(scene: Scene, key: str, path: PurePath) -> None:
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(
            f"{key} is {shorten(str(path))} for scene {scene.name!r}, which is simulated into "
            f"data_root only"
        )


def _fill(scene: Scene, key: str, template: str, date: str | None = None) -> str:
    try:
        return scene.fill(template, date=date)
    except KeyError as error:
        raise ValueError(
            f"{key} has the placeholder {{{error.args[0]}}}, but scene {scene.name!r} defines only "
            f"{', '.join(['scene', *scene.fields])}"
        ) from error


def check_sizes(run: RunFacts) -> None:
    """Windows, blocks and tiles leave room for one another."""
    buffer, window = run.split.buffer, run.train.window or LEAST_WINDOW
    if buffer is not None and buffer < window and run.learners.looks_at_windows:
        raise ValueError(
            f"split.buffer is {buffer} pixels, less than train.window of {window}: training "
            "windows would reach as far as test blocks"
        )
    tile, overlap = run.predict.tile, run.predict.overlap
    if tile is not None and overlap is not None and 2 * overlap > tile:
        raise ValueError(f"predict.overlap is {overlap}, more than half of predict.tile of {tile}")
    if run.split.validation + run.split.test >= 1:
        raise ValueError(
            f"split.validation {run.split.validation} and split.test {run.split.test} leave "
            f"nothing to train on"
        )
