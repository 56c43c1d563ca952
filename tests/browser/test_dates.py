"""Two dates of a place in a browser: one at a time, side by side, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import ImageColor

from tests.browser.chromium import Page
from tests.browser.map_page import (
    BEST,
    CLASSES,
    MAP,
    NEEDS_CHROMIUM,
    hand_over,
    middle,
    pixel_within,
    wait_for_class,
    wait_for_color,
)
from tests.stages.fabricated_run import fabricate_run

pytestmark = NEEDS_CHROMIUM
CHANGE = "Change%3A%202019%20to%202023-07"
BUILDING, LOW = (next(own for own in CLASSES if own.code == code) for code in (2, 5))


@dataclass(frozen=True)
class Dated:
    """A page of two dates, and the codes (H, W) of both maps."""

    page: Path
    first: NDArray[np.uint8]
    second: NDArray[np.uint8]
    transform: Any

    def link(self, rest: str) -> str:
        """The address with a pixel in the middle that a building has left."""
        gone = (self.first == BUILDING.code) & (self.second == LOW.code)
        row, column = pixel_within(gone)
        x, y = self.transform * (column + 0.5, row + 0.5)
        return f"{self.page.as_uri()}#x={x}&y={y}&z=5&{rest}"


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Dated:
    run = fabricate_run(tmp_path_factory.mktemp("run"), dated=True)
    folder = tmp_path_factory.mktemp("out") / "deliver"
    hand_over(run, folder)
    codes = []
    for scene in run.config.scenes:
        with rasterio.open(folder / "scenes" / scene.name / "unet-argmax/classes.tif") as dataset:
            codes.append(dataset.read(1))
            transform = dataset.transform
    return Dated(folder / "map.html", codes[0], codes[1], transform)


def test_a_slider_chooses_the_date_of_a_map(dated: Dated, tmp_path: Path) -> None:
    with Page(tmp_path / "home", dated.link(f"layers={MAP}:100")) as page:
        place = middle(page)
        told = "document.querySelector('#dates output').textContent"
        assert page.evaluate(told) == "2023-07", "the last date comes first"
        wait_for_class(page, *place, LOW.code)
        page.evaluate("document.getElementById('date').focus()")
        page.press("ArrowLeft")
        assert page.evaluate(told) == "2019"
        wait_for_class(page, *place, BUILDING.code)
        page.click(*place)
        page.wait("!document.getElementById('place').hidden")
        assert "first, ä" in page.evaluate("document.getElementById('place').innerText")
        page.wait("location.hash.includes('date=0')")
        boxes = "[...document.querySelectorAll('#layers input[type=checkbox]')]"
        titles = page.evaluate(f"{boxes}.map((box) => box.parentElement.textContent)")
        assert titles.count(BEST) == 3, "map, confidence and outlines, once for both dates"
        link = page.evaluate("location.href")
        assert page.problems == []
    with Page(tmp_path / "home", link) as page:
        wait_for_class(page, *middle(page), BUILDING.code)


def test_a_scene_is_gone_to_at_its_date(dated: Dated, tmp_path: Path) -> None:
    with Page(tmp_path / "home", dated.page.as_uri()) as page:
        for number in (0, 1):
            page.evaluate(
                f"document.getElementById('scene').value = {number};"
                "document.getElementById('scene').dispatchEvent(new Event('change'))"
            )
            assert page.evaluate("webMap.date") == number
        assert page.problems == []


def test_both_dates_of_a_map_lie_on_two_sides_of_the_line(dated: Dated, tmp_path: Path) -> None:
    with Page(tmp_path / "home", dated.link(f"layers=imagery:100,{MAP}:100")) as page:
        page.evaluate("document.querySelectorAll('#modes button')[1].click()")
        chips = page.evaluate(
            "[...document.querySelectorAll('.chip-left, .chip-right')].map((own) => own.innerText)"
        )
        assert chips == [f"2019 · Map: {BEST}", f"2023-07 · Map: {BEST}"]
        place = middle(page)
        page.evaluate("document.getElementById('handle').focus()")
        page.press("End")
        wait_for_class(page, *place, BUILDING.code)
        page.press("Home")
        wait_for_class(page, *place, LOW.code)
        sides = page.evaluate(
            "webMap.content.layers.map((own, number) => [own, webMap.sidesOf(own, number)])"
            ".filter(([own]) => own.kind === 'imagery').map(([own, sides]) => [own.date, sides])"
        )
        assert sides == [[0, [0]], [1, [1]]], "each side has the imagery of its date"
        assert page.problems == []


def test_change_has_a_legend_and_a_click_says_from_what_to_what(
    dated: Dated, tmp_path: Path
) -> None:
    with Page(tmp_path / "home", dated.link(f"layers={CHANGE}:100")) as page:
        place = middle(page)
        name = f"{BUILDING.shown} → {LOW.shown}"
        color = page.evaluate(
            "webMap.content.layers.find((own) =>"
            f" own.legend.some((row) => row.name === '{name}'))"
            f".legend.find((row) => row.name === '{name}').color"
        )
        wait_for_color(page, *place, ImageColor.getrgb(color))
        legend = page.evaluate("document.getElementById('legend').innerText")
        assert name in legend
        page.click(*place)
        page.wait("!document.getElementById('place').hidden")
        text = page.evaluate("document.getElementById('place').innerText")
        assert name in text
        assert "Change: 2019 to 2023-07" in text
        assert "Probability" not in text
        assert page.problems == []
