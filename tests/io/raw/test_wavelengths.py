"""Bands are found by wavelength where a file states it, in any unit; faults list what exists."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from rs_seg.config import Source
from rs_seg.errors import UserError
from rs_seg.io.raw.wavelengths import read_wavelengths
from rs_seg.scenes.sources import open_source, resolve_wavelengths
from rs_seg.values.wavelengths import name_wavelength, parse_span, parse_wavelength

VISIBLE = (443.0, 490.0, 560.0, 665.0, 842.0, 865.0)
SPECTRUM = tuple(400.0 + 10 * number for number in range(60))


def write(path: Path, nanometres: tuple[float, ...], how: str = "imagery") -> Path:
    """A raster whose pixels are the number of their band."""
    driver = "ENVI" if how.startswith("envi") else "GTiff"
    pixels = np.ones((len(nanometres), 4, 5), dtype=np.int16)
    pixels *= np.arange(1, len(nanometres) + 1, dtype=np.int16)[:, None, None]
    place = {"crs": "EPSG:32632", "transform": Affine(2, 0, 500_000, 0, -2, 5_400_000)}
    shape = {"height": 4, "width": 5, "count": len(nanometres), "dtype": "int16"}
    with rasterio.open(path, "w", driver=driver, **shape, **place) as dataset:
        dataset.write(pixels)
        for number, wavelength in enumerate(nanometres, start=1):
            if how == "imagery":
                dataset.update_tags(
                    number, ns="IMAGERY", CENTRAL_WAVELENGTH_UM=f"{wavelength / 1000:.6f}"
                )
            if how == "tags":
                dataset.update_tags(number, wavelength=str(wavelength))
    if driver == "ENVI":
        header = path.with_suffix(".hdr")
        text = header.read_text().partition("band names")[0]
        unit, factor = ("Micrometers", 1000) if how == "envi um" else ("Nanometers", 1)
        listed = ", ".join(f"{wavelength / factor:.6f}" for wavelength in nanometres)
        header.write_text(f"{text}wavelength units = {unit}\nwavelength = {{{listed}}}\n")
    return path


def values(path: Path, **settings: object) -> list[int]:
    """The numbers in the file of the bands that a source has."""
    source = Source.model_validate({"path": "x", **settings})
    with open_source("image", source, path) as raster:
        return [int(number) for number in raster.read_overview(8)[0][:, 0, 0]]


@pytest.mark.parametrize("how", ["imagery", "tags", "envi nm", "envi um"])
def test_wavelengths_are_read_from_every_place_and_unit(tmp_path: Path, how: str) -> None:
    with rasterio.open(write(tmp_path / "a.img", VISIBLE, how)) as dataset:
        assert read_wavelengths(dataset) == pytest.approx(VISIBLE)
    assert values(tmp_path / "a.img", bands=["665nm", "0.56um", "490 nm"]) == [4, 3, 2]


def test_a_file_without_wavelengths_takes_their_names_in_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", VISIBLE[:3], "none")
    assert values(path, bands=["665nm", "560nm", "490nm"]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("wanted", "number"), [("860nm", 6), ("850nm", 5), ("640nm", 4), ("717nm", 4), ("420nm", 1)]
)
def test_the_nearest_band_within_half_of_the_spacing_is_taken(
    tmp_path: Path, wanted: str, number: int
) -> None:
    assert values(write(tmp_path / "a.tif", VISIBLE), bands=[wanted]) == [number]


@pytest.mark.parametrize("wanted", ["750nm", "400nm", "880nm", "2um"])
def test_a_wavelength_between_bands_is_a_fault_that_lists_what_there_is(
    tmp_path: Path, wanted: str
) -> None:
    with pytest.raises(UserError) as error:
        values(write(tmp_path / "a.tif", VISIBLE), bands=["665nm", wanted])
    assert f"{wanted}; the nearest band is" in str(error.value)
    assert "one of 443nm, 490nm, 560nm, 665nm, 842nm, 865nm" in str(error.value)


def test_two_wavelengths_of_one_band_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="two wavelengths mean the same band"):
        values(write(tmp_path / "a.tif", VISIBLE), bands=["660nm", "670nm"])


def test_ranges_hold_all_bands_in_them_and_bad_ones_are_dropped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", SPECTRUM)
    assert values(path, bands=["0.5um..540nm", "900nm"]) == [11, 12, 13, 14, 15, 51]
    dropped = {"drop_bands": ["420nm..470nm", "900nm..2000nm", "481nm"]}
    expected = [number for number in range(1, 51) if number not in {3, 4, 5, 6, 7, 8, 9}]
    assert values(path, bands=["400nm..2500nm"], **dropped) == expected
    assert values(path, bands=["B001..B060"], **dropped) == expected
    source = Source(path="x", bands=("B001..B060",), drop_bands=("B001", "970nm..990nm"))
    assert resolve_wavelengths(source, path).drop_bands == ("B001", "B058", "B059", "B060")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"bands": ["1350nm..1450nm"]},
            "no band in this range of wavelengths.*400nm, 410nm, .*, 990nm .60 bands",
        ),
        (
            {"bands": ["B1..B60"], "drop_bands": ["1400nm"]},
            "no band of this wavelength.*nearest band is 990nm",
        ),
    ],
)
def test_ranges_without_a_band_are_faults(
    tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(UserError) as error:
        values(write(tmp_path / "a.tif", SPECTRUM), **settings)
    assert re.search(said, str(error.value).replace("\n", " "))


def test_a_range_of_a_file_without_wavelengths_is_a_fault(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", VISIBLE, "none")
    for settings in ({"bands": ["400nm..900nm"]}, {"bands": ["B1..B6"], "drop_bands": ["443nm"]}):
        with pytest.raises(UserError, match="does not state the wavelengths of its bands"):
            values(path, **settings)


def test_wavelengths_are_read_from_texts() -> None:
    assert parse_wavelength("0.665 µm") == 665
    assert parse_wavelength("665") is None
    assert parse_wavelength("B665nm") is None
    assert parse_span("400nm .. 0.7um") == (400, 700)
    assert parse_span("B1..B3") is None
    assert name_wavelength(442.98765) == "442.988nm"
    with pytest.raises(ValueError, match=r"falls; expected '400nm\.\.700nm'"):
        parse_span("700nm..400nm")
