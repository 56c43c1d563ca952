"""The work of `inspect`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.algorithms.inspection.quicklook import Look, draw_quicklook
from rs_seg.algorithms.statistics import describe_band
from rs_seg.config import AlignConfig, InspectConfig, LabelConfig, Sheet, Source
from rs_seg.errors import UserErrors
from rs_seg.io.documents import write_document
from rs_seg.io.raw.overview import place_overview, shrink_grid
from rs_seg.io.raw.source_facts import describe_band_tags, describe_grid, describe_header
from rs_seg.scenes.headers import look_at_headers
from rs_seg.scenes.label_looks import paint_labels
from rs_seg.scenes.source_warnings import find_undeclared, tell_empty_bands
from rs_seg.scenes.sources import open_source
from rs_seg.scenes.validity import Loss, count_losses, fill_missing, scene_valid
from rs_seg.stages.inspect.sheets import look_at_patches
from rs_seg.values import ClassNames, InPaths, OutPath, Scene
from rs_seg.values.inspection import Inspection, SourceBand, SourceFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rs_seg.io.raw.source import SourceRaster
    from rs_seg.values.grid import Grid

    Rasters = dict[str, SourceRaster]
    Overviews = dict[str, tuple[NDArray[Any], NDArray[np.bool_]]]

OVERVIEW = 1024
"""Longer side of what is read of each source for statistics, in pixels."""
FIGURES = ("mean", "std", "min", "max", "p2", "p98")
"""What is said of the values of a band; null where the look meets no valid pixel."""
PARTLY_NODATA = 0.001
"""Share of pixels with nodata in some bands only that is worth a warning."""
LOST_ALONE = 0.1
"""Share of a scene's pixels that is worth a warning where one source alone leaves them out."""
logger = logging.getLogger(__name__)


def inspect(
    config: InspectConfig,
    sources: dict[str, Source],
    align: AlignConfig,
    label: LabelConfig | None,
    class_names: ClassNames,
    scene: Scene,
    sheet: Sheet | None = None,
    *,
    images: InPaths,
    labels: InPaths,
    inspection: OutPath,
    quicklook: OutPath,
) -> None:
    """See the signature."""
    if sheet is None:
        facts = _inspect_files(
            config, sources, align, label, class_names, scene, images, labels, quicklook
        )
    else:
        looked = look_at_patches(sheet, label, class_names)
        shown, patch = sheet.patches[looked.shown], Scene(name=sheet.patches[looked.shown].name)
        files = [*shown.images], [shown.label] if shown.label is not None else []
        facts = _inspect_files(config, sources, align, label, class_names, patch, *files, quicklook)
        facts = looked.add_to(facts, scene.name)
    for warning in facts.warnings:
        logger.warning("%s", warning)
    write_document(inspection, facts)


def _inspect_files(
    config: InspectConfig,
    sources: dict[str, Source],
    align: AlignConfig,
    label: LabelConfig | None,
    class_names: ClassNames,
    scene: Scene,
    images: InPaths,
    labels: InPaths,
    quicklook: Path,
) -> Inspection:
    """What is known of one scene, or of one patch, whose picture is drawn."""
    look = look_at_headers(
        sources, align, label, class_names, scene, images=images, labels=labels, described=True
    )
    if look.faults:
        raise UserErrors(look.faults)
    grid = look.grid
    assert grid is not None, "a scene without faults has a grid"
    with ExitStack() as stack:
        rasters = {
            name: stack.enter_context(
                open_source(name, source, path, picture=align.picture_of(scene.name))
            )
            for (name, source), path in zip(sources.items(), images, strict=True)
        }
        described, warnings = [], list(look.warnings)
        overviews = {name: _read_overview(raster, warnings) for name, raster in rasters.items()}
        placed = _place(rasters, overviews, grid, config.quicklook_size)
        losses = count_losses([valid for _, valid in placed])
        for (name, raster), loss in zip(rasters.items(), losses, strict=True):
            source_facts = _describe_source(name, sources[name], raster, *overviews[name])
            described.append(source_facts.model_copy(update=_share_of(loss, placed[0][1].size)))
            warnings += _find_loss_warnings(sources[name], raster, loss, pixels=placed[0][1].size)
            warnings += _find_source_warnings(sources[name], raster, *overviews[name])
        warnings += [] if look.labels is None else look.labels.warnings
        facts = Inspection(
            scene=scene.name,
            grid=describe_grid(grid),
            sources=tuple(described),
            labels=None if look.labels is None else look.labels.facts,
            warnings=tuple(warnings),
        )
        _draw(config, sources, label, class_names, grid, placed, labels, facts, quicklook)
        return facts


def _read_overview(
    raster: SourceRaster, warnings: list[str]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Thinned pixels of a source that has valid ones; faults of overviews go to `warnings`.

    Raises:
        UserError: pixels cannot be read.
    """
    pixels, valid = raster.read_overview(OVERVIEW)
    if valid.any():
        return pixels, valid
    pixels, valid = raster.read_thinned(OVERVIEW)
    what = (
        "its overviews are stale: they hold no data where the raster does; make them again "
        "(gdaladdo -clean first)"
    )
    few = "hardly any pixel is valid: its statistics are left out"
    warnings.append(f"{raster.path}: {what if valid.any() else few}")
    return pixels, valid


def _describe_source(
    name: str,
    source: Source,
    raster: SourceRaster,
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
) -> SourceFacts:
    bands = tuple(
        SourceBand(
            name=band,
            **tags,
            **(describe_band(band_pixels[valid]) if valid.any() else dict.fromkeys(FIGURES)),
        )
        for band, tags, band_pixels in zip(
            source.kept_bands, describe_band_tags(raster), pixels, strict=True
        )
    )
    return SourceFacts(
        name=name, **describe_header(raster), valid_share=float(valid.mean()), bands=bands
    )


def _find_source_warnings(
    source: Source, raster: SourceRaster, pixels: NDArray[Any], valid: NDArray[np.bool_]
) -> list[str]:
    warnings = list(find_undeclared(source.kept_bands, raster, pixels, valid))
    absent = raster.find_absent(OVERVIEW)
    empty = tell_empty_bands(raster, source.kept_bands)
    warnings += [] if empty is None else [f"{raster.path}: {empty}"]
    partly = float((absent.any(axis=0) & ~absent.all(axis=0)).mean())
    if partly > PARTLY_NODATA:
        warnings.append(
            f"{raster.path}: {partly:.1%} of the pixels hold the nodata value in some bands only; "
            f"they count as no data"
        )
    if raster.has_palette and source.resampling not in ("nearest", "mode"):
        warnings.append(
            f"{raster.path}: values are numbers of a palette; set resampling: nearest for this "
            f"source"
        )
    return warnings


def _place(
    rasters: Rasters, overviews: Overviews, grid: Grid, longest: int
) -> list[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Pixels and valid masks of all sources on the grid of the scene, thinned."""
    small = shrink_grid(grid, longest)
    return [place_overview(raster, *overviews[name], small) for name, raster in rasters.items()]


def _share_of(loss: Loss, pixels: int) -> dict[str, float]:
    """Shares of the scene's pixels without data in a source, and in this source alone."""
    return {"lost_share": loss.pixels / pixels, "lost_alone_share": loss.alone / pixels}


def _find_loss_warnings(
    source: Source, raster: SourceRaster, loss: Loss, *, pixels: int
) -> list[str]:
    if source.fill is not None or loss.alone <= LOST_ALONE * pixels:
        return []
    told = (
        f"{raster.path}: {loss.alone / pixels:.1%} of the scene are left out because this source "
        "alone has no data there; set fill: 0 for it where its bands may be 0 instead"
    )
    return [told]


def _draw(
    config: InspectConfig,
    sources: dict[str, Source],
    label: LabelConfig | None,
    class_names: ClassNames,
    grid: Grid,
    placed: Sequence[tuple[NDArray[np.float32], NDArray[np.bool_]]],
    labels: InPaths,
    facts: Inspection,
    quicklook: Path,
) -> None:
    small = shrink_grid(grid, config.quicklook_size)
    look = Look(
        title=facts.scene,
        facts=[_sentence(source) for source in facts.sources],
        bands=[band for source in sources.values() for band in source.kept_bands],
        pixels=np.concatenate(
            [
                fill_missing(*pair, source)
                for pair, source in zip(placed, sources.values(), strict=True)
            ]
        ),
        valid=scene_valid([valid for _, valid in placed], list(sources.values())),
        classes=class_names.names,
        indices=None
        if label is None or not labels
        else paint_labels(label, class_names, small, labels[0], grid=grid, scene=facts.scene),
    )
    draw_quicklook(look).savefig(quicklook, format="png", dpi=130, metadata={"Software": None})


def _sentence(source: SourceFacts) -> str:
    return (
        f"{source.name}: {source.height} x {source.width} pixels of "
        f"{source.pixel_size_ground_m:.3g} m, "
        f"{source.dtype}, {source.crs[:24]}, {source.valid_share:.1%} valid"
    )
