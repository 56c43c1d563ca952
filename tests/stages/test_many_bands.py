"""Refinements change maps on hundreds of bands as on the three bands behind them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from scipy.ndimage import gaussian_filter

from rs_seg.config import DenseCRF, MarkovField, RefinementConfig, Superpixels
from rs_seg.errors import UserError
from rs_seg.testing import write_image
from tests.stages.test_refinements import run
from tests.stages.toy_maps import LEGEND, ToyMap, make_toy_map

MANY = 218
REFINEMENTS: dict[str, RefinementConfig] = {
    "densecrf": DenseCRF(name="densecrf", method="densecrf"),
    "markov": MarkovField(name="markov", method="markov", strength=1.0, overlap=16),
    "superpixels": Superpixels(name="superpixels", method="superpixels", size=25),
}


def band_names(count: int) -> tuple[str, ...]:
    return tuple(f"B{number:03d}" for number in range(1, count + 1))


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> dict[int, ToyMap]:
    """The same scene by number of bands: 3, and 218 scaled copies of these with a little noise."""
    toy = make_toy_map(tmp_path_factory.mktemp("toy"))
    generator = np.random.default_rng(3)
    means = np.array([[200.0, 600.0, 400.0], [700.0, 300.0, 100.0], [300.0, 350.0, 800.0]])
    three = means[:, toy.truth] + generator.normal(0, 60, (3, *toy.truth.shape))
    three += 200 * gaussian_filter(
        generator.normal(0, 1, three.shape), (0, 9, 9)
    )  # light that differs
    many = three[np.arange(MANY) % 3] * generator.uniform(0.2, 4, (MANY, 1, 1))
    many += generator.normal(0, 2, many.shape)
    images = {}
    for bands in (three, many):
        pixels = np.where(toy.valid, bands, 0).clip(0).astype(np.uint16)
        path = toy.image.with_name(f"image{len(bands)}.tif")
        write_image(path, toy.grid, pixels, bands=band_names(len(bands)), valid=toy.valid)
        images[len(bands)] = replace(toy, image=path)
    return images


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks are refined one by one."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.parametrize("refinement", REFINEMENTS.values(), ids=REFINEMENTS)
def test_many_bands_change_a_map_as_three_do(
    refinement: RefinementConfig, toys: dict[int, ToyMap], tmp_path: Path
) -> None:
    few, many = (run(refinement, toys[count], tmp_path / str(count)) for count in (3, MANY))
    before = toys[3].values.argmax(axis=0)
    codes = np.array(LEGEND.class_names.codes)
    changed = (few != codes[before]) & toys[3].valid
    assert changed.sum() > 0.03 * toys[3].valid.sum()
    assert (few != many).sum() < 0.05 * changed.sum()


@pytest.mark.parametrize("method", ["densecrf", "markov"])
def test_blocks_of_many_bands_have_no_seams(
    method: str, toys: dict[int, ToyMap], tmp_path: Path
) -> None:
    changes = {"appearance_width": 8.0} if method == "densecrf" else {}
    whole = REFINEMENTS[method].model_copy(update=changes)
    cut = whole.model_copy(update={"block": 64, "overlap": 32})
    assert (
        run(whole, toys[MANY], tmp_path / "a") != run(cut, toys[MANY], tmp_path / "b")
    ).mean() < 1e-3


def test_named_bands_alone_decide(toys: dict[int, ToyMap], tmp_path: Path) -> None:
    chosen = REFINEMENTS["markov"].model_copy(update={"bands": band_names(3)})
    toy = toys[MANY]
    with rasterio.open(toy.image) as dataset:
        alone = write_image(
            tmp_path / "alone.tif",
            toy.grid,
            dataset.read([1, 2, 3]),
            bands=band_names(3),
            valid=toy.valid,
        )
    expected = run(REFINEMENTS["markov"], replace(toy, image=alone), tmp_path / "a")
    np.testing.assert_array_equal(run(chosen, toy, tmp_path / "b"), expected)


def test_a_band_that_the_image_lacks_is_named(toys: dict[int, ToyMap], tmp_path: Path) -> None:
    refinement = REFINEMENTS["markov"].model_copy(update={"bands": ("B002", "B999")})
    with pytest.raises(UserError, match=r"no band 'B999' that refinements\.markov\.bands names"):
        run(refinement, toys[3], tmp_path / "out")
