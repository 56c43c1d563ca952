"""The work of `select`."""

from __future__ import annotations

from rs_seg.config import SelectConfig
from rs_seg.values import InPath, InPaths, Legend, OutPath


def select(
    config: SelectConfig,
    legend: Legend,
    *,
    survivors: InPath,
    image: InPath,
    matches: InPaths,
    objects: OutPath,
    shapefile: OutPath | None,
    flatgeobuf: OutPath | None,
    geoparquet: OutPath | None,
) -> None:
    """See the signature."""
    raise NotImplementedError
