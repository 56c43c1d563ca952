"""The raw rasters of a scene, opened as the configuration says they are to be understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config import Source

if TYPE_CHECKING:
    from pathlib import Path

    from rs_seg.io.raw.source import SourceRaster


def open_source(name: str, source: Source, path: Path) -> SourceRaster:
    """The raster of the source of this name, to be used as a context manager.

    Raises:
        UserError: it cannot be opened, or its header has faults.
    """
    from rs_seg.io.raw.georeference import Placing
    from rs_seg.io.raw.source import SourceRaster, SourceRules
    from rs_seg.io.raw.validity import ValidityRule

    rules = SourceRules(
        setting=f"sources.{name}",
        validity=ValidityRule(source.nodata_values, source.mask, source.nodata_rule),
        placing=Placing(source.crs, source.override_crs, source.gcp_transform),
        match_bands=source.match_bands,
        dropped=source.drop_bands or (),
        apply_scale=source.apply_scale,
    )
    return SourceRaster(path, bands=source.bands, rules=rules)
