"""Names stand on figures as they are."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.text import Text

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.inspection.quicklook import Figure as FigureOfQuicklooks
from rs_seg.algorithms.reporting.charts import draw_legend


@pytest.mark.parametrize("name", ["$a_b$", "$a_$", r"$\frac$", "_x", "100%", "<b>", "a\\b"])
def test_a_name_is_drawn_as_it_is_written(name: str) -> None:
    figure = Figure()
    draw_legend(figure, [(name, "#ff0000")], place=(0, 0), columns=1, tested=False)
    figure.text(0, 0, name)
    figure.savefig(BytesIO(), format="png")
    texts = [each for each in figure.findobj(Text) if each.get_text() == name]
    assert len(texts) == 2
    assert not any(each.get_parse_math() for each in texts)


def test_a_name_with_dollars_is_as_wide_as_its_signs() -> None:
    widths = []
    for text in ("$aaaa$", "aaaa"):
        figure = Figure()
        written = figure.text(0, 0, text)
        figure.savefig(BytesIO(), format="png")
        widths.append(written.get_window_extent().width)
    assert widths[0] > widths[1] * 1.2
    assert np.isfinite(widths).all()
    assert FigureOfQuicklooks is Figure
