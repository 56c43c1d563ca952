from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.io.strips import StripStore
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values.grid import equal, whole

ROWS = [(0, 512), (512, 256), (768, 40)]


def pixels(class_count: int) -> np.ndarray:
    return np.random.default_rng(class_count).integers(
        0, 40, (class_count, 808, 700), dtype=np.uint8
    )


def store_of(folder: Path, class_count: int) -> StripStore:
    return StripStore(
        folder,
        rotated_grid(808, 700),
        tuple(f"class {index}" for index in range(class_count)),
        nodata=255,
    )


def fill(store: StripStore, rows=ROWS) -> None:
    for row, height in rows:
        store.write(row, pixels(len(store.names))[:, row : row + height])


@pytest.mark.parametrize("class_count", [2, 4, 5, 9])
def test_a_joined_raster_is_the_one_written_at_once(class_count, tmp_path):
    store = store_of(tmp_path / "strips", class_count)
    fill(store)
    store.join(tmp_path / "joined.tif", ROWS)
    with create_raster(
        tmp_path / "once.tif", store.grid, dtype="uint8", bands=store.names, nodata=255
    ) as dataset:
        dataset.write(pixels(class_count))
    with (
        RasterReader(tmp_path / "joined.tif") as joined,
        RasterReader(tmp_path / "once.tif") as once,
    ):
        np.testing.assert_array_equal(joined.read(whole(joined.grid)), pixels(class_count))
        assert equal(joined.grid, once.grid)
        assert (joined.bands, joined.nodata, joined.dtype) == (once.bands, once.nodata, once.dtype)
        assert joined.dataset.profile == once.dataset.profile
    assert (
        abs((tmp_path / "joined.tif").stat().st_size / (tmp_path / "once.tif").stat().st_size - 1)
        < 0.01
    )


def test_the_bytes_do_not_depend_on_the_order_in_which_bands_were_made(tmp_path):
    for name, rows in (("forth", ROWS), ("back", ROWS[::-1])):
        store = store_of(tmp_path / name, 6)
        fill(store, rows)
        store.join(tmp_path / f"{name}.tif", ROWS)
    assert (tmp_path / "forth.tif").read_bytes() == (tmp_path / "back.tif").read_bytes()


def test_a_band_is_a_raster_on_its_place(tmp_path):
    store = store_of(tmp_path, 3)
    store.write(512, pixels(3)[:, 512:768])
    (path,) = tmp_path.glob("*.tif")
    with rasterio.open(path) as strip:
        assert strip.transform @ (0, 0) == pytest.approx(store.grid.affine @ (0, 512))
        np.testing.assert_array_equal(strip.read(), pixels(3)[:, 512:768])


def test_a_band_that_fails_half_way_is_absent(tmp_path):
    store = store_of(tmp_path, 3)
    with pytest.raises(ValueError, match="shape"):
        store.write(0, pixels(2)[:, :256])
    assert not store.has(0, 256)
    assert list(tmp_path.iterdir()) == []
    store.write(0, pixels(3)[:, :256])
    assert store.has(0, 256)


def test_a_raster_of_more_than_four_gigabytes_is_a_bigtiff(tmp_path):
    store = StripStore(
        tmp_path / "strips", grid_at(256, 20_000_000 // 256 * 256), tuple("abcdefghi"), nodata=255
    )
    create_raster(
        tmp_path / "big.tif",
        store.grid,
        dtype="uint8",
        bands=store.names,
        nodata=255,
        without_tiles=True,
    ).close()
    assert (tmp_path / "big.tif").read_bytes()[:4] == b"II+\x00"


SPOILT = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "cut at the end": lambda content: content[:-100],
    "garbage": lambda content: bytes(each ^ 0x5A for each in content),
    "zeros in the middle": lambda content: (
        content[: len(content) // 2] + bytes(4096) + content[len(content) // 2 + 4096 :]
    ),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_band_counts_as_absent_and_is_said_to_be(spoil, tmp_path, caplog):
    store = store_of(tmp_path, 3)
    fill(store)
    (path,) = tmp_path.glob("rows-0000512*.tif")
    path.write_bytes(spoil(path.read_bytes()))
    assert [store.has(*each) for each in ROWS] == [True, False, True]
    assert not path.exists()
    assert f"{path.name} is no whole strip and is computed again" in caplog.text


def test_a_band_of_other_rows_counts_as_absent(tmp_path):
    store = store_of(tmp_path, 3)
    fill(store)
    first, second, _ = sorted(tmp_path.glob("rows-*.tif"))
    second.write_bytes(first.read_bytes())
    assert [store.has(*each) for each in ROWS] == [True, False, True]
