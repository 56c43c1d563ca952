"""Virtual mosaics hold the pixels of their sources, whatever the names of files and classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio

from rs_seg.io.delivery.virtual_mosaic import VirtualBand, VirtualSource, write_virtual_mosaic
from rs_seg.testing import TOY_CLASSES, grid_at, write_reference
from rs_seg.values import Window
from rs_seg.values.frame import Frame, Placement


def test_names_with_signs_of_xml_are_names_like_others(tmp_path: Path) -> None:
    name = 'Ort <a> & "b"'
    grid = grid_at(20, 30)
    codes = np.full((20, 30), 4, dtype=np.uint8)
    (tmp_path / name).mkdir()
    write_reference(tmp_path / name / "classes.tif", grid, codes)
    source = VirtualSource(f"{name}/classes.tif", (20, 30), (20, 30))
    band = VirtualBand("wood & <lake>", "uint8", TOY_CLASSES.nodata, names={4: "wood & <lake>"})
    path = tmp_path / "map.vrt"
    write_virtual_mosaic(path, Frame(grid, (Placement(0, Window(0, 0, 20, 30)),)), [source], band)
    with rasterio.open(path) as dataset:
        assert np.array_equal(dataset.read(1), codes)
        assert dataset.descriptions == ("wood & <lake>",)
        assert dataset.tags(1)["class_4"] == "wood & <lake>"
