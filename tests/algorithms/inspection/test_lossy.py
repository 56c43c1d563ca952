"""Collars after lossy compression are found by share; shadow, water and clouds are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from rasterio.io import MemoryFile

from rs_seg.algorithms.inspection.lossy import find_lossy_collar

SHAPE = (400, 500)


def town(seed: int = 0) -> np.ndarray:
    """Imagery of soft blobs, 40 to 220 in each band."""
    coarse = np.random.default_rng(seed).uniform(40, 220, (3, SHAPE[0] // 20, SHAPE[1] // 20))
    return np.kron(coarse, np.ones((20, 20))).astype(np.uint8)


def slanted(value: int) -> np.ndarray:
    """The town with a wedge of one value on the left."""
    pixels = town()
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    pixels[:, columns < 40 + rows // 4] = value
    return pixels


def compress(pixels: np.ndarray, *, quality: int = 75) -> np.ndarray:
    options = {"compress": "JPEG", "photometric": "YCBCR", "jpeg_quality": quality}
    with MemoryFile() as file:
        shape = {"height": SHAPE[0], "width": SHAPE[1], "count": 3, "dtype": "uint8"}
        with file.open(driver="GTiff", **shape, **options) as dataset:
            dataset.write(pixels)
        with file.open() as dataset:
            return dataset.read()


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("quality", [50, 75, 90])
@pytest.mark.parametrize("declared", [True, False], ids=["0 is declared", "nothing is declared"])
def test_the_rim_of_a_black_collar_is_found_with_its_share(quality: int, declared: bool) -> None:
    before, pixels = slanted(0), compress(slanted(0), quality=quality)
    valid = (pixels > 0).any(axis=0) if declared else np.ones(SHAPE, dtype=bool)
    blurred = (before == 0).all(axis=0) & (pixels > 0).any(axis=0) & (pixels <= 12).all(axis=0)
    found = find_lossy_collar(pixels, valid)
    assert found is not None
    assert (found.tone, found.rim) == ("black", True)
    assert found.share == pytest.approx(blurred.mean(), rel=0.05)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("step", [2, 4, 8])
def test_the_share_of_a_thinned_look_is_that_of_the_raster(step: int) -> None:
    pixels = compress(slanted(0))
    everything = np.ones(SHAPE, dtype=bool)
    whole = find_lossy_collar(pixels, everything)
    thinned = find_lossy_collar(pixels[:, ::step, ::step], everything[::step, ::step], step=step)
    assert whole is not None
    assert thinned is not None
    assert thinned.share == pytest.approx(whole.share, rel=0.4)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_the_rim_of_a_white_collar_is_found() -> None:
    found = find_lossy_collar(compress(slanted(255)), np.ones(SHAPE, dtype=bool))
    assert found is not None
    assert (found.tone, found.rim) == ("white", True)


def test_a_collar_without_one_exact_value_is_found_as_a_whole() -> None:
    pixels = slanted(0)
    collar = (pixels == 0).all(axis=0)
    pixels[:, collar] = np.random.default_rng(1).integers(1, 4, (3, int(collar.sum())))
    found = find_lossy_collar(pixels, np.ones(SHAPE, dtype=bool))
    assert found is not None
    assert (found.tone, found.share, found.rim) == ("black", collar.mean(), False)


def test_an_exact_collar_has_no_rim() -> None:
    pixels = slanted(0)
    assert find_lossy_collar(pixels, np.ones(SHAPE, dtype=bool)) is None
    assert find_lossy_collar(pixels, (pixels > 0).any(axis=0)) is None


def test_dark_water_and_clouds_beside_a_collar_are_imagery() -> None:
    pixels = slanted(0)
    valid = (pixels > 0).any(axis=0)
    water, clouds = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    water[50:200, :300] = clouds[300:350, :200] = True
    pixels[:, water & valid] = np.random.default_rng(0).integers(
        3, 12, (3, int((water & valid).sum()))
    )
    pixels[:, clouds & valid] = 250
    assert find_lossy_collar(pixels, valid) is None


@pytest.mark.parametrize("change", ["one band", "more bits"])
def test_one_band_and_wider_types_are_not_judged(change: str) -> None:
    pixels = slanted(0).clip(2, 255)
    judged = pixels[:1] if change == "one band" else pixels.astype(np.uint16)
    assert find_lossy_collar(judged, np.ones(SHAPE, dtype=bool)) is None
