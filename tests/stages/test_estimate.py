"""Areas and accuracy from labelled places: right figures, any format, and nothing passed over."""

from __future__ import annotations

import csv
import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest

from rs_seg import areas
from rs_seg.algorithms.reporting.area_findings import summarize_estimates
from rs_seg.errors import UserError
from rs_seg.io.agreement import AGREEMENT
from rs_seg.io.documents import write_document
from rs_seg.io.ogr import pyogrio
from rs_seg.io.place_files import read_design_of
from rs_seg.io.points import POINTS
from rs_seg.values.estimates import MapEstimates
from tests.stages.labelled_files import drop_triggers
from tests.stages.toy_sample import (
    CODES,
    LEGEND,
    PIXEL,
    SCENES,
    ToySample,
    copy_design,
    draw_sample,
    in_tiles,
    save,
    spoil,
    write_map,
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> ToySample:
    return draw_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def own_sample(tmp_path: Path) -> ToySample:
    """One that a test may spoil."""
    return draw_sample(tmp_path)


def true_areas(sample: ToySample) -> dict[str, float]:
    truth = np.concatenate([own.ravel() for own in sample.truth.values()])
    counts = np.bincount(truth[truth >= 0], minlength=3)
    return dict(zip(LEGEND.class_names.names, (counts * PIXEL**2).tolist(), strict=True))


def message(sample: ToySample, labelled: Path, **settings: Any) -> str:
    with pytest.raises(UserError) as caught:
        sample.estimate(labelled, **settings)
    return str(caught.value)


# Figures.


def test_true_areas_are_in_the_intervals_and_mapped_areas_stand_beside(sample: ToySample) -> None:
    estimates = sample.estimate()
    for name, truth in true_areas(sample).items():
        own = next(each for each in estimates.classes if each.name == name)
        assert own.area_m2.low is not None
        assert own.area_m2.high is not None
        assert own.area_m2.low <= truth <= own.area_m2.high
        index = LEGEND.class_names.names.index(name)
        pixels = sum((of_scene == index).sum() for of_scene in sample.mapped.values())
        assert own.mapped_m2 == pytest.approx(pixels * PIXEL**2)
    assert estimates.area_m2 == pytest.approx(sum(true_areas(sample).values()))
    assert estimates.map_state == "as_sampled"
    assert (estimates.units, estimates.labelled) == (180, 180)


def test_figures_are_those_of_the_library(sample: ToySample) -> None:
    estimates = sample.estimate()
    names = dict(zip(CODES.tolist(), LEGEND.class_names.names, strict=True))
    strata = {own.name: own.area_m2 for own in sample.design.strata}
    tabulated = areas.tabulate(
        areas.Strata.of(
            strata, units={own.name: float(own.pixels) for own in sample.design.strata}
        ),
        stratum=[sample.design.names[code] for code in sample.places["stratum"]],
        mapped=[names[code] for code in sample.places["mapped"]],
        reference=[names[code] for code in sample.answers.tolist()],
        classes=LEGEND.class_names.names,
    )
    expected = areas.estimate(tabulated, seed=5)
    accuracy = expected.get("overall_accuracy")
    assert estimates.overall_accuracy.value == accuracy.value
    assert estimates.overall_accuracy.error == accuracy.error
    assert estimates.overall_accuracy.low == accuracy.low
    water = estimates.classes[2]
    assert water.area_m2.value == expected.get("area", "water").value
    assert water.producers_accuracy.method == expected.get("producers_accuracy", "water").method
    assert estimates.matrix[0][1] == expected.matrix[0, 1]
    assert estimates.disagreement.quantity == expected.disagreement().quantity
    right = (sample.places["mapped"].to_numpy() == sample.answers).mean()
    assert estimates.plain_accuracy == pytest.approx(right)


def test_wald_intervals_and_another_confidence_are_given_where_they_are_asked_for(
    sample: ToySample,
) -> None:
    wide = sample.estimate(confidence=0.99, intervals="Wald").overall_accuracy
    narrow = sample.estimate(confidence=0.8, intervals="Wald").overall_accuracy
    assert wide.method == narrow.method == "Wald"
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.value is not None
    assert wide.error is not None
    assert wide.low == pytest.approx(wide.value - 2.576 * wide.error, rel=1e-3)
    assert wide.low < narrow.low


def test_labels_that_all_agree_with_the_map_leave_no_usual_interval(sample: ToySample) -> None:
    mapped = dict(zip(sample.places["id"], sample.places["mapped"].tolist(), strict=True))
    agreeing = sample.label(mapped, path=sample.folder / "agreeing.gpkg")
    best = sample.estimate(agreeing)
    assert (best.mean_f1.value, best.mean_f1.high) == (1, 1)
    assert best.mean_f1.low is not None
    assert best.mean_f1.low < 0.99
    assert f"1.000 ({best.overall_accuracy.low:.3f} to 1.000)" in summarize_estimates(best)
    usual = sample.estimate(agreeing, intervals="Wald")
    assert (usual.mean_iou.value, usual.mean_iou.low, usual.mean_iou.high) == (1, None, None)
    assert usual.mean_iou.method == "not estimable: all sampled units agree"
    assert "1.000 (interval not estimable: all sampled units agree)" in summarize_estimates(usual)
    rows = pd.read_csv(sample.folder / "out" / "areas.csv")
    assert set(rows["users_accuracy_method"]) == {"not estimable: all sampled units agree"}
    assert rows["users_accuracy_low"].isna().all()


@pytest.mark.parametrize("design", ["simple_random", "systematic"])
def test_places_from_the_whole_map_are_stratified_afterwards(tmp_path: Path, design: str) -> None:
    sample = draw_sample(tmp_path, units={"forest": 60, "field": 60, "water": 60}, design=design)
    estimates = sample.estimate()
    assert "post-stratified" in estimates.design
    strata = areas.Strata.of(
        {own.name: own.area_m2 for own in sample.design.strata},
        units={own.name: float(own.pixels) for own in sample.design.strata},
    )
    names = dict(zip(CODES.tolist(), LEGEND.class_names.names, strict=True))
    expected = areas.estimate(
        areas.tabulate(
            strata,
            stratum=[sample.design.names[code] for code in sample.places["stratum"]],
            mapped=[names[code] for code in sample.places["mapped"]],
            reference=[names[code] for code in sample.answers.tolist()],
            classes=LEGEND.class_names.names,
        ),
        design="post-stratified",
    )
    assert estimates.overall_accuracy.error == expected.get("overall_accuracy").error


def test_places_in_tiles_have_errors_between_tiles(tmp_path: Path) -> None:
    sample = in_tiles(draw_sample(tmp_path))
    estimates = sample.estimate()
    assert "tiles" in estimates.design
    assert estimates.overall_accuracy.method == "Student's t, logit"
    total = sum(own.area_m2.value or 0.0 for own in estimates.classes)
    assert total == pytest.approx(estimates.area_m2)


def test_places_in_all_tiles_have_the_errors_of_a_sample(tmp_path: Path) -> None:
    sample = in_tiles(draw_sample(tmp_path))
    clusters = sample.design.clusters
    assert clusters is not None
    all_drawn = clusters.model_copy(update={"tiles": clusters.drawn})
    path = tmp_path / "all_tiles.json"
    write_document(path, sample.design.model_copy(update={"clusters": all_drawn}))
    error = sample.estimate(design_file=path).overall_accuracy.error
    assert error is not None
    assert error > 0.01


def test_equal_places_give_equal_bytes_in_any_order_of_rows(own_sample: ToySample) -> None:
    own_sample.estimate()
    files = ("estimates.json", "areas.csv", "areas.png", "agreement.gpkg")
    before = {name: (own_sample.folder / "out" / name).read_bytes() for name in files}
    table = geopandas.read_file(own_sample.folder / "labelled.gpkg", layer=POINTS)
    shuffled = own_sample.folder / "shuffled.gpkg"
    table.sample(frac=1, random_state=3).to_file(shuffled, layer=POINTS)
    copy_design(own_sample.points, shuffled)
    own_sample.estimate(shuffled)
    for name in files:
        assert (own_sample.folder / "out" / name).read_bytes() == before[name], name


# Files that people save.


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".csv"])
def test_every_format_that_qgis_saves_gives_the_same_figures(
    own_sample: ToySample, suffix: str
) -> None:
    expected = own_sample.estimate()
    saved = own_sample.label(path=own_sample.folder / f"saved{suffix}")
    given = {} if suffix == ".gpkg" else {"design_file": own_sample.folder / "design.json"}
    assert own_sample.estimate(saved, **given) == expected


def test_a_table_without_geometries_is_read(own_sample: ToySample) -> None:
    expected = own_sample.estimate()
    rows = geopandas.read_file(own_sample.folder / "labelled.gpkg", layer=POINTS)
    path = own_sample.folder / "table.gpkg"
    pyogrio.write_dataframe(pd.DataFrame(rows.drop(columns="geometry")), path, layer="saved")
    assert own_sample.estimate(path, design_file=own_sample.folder / "design.json") == expected


@pytest.mark.parametrize("separator", [";", "\t"])
def test_tables_of_spreadsheets_are_read(own_sample: ToySample, separator: str) -> None:
    expected = own_sample.estimate()
    rows = own_sample.places.drop(columns="geometry")
    rows["reference"] = own_sample.answers
    rows["comment"] = "Wald, licht"
    saved = own_sample.folder / "saved.csv"
    rows.to_csv(saved, index=False, sep=separator, decimal=",", encoding="utf-8-sig")
    found = own_sample.estimate(saved, design_file=own_sample.folder / "design.json")
    assert found == expected


def test_labels_are_codes_or_names_in_any_spelling_of_capitals(own_sample: ToySample) -> None:
    expected = own_sample.estimate()
    names = dict(zip(CODES.tolist(), LEGEND.class_names.names, strict=True))
    spelt = [
        str(code) if number % 3 else f" {names[code].upper()} "
        for number, code in enumerate(own_sample.answers.tolist())
    ]
    answers = dict(zip(own_sample.places["id"], spelt, strict=True))
    saved = own_sample.label(answers, path=own_sample.folder / "names.csv")
    found = own_sample.estimate(saved, design_file=own_sample.folder / "design.json")
    assert found == expected


def test_a_geopackage_that_is_still_open_in_another_program_is_read_as_saved(
    own_sample: ToySample,
) -> None:
    labelled = own_sample.label()
    with closing(sqlite3.connect(labelled)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        drop_triggers(connection)
        connection.execute("UPDATE points SET reference = NULL WHERE id = 180")
        connection.commit()
        assert own_sample.estimate(labelled).labelled == 179


def test_a_file_without_the_design_says_where_to_get_it(own_sample: ToySample) -> None:
    saved = own_sample.label(path=own_sample.folder / "saved.geojson")
    text = message(own_sample, saved)
    assert "estimate.design" in text
    assert "design.json" in text


# Labels that are wrong.


def test_unknown_labels_are_one_error_with_their_ids_and_the_nearest_name(
    own_sample: ToySample,
) -> None:
    answers: dict[int, Any] = dict(
        zip(own_sample.places["id"].tolist(), own_sample.answers.tolist(), strict=True)
    )
    answers |= {3: "forrest", 17: "forrest", 5: 99}
    saved = own_sample.label(answers, path=own_sample.folder / "saved.csv")
    text = message(own_sample, saved, design_file=own_sample.folder / "design.json")
    assert "'forrest' (id 3, 17; is 'forest' meant?)" in text
    assert "'99' (id 5)" in text
    assert "1 or 'forest', 4 or 'field', 7 or 'water'" in text


def test_a_label_is_never_the_order_of_a_class(own_sample: ToySample) -> None:
    answers = dict.fromkeys(own_sample.places["id"].tolist(), 2)
    assert "'2'" in message(own_sample, own_sample.label(answers))


# Rows that are not those of the design.


def change(sample: ToySample, frame: geopandas.GeoDataFrame) -> Path:
    path = sample.folder / "changed.gpkg"
    save(frame, path)
    copy_design(sample.points, path)
    return path


def labelled_frame(sample: ToySample) -> geopandas.GeoDataFrame:
    frame = sample.places.copy()
    frame["reference"] = sample.answers
    return frame


def test_deleted_rows_are_missed(own_sample: ToySample) -> None:
    frame = labelled_frame(own_sample)
    text = message(own_sample, change(own_sample, frame[~frame["id"].isin([4, 9])]))
    assert "2 of 180: id 4, 9" in text
    assert "bring the rows back" in text


def test_copied_rows_are_refused(own_sample: ToySample) -> None:
    frame = labelled_frame(own_sample)
    doubled = pd.concat([frame, frame[frame["id"] == 7]])
    assert "more than once. Found: id 7" in message(own_sample, change(own_sample, doubled))


def test_places_that_people_added_are_refused(own_sample: ToySample) -> None:
    frame = labelled_frame(own_sample)
    added = frame[frame["id"] == 1].assign(id=181)
    text = message(own_sample, change(own_sample, pd.concat([frame, added])))
    assert "id 181" in text
    assert "no random sample" in text


def test_rows_without_an_id_are_refused(own_sample: ToySample) -> None:
    frame = labelled_frame(own_sample)
    frame["id"] = frame["id"].astype("Int64").where(frame["id"] != 12)
    assert "1 row(s): number 12" in message(own_sample, change(own_sample, frame))


def test_a_changed_stratum_is_refused(own_sample: ToySample) -> None:
    frame = labelled_frame(own_sample)
    frame.loc[frame["stratum"] == 3, "stratum"] = np.where(
        np.arange((frame["stratum"] == 3).sum()) == 0, 1, 3
    )
    text = message(own_sample, change(own_sample, frame))
    assert "the field stratum was changed" in text
    assert "39 places in 'water'" in text


def test_labels_in_the_field_of_the_map_are_refused(own_sample: ToySample) -> None:
    frame = labelled_frame(own_sample)
    frame["mapped"] = own_sample.answers
    text = message(own_sample, change(own_sample, frame))
    assert "mapped and stratum do not fit" in text
    assert "labels belong into the field reference" in text


def test_a_point_that_was_dragged_away_is_refused(own_sample: ToySample) -> None:
    frame = labelled_frame(own_sample)
    moved = frame.geometry.where(frame["id"] != 21, frame.geometry.translate(0, 60))
    text = message(own_sample, change(own_sample, frame.set_geometry(moved)))
    assert "1 point(s): id 21" in text


def test_a_layer_in_another_crs_has_the_same_places(own_sample: ToySample) -> None:
    expected = own_sample.estimate()
    frame = labelled_frame(own_sample).to_crs("EPSG:3857")
    assert own_sample.estimate(change(own_sample, frame)) == expected


def test_a_field_that_is_gone_is_named(own_sample: ToySample) -> None:
    frame = labelled_frame(own_sample).drop(columns=["weight_m2"])
    assert "no field weight_m2" in message(own_sample, change(own_sample, frame))


# Labelling goes on.


def first(sample: ToySample, many: int) -> dict[int, int]:
    """Labels of the first places."""
    pairs = zip(sample.places["id"].tolist(), sample.answers.tolist(), strict=True)
    return {place: code for place, code in pairs if place <= many}


def test_what_is_labelled_is_used_and_how_far_it_got_is_said(
    own_sample: ToySample, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        estimates = own_sample.estimate(own_sample.label(first(own_sample, 90)))
    assert estimates.labelled == 90
    drawn = own_sample.places["stratum"][:90].value_counts()
    assert [own.labelled for own in estimates.strata] == [drawn[1], drawn[2], drawn[3]]
    assert f"90 of 180 places are labelled: {drawn[1]} of 60 in forest" in caplog.text
    assert estimates.notes == ()


def test_places_that_were_passed_over_are_told(
    own_sample: ToySample, caplog: pytest.LogCaptureFixture
) -> None:
    answers = first(own_sample, 100)
    del answers[10], answers[11]
    estimates = own_sample.estimate(own_sample.label(answers))
    assert "2 places were passed over: id 10, 11" in estimates.notes[0]
    assert "passed over" in caplog.text


def test_strata_may_be_labelled_one_after_another(own_sample: ToySample) -> None:
    frame = own_sample.places
    chosen = (frame["stratum"] == 1) | (frame["id"] <= 60)
    answers = dict(zip(frame["id"][chosen], own_sample.answers[chosen], strict=True))
    assert own_sample.estimate(own_sample.label(answers)).notes == ()


def test_nothing_labelled_is_an_error(own_sample: ToySample) -> None:
    assert "no place is labelled yet" in message(own_sample, own_sample.label({}))


def without_water(sample: ToySample) -> Path:
    dry = sample.places["stratum"] != 3
    return sample.label(dict(zip(sample.places["id"][dry], sample.answers[dry], strict=True)))


def test_a_stratum_without_labels_is_refused_with_the_way_out(own_sample: ToySample) -> None:
    text = message(own_sample, without_water(own_sample))
    assert "no labelled place in water" in text
    assert "estimate: {join: {water: forest}}" in text


def test_a_stratum_without_labels_may_be_joined_which_is_said(own_sample: ToySample) -> None:
    estimates = own_sample.estimate(without_water(own_sample), join={"water": "field"})
    assert "figures are right only if the map errs alike in both" in estimates.notes[0]
    assert estimates.area_m2 == pytest.approx(sum(true_areas(own_sample).values()))


def test_a_stratum_that_no_place_of_a_simple_random_sample_met_is_joined_without_assumption(
    tmp_path: Path,
) -> None:
    units = {"forest": 4, "field": 4, "water": 4}
    sample = draw_sample(tmp_path, units=units, design="simple_random", seed=2)
    assert sample.design.strata[2].units == 0
    text = message(sample, sample.label())
    assert "estimate: {join: {water: forest}}" in text
    assert "go on labelling" not in text
    estimates = sample.estimate(join={"water": "forest"})
    assert "figures stay right" in estimates.notes[0]
    assert "errs alike" not in estimates.notes[0]
    assert estimates.area_m2 == pytest.approx(sum(true_areas(sample).values()))


def test_joined_names_are_strata(own_sample: ToySample) -> None:
    text = message(own_sample, own_sample.label(), join={"watr": "field"})
    assert "'watr', which is no stratum" in text


def test_one_label_in_a_stratum_has_no_error_and_says_so(own_sample: ToySample) -> None:
    frame = own_sample.places
    water = frame["id"][frame["stratum"] == 3].min()
    chosen = (frame["stratum"] != 3) | (frame["id"] == water)
    answers = dict(zip(frame["id"][chosen], own_sample.answers[chosen], strict=True))
    estimates = own_sample.estimate(own_sample.label(answers))
    assert estimates.overall_accuracy.error is None
    assert estimates.overall_accuracy.value is not None
    assert any("one unit alone was labelled in water" in note for note in estimates.notes)


def test_a_class_that_no_label_has_is_null_and_not_0(own_sample: ToySample) -> None:
    answers = {
        place: 1 if code == 7 else code
        for place, code in zip(
            own_sample.places["id"].tolist(), own_sample.answers.tolist(), strict=True
        )
    }
    water = own_sample.estimate(own_sample.label(answers)).classes[2]
    assert water.producers_accuracy.value is None
    assert water.users_accuracy.value == 0
    written = json.loads((own_sample.folder / "out" / "estimates.json").read_text())
    assert written["classes"][2]["producers_accuracy"]["low"] is None


# The map is another one by now.


def remake(sample: ToySample, *, scene: int = 0) -> None:
    name = SCENES[scene]
    sample.mapped[name] = spoil(sample.truth[name], np.random.default_rng(99))
    write_map(sample.classes[scene], sample.mapped[name], west=600_000 + 5000 * scene)


def test_a_changed_map_is_refused_with_the_ways_out(own_sample: ToySample) -> None:
    labelled = own_sample.label()
    remake(own_sample)
    text = message(own_sample, labelled)
    assert "another map of east" in text
    assert "as_sampled" in text
    assert "reread" in text


def test_figures_of_the_map_as_it_was_do_not_change_with_it(own_sample: ToySample) -> None:
    before = own_sample.estimate()
    remake(own_sample)
    after = own_sample.estimate(own_sample.folder / "labelled.gpkg", changed_map="as_sampled")
    assert after.map_state == "changed"
    assert after.classes == before.classes
    assert "The map has changed since places were drawn" in after.notes[0]


@pytest.mark.parametrize("suffix", [".gpkg", ".csv"])
def test_classes_of_the_new_map_are_read_at_the_places(own_sample: ToySample, suffix: str) -> None:
    before = own_sample.estimate()
    labelled = own_sample.label(path=own_sample.folder / f"saved{suffix}")
    for number in range(2):
        remake(own_sample, scene=number)
    design = own_sample.folder / "design.json"
    after = own_sample.estimate(labelled, changed_map="reread", design_file=design)
    assert after.map_state == "reread"
    everywhere = np.concatenate([own_sample.mapped[scene].ravel() for scene in SCENES])
    mapped = CODES[everywhere[own_sample.rows]]
    assert after.plain_accuracy == pytest.approx((mapped == own_sample.answers).mean())
    counts = np.bincount(everywhere[everywhere >= 0])
    assert after.classes[1].mapped_m2 == pytest.approx(counts[1] * PIXEL**2, rel=1e-3)
    # strata are those of the sample, so areas of the reference are too
    assert after.classes[1].area_m2.value == pytest.approx(before.classes[1].area_m2.value)
    assert after.strata == before.strata


def test_a_new_map_without_data_at_a_place_is_wrong_there(own_sample: ToySample) -> None:
    labelled = own_sample.label()
    own_sample.mapped["east"][:] = -1
    write_map(own_sample.classes[0], own_sample.mapped["east"])
    after = own_sample.estimate(labelled, changed_map="reread")
    assert after.matrix_classes[-1] == "no data"
    assert sum(after.matrix[-1]) > 0


def test_scenes_that_are_gone_or_new_are_named(own_sample: ToySample) -> None:
    labelled = own_sample.label()
    assert "no map of west" in message(own_sample, labelled, files=own_sample.classes[:1])
    reread = message(own_sample, labelled, files=own_sample.classes[:1], changed_map="reread")
    assert "a map of every scene that was sampled" in reread
    north = own_sample.folder / "maps" / "north" / "unet" / "argmax" / "classes.tif"
    write_map(north, own_sample.mapped["east"], west=700_000)
    files = [*own_sample.classes, north]
    assert "not sampled: north" in message(own_sample, labelled, files=files)
    told = own_sample.estimate(labelled, files=files, changed_map="as_sampled").notes
    assert "Scenes that were not sampled are in no figure" in told[0]


def test_a_sample_of_another_map_is_refused(own_sample: ToySample) -> None:
    other = own_sample.folder / "maps" / "east" / "unet" / "crf" / "classes.tif"
    write_map(other, own_sample.mapped["east"])
    text = message(own_sample, own_sample.label(), files=[other])
    assert "a sample of unet + argmax" in text


def test_mapped_areas_are_those_of_the_sampled_ground_where_a_raster_leaves_some_out(
    own_sample: ToySample,
) -> None:
    design = own_sample.design
    regions = tuple(
        own.model_copy(update={"mapped": None, "area_m2": own.area_m2 / 2}) for own in design.strata
    )
    path = own_sample.folder / "of_regions.json"
    write_document(path, design.model_copy(update={"strata": regions}))
    estimates = own_sample.estimate(design_file=path)
    assert sum(own.mapped_m2 for own in estimates.classes) == pytest.approx(estimates.area_m2)
    assert any("leaves out a part of the map" in note for note in estimates.notes)
    whole = own_sample.estimate()
    assert sum(own.mapped_m2 for own in whole.classes) == pytest.approx(whole.area_m2)
    assert whole.notes == ()


# What is handed over.


def test_table_has_hectares_with_intervals_and_methods(own_sample: ToySample) -> None:
    estimates: MapEstimates = own_sample.estimate()
    with (own_sample.folder / "out" / "areas.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == ["forest", "field", "water"]
    water, own = rows[2], estimates.classes[2]
    assert float(water["area_ha"]) == pytest.approx((own.area_m2.value or 0) / 1e4, abs=1e-4)
    assert float(water["area_ha_high"]) == pytest.approx((own.area_m2.high or 0) / 1e4, abs=1e-4)
    assert water["area_ha_method"] == "Dirichlet draws or Korn and Graubard"
    assert float(water["mapped_ha"]) == pytest.approx(own.mapped_m2 / 1e4, abs=1e-4)
    assert float(water["users_accuracy"]) == pytest.approx(own.users_accuracy.value, abs=1e-6)


def test_places_say_whether_map_and_label_agree_and_open_styled(own_sample: ToySample) -> None:
    own_sample.estimate(own_sample.label(first(own_sample, 120)))
    path = own_sample.folder / "out" / "agreement.gpkg"
    table = geopandas.read_file(path, layer=AGREEMENT)
    assert len(table) == 120
    assert (table["agreement"] == "right").tolist() == (
        table["mapped"] == table["reference"]
    ).tolist()
    assert set(table["agreement"]) == {"right", "wrong"}
    back = table.to_crs("EPSG:32632").geometry
    assert back.distance(own_sample.places.geometry[:120]).max() < 0.01
    with closing(sqlite3.connect(path)) as connection:
        (style,) = connection.execute("SELECT styleQML FROM layer_styles").fetchone()
    assert 'attr="agreement"' in style
    assert read_design_of(path) == own_sample.design
