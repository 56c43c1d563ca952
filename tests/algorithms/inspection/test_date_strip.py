"""The dates of a scene in its first picture."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.inspection.date_strip import MOST_DATES, DateSeries
from rs_seg.algorithms.inspection.quicklook import Look, draw_quicklook

SHAPE = (40, 60)


def series(count: int) -> DateSeries:
    """Dates of which each is brighter than the one before; half of the second is cloudy."""
    valid = [np.ones(SHAPE, dtype=bool) for _ in range(count)]
    valid[1][:, :30] = False
    noise = np.random.default_rng(1).normal(0, 1, (count, 1, *SHAPE))
    pixels = [100.0 * number + own for number, own in enumerate(noise)]
    return DateSeries("s2", [f"2021-01-{day:02}" for day in range(1, count + 1)], pixels, valid)


def look(count: int) -> Look:
    pixels = np.ones((1, *SHAPE), dtype=np.float32)
    shown = (series(count),) if count else ()
    return Look("town", [], ["nir"], pixels, np.ones(SHAPE, bool), (), None, shown)


def test_dates_stand_side_by_side_with_their_clear_share_and_in_one_stretch() -> None:
    plain, dated = draw_quicklook(look(0)), draw_quicklook(look(3))
    pictures = {axes.get_title(loc="left"): axes for axes in dated.axes if axes.images}
    assert [*pictures] == ["Imagery", "2021-01-01", "2021-01-02", "2021-01-03"]
    assert pictures["2021-01-02"].get_title(loc="right") == "50%"
    means = [
        float(np.asarray(axes.images[0].get_array())[..., 0].mean()) for axes in pictures.values()
    ]
    assert means[1] < means[2] - 50 < means[3] - 100, "a date is not stretched by itself"
    assert dated.get_figheight() > plain.get_figheight() + 1


def test_nothing_of_the_page_overlaps_below_several_rows_of_dates() -> None:
    figure = draw_quicklook(look(20))
    boxes = [axes.get_position() for axes in figure.axes]
    assert all(0 <= box.y0 < box.y1 <= 1 and 0 <= box.x0 < box.x1 <= 1 for box in boxes)
    for number, box in enumerate(boxes):
        others = [other for other in boxes[:number] if box.overlaps(other)]
        assert not others


def test_of_very_many_dates_the_first_are_shown_and_the_others_counted() -> None:
    figure = draw_quicklook(look(MOST_DATES + 5))
    assert len([axes for axes in figure.axes if axes.images]) == 1 + MOST_DATES
    assert any("and 5 more" in text.get_text() for text in figure.texts)


def test_a_series_without_a_clear_pixel_is_drawn_empty() -> None:
    empty = series(2)
    nothing = [np.zeros(SHAPE, dtype=bool)] * 2
    shown = Look(
        **{**vars(look(2)), "series": (DateSeries("s2", empty.dates, empty.pixels, nothing),)}
    )
    pictures = [axes for axes in draw_quicklook(shown).axes if axes.images][1:]
    assert all(not np.asarray(axes.images[0].get_array())[..., 3].any() for axes in pictures)
    assert [axes.get_title(loc="right") for axes in pictures] == ["0%", "0%"]
