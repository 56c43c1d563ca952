"""The sheet of very many maps: bounded, nothing lost, titles that fit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.reporting.charts import DPI, Panel
from rs_seg.algorithms.reporting.contact_sheet import (
    LARGEST,
    MOST,
    SMALLEST,
    draw_contact_sheet,
    plan_sheet,
)


@given(st.integers(1, 400), st.integers(32, 2000), st.integers(32, 2000))
def test_sheets_are_bounded_and_their_panels_not_too_small(
    panels: int, height: int, width: int
) -> None:
    columns, size = plan_sheet(panels, height=height, width=width)
    assert 1 <= columns <= min(MOST, panels)
    assert SMALLEST <= size <= LARGEST
    assert columns * size * -(-panels // columns) * size <= 40_000_000


def draw(names: list[str]) -> np.ndarray:
    """The pixels of a sheet of one map of 20 x 30 pixels in a colour of its own for each name."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    columns, _ = plan_sheet(len(names), height=20, width=30)
    panels = [
        Panel(
            *divmod(place, columns),
            name,
            "crf, mIoU 0.5",
            np.full((20, 30, 4), (place, 200, 0, 255), np.uint8),
        )
        for place, name in enumerate(names)
    ]
    tested = np.zeros((20, 30), dtype=bool)
    tested[5:15, 5:15] = True
    figure = draw_contact_sheet(
        panels, tested=tested, legend=[("wood", "#00c800")], pixel_size=2.0, title="east"
    )
    assert figure.dpi == DPI
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def test_every_map_is_on_the_sheet() -> None:
    picture = draw([f"network {place}" for place in range(14)])
    for place in range(14):
        assert (picture == (place, 200, 0)).all(axis=-1).sum() > 0.1 * (320 * 320 * 20 / 30), place
