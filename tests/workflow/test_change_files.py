"""Files of change that rules ask for: one pair of dates, its labels, and a sample of it."""

from __future__ import annotations

from typing import Any

from rs_seg.values.scene_pairs import ScenePair
from tests.workflow.test_plan import config, plan

SCENES = [
    {"name": name, "labelled": labelled, "fields": {"place": place, "date": date}}
    for name, labelled, place, date in [
        ("a 2019", True, "a", "2019"),
        ("a 2023", True, "a", "2023"),
        ("b 2019", True, "b <x>", "2019"),
        ("b 2023", False, "b <x>", "2023"),
    ]
]


def comparing(**changes: Any) -> Any:
    return plan(config(**{"scenes": SCENES, "change": {"by": "place"}, **changes}))


def test_each_map_of_each_pair_has_its_files() -> None:
    asked = comparing()
    assert asked.pairs["b <x>", "2019_2023"] == ScenePair("b <x>", "b 2019", "b 2023", "2019_2023")
    maps = len(asked.run.maps)
    assert len(asked.changes()) == 4 * 2 * maps
    assert comparing(change={}).changes() == []


def test_labels_models_and_split_are_asked_for_where_both_dates_are_labelled() -> None:
    asked = comparing()
    network, refinement = asked.run.maps[0]
    of_a = {"place": "a", "dates": "2019_2023", "network": network, "refinement": refinement}
    assert [path.split("/")[-2] for path in asked.compared_labels(of_a)] == ["a 2019", "a 2023"]
    assert asked.models_of_labels(of_a)
    assert asked.split_of_labels(of_a)
    of_b = {**of_a, "place": "b <x>"}
    assert asked.compared_labels(of_b) == []
    assert asked.models_of_labels(of_b) == []
    assert asked.split_of_labels(of_b) == []
    assert [path.split("/")[-4] for path in asked.compared_maps(of_b)] == ["b 2019", "b 2023"]


def test_a_sample_of_change_is_drawn_from_the_kinds_of_all_pairs_with_both_images() -> None:
    asked = comparing(sample={"map": "unet/argmax", "strata": "change"})
    wildcards = {"network": "unet", "refinement": "argmax"}
    names = [path.split("/")[-1] for path in asked.sampled_files(wildcards)]
    assert names == ["kinds.tif"] * 2 + ["image.tif"] * 4
    assert asked.sampled_rasters(wildcards) == asked.sampled_changes()
    of_classes = comparing(sample={"map": "unet/argmax"})
    assert of_classes.sampled_changes() == []
    assert all(path.endswith("classes.tif") for path in of_classes.sampled_rasters(wildcards))
