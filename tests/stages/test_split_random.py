"""split: windows dealt at random, to say what a split that leaks would have promised."""

from __future__ import annotations

import pytest

from rs_seg.values import Scene
from tests.stages.test_split import SCENES, references, run

__all__ = ["references"]
OPTIONS = {"missing_class": "warn", "random_split": True}


def test_the_random_split_has_as_many_pixels_of_each_role_in_whole_windows_without_buffers(
    tmp_path, references
):
    _, blocks = run(tmp_path, references, **OPTIONS)
    _, random = run(tmp_path, references, fold=0, **OPTIONS)
    assert (random.random, random.buffer, random.window) == (True, 0, 32)
    assert not blocks.random
    for role, counts in blocks.class_pixels.items():
        held = sum(random.class_pixels[role].values())
        assert held == pytest.approx(sum(counts.values()), abs=32 * 32 / 2)
    dealt = [block for block in random.blocks if block.role != "unused"]
    assert {(block.height, block.width) for block in dealt} == {(32, 32)}
    assert min(random.proof.smallest_gap_pixels.values()) == 0
    assert set(random.proof.overlap_pixels.values()) == {0}


def test_most_test_windows_lie_beside_a_training_window(tmp_path, references):
    _, random = run(tmp_path, references, fold=0, **OPTIONS)
    roles = {(block.scene, block.row, block.column): block.role for block in random.blocks}
    steps = ((0, 32), (0, -32), (32, 0), (-32, 0))
    tested = [place for place, role in roles.items() if role == "test"]
    beside = [
        any(roles.get((scene, row + up, column + right)) == "train" for up, right in steps)
        for scene, row, column in tested
    ]
    assert sum(beside) > 0.5 * len(tested) > 1


def test_the_random_split_is_that_of_its_seed(tmp_path, references):
    first = run(tmp_path, references, fold=0, **OPTIONS)[1].areas
    assert run(tmp_path, references, fold=0, **OPTIONS)[1].areas == first
    assert run(tmp_path, references, fold=0, seed=2, **OPTIONS)[1].areas != first


def test_the_blocks_are_the_same_with_and_without_a_random_split(tmp_path, references):
    alone = run(tmp_path, references, missing_class="warn")[1]
    assert run(tmp_path, references, **OPTIONS)[1] == alone


def test_scenes_of_further_test_sets_are_not_in_the_random_split(tmp_path, references):
    scenes = (SCENES[0], Scene(name=SCENES[1].name, role="external"))
    _, random = run(tmp_path, references, scenes=scenes, fold=0, **OPTIONS)
    assert not any(random.areas[SCENES[1].name].values())
    assert random.areas[SCENES[0].name]["test"]
    assert random.test_sets == ()
