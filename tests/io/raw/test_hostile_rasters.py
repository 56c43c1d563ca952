"""Random bytes in the header of a raster end in its values or in a user's error."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import rasterio

from rs_seg.errors import UserError
from rs_seg.io.raw.place_warnings import find_place_warnings
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster
from rs_seg.io.raw.source_facts import describe_band_tags, describe_header, find_header_warnings
from rs_seg.testing import grid_at, write_image
from rs_seg.values import Window

VRT = """<VRTDataset rasterXSize="4" rasterYSize="4"><SRS>EPSG:32632</SRS>
<GeoTransform>600000, 10, 0, 5400000, 0, -10</GeoTransform><VRTRasterBand dataType="Byte" band="1">
<NoDataValue>0</NoDataValue><Scale>1.5</Scale><Offset>2</Offset><Description>red</Description>
<SimpleSource><SourceFilename relativeToVRT="1">sound.tif</SourceFilename><SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""
DIGITS = b"0123456789.-eE,nNaAiIfF \xe4"
EXAMPLES = 150


def look_at(path, bands):
    with contextlib.suppress(UserError), SourceRaster(path, bands=bands) as raster:
        raster.find_missing_blocks()
        find_place_warnings(raster)
        propose_grid(raster)
        describe_header(raster)
        describe_band_tags(raster)
        find_header_warnings(raster)
        raster.read(Window(0, 0, 1, 1))


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    pixels = np.random.default_rng(0).integers(0, 255, (3, 40, 30)).astype(np.uint8)
    folder = tmp_path_factory.mktemp("hostile")
    return write_image(
        folder / "sound.tif", grid_at(40, 30), pixels, nodata=0, bands=["rot", "grün", "blau"]
    )


# rasterio itself prints errors whose text is no UTF-8 and goes on
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::UserWarning"
)
@pytest.mark.filterwarnings(
    "ignore::rasterio.errors.NotGeoreferencedWarning", "ignore::RuntimeWarning"
)
@pytest.mark.parametrize("seed", range(3))
def test_changed_bytes_of_a_tiff_are_no_crash(sound, seed):
    draws, content = np.random.default_rng(seed), sound.read_bytes()
    path = sound.with_name(f"changed{seed}.tif")
    for _ in range(EXAMPLES):
        changed = bytearray(content)
        for place in draws.integers(0, 900, draws.integers(1, 6)):
            changed[place] = draws.integers(0, 256)
        path.write_bytes(changed)
        look_at(path, ("red", "green", "blue"))


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::UserWarning"
)
@pytest.mark.filterwarnings(
    "ignore::rasterio.errors.NotGeoreferencedWarning", "ignore::RuntimeWarning"
)
def test_changed_characters_of_a_vrt_are_no_crash(sound):
    draws, content = np.random.default_rng(0), VRT.encode()
    path = sound.with_name("changed.vrt")
    for _ in range(2 * EXAMPLES):
        changed = bytearray(content)
        for place in draws.integers(40, len(content), draws.integers(1, 4)):
            changed[place] = DIGITS[draws.integers(0, len(DIGITS))]
        path.write_bytes(changed)
        look_at(path, ("red",))


def test_descriptions_in_another_encoding_are_as_none(sound):
    path = sound.with_name("latin.tif")
    path.write_bytes(sound.read_bytes().replace("grün".encode(), "gr\xfcn ".encode("latin-1")))
    with rasterio.open(path) as dataset, pytest.raises(UnicodeDecodeError):
        assert dataset.descriptions
    with SourceRaster(path, bands=("red", "green", "blue")) as raster:
        assert [band["description"] for band in describe_band_tags(raster)] == [None] * 3
