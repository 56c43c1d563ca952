"""inspect and align: dates, clouds and what a scene lacks, as the inspection tells them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from rs_seg.config import AlignConfig, Clouds, InspectConfig, Source
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.stages.align import align
from rs_seg.stages.inspect import inspect
from rs_seg.testing import TOY_CLASSES, grid_at, square, write_image, write_polygons
from rs_seg.values import Scene
from rs_seg.values.grid import whole

DATES = ("20200101", "20200301", "2020-12-31")
S2 = Source(
    path="{date}.tif", bands=("red", "nir"), nodata=0, slots=3, clouds=Clouds(path="{date}_scl.tif")
)
DSM = Source(path="dsm.tif", bands=("height",), optional=True)
SCENE = Scene(
    name="a <b>", labelled=False, dates={"s2": DATES}, lacks=("dsm", f"clouds of s2 of {DATES[2]}")
)


def look(
    folder: Path, images: list[Path], *, quicklook_size: int = 640, **sources: Source
) -> dict[str, Any]:
    inspect(
        InspectConfig(quicklook_size=quicklook_size),
        sources,
        AlignConfig(),
        None,
        TOY_CLASSES,
        SCENE,
        images=images,
        labels=[],
        inspection=folder / "inspection.json",
        quicklook=folder / "quicklook.png",
    )
    return json.loads((folder / "inspection.json").read_text())


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    """Three dates, of which the second is cloudy in columns 0 to 9, the first has a clear mask."""
    grid, paths = grid_at(60, 40), []
    values = np.random.default_rng(1).integers(1, 255, (3, 2, 60, 40)).astype(np.uint8)
    for date, pixels in zip(DATES, values, strict=True):
        paths.append(write_image(tmp_path / f"{date}.tif", grid, pixels, nodata=0))
    classes = np.full((1, 30, 20), 4, dtype=np.uint8)
    clear = write_image(tmp_path / f"{DATES[0]}_scl.tif", grid_at(30, 20, pixel=4.0), classes)
    classes[:, :, :5] = 9
    cloudy = write_image(tmp_path / f"{DATES[1]}_scl.tif", grid_at(30, 20, pixel=4.0), classes)
    return [paths[0], clear, paths[1], cloudy, paths[2]]


def with_scl(*, values: tuple[float, ...] = (9, 8)) -> Source:
    clouds = Clouds(path="{date}_scl.tif", nodata_values=values, optional=True)
    return S2.model_copy(update={"clouds": clouds})


def test_dates_are_told_with_what_is_clear_of_them(tmp_path: Path, images: list[Path]) -> None:
    facts = look(tmp_path, images, s2=with_scl(), dsm=DSM)
    told = [(source["date"], source["lost_share"]) for source in facts["sources"]]
    assert told == [("2020-01-01", 0), ("2020-03-01", 0.25), ("2020-12-31", 0)]
    assert "scene a <b> has no file of dsm" in facts["warnings"]
    assert "scene a <b> has no file of clouds of s2 of 2020-12-31" in facts["warnings"]
    assert (tmp_path / "quicklook.png").stat().st_size > 10_000


def test_clouds_are_no_data_of_their_date(tmp_path: Path, images: list[Path]) -> None:
    out = tmp_path / "image.tif"
    sources = {"s2": with_scl(), "dsm": DSM}
    align(AlignConfig(), sources, SCENE, inspection=tmp_path / "i", images=images, image=out)
    with RasterReader(out) as reader:
        pixels, valid = reader.read(whole(reader.grid)), reader.read_valid(whole(reader.grid))
    days = pixels[[2, 5, 8]]
    assert valid.all()
    assert (days[0] == 1).all()
    assert (days[2] == 366).all()
    assert (days[1][:, :10] == 0).all()
    assert (days[1][:, 10:] == 61).all()
    assert not pixels[3:5, :, :10].any()


def test_values_under_clouds_are_in_no_figure_and_no_warning(
    tmp_path: Path, images: list[Path]
) -> None:
    pixels = np.random.default_rng(2).integers(100, 1000, (2, 60, 40)).astype(np.uint16)
    pixels[:, 5:50, 2:8] = 9999  # saturated clouds, under the mask
    for path in (images[0], images[2], images[4]):
        write_image(path, grid_at(60, 40), pixels, nodata=0)
    facts = look(tmp_path, images, s2=with_scl(), dsm=DSM)
    told = [warning for warning in facts["warnings"] if "the value 9999 fills" in warning]
    assert [warning.split(".tif")[0].rsplit("/")[-1] for warning in told] == [DATES[0], DATES[2]]
    highest = [max(band["max"] for band in source["bands"]) for source in facts["sources"]]
    assert highest[0] == highest[2] == 9999
    assert highest[1] < 1000


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(("dtype", "mark"), [("int32", 2**31 - 1), ("uint32", 2**32 - 1)])
def test_marks_beside_clouds_are_those_of_the_file_whatever_the_size_of_the_picture(
    tmp_path: Path, images: list[Path], dtype: str, mark: int
) -> None:
    values = 2**24 + 2 * np.random.default_rng(3).integers(0, 1000, (2, 200, 150)) + 1
    values[:, 150:152, 20:130] = mark
    pixels = values.astype(dtype)
    for path in (images[0], images[2], images[4]):
        write_image(path, grid_at(200, 150), pixels, nodata=0)
    found = [
        look(tmp_path, images, quicklook_size=size, s2=with_scl(), dsm=DSM) for size in (64, 640)
    ]
    assert found[0]["warnings"] == found[1]["warnings"]
    assert found[0]["sources"][1]["bands"] == found[1]["sources"][1]["bands"]
    told = [warning for warning in found[0]["warnings"] if "lies far from" in warning]
    share = 220 / (200 * 150)
    assert len(told) == 3
    assert all(f"the value {mark} fills {share:.2%} of the raster" in one for one in told)
    assert all(one.endswith(f"set nodata: {mark} for this source") for one in told)
    clear = np.concatenate([pixels[:, :60, 10:].reshape(2, -1), pixels[:, 60:].reshape(2, -1)], 1)
    for source, known in zip(found[0]["sources"], (pixels, clear, pixels), strict=True):
        own = known.reshape(2, -1)
        assert [band["min"] for band in source["bands"]] == own.min(axis=1).tolist()
        assert [band["max"] for band in source["bands"]] == [mark, mark]
        means = [band["mean"] for band in source["bands"]]
        assert means == pytest.approx(own.mean(axis=1, dtype=np.float64).tolist(), rel=1e-12)


def test_polygons_may_be_clouds_and_files_without_any_are_clear(
    tmp_path: Path, images: list[Path]
) -> None:
    empty = tmp_path / "1.geojson"
    empty.write_text('{"type": "FeatureCollection", "features": []}')
    left, top = 500_000.0, 5_400_000.0
    some = write_polygons(
        tmp_path / "2.gpkg", [square(left, top - 40, 20), square(left + 10, top - 30, 20)]
    )
    given = [images[0], empty, images[2], some, images[4]]
    facts = look(tmp_path, given, s2=with_scl(), dsm=DSM)
    shares = [source["lost_share"] for source in facts["sources"]]
    assert shares[0] == 0
    assert shares[1] == pytest.approx((400 + 400 - 100) / 4 / 2400, rel=0.1)


def test_faults_of_a_date_name_its_file(tmp_path: Path, images: list[Path]) -> None:
    write_image(images[2], grid_at(60, 40), np.ones((3, 60, 40), dtype=np.uint8))
    images[3].write_bytes(b"no raster")
    images[4].write_bytes(images[4].read_bytes()[:200])
    with pytest.raises(UserError) as raised:
        look(tmp_path, images, s2=with_scl(), dsm=DSM)
    told = str(raised.value)
    assert f"{DATES[1]}.tif: number of bands differs" in told
    assert f"{DATES[1]}_scl.tif" in told
    assert f"{DATES[2]}.tif" in told


def test_a_date_that_is_cloudy_everywhere_and_other_scales_are_said(
    tmp_path: Path, images: list[Path]
) -> None:
    with rasterio.open(images[4], "r+") as dataset:
        dataset.scales = (0.0001, 0.0001)
    with rasterio.open(images[3], "r+") as dataset:
        dataset.write(np.full((1, 30, 20), 8, dtype=np.uint8))
    warnings = " ".join(look(tmp_path, images, s2=with_scl(), dsm=DSM)["warnings"])
    assert f"{DATES[1]}.tif: no pixel of the scene is clear on this date" in warnings
    assert f"{DATES[2]}.tif: scale and offset tags differ from those of {DATES[0]}.tif" in warnings
