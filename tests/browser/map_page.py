"""What tests look for on the map of a fabricated run, in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rs_seg.stages.deliver import deliver
from rs_seg.values import Legend
from tests.browser.chromium import Page, find_chromium
from tests.stages.fabricated_run import LEGEND, FabricatedRun, in_one_list

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        find_chromium() is None,
        reason="no Chromium here: `make test-browser` installs it on Debian, as root",
    ),
]
BEST = "unet + argmax"
MAP = f"Map%3A%20{BEST.replace(' + ', '%20%2B%20')}"
CLASSES = Legend.model_validate(LEGEND)


def hand_over(run: FabricatedRun, folder: Path) -> None:
    """Deliver a run, with a report beside the folder."""
    report = folder.parent / "report.html"
    report.write_text("<p>the report</p>", encoding="utf-8")
    deliver(
        run.config.deliver, run.config, files=[report, *in_one_list(run.deliver)], folder=folder
    )


def color_at(page: Page, x: float, y: float) -> list[int]:
    """Red, green and blue of what the window shows at a place."""
    with Image.open(BytesIO(page.screenshot())) as image:
        color: list[int] = np.asarray(image.convert("RGB"))[int(y), int(x)].tolist()
    return color


def wait_for_class(page: Page, x: float, y: float, code: int) -> None:
    """Wait until the window shows a class of the fabricated run at a place."""
    wait_for_color(page, x, y, next(known.rgb for known in CLASSES if known.code == code))


def wait_for_color(page: Page, x: float, y: float, color: Sequence[int]) -> None:
    """Wait until the window shows a colour (red, green, blue) at a place."""
    wanted = list(color)
    shown: list[int] = []
    for _ in range(40):
        shown = color_at(page, x, y)
        if shown == wanted:
            return
        page.evaluate("new Promise((end) => setTimeout(end, 100))")
    assert shown == wanted


def middle(page: Page) -> tuple[float, float]:
    """The middle of the map in the window."""
    box = page.evaluate(
        "(({left, top, width, height}) => [left + width / 2, top + height / 2])"
        "(document.getElementById('map').getBoundingClientRect())"
    )
    return box[0], box[1]


def pixel_within(same: NDArray[np.bool_]) -> tuple[int, int]:
    """Row and column of a pixel of a part (H, W) whose neighbours are of it too."""
    inside = same.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            inside &= np.roll(same, step, axis)
    rows, columns = np.nonzero(inside)
    return int(rows[len(rows) // 2]), int(columns[len(rows) // 2])
