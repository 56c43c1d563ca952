"""Raw values are compared with those that given models learnt from, before the first job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rs_seg.algorithms.inspection.band_pairs import describe_pairs
from rs_seg.algorithms.statistics import describe_band
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.scene_looks import SceneLook, look_at_scene
from rs_seg.cli.settings_faults import find_model_faults
from rs_seg.config import parse_config
from rs_seg.errors import UserError
from rs_seg.io.model_description import Normalisation, ValueRange
from rs_seg.testing import grid_at, write_image
from rs_seg.values.band_groups import BandGroup
from tests.algorithms.inspection.test_band_pairs import RGB, town
from tests.cli.test_model_settings import given_model
from tests.config.test_load import changed

SIDE = 200


def learnt(values: NDArray[Any]) -> dict[str, Any]:
    """What a model file says of the pixels (B, N) that it learnt from."""
    figures = [describe_band(band) for band in values]
    return {
        "normalisation": tuple(Normalisation.model_validate(band) for band in figures),
        "ranges": tuple(ValueRange.model_validate(band) for band in figures),
        "pairs": describe_pairs(RGB, values),
    }


def look(folder: Path, pixels: NDArray[Any], **changes: Any) -> SceneLook:
    """What is seen of a scene with these pixels (3, N), by a model of another town."""
    model = given_model(folder / "model.safetensors", **learnt(town(1)))
    write_image(
        folder / "north.tif",
        grid_at(SIDE, SIDE, pixel=0.5),
        pixels.reshape(3, SIDE, SIDE).astype(np.float32),
        bands=None,
    )
    values = changed(
        label=None,
        data_root=str(folder),
        scenes=["north"],
        models={"given": {"model": str(model)}},
        **changes,
    )
    del values["legend"]
    run = parse_config(values, complete=complete_settings)
    return look_at_scene(run, run.scenes[0])


def test_a_scene_like_the_training_has_no_fault_and_no_warning(tmp_path: Path) -> None:
    seen = look(tmp_path, town(2))
    assert (seen.faults, seen.warnings) == ((), ())


def test_bands_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    (fault,) = look(tmp_path, town(2)[::-1]).faults
    assert "red looks like blue, blue looks like red" in str(fault)
    assert "models.given.model" in str(fault.where)
    assert "scene north" in str(fault.where)
    assert "unlike_values: warn" in str(fault)


def test_what_is_refused_is_a_warning_where_the_user_says_so(tmp_path: Path) -> None:
    seen = look(tmp_path, town(2)[::-1], unlike_values="warn")
    assert seen.faults == ()
    assert any("red looks like blue" in warning for warning in seen.warnings)


@pytest.mark.parametrize(
    ("factor", "told"), [(1 / 255, "0..1 beside 0..255"), (60, "0..10000 beside 0..255")]
)
def test_values_in_another_scale_are_refused(tmp_path: Path, factor: float, told: str) -> None:
    (fault,) = look(tmp_path, np.clip(town(2), 1, 255) * factor).faults
    assert "values are in another scale" in str(fault)
    assert told in str(fault)


def test_one_band_out_of_its_range_is_a_warning(tmp_path: Path) -> None:
    pixels = town(2)
    pixels[2] += 400
    seen = look(tmp_path, pixels)
    assert seen.faults == ()
    assert any("band blue holds" in warning for warning in seen.warnings)


S2 = {"path": "{scene}_{date}.tif", "bands": ["red", "nir"]}
CLOUDS = {"path": "{scene}_{date}_clouds.tif"}
DATES = ("20200301", "20200701")


def network(**settings: Any) -> dict[str, Any]:
    """What a model file says of a network of dates that learnt from values about 1000."""
    group = BandGroup(source="s2", bands=("red", "nir"), slots=2)
    figures = {"mean": 1000, "min": 700, "max": 1300, "p2": 850, "p98": 1150}
    return {
        "kind": "convolutional",
        "network": {**settings, "groups": [group.model_dump()]},
        "bands": group.names,
        "normalisation": (Normalisation(mean=1000, std=50),) * 6,
        "ranges": (ValueRange.model_validate(figures),) * 6,
    }


def look_at_dates(
    folder: Path, days: Sequence[str] = DATES, *, source: dict[str, Any], **settings: Any
) -> tuple[list[UserError], SceneLook]:
    """Faults of the model, and what is seen of a scene of these dates, half of it under clouds."""
    model = given_model(folder / "model.safetensors", **network(**settings))
    grid = grid_at(SIDE, SIDE, pixel=0.5)
    for number, date in enumerate(days):
        pixels = np.random.default_rng(number).normal(1000, 50, (2, SIDE, SIDE))
        pixels[:, : SIDE // 2] = 9000
        cloudy = (pixels[:1] == 9000).astype(np.uint8)
        write_image(folder / f"north_{date}.tif", grid, pixels.astype(np.uint16))
        write_image(folder / f"north_{date}_clouds.tif", grid, cloudy)
    values = changed(
        label=None,
        data_root=str(folder),
        scenes=["north"],
        sources={"s2": source},
        models={"given": {"model": str(model)}},
    )
    del values["legend"]
    run = parse_config(values, complete=complete_settings)
    return find_model_faults(run), look_at_scene(run, run.scenes[0])


def test_all_dates_are_compared_without_their_clouds(tmp_path: Path) -> None:
    faults, seen = look_at_dates(tmp_path, source={**S2, "clouds": CLOUDS}, architecture="utae")
    assert (faults, seen.faults, seen.warnings) == ([], (), ())


def test_clouds_that_nothing_names_are_unlike_the_training(tmp_path: Path) -> None:
    plain = {**S2, "path": "{scene}_{date}.tif", "clouds": {**CLOUDS, "nodata_values": [7]}}
    _, seen = look_at_dates(tmp_path, source=plain, architecture="utae")
    assert any("values" in str(told) or "holds" in str(told) for told in seen.warnings), seen


@pytest.mark.parametrize("number", [1, 3])
def test_a_siamese_network_needs_scenes_of_two_dates(tmp_path: Path, number: int) -> None:
    dates = (*DATES, "20200901")[:number]
    faults, seen = look_at_dates(
        tmp_path, dates, source={**S2, "clouds": CLOUDS}, architecture="fc_siam_diff"
    )
    (fault,) = faults
    assert "a siamese network compares two dates" in str(fault)
    assert f"Found: {number}" in str(fault)
    (of_scene,) = seen.faults
    assert "scene north" in str(of_scene)


@pytest.mark.parametrize(
    ("days", "is_fault", "told"),
    [
        ([1, 100], False, "days 1 to 100 and hardly sees those on day 183"),
        ([200, 300], True, "the network sees none of the dates"),
        ([60, 200], False, None),
    ],
)
def test_dates_outside_the_days_of_a_network_are_told(
    tmp_path: Path, days: list[int], is_fault: bool, told: str | None
) -> None:
    settings = {"architecture": "tempcnn", "dates": {"steps": 8, "days": days}}
    _, seen = look_at_dates(tmp_path, source={**S2, "clouds": CLOUDS}, **settings)
    texts = [*map(str, seen.faults), *seen.warnings]
    assert len(seen.faults) == is_fault
    assert [text for text in texts if told is None or told in text] == texts
    assert len(texts) == (told is not None)
