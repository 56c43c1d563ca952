"""The raw rasters of a scene, opened as the configuration says they are to be understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config import Source
from rs_seg.errors import UserErrors
from rs_seg.io.raster import open_raster
from rs_seg.io.raw.bands import choose_bands
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.georeference import Placing
from rs_seg.io.raw.raster_checks import check_raw_raster
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.validity import ValidityRule
from rs_seg.io.raw.wavelengths import expand_spans, names_at, read_wavelengths

if TYPE_CHECKING:
    from pathlib import Path


def open_source(
    name: str, source: Source, path: Path, *, picture: str | None = None
) -> SourceRaster:
    """The raster of the source of this name, to be used as a context manager.

    `picture` is the CRS (WKT) of the scene where it is a picture without a place.

    Raises:
        UserError: it cannot be opened, or its header has faults.
    """
    source = resolve_wavelengths(source, path)
    rules = SourceRules(
        setting=f"sources.{name}",
        validity=ValidityRule(source.nodata_values, source.mask, source.nodata_rule),
        placing=Placing(source.crs, source.override_crs, source.gcp_transform, picture),
        match_bands=source.match_bands,
        dropped=source.drop_bands or (),
        apply_scale=source.apply_scale,
    )
    return SourceRaster(path, bands=source.bands, rules=rules)


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
