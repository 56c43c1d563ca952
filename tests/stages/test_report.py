"""The page: self-contained, the same for the same inputs, escaped, and sensible without labels."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rs_seg.stages.report import report
from tests.stages.fabricated_run import FabricatedRun, fabricate_run

VOID = {"meta", "img", "input", "br", "hr", "link"}


class Balance(HTMLParser):
    """Opening and closing tags, and the addresses that elements load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for key, value in attrs if key in ("src", "href", "xlink:href")]
        self.ids += [value or "" for key, value in attrs if key == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FabricatedRun:
    return fabricate_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def page(run: FabricatedRun, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_page(run, tmp_path_factory.mktemp("page") / "report.html")


def write_page(run: FabricatedRun, path: Path) -> str:
    report(run.config.report, run.config, **run.report, report=path)
    return path.read_text(encoding="utf-8")


def parse(page: str) -> Balance:
    parser = Balance()
    parser.feed(page)
    return parser


def test_page_needs_nothing_outside_itself(page: str) -> None:
    addresses = parse(page).addresses
    assert any(address.startswith("data:image/png") for address in addresses)
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert "@import" not in page
    assert "url(http" not in page


def test_page_is_well_formed(page: str) -> None:
    parser = parse(page)
    assert parser.faults == []
    assert parser.open == []
    assert {address[1:] for address in parser.addresses if address.startswith("#s")} <= set(parser.ids)


def test_equal_inputs_give_equal_bytes(run: FabricatedRun, page: str, tmp_path: Path) -> None:
    assert write_page(run, tmp_path / "again.html") == page


def test_each_network_shows_its_calibration_or_that_it_has_none(page: str) -> None:
    section = page[page.index('<section id="calibration">') : page.index('<section id="settings">')]
    unet, forest = section[section.index("<h3>unet") :].split("<h3>forest")
    assert "Expected calibration error 0.083 before and 0.021 after" in unet
    assert "surer than it was right" in unet
    assert "123\u202f456 labelled pixels" in unet
    assert unet.count("<svg") == 1
    assert "carries no calibration" in forest
    assert "<svg" not in forest


def test_the_curves_of_each_network_are_judged_in_words(run: FabricatedRun, page: str, tmp_path: Path) -> None:
    def told(text: str) -> list[str]:
        section = text[text.index('<section id="training">') : text.index('<section id="calibration">')]
        return section[section.index("<h3>unet") :].split("<h3>forest")

    unet, forest = told(page)
    assert "Not converged: the last quarter of the epochs still gained" in unet
    assert unet.count("<svg") == 1
    assert "Fitted in one go" in forest
    spoilt = tmp_path / "curves.csv"
    rows = [f"{epoch},{1 / epoch},{0.5 + abs(epoch - 4) / 10},{0.6 - abs(epoch - 4) / 50},0.1" for epoch in range(1, 9)]
    spoilt.write_text("\n".join(["epoch,train_loss,validation_loss,validation_miou,learning_rate", *rows]))
    changed = {**run.report, "curves": [spoilt, *run.report["curves"][1:]]}
    report(run.config.report, run.config, **changed, report=tmp_path / "report.html")
    unet, _ = told((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "Overfitting: from its least value the validation loss rose by 70% while the training loss fell." in unet
    assert "Not converged" not in unet


def test_a_given_model_shows_the_calibration_of_its_file(tmp_path: Path) -> None:
    page = write_page(fabricate_run(tmp_path, labelled=False), tmp_path / "report.html")
    assert "0.083 before and 0.021 after" in page[page.index('<section id="calibration">') :]


def test_texts_of_the_user_are_escaped(page: str) -> None:
    assert "Land &lt;cover&gt; of two towns" in page
    assert "low &lt;vegetation&gt;" in page
    assert "<vegetation>" not in page
    assert "<no>" not in page


def test_summary_names_best_map_its_figures_and_the_baseline(page: str) -> None:
    summary = " ".join(page[page.index('class="summary"') : page.index('id="maps"')].split())
    assert "unet + argmax is the best by validation mIoU" in summary
    assert re.search(r"mIoU 0\.\d{3}, overall accuracy 0\.\d{3}, mean F1 0\.\d{3} and MCC 0\.\d{3}", summary)
    assert "above the random forest (forest + " in summary


def test_undefined_figures_are_dashes_and_named_as_left_out(page: str) -> None:
    row = re.search(
        r"<tr><th[^>]*>(?:(?!</tr>).)*?car</th>(.*?)</tr>", page[page.index("Classes of the best map") :], re.DOTALL
    )
    assert row is not None
    assert row.group(1).count("–") == 5
    assert "car occurs neither in the test reference nor in the map and is left out" in page
    assert "nan" not in re.sub(r"base64,[^\"]*", "", page).lower().split()


def test_areas_are_ground_hectares_of_valid_pixels(page: str, run: FabricatedRun) -> None:
    from tests.stages.fabricated_run import HEIGHT, WIDTH

    hectares = HEIGHT * (WIDTH - 3) * 0.25 / 10_000
    areas = page[page.index('id="areas"') : page.index('id="accuracy"')]
    assert f"{hectares:.2f}</td></tr>" in areas


def test_ensembles_uncertainty_and_pixels_without_a_class_are_shown(tmp_path: Path) -> None:
    page = write_page(fabricate_run(tmp_path, unsure=True), tmp_path / "report.html")
    assert parse(page).faults == []
    for title in ("Probability of the class", "Entropy", "Disagreement of members"):
        assert page.count(f"<figcaption>{title}") == 2
    summary = " ".join(page[page.index('class="summary"') : page.index('id="maps"')].split())
    assert "both + sure is the best" in summary
    assert "It gives no class to 3.3 % of these pixels" in summary
    areas = page[page.index('id="areas"') : page.index('id="accuracy"')]
    assert "abstain</th>" in areas
    assert f"{400 * 0.25 / 10_000:.2f}</td>" in areas
    accuracy = page[page.index('id="accuracy"') : page.index('id="split"')]
    assert "mIoU of the rest" in accuracy
    assert "no class</th>" in accuracy


def test_maps_that_give_every_pixel_a_class_are_not_said_to_abstain(page: str) -> None:
    assert "no class</th>" not in page
    assert "mIoU of the rest" not in page
    assert "abstain</th>" not in page


def test_only_so_many_scenes_are_shown_and_the_others_listed(run: FabricatedRun, tmp_path: Path) -> None:
    config = run.config.report.model_copy(update={"max_scenes": 1})
    path = tmp_path / "report.html"
    report(config, run.config, **run.report, report=path)
    text = path.read_text(encoding="utf-8")
    assert "Not shown: second." in text
    assert 'id="scene-1"' in text
    assert 'id="scene-2"' not in text


def test_without_labels_the_page_shows_maps_areas_and_settings(tmp_path: Path) -> None:
    page = write_page(fabricate_run(tmp_path, labelled=False), tmp_path / "report.html")
    parser = parse(page)
    assert parser.faults == []
    assert {"maps", "areas", "data", "settings"} <= set(parser.ids)
    assert not {"accuracy", "split", "training"} & set(parser.ids)
    assert "nothing here says how accurate" in page
