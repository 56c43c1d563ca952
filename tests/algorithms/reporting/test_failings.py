"""Where a map fails, told from its figures."""

from __future__ import annotations

from rs_seg.algorithms.reporting.failings import describe_failings
from rs_seg.values.edge_figures import ErodedFigures
from rs_seg.values.map_figures import ClassFigures
from tests.algorithms.reporting.toy_evaluations import UNERODED, class_figures, figures_of_test


def classes(*recalls: tuple[str, int, float]) -> tuple[ClassFigures, ...]:
    return tuple(
        class_figures(name, pixels=pixels).model_copy(
            update={"reference_pixels": pixels, "recall": recall}
        )
        for name, pixels, recall in recalls
    )


def eroded(pixels: int, left_out: float, accuracy: float) -> ErodedFigures:
    changes = {"pixels": pixels, "left_out": left_out, "overall_accuracy": accuracy}
    return UNERODED.model_copy(update=changes)


def test_the_pair_most_confused_borders_and_the_class_most_missed_are_told() -> None:
    # 1,000 pixels, 100 wrong; away from borders 800 pixels, 20 of them wrong
    figures = figures_of_test(
        confusion=((880, 20), (80, 20)),
        pixels=1000,
        per_class=classes(("field", 960, 0.98), ("<pond>", 40, 0.2)),
        eroded=eroded(800, 0.2, 0.975),
    )
    assert describe_failings(figures) == [
        "Of 100 wrong pixels, 80 (80 %) are <pond> that it calls field.",
        "Errors crowd along borders: 80 % of them lie beside another class, on 20 % of the ground.",
        "It misses <pond> most, a rare class (4 % of the reference): 20 % of its pixels are found.",
    ]


def test_errors_away_from_borders_fill_areas() -> None:
    figures = figures_of_test(
        confusion=((880, 20), (80, 20)),
        pixels=1000,
        per_class=classes(("field", 900, 0.98), ("pond", 100, 0.2)),
        eroded=eroded(800, 0.2, 0.885),
    )
    told = describe_failings(figures)
    assert told[1].startswith("Errors fill whole areas: only 8 % of them lie beside")
    assert told[2] == "It misses pond most: 20 % of its pixels are found."


def test_pixels_without_a_class_are_wrong_and_named_where_nothing_else_is() -> None:
    figures = figures_of_test(
        confusion=((90, 0, 10), (0, 900, 0)),
        pixels=1000,
        per_class=classes(("field", 100, 0.9), ("pond", 900, 1.0)),
    )
    assert describe_failings(figures)[0] == "10 pixels are wrong: it gives them no class."


def test_nothing_wrong_and_nothing_tested_are_said() -> None:
    right = figures_of_test(confusion=((5, 0), (0, 1200)), pixels=1205, per_class=())
    assert describe_failings(right) == ["No pixel of 1\u202f205 is wrong."]
    assert describe_failings(figures_of_test()) == ["It was tested on no pixel."]
