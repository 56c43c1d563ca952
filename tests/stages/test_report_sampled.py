"""The section of a random sample: expectations first, then figures of the map with intervals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rs_seg.io.documents import read_document
from rs_seg.values.estimates import MapEstimates
from tests.stages.fabricated_run import FabricatedRun, fabricate_run
from tests.stages.fabricated_sample import METHOD, add_sample
from tests.stages.test_report import parse, write_page


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FabricatedRun:
    return fabricate_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def before(run: FabricatedRun, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("before")
    return write_page(add_sample(run, labelled=0), folder / "report.html")


@pytest.fixture(scope="module")
def after(run: FabricatedRun, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("after")
    return write_page(add_sample(run, labelled=100), folder / "report.html")


def section(page: str) -> str:
    found = re.search(r'<section id="sampled">.*?</section>', page, flags=re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def test_without_a_sample_there_is_no_section(run: FabricatedRun, tmp_path: Path) -> None:
    page = write_page(run, tmp_path / "report.html")
    assert 'id="sampled"' not in page
    assert 'href="#sampled"' not in page


@pytest.mark.parametrize("state", ["before", "after"])
def test_page_is_well_formed(request: pytest.FixtureRequest, state: str) -> None:
    parser = parse(request.getfixturevalue(state))
    assert parser.faults == []
    assert parser.open == []
    targets = {address[1:] for address in parser.addresses if address.startswith("#")}
    assert targets <= set(parser.ids)


def test_before_labelling_it_says_what_the_design_will_give_and_how_to_label(before: str) -> None:
    text = section(before)
    assert "120 places of unet + argmax were drawn at random, and none is labelled yet" in text
    assert "labelling/unet/argmax" in text
    assert "0.9 for every class" in text
    assert "holds the truth" in text
    assert "low &lt;vegetation&gt;: 32" in text, "the proposal can be pasted"
    assert "From the sample" not in text


def test_after_labelling_areas_have_intervals_and_mapped_areas_beside(
    run: FabricatedRun, after: str
) -> None:
    path = Path(run.config.results, "sample", *METHOD, "estimates.json")
    estimates = read_document(path, MapEstimates)
    text = section(after)
    assert "100 of 120 places of unet + argmax are labelled" in text
    area = estimates.classes[0].area_m2
    assert area.value is not None
    assert area.low is not None
    assert f" {area.value / 1e4:.4f} " in text
    assert f" {area.low / 1e4:.4f} to " in text
    assert f" {estimates.classes[0].mapped_m2 / 1e4:.4f} " in text
    assert "How far labelling is" in text


def test_accuracy_from_the_sample_stands_beside_that_of_test_blocks(
    run: FabricatedRun, after: str
) -> None:
    text = section(after)
    assert "because every pixel could be drawn" in text
    assert "which nobody drew at random" in text
    path = Path(run.config.results, "sample", *METHOD, "estimates.json")
    accuracy = read_document(path, MapEstimates).overall_accuracy
    assert re.search(rf"Overall accuracy {accuracy.value:.3f} {accuracy.low:.3f} to", text)
    assert "drawn at random are labelled: overall accuracy of unet + argmax" in after


def test_without_test_blocks_the_sample_stands_alone(tmp_path: Path) -> None:
    given = fabricate_run(tmp_path, labelled=False)
    method = ("given", "argmax")
    import tests.stages.fabricated_sample as fabricated

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fabricated, "METHOD", method)
        page = write_page(add_sample(given, labelled=60), tmp_path / "report.html")
    assert "From the sample" in section(page)
    assert "On test blocks" not in section(page)
