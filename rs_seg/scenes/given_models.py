"""The part of `rs-seg check` that compares scenes with what given models learnt from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.algorithms.inspection.band_pairs import Reordering, find_reordering
from rs_seg.algorithms.prediction.scene_values import BandComparison, BandFigures, compare_band
from rs_seg.config import Source
from rs_seg.config.raw_images import RawImage
from rs_seg.errors import UserError
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.scenes.clouds import open_clouds
from rs_seg.scenes.label_looks import attempt
from rs_seg.scenes.sources import GridFile, open_source
from rs_seg.scenes.stacking import Read
from rs_seg.scenes.values import spread_tiles, trained_figures
from rs_seg.values import Scene, Window
from rs_seg.values.band_groups import slot_band
from rs_seg.values.series import PAIRS, check_pair, tell_unseen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.io.model_description import ModelDescription
    from rs_seg.io.raw.source import SourceRaster

TILE, MOST_TILES, MOST_PIXELS = 256, 25, 400_000
"""Height and width of the tiles that are read, how many, and pixels that are kept of them."""
SCALES = {1.5: "0..1", 110.0: "0..100", 255.0: "0..255", 20_000.0: "0..10000", 65_535.0: "0..65535"}
"""Common scales by the greatest value that is seen of them."""
WAY_OUT = "or set unlike_values: warn (rs-seg map: --trust) if the scene is right"


@dataclass
class ValueLook:
    """What was seen of the values of a scene: faults where they cannot be right, else warnings."""

    faults: list[UserError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def look_at_values(
    models: Mapping[str, tuple[Path, ModelDescription]],
    sources: Mapping[str, Source],
    images: Mapping[RawImage, Path],
    *,
    scene: str,
    refuse: bool,
    picture: str | None = None,
    gives_grid: GridFile | None = None,
) -> ValueLook:
    """The raw values of a scene beside those that each given model, by its key, was trained on.

    Bands are compared one by one, and their order within each source; of a source with dates all
    dates together, without clouds. Without `refuse`, faults are warnings. Files that cannot be
    opened are passed over: their faults are told elsewhere. `picture` and `gives_grid` are as for
    `open_source`.
    """
    look = ValueLook()
    if not models:
        return look
    opener = partial(open_source, picture=picture, gives_grid=gives_grid)
    samples = {name: _sample_source(name, sources[name], images, opener) for name in sources}
    for key, (model_path, model) in models.items():
        where = f"{key}.model, {model_path}, scene {scene}"
        for fault, sure in _compare(model, sources, samples, where):
            if sure and refuse:
                look.faults.append(fault)
            else:
                look.warnings.append(str(fault))
    return look


def look_at_dates(models: Mapping[str, tuple[Path, ModelDescription]], scene: Scene) -> ValueLook:
    """Whether each given model, by its key, can see the dates of a scene."""
    look = ValueLook()
    for key, (path, model) in models.items():
        where = f"{key}.model, {path}, scene {scene.name}"
        for group in model.groups:
            if not group.slots:
                continue
            days = scene.days_of(group.source)
            if model.network.get("architecture") in PAIRS:
                attempt(look.faults, partial(check_pair, len(days), where=where))
            tell = partial(tell_unseen, model.network, days, where=where)
            unseen = attempt(look.faults, tell)
            if unseen is not None:
                look.warnings.append(f"{where}: {unseen}")
    return look


def _sample_source(
    name: str,
    source: Source,
    images: Mapping[RawImage, Path],
    opener: Callable[[str, Source, Path], SourceRaster],
) -> NDArray[Any]:
    """Valid pixels (B, N) of all rasters of a source without clouds, every n-th of them."""
    rasters = [raw for raw in images if raw.source == name and not raw.clouds]
    tiles = max(1, MOST_TILES // max(1, len(rasters)))
    parts: list[NDArray[Any]] = []
    for raw in rasters:
        clouds = images.get(replace(raw, clouds=True))
        with (
            suppress(UserError),  # the fault of a file that cannot be read is told elsewhere
            opener(name, source, images[raw]) as raster,
            _open_clear(name, source, raster, clouds) as (read, height, width),
        ):
            for window in spread_tiles(height, width, size=TILE, count=tiles):
                pixels, valid = read(window)
                parts.append(pixels[:, valid & np.isfinite(pixels).all(axis=0)])
    whole = np.concatenate(parts, axis=1) if parts else np.empty((len(source.kept_bands), 0))
    return whole[:, :: max(1, math.ceil(whole.shape[1] / MOST_PIXELS))]


@contextmanager
def _open_clear(
    name: str, source: Source, raster: SourceRaster, clouds: Path | None
) -> Iterator[tuple[Callable[[Window], Read], int, int]]:
    """What reads windows of a raster without its clouds, on a grid of this height and width."""
    if clouds is None:
        yield raster.read, raster.height, raster.width
        return
    grid = propose_grid(raster)
    warped = WarpedSource(raster, grid, resampling="nearest")
    with open_clouds(name, source, clouds, grid) as cloudy:

        def read(window: Window) -> Read:
            pixels, valid = warped.read(window)
            return pixels, valid & ~cloudy(window)

        yield read, grid.height, grid.width


def _figures_by_band(model: ModelDescription) -> dict[str, BandFigures]:
    """Figures of training by band; those of a band on the first date stand for the band, too."""
    figures = dict(zip(model.bands, trained_figures(model), strict=True))
    first = slot_band("", 1)
    dated = {name.removesuffix(first): own for name, own in figures.items() if name.endswith(first)}
    return {**dated, **figures}


def _compare(
    model: ModelDescription,
    sources: Mapping[str, Source],
    samples: Mapping[str, NDArray[Any]],
    where: str,
) -> Iterator[tuple[UserError, bool]]:
    """What differs, and whether it is sure that the map would be wrong."""
    figures = _figures_by_band(model)
    compared: list[BandComparison] = []
    for name, pixels in samples.items():
        bands = sources[name].kept_bands
        places = [place for place, band in enumerate(bands) if band in figures]
        if not places or not pixels.shape[1]:
            continue
        own = [bands[place] for place in places]
        pairs = zip(own, pixels[places], strict=True)
        compared += [compare_band(band, figures[band], values) for band, values in pairs]
        reordering = find_reordering(model.pairs, own, pixels[places])
        if reordering is not None:
            yield _tell_order(reordering, name, where), reordering.sure
    unlike = [band for band in compared if band.unlike]
    if unlike and len(compared) > 1 and _shares_a_scale(compared):
        yield _tell_scale(compared, where), True
    else:
        for band in unlike:
            yield UserError(band.describe(), where=where), False


def _shares_a_scale(compared: Sequence[BandComparison]) -> bool:
    """Whether all bands differ in magnitude from training in the same direction."""
    means = [(band.scene.mean, band.trained.mean) for band in compared]
    return all(band.other_magnitude for band in compared) and (
        all(scene > trained for scene, trained in means)
        or all(scene < trained for scene, trained in means)
    )


def _tell_order(reordering: Reordering, source: str, where: str) -> UserError:
    fitting = ", ".join(reordering.fitting)
    return UserError(
        reordering.describe(),
        where=where,
        found=f"sources.{source}.bands: {', '.join(reordering.named)}",
        expected=f"perhaps {fitting}",
        remedy=f"name the bands in the order of the file, {WAY_OUT}",
    )


def _tell_scale(compared: Sequence[BandComparison], where: str) -> UserError:
    ratios = [band.scene.mean / band.trained.mean for band in compared]
    scenes = _name_scale([band.scene.max for band in compared])
    trained = _name_scale([band.trained.max for band in compared])
    as_if = f", like {scenes} beside {trained}" if scenes and trained and scenes != trained else ""
    return UserError(
        "values are in another scale than those that the model was trained on",
        where=where,
        found=f"values about {float(np.median(ratios)):.2g} times as large{as_if}: "
        + "; ".join(band.describe() for band in compared[:3]),
        expected="the units of the training",
        remedy="bring the scene to them (apply_scale: true where the file has scale and offset "
        f"tags, else gdal_calc), {WAY_OUT}",
    )


def _name_scale(largest: Sequence[float | None]) -> str | None:
    """The common scale that the greatest values are of; None where they are unknown or greater."""
    known = [value for value in largest if value is not None]
    if len(known) < len(largest):
        return None
    return next((name for limit, name in SCALES.items() if max(known) <= limit), None)
