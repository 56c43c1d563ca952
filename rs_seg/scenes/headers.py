"""The part of inspect and `rs-seg check` that looks at a scene without reading all pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rs_seg.config import AlignConfig, LabelConfig, Source
from rs_seg.config.raw_images import RawImage, list_images, reference_image
from rs_seg.errors import UserError
from rs_seg.io.raw.operations import find_datum_warnings
from rs_seg.io.raw.place_warnings import find_grid_warnings
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source_facts import find_header_warnings, find_strays
from rs_seg.scenes.clouds import open_clouds
from rs_seg.scenes.label_looks import LabelLook, attempt, look_at_label_file
from rs_seg.scenes.source_warnings import tell_empty_bands
from rs_seg.scenes.sources import grid_file, open_source
from rs_seg.values import ClassNames, InPaths, Scene

if TYPE_CHECKING:
    from pathlib import Path

    from rs_seg.io.raw.source import SourceRaster
    from rs_seg.values.grid import Grid

    Rasters = dict[RawImage, SourceRaster]

NOTHING_VALID = "raster has no valid pixel"
"""What is said of such a raster; of patches it is no fault."""


@dataclass(frozen=True)
class HeaderLook:
    """What headers and labels of a scene say: faults, warnings, and the grid where it is known.

    `scalings` are scale and offset by band, of the bands whose tags are not applied. `labels` is
    None where none were looked at.
    """

    faults: tuple[UserError, ...]
    warnings: tuple[str, ...]
    grid: Grid | None
    scalings: Mapping[str, tuple[float, float]]
    labels: LabelLook | None


def look_at_headers(
    sources: dict[str, Source],
    align: AlignConfig,
    label: LabelConfig | None,
    class_names: ClassNames,
    scene: Scene,
    *,
    images: InPaths,
    labels: InPaths,
    described: bool = False,
) -> HeaderLook:
    """What shows of a scene's inputs without reading all imagery: files, headers, places, labels.

    `described` is as in `look_at_labels`.
    """
    faults: list[UserError] = []
    warnings: list[str] = []
    looked: LabelLook | None = None
    picture = align.picture_of(scene.name)
    with ExitStack() as stack:
        rasters: Rasters = {}
        given = dict(zip(list_images(sources, scene), images, strict=True))
        gives_grid = grid_file(align, sources, scene, given)
        for raw, path in given.items():
            if raw.clouds:
                continue
            source = sources[raw.source]
            opened = partial(
                open_source, raw.source, source, path, picture=picture, gives_grid=gives_grid
            )
            raster = attempt(faults, partial(_open_in, stack, opened))
            if raster is not None:
                rasters[raw] = raster
                faults += _find_pixel_faults(raster, source.kept_bands)
        chosen = reference_image(align, sources, scene)
        reference = None if chosen is None else rasters.get(chosen)
        grid = (
            None
            if reference is None
            else attempt(faults, partial(_configured_grid, align, reference))
        )
        if grid is not None and reference is not None:
            faults += find_strays(rasters.values(), grid, reference=reference)
            faults += _find_cloud_faults(sources, given, grid)
            warnings = find_place_and_band_warnings(align, rasters, grid)
            warnings += [*_tell_lacking(scene), *_tell_scalings(rasters)]
        if label is not None and labels:
            looked = look_at_label_file(
                label, class_names, grid, labels[0], described=described, scene=scene.name
            )
            faults += looked.faults
        scalings = _find_scalings(sources, rasters)
    if label is not None and scene.labelled and not labels:
        faults.append(_no_labels(scene))
    return HeaderLook(tuple(faults), tuple(warnings), grid, scalings, looked)


def _configured_grid(align: AlignConfig, reference: SourceRaster) -> Grid:
    """The grid that `align` will make.

    Raises:
        UserError: there can be none, see `rs_seg.io.raw.scene_grid.propose_grid`.
    """
    return propose_grid(reference, crs=align.crs, resolution=align.resolution)


def find_place_and_band_warnings(align: AlignConfig, rasters: Rasters, grid: Grid) -> list[str]:
    """Warnings about where the sources of a scene lie and how their bands were understood."""
    warnings = [] if align.crs is None else find_grid_warnings(grid)
    for raster in rasters.values():
        warnings += find_header_warnings(raster)
        warnings += find_datum_warnings(grid, raster.georeference.proj_crs, where=raster.path)
    return warnings


def _open_in(stack: ExitStack, opened: Callable[[], SourceRaster]) -> SourceRaster:
    return stack.enter_context(opened())


def _find_pixel_faults(raster: SourceRaster, bands: Sequence[str]) -> list[UserError]:
    """Faults of the pixels that show without reading all of them.

    They are blocks behind the end of the file, and no valid pixel.
    """
    truncated = raster.find_missing_blocks()
    if truncated is not None:
        return [truncated]
    faults: list[UserError] = []
    if attempt(faults, raster.has_valid_pixel) is False:
        faults.append(
            UserError(
                NOTHING_VALID,
                where=raster.path,
                found=f"only nodata by {raster.nodata_rule}",
                expected="pixels with data in every band",
                remedy=_tell_remedy(raster, bands),
            )
        )
    return faults


def _tell_remedy(raster: SourceRaster, bands: Sequence[str]) -> str:
    """What to do about a raster without a valid pixel: bands without a value may be the reason."""
    empty = tell_empty_bands(raster, bands)
    check = "check the file, or change mask or nodata_rule of this source"
    return check if empty is None else f"{empty}; else {check}"


def _find_scalings(
    sources: Mapping[str, Source], rasters: Rasters
) -> dict[str, tuple[float, float]]:
    """Those of each band, by its name; of a source with dates, of the first."""
    pairs = [
        zip(sources[raw.source].kept_bands, raster.scaling, strict=True)
        for raw, raster in rasters.items()
        if not raster.scales_applied and raw.slot <= 1
    ]
    return {band: scaling for bands in pairs for band, scaling in bands}


def _find_cloud_faults(
    sources: Mapping[str, Source], given: Mapping[RawImage, Path], grid: Grid
) -> list[UserError]:
    faults: list[UserError] = []
    for raw, path in given.items():
        if raw.clouds:
            attempt(faults, partial(_try_clouds, raw.source, sources[raw.source], path, grid))
    return faults


def _try_clouds(name: str, source: Source, path: Path, grid: Grid) -> None:
    with open_clouds(name, source, path, grid):
        return


def _tell_lacking(scene: Scene) -> list[str]:
    """Warnings of optional files that a scene does not have."""
    return [f"scene {scene.name} has no file of {label}" for label in scene.lacks]


def _tell_scalings(rasters: Rasters) -> list[str]:
    """Warnings of dates whose scale and offset, not applied, are not those of the first date."""
    first = {raw.source: raster for raw, raster in rasters.items() if raw.slot == 1}
    return [
        f"{raster.path}: scale and offset tags differ from those of {first[raw.source].path.name}, "
        "and are not applied; set apply_scale: true for this source"
        for raw, raster in rasters.items()
        if raw.source in first
        and not raster.scales_applied
        and raster.scaling != first[raw.source].scaling
    ]


def _no_labels(scene: Scene) -> UserError:
    return UserError(
        "scene is labelled but has no label file",
        where=f"scene {scene.name}",
        expected="a file at label.path",
        remedy="set labelled to false in the scene table, or provide the file",
    )
