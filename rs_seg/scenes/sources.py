"""The raw rasters of a scene, opened as the configuration says they are to be understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rs_seg.config import AlignConfig, Source
from rs_seg.config.raw_images import RawImage, reference_image
from rs_seg.errors import UserErrors
from rs_seg.io.raster import open_raster
from rs_seg.io.raw.bands import choose_bands
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.georeference import Extent, Placing, is_placed
from rs_seg.io.raw.raster_checks import check_raw_raster
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.validity import ValidityRule
from rs_seg.io.raw.wavelengths import expand_spans, names_at, read_wavelengths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rs_seg.values import Scene


class GridFile(NamedTuple):
    """The raster that gives the grid of a scene: name and settings of its source, and its path."""

    name: str
    source: Source
    path: Path


def grid_file(
    align: AlignConfig,
    sources: Mapping[str, Source],
    scene: Scene,
    paths: Mapping[RawImage, Path],
) -> GridFile | None:
    """The raster that gives the grid of a scene, among its files; None: there is none."""
    image = reference_image(align, sources, scene)
    if image is None or image not in paths:
        return None
    return GridFile(image.source, sources[image.source], paths[image])


def open_source(
    name: str,
    source: Source,
    path: Path,
    *,
    picture: str | None = None,
    gives_grid: GridFile | None = None,
) -> SourceRaster:
    """The raster of the source of this name, to be used as a context manager.

    `picture` is the CRS (WKT) of the scene where it is a picture without a place. `gives_grid` is
    needed where the source has `ungeoreferenced: reference`.

    Raises:
        UserError: it cannot be opened, or its header has faults.
    """
    source = resolve_wavelengths(source, path)
    extent = None
    if source.ungeoreferenced == "reference" and gives_grid is not None:
        with open_source(*gives_grid) as reference:
            extent = Extent(reference.georeference, reference.height, reference.width)
    rules = SourceRules(
        setting=f"sources.{name}",
        validity=ValidityRule(source.nodata_values, source.mask, source.nodata_rule),
        placing=Placing(source.crs, source.override_crs, source.gcp_transform, picture, extent),
        match_bands=source.match_bands,
        dropped=source.drop_bands or (),
        apply_scale=source.apply_scale,
    )
    raster = SourceRaster(path, bands=source.bands, rules=rules)
    if extent is not None and not is_placed(raster.dataset):
        raster.notes.append(
            f"{path}: has no place of its own, and is taken to cover the ground of the raster that "
            "gives the grid"
        )
    return raster


def resolve_wavelengths(source: Source, path: Path) -> Source:
    """The source with the names that its file has for bands given or dropped by wavelength.

    Raises:
        UserError: the file cannot be opened, or has no such band.
    """
    if not source.asks_wavelengths:
        return source
    check_raw_raster(path)
    with open_raster(path, raster_drivers(path)) as dataset:
        stated = read_wavelengths(dataset)
        bands = expand_spans(stated, source.bands, path)
        choice, faults = choose_bands(dataset, bands, path, match=source.match_bands)
    if choice is None:
        raise UserErrors(faults)
    named = list(zip(bands, choice.indexes, strict=True))
    dropped = [
        name for text in source.drop_bands or () for name in names_at(stated, text, named, path)
    ]
    changes = {"bands": bands, "drop_bands": tuple(dict.fromkeys(dropped)) or None}
    # validated anew where the configuration is: bands may be named twice, or none be left
    return source.model_copy(update=changes)
