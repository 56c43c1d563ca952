"""Looks at the raw files of many scenes, side by side: their faults, warnings and grids."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue

from rs_seg.cli.settings_faults import read_given_models
from rs_seg.cli.timed_looks import TimedWorker
from rs_seg.config import RunConfig
from rs_seg.config.raw_images import reference_image
from rs_seg.errors import UserError
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.scenes.given_models import look_at_dates, look_at_values
from rs_seg.scenes.headers import look_at_headers
from rs_seg.scenes.label_looks import LabelLook
from rs_seg.scenes.objects import look_at_objects
from rs_seg.scenes.sources import grid_file, open_source
from rs_seg.values import Scene
from rs_seg.values.grid import Grid
from rs_seg.values.machine import thread_count

AT_ONCE = 8
"""Scenes that one process has looked at before another one has started."""


@dataclass(frozen=True)
class SceneLook:
    """What was seen of a scene; `grid` is the one that `align` will make, None if unknown."""

    scene: Scene
    faults: tuple[UserError, ...]
    warnings: tuple[str, ...]
    grid: Grid | None
    scalings: Mapping[str, tuple[float, float]]
    """Scale and offset by band, of the bands whose tags are not applied."""


def look_at_scenes(
    run: RunConfig, scenes: Sequence[Scene], *, limit: float | None = None
) -> Iterator[SceneLook]:
    """What is seen of each scene, in their order.

    With a `limit`, in seconds, other processes look, as many as there are processors: a scene that
    takes one of them longer has that fault. Without, this process does.
    """
    if limit is None:
        yield from (look_at_scene(run, scene) for scene in scenes)
        return
    count = max(1, min(thread_count(), len(scenes) // AT_ONCE))
    workers = [TimedWorker(partial(look_at_scene, run), limit=limit) for _ in range(count)]
    idle: SimpleQueue[TimedWorker[Scene, SceneLook]] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def look(scene: Scene) -> SceneLook:
        worker = idle.get()
        try:
            return worker.do(scene, where=f"scene {scene.name}")
        except UserError as error:
            return SceneLook(scene, (error,), (), None, {})
        finally:
            idle.put(worker)

    try:
        with ThreadPoolExecutor(count) as pool:
            yield from pool.map(look, scenes)
    finally:
        for worker in workers:
            worker.close()


def look_at_scene(run: RunConfig, scene: Scene) -> SceneLook:
    """What is seen of the headers and labels of one scene, or of the first patch of a sheet."""
    if scene.patches is not None:
        return _look_at_sheet(run, scene)
    return _look_at_files(run, scene)


def _look_at_sheet(run: RunConfig, scene: Scene) -> SceneLook:
    """What is seen of the first patch of a sheet; `inspect` looks at each of them."""
    assert scene.patches is not None
    try:
        row = scene.patches.read()[0]
    except UserError as error:
        return SceneLook(scene, (error,), (), None, {})
    patch = Scene(name=row["scene"], labelled=scene.labelled, fields=row)
    return replace(_look_at_files(run, patch), scene=scene, grid=None)


def _look_at_files(run: RunConfig, scene: Scene) -> SceneLook:
    """What is seen of a scene that has files of its own."""
    images = run.raw_images(scene)
    labels = [run.label_path(scene)] if scene.labelled else []
    with _caught_warnings() as logged:
        seen = look_at_headers(
            run.sources,
            run.align,
            run.label,
            run.class_names,
            scene,
            images=list(images.values()),
            labels=labels,
        )
        objects = _look_at_objects(run, scene, seen.grid)
        models = read_given_models(run)
        dates = look_at_dates(models, scene)
        values = look_at_values(
            models,
            run.sources,
            images,
            scene=scene.name,
            refuse=run.unlike_values == "refuse",
            picture=run.align.picture_of(scene.name),
            gives_grid=grid_file(run.align, run.sources, scene, images),
        )
    told = [*seen.warnings, *objects.warnings, *dates.warnings, *values.warnings, *logged]
    warnings = tuple(dict.fromkeys(told))
    faults = (*seen.faults, *objects.faults, *dates.faults, *values.faults)
    return SceneLook(scene, faults, warnings, seen.grid, seen.scalings)


def _look_at_objects(run: RunConfig, scene: Scene, grid: Grid | None) -> LabelLook:
    """What is seen of the file of objects of a scene, where detectors learn from it."""
    label = run.object_label
    if not run.detectors or label is None or not scene.labelled:
        return LabelLook(None, [], [])
    path = run.objects_path(scene)
    if not path.exists():  # told as a file that is missing
        return LabelLook(None, [], [])
    return look_at_objects(run.outline, label, run.class_names, grid, path, scene=scene.name)


def find_grid(run: RunConfig, scene: Scene) -> Grid | None:
    """The grid of a scene by the header of its reference source; None where that has faults."""
    image = reference_image(run.align, run.sources, scene)
    if image is None:
        return None
    try:
        picture = run.align.picture_of(scene.name)
        path = run.raw_images(scene)[image]
        with open_source(image.source, run.sources[image.source], path, picture=picture) as raster:
            return propose_grid(raster, crs=run.align.crs, resolution=run.align.resolution)
    except UserError:  # among the faults of the scene
        return None


class _Keeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def _caught_warnings() -> Iterator[list[str]]:
    """Warnings of the package, kept instead of written, to be told once in the order of scenes."""
    logger, keeper = logging.getLogger("rs_seg"), _Keeper()
    handlers, propagates = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [keeper], False
    try:
        yield keeper.texts
    finally:
        logger.handlers, logger.propagate = handlers, propagates
