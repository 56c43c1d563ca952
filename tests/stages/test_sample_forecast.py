"""sample: before anyone labels, it is told which intervals will hold."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import yaml

from rs_seg.config import SampleConfig
from rs_seg.io.documents import read_document
from rs_seg.stages.sample.expectations import expect_users
from rs_seg.testing import grid_at, write_reference
from rs_seg.values.evaluation import Evaluation
from tests.stages.fabricated_run import fabricate_run
from tests.stages.sampled_maps import draw_places, write_scene

GRID = grid_at(200, 200, pixel=10)
EQUAL = {"field": 160, "wood": 160, "lake": 160}


def write_rare(folder: Path) -> list[Path]:
    """A map with 2 % of lake."""
    codes = np.full(GRID.shape, 1)
    codes[:, 100:] = 4
    codes[:40, :20] = 7
    return write_scene(folder, "a", GRID, codes)


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING)
    return caplog


def test_a_weak_design_is_warned_of_with_an_allocation_to_paste(
    warnings: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A rare class is omitted in large strata, which equal allocation hardly looks at."""
    settings = {"expected": {"field": 0.97, "wood": 0.97, "lake": 0.7}, "trials": 400}
    drawn = draw_places(tmp_path, write_rare(tmp_path), units=EQUAL, **settings)
    weak = {(figure.figure, figure.of) for figure in drawn.design.weak}
    assert ("area_share", "lake") in weak
    lake = next(own for own in drawn.design.weak if own.figure == "area_share")
    assert lake.wald_coverage < 0.8
    assert lake.coverage > 0.9
    held = f"{100 * lake.wald_coverage:.0f}"
    told = "\n".join(record.getMessage() for record in warnings.records)
    assert f"will hold the truth in too few of 100 samples: lake {held}" in told
    proposal = drawn.design.proposal
    assert proposal is not None
    pasted = yaml.safe_load(told[told.index("sample:\n") :])
    assert pasted == {"sample": {"design": "stratified", "units": proposal.units}}
    again = draw_places(tmp_path, write_rare(tmp_path / "2"), units=proposal.units, **settings)
    assert again.design.weak == ()
    assert again.units == proposal.units


def test_a_proposal_names_strata_of_one_pixel_too(tmp_path: Path) -> None:
    files = write_rare(tmp_path)
    regions = np.full(GRID.shape, 1)
    regions[:, 100:] = 2
    regions[:40, :20], regions[150, 150] = 3, 4
    raster = write_reference(tmp_path / "regions.tif", GRID, regions)
    settings = {"strata": [raster], "raster": "regions.tif"}
    units = {"1": 160, "2": 160, "3": 160, "4": 2}
    proposal = draw_places(tmp_path, files, units=units, **settings).design.proposal
    assert proposal is not None
    assert set(proposal.units) == set(units)
    again = draw_places(tmp_path, files, units=proposal.units, **settings)
    assert again.units == {**proposal.units, "4": 1}


def test_a_stratum_without_a_place_is_told_before_anyone_labels(
    tmp_path: Path, warnings: pytest.LogCaptureFixture
) -> None:
    codes = np.ones((100, 100), dtype=int)
    codes[:50], codes[0, 0] = 4, 7
    files = write_scene(tmp_path, "a", grid_at(100, 100, pixel=10), codes)
    drawn = draw_places(tmp_path, files, design="simple_random", units=20)
    assert drawn.units["lake"] == 0
    (told,) = [own.getMessage() for own in warnings.records if "no place" in own.getMessage()]
    assert "no place lies in lake, which has 0.01 ha" in told
    assert "estimate.join" in told


@pytest.mark.parametrize("pixel", [10, 100])
def test_a_stratum_whose_large_pixels_are_nearly_all_drawn_is_told(
    tmp_path: Path, warnings: pytest.LogCaptureFixture, pixel: int
) -> None:
    fine, coarse = np.ones((100, 100), dtype=int), np.ones((20, 20), dtype=int)
    fine[:10, :60], coarse[:3, :4] = 7, 7
    files = write_scene(tmp_path, "a", grid_at(100, 100, pixel=10), fine)
    files += write_scene(tmp_path, "b", grid_at(20, 20, pixel=pixel, left=600_000.0), coarse)
    draw_places(tmp_path, files, units={"field": 60, "lake": 20})
    told = [own.getMessage() for own in warnings.records if "lean" in own.getMessage()]
    assert len(told) == (pixel == 100)
    assert all("lake" in text for text in told)


def test_a_design_that_holds_has_no_warning_and_no_proposal(
    warnings: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    codes = np.full(GRID.shape, 1)
    codes[:, 70:] = 4
    codes[:, 140:] = 7
    drawn = draw_places(tmp_path, write_scene(tmp_path, "a", GRID, codes), units=400, trials=300)
    assert (drawn.design.weak, drawn.design.proposal) == ((), None)
    assert not warnings.records
    areas = [own for own in drawn.design.expected if own.figure == "area_share"]
    assert [own.of for own in areas] == ["field", "wood", "lake"]
    assert sum(own.value for own in areas) == pytest.approx(1)
    assert all(0.02 < own.half_width < 0.06 and own.coverage > 0.9 for own in areas)


def test_expected_intervals_shrink_with_the_root_of_the_places(tmp_path: Path) -> None:
    files = write_rare(tmp_path)
    widths = [
        draw_places(tmp_path, files, units=units, least=2, trials=300).design.expected[0].half_width
        for units in (100, 400)
    ]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.1)


def test_places_of_tiles_are_expected_to_say_less_than_as_many_apart(tmp_path: Path) -> None:
    files = write_rare(tmp_path)
    apart = draw_places(tmp_path, files, design="simple_random", units=200)
    tiles = {"size": 100.0, "units": 10}
    together = draw_places(tmp_path, files, design="simple_random", units=200, clusters=tiles)
    first, second = (drawn.design.expected[0] for drawn in (apart, together))
    assert first.figure == second.figure == "overall_accuracy"
    assert 1.4 < second.half_width / first.half_width < 2


def test_the_log_says_how_wide_intervals_will_be(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    drawn = draw_places(tmp_path, write_rare(tmp_path), units=400)
    accuracy, field = drawn.design.expected[:2]
    assert (field.figure, field.of) == ("area_share", "field")
    hectares = sum(drawn.sizes.values()) / 10_000
    assert f"overall accuracy 85.0 % -+ {100 * accuracy.half_width:.1f}" in caplog.text
    told = f"area of field {hectares * field.value:.1f} ha -+ {hectares * field.half_width:.1f}"
    assert told in caplog.text


def test_where_the_expected_accuracies_come_from_is_told(tmp_path: Path) -> None:
    drawn = draw_places(tmp_path, write_rare(tmp_path), expected={"lake": 0.6})
    assert drawn.design.assumed == (
        "user's accuracies that are expected: as configured lake 0.60; for lack of anything better "
        "field 0.85, wood 0.85"
    )


def test_accuracies_of_the_test_areas_are_expected_where_none_are_configured(
    tmp_path: Path,
) -> None:
    run = fabricate_run(tmp_path)
    names = run.config.legend.class_names
    first, *others = names.names
    evaluation = run.report["evaluations"][0]
    expected = expect_users(SampleConfig(expected={first: 0.4}), names, evaluation)

    tested = {
        own.name: own.precision for own in read_document(evaluation, Evaluation).test.per_class
    }
    assert expected.users[first] == 0.4
    for name in others:
        users = 0.85 if tested[name] is None else min(max(tested[name], 0.05), 0.99)
        assert expected.users[name] == pytest.approx(users)
    assert {None} < set(tested.values()), "both cases are there"
    assert f"as configured {first} 0.40; of the test areas " in expected.source


def test_many_classes_are_tried_with_fewer_samples(
    warnings: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("rs_seg.stages.sample.forecasting.MOST_COUNTS", 27 * 150)
    draw_places(tmp_path, write_rare(tmp_path), units=300, trials=400)
    assert "150 samples are simulated instead of 400: with 3 strata and 3 classes" in warnings.text
