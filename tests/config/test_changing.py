"""Settings of change: which scenes are dates of one place, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import RunConfig, parse_config
from rs_seg.errors import UserError
from rs_seg.values.scene_pairs import read_date

LEGEND = [
    {"code": code, "name": name, "color": f"#{code}{code}0000"}
    for code, name in enumerate(["forest", "bare", "water"], start=1)
]


def scene(name: str, place: str, date: str, **others: Any) -> dict[str, Any]:
    return {"name": name, "fields": {"place": place, "date": date}, **others}


SCENES = [
    scene("c", "hill <b>", "2023-06-01"),
    scene("a", "hill <b>", "2017"),
    scene("b", "hill <b>", "2020-02"),
    scene("x", "lake", "2020", labelled=False),
    scene("y", "lake", "2021", labelled=False),
    scene("alone", "", "2020"),
]


def config(change: dict[str, Any], scenes: Any = SCENES, **others: Any) -> RunConfig:
    return parse_config(
        {
            "scenes": scenes,
            "sources": {"image": {"path": "{scene}.tif", "bands": ["red"]}},
            "label": {"path": "{scene}.gpkg"},
            "legend": LEGEND,
            "models": {"forest": {"architecture": "random_forest"}},
            "refinements": {"argmax": {"method": "argmax"}},
            "change": change,
            **others,
        }
    )


def test_each_date_of_a_place_is_compared_with_the_next_one() -> None:
    pairs = config({"by": "place"}).change_pairs
    assert [tuple(pair) for pair in pairs] == [
        ("hill <b>", "a", "b", "2017_2020-02"),
        ("hill <b>", "b", "c", "2020-02_2023-06-01"),
        ("lake", "x", "y", "2020_2021"),
    ]
    assert [tuple(pair) for pair in config({"pairs": [["a", "c"]]}).change_pairs] == [
        ("a", "a", "c", "a_c")
    ]
    assert config({}).change_pairs == ()


def test_labelled_dates_of_a_place_are_known_to_the_split() -> None:
    assert set(config({"by": "place"}).scene_places) == {"a", "b", "c"}
    assert len(set(config({"by": "place"}).scene_places.values())) == 1
    chained = config({"pairs": [["a", "b"], ["c", "alone"], ["b", "c"]]}).scene_places
    assert chained.keys() == {"a", "b", "c", "alone"}
    assert len(set(chained.values())) == 1
    assert config({"pairs": [["x", "y"]]}).scene_places == {}


def test_a_kind_is_a_code_of_its_own_after_the_classes() -> None:
    change = config(
        {"by": "place", "kinds": {"loss": {"before": ["forest"], "after": ["bare", "water"]}}}
    ).change
    legend = change.kind_legend(config({}).legend)
    assert legend.class_names.names == (
        *("forest, unchanged", "bare, unchanged", "water, unchanged"),
        *("loss", "other change"),
    )
    assert change.kind_codes(("forest", "bare", "water")) == [1, 4, 4, 5, 2, 5, 5, 5, 3]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2019", (2019, 0, 0)),
        ("2019-07", (2019, 7, 0)),
        ("2019-07-31", (2019, 7, 31)),
        ("20190731", (2019, 7, 31)),
        ("2019-07-31T10:12:00Z", (2019, 7, 31)),
        ("31.7.2019", None),
        ("2019-13", None),
        ("", None),
    ],
)
def test_dates_are_iso_dates(text: str, date: tuple[int, int, int] | None) -> None:
    assert read_date(text) == date


@pytest.mark.parametrize(
    ("change", "scenes", "told"),
    [
        ({"by": "site"}, SCENES, "no place of this column"),
        ({"by": "place", "date": "day"}, SCENES, "expects a date"),
        ({"by": "place"}, [*SCENES, scene("z", "lake", "2021")], "one scene for each date"),
        ({"by": "place", "pairs": [["a", "b"]]}, SCENES, "leave one of them out"),
        ({"pairs": [["a", "nowhere"]]}, SCENES, "nowhere"),
        ({"pairs": [["a", "a"]]}, SCENES, "with itself"),
        ({"minimum_area": 5}, SCENES, "neither `by` nor `pairs`"),
        ({"by": "place"}, [scene("p", "a/b", "2019"), scene("q", "a/b", "2020")], "a/b"),
        (
            {"by": "place"},
            [scene("p", "t", "2019", role="train"), scene("q", "t", "2020", role="test")],
            "the same role",
        ),
        ({"by": "place", "kinds": {"k": {"before": ["wood"], "after": ["bare"]}}}, SCENES, "wood"),
        ({"by": "place", "kinds": {"k": {"before": ["bare"], "after": ["bare"]}}}, SCENES, "no ch"),
        (
            {
                "by": "place",
                "kinds": {
                    "k": {"before": ["bare"], "after": ["water"]},
                    "l": {"before": ["bare", "forest"], "after": ["water"]},
                },
            },
            SCENES,
            "two kinds",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, Any], scenes: Any, told: str) -> None:
    with pytest.raises(UserError, match=told):
        config(change, scenes)


def test_groups_that_would_part_dates_are_refused() -> None:
    split = {"folds": 2, "groups": {"by": "scene"}}
    with pytest.raises(UserError, match="dates of one place"):
        config({"by": "place"}, split=split)
    grouped = {"folds": 2, "groups": {"by": "scene", "column": "place"}}
    scenes = [*SCENES[:5], scene("alone", "island", "2020")]
    assert config({"by": "place"}, scenes, split=grouped).scene_places


def test_a_sample_of_change_needs_pairs_on_separate_ground() -> None:
    sample = {"map": "auto", "strata": "change", "buffers": {"change": 20}}
    with pytest.raises(UserError, match="more than two dates"):
        config({"by": "place"}, sample=sample)
    with pytest.raises(UserError, match="no dates are compared"):
        config({}, sample=sample)
    run = config({"pairs": [["a", "c"], ["x", "y"]]}, sample=sample)
    assert run.sampled_legend.class_names.names[-1] == "change"
    with pytest.raises(UserError, match="forest, unchanged"):
        config({"pairs": [["a", "c"]]}, sample={**sample, "buffers": {"forest": 20}})
