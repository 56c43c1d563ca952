"""The section of objects: figures, pictures on test ground, worst errors; with and without maps."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import geopandas
import pytest

from rs_seg.io.candidates import read_candidates, write_candidates
from rs_seg.io.documents import read_document
from rs_seg.values.comparison import Comparison
from rs_seg.values.matches import ObjectMatches
from tests.stages.fabricated_objects import METHODS, fabricate_objects
from tests.stages.fabricated_run import FabricatedRun, fabricate_run
from tests.stages.test_report import parse, write_page


def section(page: str, name: str) -> str:
    return page.split(f'<section id="{name}">')[1].split("</section>", maxsplit=1)[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FabricatedRun:
    return fabricate_objects(tmp_path_factory.mktemp("objects"))


@pytest.fixture(scope="module")
def page(run: FabricatedRun, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_page(run, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def best(run: FabricatedRun) -> ObjectMatches:
    path = Path(run.config.results, "evaluation", *METHODS[0]).with_suffix(".objects.json")
    return read_document(path, ObjectMatches)


def test_page_is_well_formed_and_needs_nothing_outside(page: str) -> None:
    balance = parse(page)
    assert not balance.faults
    assert not balance.open
    assert {address[1:] for address in balance.addresses if address[0] == "#"} <= set(balance.ids)
    # the map in a browser lies beside the page
    loaded = [address for address in balance.addresses if address != "deliver/map.html"]
    assert all(address.startswith(("data:", "#")) for address in loaded)


def test_what_the_figures_are_counted_on_is_told_below_them(page: str) -> None:
    told = section(page, "objects").partition("Protocol of the objects: ")[2]
    assert told.startswith(
        "Two &lt;towns&gt;; split: official &amp; fixed; labels: full; means over"
    )
    assert "groups, objects that show less than 50 %" in told


def test_the_summary_has_the_verdict_of_the_comparison(run: FabricatedRun, page: str) -> None:
    compared = read_document(Path(run.config.results, "comparison.json"), Comparison)
    assert compared.objects.verdict[-1].startswith("It beats the polygons of the best map")
    for sentence in compared.objects.verdict:
        assert f"<li>{sentence}</li>" in section(page, "summary")


def test_all_objects_and_polygons_of_maps_have_a_row(page: str) -> None:
    shown = section(page, "objects")
    for title in ("centre + nms", "faster + nms", "unet + argmax, polygons of the map"):
        assert f'<th scope="row">{title}</th>' in shown
    assert '<tr class="best"><th scope="row">centre + nms</th>' in shown


def test_objects_on_test_ground_are_drawn_by_what_they_are(page: str, best: ObjectMatches) -> None:
    drawing = re.search(r'<svg class="objects".*?</svg>', section(page, "objects")).group()
    numbers = {
        name: len(re.findall("z", path))
        for name, path in re.findall(r'<path class="(\w+)" d="([^"]*)"', drawing)
    }
    classes = best.test.boxes.per_class
    assert numbers["right"] == sum(own.matched for own in classes) > 5
    assert numbers["false"] == sum(own.false for own in classes) > 0
    assert numbers["missed"] == sum(own.missed for own in classes) > 0


def test_the_worst_errors_have_chips(page: str, best: ObjectMatches) -> None:
    chips = section(page, "objects").split("Worst errors")[1].count("<img")
    assert chips == len(best.test.errors) > 3


def test_scenes_that_are_not_tested_show_objects_by_class(page: str) -> None:
    shown = section(page, "objects")
    assert "second, not tested: objects by class" in shown
    assert 'class="code-2"' in shown
    assert "Objects of centre + nms with a score of" in shown


def test_the_section_of_data_counts_the_objects_of_the_reference(
    run: FabricatedRun, page: str
) -> None:
    outlines = geopandas.read_file(run.report["outlines"][0], layer="polygons")
    counts = [int((outlines["code"] == code).sum()) for code in run.config.object_names.codes]
    shown = section(page, "data").split("Objects of the reference")[1]
    row = re.search(r'<th scope="row">first, ä</th>(.*)</tr>', shown).group(1)
    assert re.findall(r">(\d+)<", row) == [str(count) for count in (*counts, 0, 0, 0)]
    assert sum(counts) == len(outlines) > 50


def test_candidates_that_tiles_cut_are_told(run: FabricatedRun, page: str, tmp_path: Path) -> None:
    assert "may not be whole" not in page
    path = run.report["survivors"][0]
    before = path.read_bytes()
    write_candidates(path, read_candidates(path), cut=12)
    try:
        told = section(write_page(run, tmp_path / "cut.html"), "objects")
    finally:
        path.write_bytes(before)
    assert "12 candidates reach over the edge of every tile" in told


def test_where_objects_divide_a_map_the_page_says_what_it_counts(
    run: FabricatedRun, page: str, tmp_path: Path
) -> None:
    told = "as they were detected; those without ground of their class on the map are not handed"
    assert told not in page
    select = run.config.select.model_copy(update={"geometry": "map"})
    divided = run.config.model_copy(update={"select": select})
    counted = write_page(replace(run, config=divided), tmp_path / "report.html")
    assert told in section(counted, "objects")


def test_equal_inputs_give_equal_bytes(run: FabricatedRun, page: str, tmp_path: Path) -> None:
    assert write_page(run, tmp_path / "again.html") == page


def test_a_run_without_maps_has_no_section_of_maps(tmp_path: Path) -> None:
    run = fabricate_objects(tmp_path, maps=False, masks=True)
    page = write_page(run, tmp_path / "report.html")
    assert not parse(page).faults
    sections = re.findall(r'<section id="(\w+)">', page)
    assert sections == ["summary", "objects", "split", "data", "training", "settings"]
    assert "Test, outlines" in page
    assert "validation AP50" in section(page, "training")
    assert "polygons of the best map" not in page
    compared = read_document(Path(run.config.results, "comparison.json"), Comparison)
    assert (compared.best, compared.ranking) == (None, ())
    assert [row["detector"] for row in compared.table] == ["centre", "faster"]
    assert compared.objects.rows[0].parameters == 5
    shown = section(page, "objects").split("Several trainings of one detector")[1]
    spread = compared.objects.replicates[0].f1
    assert f'<th scope="row">both + nms</th><td>2</td><td class="apart">{spread.mean:.3f}' in shown


def test_a_run_without_labels_counts_objects(tmp_path: Path) -> None:
    run = fabricate_objects(tmp_path, maps=False, labelled=False)
    page = write_page(run, tmp_path / "report.html")
    assert not parse(page).faults
    assert "with a score of 0.50 or more" in page
    assert "No scene is labelled" in page
    assert "Worst errors" not in page


def test_a_run_without_detectors_says_nothing_of_objects(tmp_path: Path) -> None:
    run = fabricate_run(tmp_path)
    assert "svg.objects" not in write_page(run, tmp_path / "report.html")
