"""What a browser makes of the map that is handed over: opened as a file, as by a double click.

`make test-browser` runs these; they are skipped where Chromium is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

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
)
from tests.stages.fabricated_run import fabricate_run

pytestmark = NEEDS_CHROMIUM
REFERENCE, SCENE = "reference", "first, ä"


@dataclass(frozen=True)
class Delivered:
    """A folder with the map, and the codes (H, W) of its first scene and of its labels."""

    folder: Path
    mapped: NDArray[np.uint8]
    labelled: NDArray[np.uint8]
    transform: Any

    def link(self, row: int, column: int, zoom: int, rest: str) -> str:
        """The address that has a pixel in the middle, with more of what it says."""
        x, y = self.transform * (column + 0.5, row + 0.5)
        return f"{(self.folder / 'map.html').as_uri()}#x={x}&y={y}&z={zoom}&{rest}"


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    run = fabricate_run(tmp_path_factory.mktemp("run"))
    folder = tmp_path_factory.mktemp("out <x> 100%") / "deliver ä"
    hand_over(run, folder)
    with rasterio.open(folder / "scenes" / SCENE / "unet-argmax" / "classes.tif") as dataset:
        mapped, transform = dataset.read(1), dataset.transform
    with rasterio.open(run.deliver["references"][0]) as dataset:
        labelled = dataset.read(1)
    return Delivered(folder, mapped, labelled, transform)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_layers_appear_where_they_lie_and_no_file_comes_from_elsewhere(
    delivered: Delivered, home: Path
) -> None:
    row, column = pixel_within(delivered.mapped == 2)
    address = delivered.link(row, column, 4, f"layers=imagery:100,{MAP}:100")
    with Page(home, address) as page:
        x, y = middle(page)
        wait_for_class(page, x + 2, y + 2, 2)
        page.wait(
            "document.querySelector('.imagery img.leaflet-tile-loaded')?.naturalWidth === 512"
        )
        texts = page.evaluate("document.body.innerText")
        assert "Land <cover> of two towns" in texts
        assert "low <vegetation>" in texts, "names are texts"
        boxes = "[...document.querySelectorAll('#layers input[type=checkbox]')]"
        assert page.evaluate(f"{boxes}.filter((box) => box.checked).length") == 2
        page.evaluate(f"{boxes}.filter((box) => box.checked).forEach((box) => box.click())")
        page.wait("document.querySelectorAll('.leaflet-tile').length === 0")
        assert page.problems == []
        inside = delivered.folder.as_uri()
        assert all(name.startswith((inside, "data:")) for name in page.requests), page.requests


def test_a_click_tells_class_area_and_probability(delivered: Delivered, home: Path) -> None:
    rows = np.nonzero(delivered.mapped == 5)
    address = delivered.link(int(rows[0][0]), int(rows[1][0]), 4, f"layers={MAP}:70")
    with Page(home, address) as page:
        for known in CLASSES:
            if not (delivered.mapped == known.code).any():
                continue
            row, column = pixel_within(delivered.mapped == known.code)
            x, y = delivered.transform * (column + 0.5, row + 0.5)
            page.evaluate(f"webMap.map.setView([{y}, {x}], 6, {{animate: false}}); 0")
            page.evaluate("webMap.forget(); 0")
            page.click(*middle(page))
            page.wait("!document.getElementById('place').hidden")
            text = page.evaluate("document.getElementById('place').innerText")
            assert known.shown in text, text
            assert BEST in text
            assert "0.80" in text
            assert SCENE in text
            part = delivered.mapped == known.code
            assert any(unit in text for unit in ("m²", "ha")), (text, part.sum())
        page.press("Enter")
        assert page.evaluate(
            "document.querySelectorAll('#map .leaflet-selection-pane path').length"
        )
        assert page.problems == []


def test_the_area_told_is_that_of_the_polygon(delivered: Delivered, home: Path) -> None:
    """The collar has no polygon; a pixel that differs from all around it has its own area."""
    codes = delivered.mapped
    alone = np.ones(codes.shape, dtype=bool)
    for step in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        alone &= codes != np.roll(codes, step, (0, 1))
    alone[[0, -1]] = alone[:, [0, 1, 2, -1]] = False
    rows, columns = np.nonzero(alone)
    address = delivered.link(int(rows[3]), int(columns[3]), 6, f"layers={MAP}:70")
    with Page(home, address) as page:
        page.evaluate("document.getElementById('map').focus()")
        page.press("Enter")
        page.wait("!document.getElementById('place').hidden")
        text = page.evaluate("document.getElementById('place').innerText")
        assert "0.25\u202fm²" in text, text
        x, y = delivered.transform * (0.5, 20.5)
        page.evaluate(f"webMap.identify(L.latLng({y}, {x})).then(() => 0)")
        assert "No polygon here" in page.evaluate("document.getElementById('place').innerText")


def test_the_line_of_a_comparison_moves_by_pointer_and_by_keys(
    delivered: Delivered, home: Path
) -> None:
    rows, columns = np.nonzero((delivered.mapped != delivered.labelled) & (delivered.labelled == 5))
    row, column = int(rows[9]), int(columns[9])
    address = delivered.link(row, column, 6, f"layers={MAP}:70&swipe={REFERENCE},{MAP},60")
    with Page(home, address) as page:
        x, y = middle(page)
        wait_for_class(page, x, y, 5)  # left of the line is the reference
        line = page.evaluate("document.getElementById('handle').getBoundingClientRect().x") + 16
        page.mouse("mouseMoved", line, y + 100)
        page.mouse("mousePressed", line, y + 100)
        for step in (40, 80, 150):
            page.mouse("mouseMoved", line - step, y + 100)
        page.mouse("mouseReleased", line - 150, y + 100)
        wait_for_class(page, x, y, int(delivered.mapped[row, column]))
        page.evaluate("document.getElementById('handle').focus()")
        page.press("End")
        wait_for_class(page, x, y, 5)
        page.press("Home")
        wait_for_class(page, x, y, int(delivered.mapped[row, column]))
        assert page.evaluate("document.getElementById('handle').ariaValueNow") == "0"
        assert page.problems == []


def test_the_address_holds_place_layers_and_comparison(delivered: Delivered, home: Path) -> None:
    address = delivered.link(80, 90, 5, f"layers={MAP}:35&swipe=imagery,{MAP},25")
    with Page(home, address) as page:
        page.evaluate("webMap.map.panBy([64, 0], {animate: false}); 0")
        page.wait("location.hash.includes('x=600049')")
        link = page.evaluate("location.href")
    assert link.endswith(f"layers={MAP}:35&swipe=imagery,{MAP},25")
    with Page(home, link) as page:
        state = page.evaluate(
            "({zoom: webMap.map.getZoom(), x: webMap.map.getCenter().lng,"
            " on: webMap.swipe.on, position: webMap.swipe.position,"
            " opacity: webMap.content.families.find((own) => own.shown).opacity})"
        )
    assert state == {
        "zoom": 5,
        "x": pytest.approx(600_049.25, abs=0.5),
        "on": True,
        "position": 0.25,
        "opacity": 0.35,
    }


def test_a_link_that_names_what_is_not_there_opens_all_the_same(
    delivered: Delivered, home: Path
) -> None:
    page_address = (delivered.folder / "map.html").as_uri()
    with Page(home, f"{page_address}#x=a&y=&z=99&layers=%zz,no:7&swipe=no,<b>,x&=&&") as page:
        assert page.problems == []
        assert page.evaluate("webMap.map.getZoom()") <= page.evaluate("webMap.greatestZoom")


def test_everything_has_a_name_for_a_screen_reader(delivered: Delivered, home: Path) -> None:
    with Page(home, (delivered.folder / "map.html").as_uri()) as page:
        unnamed = page.evaluate("""
          [...document.querySelectorAll('button, input, select, a, [role=slider], #map')].filter(
            (own) => !(own.ariaLabel || own.innerText?.trim() || own.labels?.length)
          ).map((own) => own.outerHTML)""")
        assert unnamed == []
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.evaluate("document.getElementById('place').ariaLive") == "polite"


def test_a_phone_shows_the_map_first_and_layers_on_demand(delivered: Delivered, home: Path) -> None:
    address = (delivered.folder / "map.html").as_uri()
    with Page(home, address, width=390, height=844, phone=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("document.getElementById('map').clientHeight") > 650
        assert page.evaluate("document.getElementById('panel').offsetHeight") == 0
        button = page.evaluate(
            "(({x, y, width, height}) => [x + width / 2, y + height / 2])"
            "(document.getElementById('panel-button').getBoundingClientRect())"
        )
        page.click(*button)
        page.wait("document.getElementById('panel').offsetHeight > 200")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("document.getElementById('map').clientHeight") > 250
        assert page.problems == []
