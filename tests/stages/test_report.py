"""The page: self-contained, the same for the same inputs, escaped, and sensible without labels."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rs_seg.config import CompareConfig
from rs_seg.errors import UserError
from rs_seg.io.documents import read_document
from rs_seg.stages.report import one_page, report
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.layout import LINK_TO_WEB_MAP
from tests.stages.fabricated_run import FabricatedRun, fabricate_run, in_one_list

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
        self.addresses += [
            value or "" for key, value in attrs if key in ("src", "href", "xlink:href")
        ]
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


def write_page(
    run: FabricatedRun, path: Path, files: Mapping[str, Sequence[Path]] | None = None
) -> str:
    """The text of a page of the run, perhaps of other files."""
    report(
        run.config.report,
        run.config,
        files=in_one_list(files or run.report),
        report=path,
        sheet=path.with_name("one_page.html"),
    )
    return path.read_text(encoding="utf-8")


def elsewhere(run: FabricatedRun, path: Path, folder: Path) -> Path:
    """The same place in another folder of results."""
    place = folder / path.relative_to(run.config.results)
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def parse(page: str) -> Balance:
    parser = Balance()
    parser.feed(page)
    return parser


def test_page_needs_nothing_outside_itself(page: str) -> None:
    addresses = parse(page).addresses
    assert any(address.startswith("data:image/webp") for address in addresses)
    others = [address for address in addresses if not address.startswith(("data:", "#"))]
    assert others == [LINK_TO_WEB_MAP]
    assert "@import" not in page
    assert "url(http" not in page


def test_there_is_no_link_to_a_map_that_is_not_made(run: FabricatedRun, tmp_path: Path) -> None:
    deliver = run.config.deliver.model_copy(update={"web_map": False})
    config = run.config.model_copy(update={"deliver": deliver})
    page = write_page(replace(run, config=config), tmp_path / "report.html")
    assert "map.html" not in page


def test_page_is_well_formed(page: str) -> None:
    parser = parse(page)
    assert parser.faults == []
    assert parser.open == []
    assert {address[1:] for address in parser.addresses if address.startswith("#s")} <= set(
        parser.ids
    )


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


def test_the_curves_of_each_network_are_judged_in_words(
    run: FabricatedRun, page: str, tmp_path: Path
) -> None:
    def told(text: str) -> list[str]:
        section = text[
            text.index('<section id="training">') : text.index('<section id="calibration">')
        ]
        return section[section.index("<h3>unet") :].split("<h3>forest")

    unet, forest = told(page)
    assert "Not converged: the last quarter of the epochs still gained" in unet
    assert unet.count("<svg") == 1
    assert "Fitted in one go" in forest
    spoilt = elsewhere(run, run.report["curves"][0], tmp_path)
    rows = [
        f"{epoch},{1 / epoch},{0.5 + abs(epoch - 4) / 10},{0.6 - abs(epoch - 4) / 50},0.1"
        for epoch in range(1, 9)
    ]
    spoilt.write_text(
        "\n".join(["epoch,train_loss,validation_loss,validation_miou,learning_rate", *rows, ""])
    )
    changed = {**run.report, "curves": [spoilt, *run.report["curves"][1:]]}
    unet, _ = told(write_page(run, tmp_path / "report.html", changed))
    assert (
        "Overfitting: from its least value the validation loss rose by 70% while the training "
        "loss fell." in unet
    )
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
    assert "unet + argmax has the highest mIoU on the validation areas" in summary
    assert re.search(
        r"mIoU 0\.\d{3}, overall accuracy 0\.\d{3}, mean F1 0\.\d{3} and MCC 0\.\d{3}", summary
    )
    assert "above the random forest (forest + " in summary
    assert (
        "Its polygons reach mIoU 0.610, object F1 0.520 and boundary F1 0.430 on the same ground."
        in summary
    )
    assert "disagree" not in summary


def test_undefined_figures_are_dashes_and_named_as_left_out(page: str) -> None:
    row = re.search(
        r"<tr><th[^>]*>(?:(?!</tr>).)*?vans&gt;</th>(.*?)</tr>",
        page[page.index("Classes of the best map") :],
        re.DOTALL,
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
    assert "both + sure has the highest mIoU on the validation areas" in summary
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


def test_only_so_many_scenes_are_shown_and_the_others_listed(
    run: FabricatedRun, tmp_path: Path
) -> None:
    few = run.config.report.model_copy(update={"max_scenes": 1})
    config = run.config.model_copy(update={"report": few})
    text = write_page(replace(run, config=config), tmp_path / "report.html")
    assert "Not shown one by one: second." in text
    assert 'id="scene-1"' in text
    assert 'id="scene-2"' not in text


def test_without_labels_the_page_shows_maps_areas_and_settings(tmp_path: Path) -> None:
    page = write_page(fabricate_run(tmp_path, labelled=False), tmp_path / "report.html")
    parser = parse(page)
    assert parser.faults == []
    assert {"maps", "areas", "data", "settings"} <= set(parser.ids)
    assert not {"accuracy", "split", "training"} & set(parser.ids)
    assert "nothing here says how accurate" in page


def section(page: str, name: str, end: str) -> str:
    return " ".join(page[page.index(f'id="{name}"') : page.index(f'id="{end}"')].split())


def test_refinements_are_shown_before_and_after_and_told_where_they_hurt(page: str) -> None:
    accuracy = section(page, "accuracy", "split")
    table = accuracy[accuracy.index("What refinements changed") : accuracy.index("The same crop")]
    assert "unet + crf" in table
    assert "unet + argmax" not in table
    assert re.search(r"<td>[\d.]+ %</td><td class=\"apart\">0\.\d{3}</td><td>0\.\d{3}</td>", table)
    assert "0.3100</td><td>0.2400</td>" in table
    assert "crf lowers the validation mIoU of unet by 0." in table


def test_the_table_of_maps_has_intervals_costs_and_the_majority_class(page: str) -> None:
    accuracy = section(page, "accuracy", "split")
    table = accuracy[accuracy.index("All maps") : accuracy.index("</table>")]
    unet, forest = (
        table[table.index(f">{name} + argmax") :].split("</tr>")[0] for name in ("unet", "forest")
    )
    assert re.search(r"<td>0\.\d{3} to 0\.\d{3}</td>", unet)
    assert "24.44</td><td>1 h 12 min</td><td>1 h 57 min</td><td>1.93</td><td>1.25</td>" in unet
    assert '<td class="apart">0.610</td><td>0.520</td><td>0.430</td>' in unet
    rows = [row.count("<th") + row.count("<td") for row in table.split("<tr")[2:]]
    assert len(set(rows)) == 1
    assert forest.count("–</td>") == 6
    assert "majority class: low &lt;vegetation&gt;" in table


def test_errors_are_shown_on_test_ground_with_a_legend_in_words(page: str) -> None:
    maps = section(page, "maps", "areas")
    assert maps.count("Where the best map is wrong") == 1, "one scene is labelled"
    errors = maps[maps.index("Where the best map is wrong") :]
    assert "Missed: errors in the colour of the class in the reference" in errors
    assert "False: errors in the colour of the class in the map" in errors
    assert '<span class="chip outline"></span>outline of the test ground' in errors
    assert (
        '<span class="chip stripes"></span>not tested: ground for training and validation' in errors
    )


def test_classes_have_intervals_and_those_in_few_blocks_are_marked(page: str) -> None:
    accuracy = section(page, "accuracy", "split")
    table = accuracy[accuracy.index("Blocks with it") :].split("</table>")[0]
    vegetation = table[table.index("low &lt;vegetation&gt;") :].split("</tr>")[0]
    assert '<td class="apart">12</td><td>12</td>' in vegetation
    assert len(re.findall(r"<td>0\.\d{3} to 0\.\d{3}</td>", vegetation)) == 3
    assert '<td class="apart">0*</td><td>0*</td>' in table[table.index("vans&gt;</th>") :]
    assert "* Fewer than 10 blocks: the interval comes out too narrow" in accuracy


def test_full_figures_stand_beside_eroded_ones_and_probabilities_have_curves(
    run: FabricatedRun, page: str
) -> None:
    path = next(own for own in run.report["evaluations"] if own.match("unet/argmax.json"))
    best = read_document(path, Evaluation).test
    borders = page[page.index("Away from borders") : page.index("What refinements changed")]
    for figure in (best.mean_iou, best.eroded.mean_iou, best.boundary_iou.mean):
        assert f"<td>{figure:.3f}</td>" in borders.replace(' class="apart"', "")
    assert best.mean_iou != best.eroded.mean_iou
    assert "within 3 pixels of another class" in borders
    assert best.probabilities is not None
    classes = page[page.index("<h4>Borders and probabilities</h4>") :]
    for own in best.probabilities.per_class:
        if own.average_precision is not None:
            assert f"<td>{own.threshold:.3f}</td><td>{own.precision:.3f}</td>" in classes
    assert "the dot is the threshold with the best F1 on the validation ground" in classes
    assert "of all networks that were tested on the same pixels" in classes


def test_test_ground_is_told_by_scene_and_by_distance(page: str) -> None:
    accuracy = section(page, "accuracy", "split")
    scenes = accuracy[accuracy.index("By scene") :].split("</table>")[0]
    assert re.search(r"first, ä</th><td>12</td><td>11.340</td><td>0\.947</td>", scenes)
    rows = accuracy[accuracy.index("By distance") :].split("</table>")[0]
    limits = re.findall(r'<th scope="row">([^<]*)</th><td>(\d+\*?)</td>', rows)
    assert limits == [
        ("5 to 10", "1*"),
        ("20 to 50", "2*"),
        ("50 to 100", "3*"),
        ("100 to 200", "6*"),
    ]
    assert "* Fewer than 10 blocks: chance decides." in accuracy


def test_maps_are_drawn_with_their_intervals_and_the_summary_says_how_sure_they_are(
    page: str,
) -> None:
    assert "majority class</text>" in section(page, "accuracy", "split")
    summary = section(page, "summary", "maps")
    assert re.search(
        r"The 95 % interval of the test mIoU of the best map is 0\.\d{3} to 0\.\d{3} over 12 test "
        r"blocks",
        summary,
    )
    assert (
        "(low &lt;vegetation&gt; everywhere, the most common class of the training areas" in summary
    )
    assert "by overall accuracy: forest + argmax, forest + crf." in summary


def test_it_is_told_where_polygons_choose_another_map_and_which_figure_counts(
    run: FabricatedRun, tmp_path: Path
) -> None:
    changed = json.loads(run.report["comparison"][0].read_text())
    changed["best_by"]["object_f1"] = {"network": "forest", "refinement": "crf"}
    changed["choice"] = "unet + argmax has the highest object F1 of the polygons (0.520)."
    (tmp_path / "comparison.json").write_text(json.dumps(changed))
    config = run.config.model_copy(update={"compare": CompareConfig(select_by="object_f1")})
    files = {**run.report, "comparison": [tmp_path / "comparison.json"]}
    page = write_page(replace(run, config=config), tmp_path / "report.html", files)
    assert "Pixels and polygons disagree about the best map" in page
    assert (
        "unet + argmax by the mIoU of the pixels, but forest + crf by the object F1 of the polygons"
        in page
    )
    told = "unet + argmax has the highest object F1 of the polygons (0.520)."
    assert f"Of 4 maps, {told}" in page
    assert f"The best map was chosen on the validation areas alone. {told}" in page


def test_classes_that_do_not_fit_beside_one_another_are_a_table_of_the_one_page(
    run: FabricatedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_page(run, tmp_path / "report.html")
    page = (tmp_path / "one_page.html").read_text(encoding="utf-8")
    assert "IoU of building" in page
    assert "IoU of each class" not in page
    monkeypatch.setattr(one_page, "COLUMNS", 3)
    monkeypatch.setattr(one_page, "MOST_CLASSES", 3)
    write_page(run, tmp_path / "report.html")
    page = (tmp_path / "one_page.html").read_text(encoding="utf-8")
    assert parse(page).faults == []
    assert "IoU of building" not in page
    table = page[page.index("IoU of each class") : page.index("Where each fails")]
    rows = re.findall(r'<th scope="row">(.*?)</th>', table)
    assert rows == ["low &lt;vegetation&gt;", "building", "impervious"]
    assert "1 more class: see report.html" in table


def test_several_trainings_are_summed_up_where_there_are_some(
    run: FabricatedRun, page: str, tmp_path: Path
) -> None:
    assert "Several trainings" not in page
    changed = json.loads(run.report["comparison"][0].read_text())
    spread = {"n": 2, "mean": 0.625, "std": 0.0425, "min": 0.6, "max": 0.65}
    group = {"network": "unet", "refinement": "argmax", "networks": ["a", "b"], "pooled": None}
    changed["replicates"] = [
        {**group, **dict.fromkeys(("mean_iou", "overall_accuracy", "mcc"), spread)}
    ]
    (tmp_path / "comparison.json").write_text(json.dumps(changed))
    files = {**run.report, "comparison": [tmp_path / "comparison.json"]}
    page = write_page(run, tmp_path / "report.html", files)
    accuracy = section(page, "accuracy", "split")
    table = accuracy[accuracy.index("Several trainings") :]
    assert '<td>2</td><td class="apart">0.625</td><td>0.043</td><td>0.600 to 0.650</td>' in table


def test_the_price_of_leakage_is_told_where_a_random_split_was_asked_for(
    run: FabricatedRun, page: str, tmp_path: Path
) -> None:
    assert "What a random split would have said" not in page
    changed = json.loads(run.report["comparison"][0].read_text())
    figures = {"mean_iou": 0.6, "random_mean_iou": 0.75, "price": 0.15, "verdict": "0.15 <leaks>."}
    figures |= {"overall_accuracy": 0.8, "random_overall_accuracy": 0.9}
    figures |= {"pixels": 8000, "random_pixels": 8100, "classes": ["road", "car"]}
    changed["random_split"] = [{**changed["best"], **figures}]
    (tmp_path / "comparison.json").write_text(json.dumps(changed))
    files = {**run.report, "comparison": [tmp_path / "comparison.json"]}
    text = write_page(run, tmp_path / "report.html", files)
    table = text[text.index("What a random split would have said") :]
    assert '<td class="apart">0.600</td><td>0.750</td><td>0.150</td>' in table
    assert text.count("0.15 &lt;leaks&gt;.") == 2  # in the summary and below the table


def test_the_worth_of_a_sensor_is_told_with_both_accuracies_and_those_of_each_class(
    run: FabricatedRun, page: str, tmp_path: Path
) -> None:
    assert "What each sensor is worth" not in page
    changed = json.loads(run.report["comparison"][0].read_text())
    names = [known.name for known in run.config.legend]
    figures = {"source": "s1", "mean_iou": 0.6, "mean_iou_without": 0.45, "worth": 0.15}
    figures |= {"overall_accuracy": 0.8, "overall_accuracy_without": 0.7}
    figures |= {"iou": dict.fromkeys(names, 0.625), "iou_without": dict.fromkeys(names, None)}
    changed["sensors"] = [{**changed["best"], **figures, "verdict": "s1 is <worth> it."}]
    (tmp_path / "comparison.json").write_text(json.dumps(changed))
    files = {**run.report, "comparison": [tmp_path / "comparison.json"]}
    text = write_page(run, tmp_path / "report.html", files)
    table = text[text.index("What each sensor is worth") :]
    assert '<td class="apart">0.600</td><td>0.450</td><td>0.150</td>' in table
    assert table.count("0.625 → –") == len(names)
    assert text.count("s1 is &lt;worth&gt; it.") == 2  # in the summary and below the table


def test_folds_are_shown_together_and_stand_first(run: FabricatedRun, tmp_path: Path) -> None:
    changed = json.loads(run.report["comparison"][0].read_text())
    best, spread = changed["best"], {"n": 2, "mean": 0.625, "std": 0.0425, "min": 0.6, "max": 0.65}
    class_count = len(run.config.legend)
    figures = {"mean_iou": 0.611, "overall_accuracy": 0.722, "mcc": 0.533}
    pooled = {
        **figures,
        "pixels": 7000,
        "blocks": 12,
        "reliable": True,
        "level": 0.95,
        "iou": {},
        "confusion": [[4] * class_count] * class_count,
        "intervals": {name: [value - 0.1, value + 0.1] for name, value in figures.items()},
    }
    group = {
        "network": "whole",
        "refinement": best["refinement"],
        "networks": [best["network"], "other"],
    }
    changed["replicates"] = [{**group, **dict.fromkeys(figures, spread), "pooled": pooled}]
    (tmp_path / "comparison.json").write_text(json.dumps(changed))
    files = {**run.report, "comparison": [tmp_path / "comparison.json"]}
    page = write_page(run, tmp_path / "report.html", files)
    summary, accuracy = section(page, "summary", "maps"), section(page, "accuracy", "split")
    assert "<dt>Mean IoU</dt><dd>0.611</dd>" in summary
    assert "the 2 folds of whole + " in summary
    assert "overall accuracy of 0.722 (95 % interval 0.622 to 0.822)" in summary
    assert (
        "12 blocks, 2 folds: overall accuracy 0.722 (0.622 to 0.822), mIoU 0.611 (0.511 to 0.711)"
        in accuracy
    )
    assert f"Confusion matrix of whole + {best['refinement']}, all folds." in accuracy


def test_of_very_many_maps_only_those_of_the_best_network_are_pictured(
    run: FabricatedRun, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page.count("<figcaption>forest + ") == 4
    monkeypatch.setattr("rs_seg.stages.report.maps.MANY", 3)
    few = write_page(run, tmp_path / "report.html")
    assert few.count("<figcaption>forest + ") == 0
    assert few.count("<figcaption>unet + ") == 4
    assert few.count("2 more have their figures") == 2


def write_batch(run: FabricatedRun, folder: Path, *, lost: int, **changes: int) -> str:
    """The page of a batch in which so many scenes failed, the first one after its alignment."""
    aligned = Path(run.config.results, "scenes", "lost 0", "image.tif")
    aligned.parent.mkdir(parents=True, exist_ok=True)
    aligned.write_bytes(run.report["images"][1].read_bytes())
    table, page = folder / "failed.csv", folder / "report.html"
    reason = (
        "/raw/lost {0}.tif: raster cannot be opened. Found: {0} bytes. Expected: <a whole file>"
    )
    rows = [["scene", "stage", "network", "refinement", "reason", "host", "log"]]
    rows += [
        [f"lost {index}", "align", "", "", reason.format(index), "node1", "x.log"]
        for index in range(lost)
    ]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    config = run.config.report.model_copy(update=changes)
    report(
        config,
        run.config,
        files=in_one_list({**run.report, "failed": [table]}),
        report=page,
        sheet=folder / "one_page.html",
    )
    return page.read_text(encoding="utf-8")


def test_scenes_that_failed_are_counted_grouped_by_reason_and_listed(
    run: FabricatedRun, tmp_path: Path
) -> None:
    page = write_batch(run, tmp_path, lost=60)
    assert parse(page).faults == []
    failures = section(page, "failures", "maps")
    assert "60 of 62 scenes are not finished" in failures
    assert (
        '<th scope="row">align</th><td class="left wrap">… raster cannot be opened.</td><td>60</td>'
        in failures
    )
    assert failures.count('<th scope="row">lost ') == 50
    assert "the first 50; 10 more are in failed.csv" in failures
    assert "&lt;a whole file&gt;" in failures


def test_where_nothing_failed_nothing_is_said_of_failures(
    run: FabricatedRun, page: str, tmp_path: Path
) -> None:
    assert 'id="failures"' not in page
    lines = page.splitlines(keepends=True)
    without_map = "".join(line for line in lines if LINK_TO_WEB_MAP not in line)
    assert write_batch(run, tmp_path, lost=0) == without_map


def test_outlines_of_all_scenes_show_what_became_of_them(
    run: FabricatedRun, page: str, tmp_path: Path
) -> None:
    assert 'class="overview"' not in page
    drawing = section(write_batch(run, tmp_path, lost=3), "maps", "scene-1")
    finished, failed = re.findall(r'<path class="(?:finished|failed)" d="([^"]*)"', drawing)
    assert (finished.count("M"), failed.count("M")) == (2, 1)
    assert "2 more have no aligned image" in drawing
    assert "<img" not in drawing


def test_with_many_scenes_the_page_has_one_picture_of_all_and_cut_tables(
    run: FabricatedRun, tmp_path: Path
) -> None:
    page = write_batch(run, tmp_path, lost=1, max_scenes=1, max_rows=1)
    assert parse(page).faults == []
    assert 'alt="unet + argmax of all scenes"' in section(page, "maps", "scene-1")
    areas = section(page, "areas", "accuracy")
    assert '<th scope="row">second</th>' not in areas
    assert "The first 1 of 2 scenes; totals are over all of them." in areas
    total = re.search(r"All scenes</th>.*?<td class=\"apart\">([\d.]+)</td>", areas)
    assert total is not None
    assert float(total.group(1)) == pytest.approx(2 * 160 * 189 * 0.25 / 10_000, abs=0.01)
    assert (
        section(page, "data", "training").count("columns hold") == 2
    )  # a warning, and all that was found


def test_scenes_unlike_the_training_are_told_in_the_summary_and_listed(
    run: FabricatedRun, tmp_path: Path
) -> None:
    said = {
        "pixels": 9,
        "bands": [],
        "warnings": ["band nir <holds> 0 to 1"],
        "notes": ["keeps no range"],
    }
    files = [elsewhere(run, path, tmp_path) for path in run.report["values"]]
    for number, path in enumerate(files):
        path.write_text(json.dumps(said if number == 3 else {**said, "warnings": [], "notes": []}))
    page = write_page(
        FabricatedRun(run.config, {**run.report, "values": files}, {}), tmp_path / "report.html"
    )
    assert "In 1 of 2 scenes values are unlike those that models were trained on" in page
    assert '<th scope="row">second</th><td class="left">forest</td>' in page
    assert '<td class="left wrap">band nir &lt;holds&gt; 0 to 1</td>' in page
    assert "forest, 1 scene: keeps no range." in page
    parser = parse(page)
    assert (parser.faults, parser.open) == ([], [])
    assert "values" in parser.ids


def test_scenes_like_the_training_need_no_word(page: str) -> None:
    assert "unlike those" not in page
    assert "values" not in parse(page).ids


def test_scale_tags_that_differ_between_scenes_are_a_warning(
    run: FabricatedRun, tmp_path: Path
) -> None:
    files = []
    for number, path in enumerate(run.report["inspections"]):
        content = json.loads(path.read_text())
        for band in content["sources"][0]["bands"]:
            band |= {"scale": 1e-4, "offset": 0.1 * number}
        files.append(elsewhere(run, path, tmp_path))
        files[-1].write_text(json.dumps(content))
    changed = {**run.report, "inspections": files}
    page = write_page(FabricatedRun(run.config, changed, {}), tmp_path / "report.html")
    told = (
        "scale and offset tags of bands nir, red, green differ between scenes: scale 0.0001, "
        "offset 0 in first, ä"
    )
    assert f"<strong>All scenes.</strong> {told}" in page
    for path in files:
        content = json.loads(path.read_text())
        content["sources"][0]["scales_applied"] = True
        path.write_text(json.dumps(content))
    assert "scale and offset tags of" not in write_page(
        FabricatedRun(run.config, changed, {}), tmp_path / "applied.html"
    )


def test_a_comparison_of_an_older_version_is_refused_with_its_name(
    run: FabricatedRun, tmp_path: Path
) -> None:
    content = json.loads(run.report["comparison"][0].read_text())
    del content["best_by"]
    old = tmp_path / "comparison.json"
    old.write_text(json.dumps(content))
    changed = FabricatedRun(run.config, {**run.report, "comparison": [old]}, {})
    with pytest.raises(UserError, match=r"comparison\.json: .*no 'best_by' in it"):
        write_page(changed, tmp_path / "report.html")


def test_files_are_known_by_their_places_and_not_by_their_order(
    run: FabricatedRun, page: str, tmp_path: Path
) -> None:
    files = in_one_list(run.report)
    report(
        run.config.report,
        run.config,
        files=files[::-1],
        report=tmp_path / "report.html",
        sheet=tmp_path / "one_page.html",
    )
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page


def test_rasters_of_another_scene_are_refused(run: FabricatedRun, tmp_path: Path) -> None:
    moved = elsewhere(run, run.report["classes"][0], tmp_path)
    moved.write_bytes(run.report["classes"][-1].read_bytes())
    changed = {**run.report, "classes": [moved, *run.report["classes"][1:]]}
    with pytest.raises(UserError, match=r"two rasters of one scene lie on different grids"):
        write_page(FabricatedRun(run.config, changed, {}), tmp_path / "report.html")


def test_the_page_claims_nothing_of_models_that_do_not_say_where_they_were_trained(
    tmp_path: Path, page: str
) -> None:
    claim = "Neither training nor selection saw these pixels"
    assert claim in page
    silent = fabricate_run(tmp_path)
    for path in silent.report["evaluations"]:
        content = json.loads(path.read_text()) | {"ground": "unknown"}
        content["test_sets"]["north 2021"]["ground"] = "unknown"
        path.write_text(json.dumps(content))
    doubtful = write_page(silent, tmp_path / "report.html")
    assert claim not in doubtful
    assert "It is not known whether training or selection saw these pixels" in doubtful


def test_classes_without_training_pixels_are_named(tmp_path: Path, page: str) -> None:
    assert "Never trained" not in page
    other = fabricate_run(tmp_path)
    split = other.report["split"][0]
    content = json.loads(split.read_text())
    name = next(iter(content["class_pixels"]["train"]))
    content["class_pixels"]["train"][name] = 0
    for size in ("block_size", "window"):
        del content[size]
    split.write_text(json.dumps(content))
    told = write_page(other, tmp_path / "report.html")
    assert f"Never trained: {name}. The training areas hold no pixel of this class" in told


def test_areas_of_further_test_sets_are_drawn_in_a_colour_of_their_own(tmp_path: Path) -> None:
    other = fabricate_run(tmp_path)
    split = other.report["split"][0]
    content = json.loads(split.read_text())
    (areas,) = content["areas"].values()
    areas["north 2021"] = areas.pop("test")
    content["test_sets"] = ["north 2021"]
    split.write_text(json.dumps(content))
    told = write_page(other, tmp_path / "report.html")
    assert 'style="fill:var(--further)"' in told
    assert '<li><span class="chip" style="background:var(--further)"></span>north 2021</li>' in told
    assert "var(--north" not in told


def test_the_proof_is_measured_and_not_what_the_file_of_the_split_says_of_itself(
    run: FabricatedRun, page: str
) -> None:
    told = json.loads(run.report["split"][0].read_text())["proof"]
    assert told["smallest_gap_pixels"] == {"first, ä": 99}
    proof = page[page.index("Proof that the areas are apart") : page.index('id="data"')]
    cells = re.findall(r"<td>([^<]*)</td>", proof)
    assert cells == ["16", "8.0", "16", "0"]


def test_the_protocol_the_source_of_the_data_and_leaks_stand_beside_the_figures(page: str) -> None:
    accuracy = page.partition('id="accuracy"')[2].partition("</section>")[0]
    for told in (
        "Protocol: Two &lt;towns&gt;; split: official &amp; fixed; labels: full; means over all",
        "Licence of the data: CC-BY &lt;4.0&gt;.",
        "To be cited: Surveyor &amp; Son 2021",
        "Parts of one &lt;street&gt; are in both towns.",
    ):
        assert told in accuracy
    assert "Between different scenes: Known of this split: Parts of one &lt;street&gt;" in page


def test_tables_and_legends_have_the_titles_of_classes(page: str) -> None:
    assert page.count("Cars &amp; &lt;vans&gt;</th>") >= 5
    assert "Cars &amp; &lt;vans&gt;</li>" in page
    assert "</span>car</" not in page


def sheet_of(run: FabricatedRun, folder: Path) -> str:
    """The one page of a run."""
    write_page(run, folder / "report.html")
    return (folder / "one_page.html").read_text(encoding="utf-8")


def test_one_page_shows_the_best_map_of_each_network_and_where_it_fails(
    run: FabricatedRun, tmp_path: Path
) -> None:
    page = sheet_of(run, tmp_path)
    parsed = parse(page)
    assert parsed.faults == []
    assert all(address.startswith("data:") for address in parsed.addresses)
    networks = {network for network, _ in run.config.maps}
    rows = re.findall(r'<tr><th scope="row">([^<]*) \+', page)
    assert sorted(rows) == sorted(networks)
    assert page.count("<dd>") == len(networks)
    assert "wrong pixels" in page
    best = json.loads(Path(run.config.results, "comparison.json").read_text(encoding="utf-8"))
    assert rows[0] == best["ranking"][0]["network"]
    assert sheet_of(run, tmp_path) == page


def test_one_page_without_labels_has_pictures_and_no_figures(tmp_path: Path) -> None:
    page = sheet_of(fabricate_run(tmp_path, labelled=False), tmp_path)
    assert parse(page).faults == []
    assert "nothing here says how accurate" in page
    assert "Where each fails" not in page
    assert page.count("<img ") > 1
