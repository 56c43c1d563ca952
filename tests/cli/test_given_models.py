"""Raw values are compared with those that given models learnt from, before the first job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rs_seg.algorithms.inspection.band_pairs import describe_pairs
from rs_seg.algorithms.statistics import describe_band
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.scene_looks import SceneLook, look_at_scene
from rs_seg.config import parse_config
from rs_seg.io.model_description import Normalisation, ValueRange
from rs_seg.testing import grid_at, write_image
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
