"""The look at the inputs before any work: every fault at once, then facts and a picture."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from rs_seg.config import AlignConfig, InspectConfig, LabelConfig, Source
from rs_seg.errors import UserErrors
from rs_seg.stages.parts.inspect_labels import look_at_labels, paint_labels
from rs_seg.stages.parts.scene_headers import look_at_headers
from rs_seg.stages.parts.source_warnings import find_undeclared, tell_empty_bands
from rs_seg.stages.parts.sources import open_source
from rs_seg.values import ClassNames, InPaths, OutPath, Scene

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raw.source import SourceRaster
    from rs_seg.values.grid import Grid

    Rasters = dict[str, SourceRaster]
    Overviews = dict[str, tuple[NDArray[Any], NDArray[np.bool_]]]

REVISION = 3
LIMITED_IN_TIME = True
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
    *,
    images: InPaths,
    labels: InPaths,
    inspection: OutPath,
    quicklook: OutPath,
) -> None:
    """What is known of a scene's inputs (JSON) and a picture of them (PNG); statistics come from thinned reads.

    Raises:
        UserErrors: every fault of the sources and labels.
    """
    import json

    from rs_seg.io.raw.source_facts import describe_grid

    look = look_at_headers(sources, align, label, class_names, scene, images=images, labels=labels)
    if look.faults:
        raise UserErrors(look.faults)
    grid = look.grid
    assert grid is not None, "a scene without faults has a grid"
    with ExitStack() as stack:
        rasters = {
            name: stack.enter_context(open_source(name, source, path))
            for (name, source), path in zip(sources.items(), images, strict=True)
        }
        facts: dict[str, Any] = {"scene": scene.name, "grid": describe_grid(grid), "sources": []}
        facts |= {"labels": None, "warnings": list(look.warnings)}
        overviews = {name: _read_overview(raster, facts["warnings"]) for name, raster in rasters.items()}
        for name, raster in rasters.items():
            facts["sources"].append(_describe_source(name, sources[name], raster, *overviews[name]))
            facts["warnings"] += _find_source_warnings(sources[name], raster, *overviews[name])
        if label is not None and labels:
            from rs_seg.io.raw.vector import holds_polygons

            polygonal = holds_polygons(labels[0], label.layer)
            looked = look_at_labels(label, class_names, grid, labels[0], polygonal=polygonal, described=True)
            facts["labels"], facts["warnings"] = looked.facts, [*facts["warnings"], *looked.warnings]
        for warning in facts["warnings"]:
            logger.warning("%s", warning)
        inspection.write_text(json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        _draw(config, sources, label, class_names, grid, rasters, overviews, labels, facts, quicklook)


def _read_overview(raster: SourceRaster, warnings: list[str]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Thinned pixels of a source that has valid ones; what is wrong with its overviews is added to `warnings`.

    Raises:
        UserError: pixels cannot be read.
    """
    pixels, valid = raster.read_overview(OVERVIEW)
    if valid.any():
        return pixels, valid
    pixels, valid = raster.read_thinned(OVERVIEW)
    what = "its overviews are stale: they hold no data where the raster does; make them again (gdaladdo -clean first)"
    few = "hardly any pixel is valid: its statistics are left out"
    warnings.append(f"{raster.path}: {what if valid.any() else few}")
    return pixels, valid


def _describe_source(
    name: str, source: Source, raster: SourceRaster, pixels: NDArray[Any], valid: NDArray[np.bool_]
) -> dict[str, Any]:
    from rs_seg.algorithms.statistics import describe_band
    from rs_seg.io.raw.source_facts import describe_band_tags, describe_header

    bands = [
        {"name": band, **tags, **(describe_band(each[valid]) if valid.any() else dict.fromkeys(FIGURES))}
        for band, tags, each in zip(source.kept_bands, describe_band_tags(raster), pixels, strict=True)
    ]
    return {"name": name, **describe_header(raster), "valid_share": float(valid.mean()), "bands": bands}


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
            f"{raster.path}: {partly:.1%} of the pixels hold the nodata value in some bands only; they count as no data"
        )
    if raster.has_palette and source.resampling not in ("nearest", "mode"):
        warnings.append(f"{raster.path}: values are numbers of a palette; set resampling: nearest for this source")
    return warnings


def _draw(
    config: InspectConfig,
    sources: dict[str, Source],
    label: LabelConfig | None,
    class_names: ClassNames,
    grid: Grid,
    rasters: Rasters,
    overviews: Overviews,
    labels: InPaths,
    facts: dict[str, Any],
    quicklook: Path,
) -> None:
    import numpy as np

    from rs_seg.algorithms.inspection.quicklook import Look, draw_quicklook
    from rs_seg.io.raw.overview import place_overview, shrink_grid

    small = shrink_grid(grid, config.quicklook_size)
    placed = [place_overview(rasters[name], *overviews[name], small) for name in rasters]
    look = Look(
        title=facts["scene"],
        facts=[_sentence(each) for each in facts["sources"]],
        bands=[band for source in sources.values() for band in source.kept_bands],
        pixels=np.concatenate([pixels for pixels, _ in placed]),
        valid=np.logical_and.reduce([valid for _, valid in placed]),
        classes=class_names.names,
        indices=None if label is None or not labels else paint_labels(label, class_names, small, labels[0]),
    )
    draw_quicklook(look).savefig(quicklook, format="png", dpi=130, metadata={"Software": None})


def _sentence(source: dict[str, Any]) -> str:
    return (
        f"{source['name']}: {source['height']} x {source['width']} pixels of {source['pixel_size_ground_m']:.3g} m, "
        f"{source['dtype']}, {source['crs'][:24]}, {source['valid_share']:.1%} valid"
    )
