"""The work of `inspect`."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.algorithms.inspection.date_strip import DateSeries
from rs_seg.algorithms.inspection.quicklook import Look, draw_quicklook
from rs_seg.algorithms.statistics import describe_band
from rs_seg.config import AlignConfig, InspectConfig, LabelConfig, Sheet, Source
from rs_seg.config.raw_images import RawImage, list_images
from rs_seg.errors import UserErrors
from rs_seg.io.documents import write_document
from rs_seg.io.raw.overview import place_overview, shrink_grid
from rs_seg.io.raw.source_facts import describe_band_tags, describe_grid, describe_header
from rs_seg.scenes.headers import look_at_headers
from rs_seg.scenes.label_looks import paint_labels
from rs_seg.scenes.source_warnings import find_undeclared, tell_empty_bands
from rs_seg.scenes.sources import grid_file, open_source
from rs_seg.scenes.stacking import Read, Stack, join_sources, stack_sources
from rs_seg.scenes.validity import Loss, count_losses, scene_valid
from rs_seg.stages.inspect.clear import clear_placed, find_clear
from rs_seg.stages.inspect.dates import find_loss_warnings, list_series, tell_sources
from rs_seg.stages.inspect.sheets import look_at_patches
from rs_seg.values import ClassNames, InPaths, OutPath, Scene
from rs_seg.values.dates import parse_date
from rs_seg.values.inspection import Inspection, SourceBand, SourceFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rs_seg.io.raw.source import SourceRaster
    from rs_seg.values.grid import Grid

OVERVIEW = 1024
"""Longer side of what is read of each source for statistics, in pixels."""
FIGURES = ("mean", "std", "min", "max", "p2", "p98")
"""What is said of the values of a band; null where the look meets no valid pixel."""
PARTLY_NODATA = 0.001
"""Share of pixels with nodata in some bands only that is worth a warning."""
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
    picture = align.picture_of(scene.name)
    with ExitStack() as stack:
        given = dict(zip(list_images(sources, scene), images, strict=True))
        gives_grid = grid_file(align, sources, scene, given)
        rasters = {
            raw: stack.enter_context(
                open_source(
                    raw.source, sources[raw.source], path, picture=picture, gives_grid=gives_grid
                )
            )
            for raw, path in given.items()
            if not raw.clouds
        }
        warnings = list(look.warnings)
        overviews = {raw: _read_overview(raster, warnings) for raw, raster in rasters.items()}
        small = shrink_grid(grid, config.quicklook_size)
        placed = {raw: place_overview(rasters[raw], *overviews[raw], small) for raw in rasters}
        placed = clear_placed(placed, sources, given, small)
        clear = find_clear(rasters, overviews, sources, given)
        stacks = stack_sources(sources, scene)
        joined = join_sources(
            stacks, placed, shape=(small.height, small.width), dtype=np.dtype(np.float32)
        )
        losses = dict(zip(stacks, count_losses([valid for _, valid in joined]), strict=True))
        described = [
            _describe_source(raw, sources[raw.source], raster, *overviews[raw], clear[raw])
            for raw, raster in rasters.items()
        ]
        described = [
            facts.model_copy(update=_share_of(losses[raw.source], raw, placed[raw][1]))
            for raw, facts in zip(rasters, described, strict=True)
        ]
        for raw, raster in rasters.items():
            warnings += _find_source_warnings(
                sources[raw.source], raster, *overviews[raw], clear=clear[raw]
            )
        warnings += find_loss_warnings(sources, rasters, losses, placed)
        warnings += [] if look.labels is None else look.labels.warnings
        facts = Inspection(
            scene=scene.name,
            grid=describe_grid(grid),
            sources=tuple(described),
            labels=None if look.labels is None else look.labels.facts,
            warnings=tuple(warnings),
        )
        series = list_series(sources, placed)
        _draw(config, stacks, label, class_names, grid, joined, series, labels, facts, quicklook)
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
    raw: RawImage,
    source: Source,
    raster: SourceRaster,
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    clear: NDArray[np.bool_],
) -> SourceFacts:
    bands = tuple(
        SourceBand(
            name=band,
            **tags,
            **(describe_band(band_pixels[clear]) if clear.any() else dict.fromkeys(FIGURES)),
        )
        for band, tags, band_pixels in zip(
            source.kept_bands, describe_band_tags(raster), pixels, strict=True
        )
    )
    return SourceFacts(
        name=raw.source,
        date=None if raw.date is None else parse_date(raw.date).isoformat(),
        **describe_header(raster),
        valid_share=float(valid.mean()),
        bands=bands,
    )


def _find_source_warnings(
    source: Source,
    raster: SourceRaster,
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    *,
    clear: NDArray[np.bool_],
) -> list[str]:
    warnings = list(find_undeclared(source.kept_bands, raster, pixels, valid, clear=clear))
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


def _share_of(loss: Loss, raw: RawImage, valid: NDArray[np.bool_]) -> dict[str, float]:
    """Shares of the scene's pixels without data in a raster, and in its source alone.

    The latter only of sources without dates. Clouds are no data.
    """
    if raw.slot:
        return {"lost_share": float(1 - valid.mean())}
    return {"lost_share": loss.pixels / valid.size, "lost_alone_share": loss.alone / valid.size}


def _draw(
    config: InspectConfig,
    stacks: Mapping[str, Stack],
    label: LabelConfig | None,
    class_names: ClassNames,
    grid: Grid,
    joined: Sequence[Read],
    series: Sequence[DateSeries],
    labels: InPaths,
    facts: Inspection,
    quicklook: Path,
) -> None:
    small = shrink_grid(grid, config.quicklook_size)
    shown = [stack.summarize(*own) for stack, own in zip(stacks.values(), joined, strict=True)]
    look = Look(
        title=facts.scene,
        facts=list(tell_sources(facts.sources)),
        bands=[band for stack in stacks.values() for band in stack.group.bands],
        pixels=np.concatenate(shown),
        valid=scene_valid(
            [valid for _, valid in joined], [stack.source for stack in stacks.values()]
        ),
        classes=class_names.names,
        indices=None
        if label is None or not labels
        else paint_labels(label, class_names, small, labels[0], grid=grid, scene=facts.scene),
        series=series,
    )
    draw_quicklook(look).savefig(quicklook, format="png", dpi=130, metadata={"Software": None})
