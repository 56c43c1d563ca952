"""The files of simulated fields over a year."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from rs_seg.algorithms.simulate.fields import simulate_fields
from rs_seg.config import SimulateConfig
from rs_seg.stages.simulate.writing import choose_place, georeference, write_polygons, write_raster
from rs_seg.values.dates import parse_date


def write_fields(
    config: SimulateConfig,
    seed: int,
    *,
    optical: Sequence[Path],
    clouds: Sequence[Path],
    radar: Path | None,
    labels: Path | None,
    objects: Path | None,
) -> None:
    """Optical images of the dates of fields, and what else is asked for.

    Clouds are visible where there are files for their masks; else nothing is known there.
    """
    assert config.fields is not None
    fields = simulate_fields(
        seed=seed,
        height=config.size,
        width=config.size,
        days=[parse_date(text).timetuple().tm_yday for text in config.fields.dates],
        clouds=config.fields.clouds,
        looks=config.looks,
    )
    place = choose_place(seed, config.size * fields.grid.pixel_size)
    ground = georeference(fields.grid, place)
    dates = zip(fields.optical, fields.clouds, strict=True)
    files = zip_longest(optical, clouds)  # of clouds one for each image, or none
    for (image, cloudy), (path, mask_path) in zip(dates, files, strict=True):
        if mask_path is not None:
            write_raster(mask_path, cloudy.astype(np.uint8)[None], ground, bands=("clouds",))
        pixels = image if mask_path is not None else np.where(cloudy, np.uint16(0), image)
        write_raster(path, pixels, ground, bands=("nir", "red", "green"), nodata=0)
    if radar is not None:
        write_raster(radar, fields.radar, ground, bands=("vv", "vh"))
    if labels is not None:
        write_polygons(labels, "labels", fields.polygons, fields.names, place)
    if objects is not None:
        write_polygons(objects, "objects", fields.polygons, fields.names, place)
