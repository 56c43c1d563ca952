"""Windows around pixels of classes: inside the training areas, on the class, even over classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.training.balance import find_classes, plan_balanced_epoch
from rs_seg.algorithms.training.plan import plan_epoch
from rs_seg.errors import UserError
from rs_seg.values import Window

SIDE = 200
AREAS = [[Window(0, 0, 150, 100), Window(0, 100, 90, 60)], [Window(20, 10, 80, 170)]]


def draw_scenes(seed: int = 0) -> list[np.ndarray]:
    """Two scenes: mostly class 0, some 1, a few pixels of 2; 3 outside the areas, 4 nowhere."""
    generator = np.random.default_rng(seed)
    scenes = [generator.choice([0, 1, -1], size=(SIDE, SIDE), p=[0.88, 0.1, 0.02]) for _ in AREAS]
    scenes[0][140:142, 3:5] = 2
    scenes[1][190:, 190:] = 3
    return scenes


def plan(scenes=None, *, areas=AREAS, size=32, share=1.0, count=60, seed=3, epoch=0):
    scenes = draw_scenes() if scenes is None else scenes

    def read(scene: int, window: Window) -> np.ndarray:
        return scenes[scene][window.slices]

    places = find_classes(areas, size=size, class_count=5, read=read)
    return list(
        plan_balanced_epoch(
            areas, places, share=share, count=count, seed=seed, epoch=epoch, read=read
        )
    )


rectangles = st.builds(
    Window, st.integers(0, 150), st.integers(0, 150), st.integers(20, 50), st.integers(20, 50)
)


@given(
    st.lists(rectangles, min_size=1, max_size=5),
    st.integers(1, 20),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_windows_lie_inside_the_training_areas(rectangles, size, share, seed):
    inside = np.zeros((SIDE, SIDE), dtype=bool)
    for each in rectangles:
        inside[each.slices] = True
    scenes = [np.random.default_rng(seed).integers(-1, 5, (SIDE, SIDE))]
    drawn = plan(scenes, areas=[rectangles], size=size, share=share, count=20, seed=seed)
    assert len(drawn) == 20
    for _, window in drawn:
        assert (window.height, window.width) == (size, size)
        assert inside[window.slices].all()


def test_classes_are_seen_equally_often_however_rare():
    drawn = plan(count=900)
    scenes = draw_scenes()
    with_rarest = [2 in scenes[scene][window.slices] for scene, window in drawn]
    assert 1 / 3 - 0.05 < np.mean(with_rarest) < 1 / 3 + 0.15
    around = set(plan(share=1.0))
    again = around.intersection(plan(share=1.0, epoch=1))
    assert len(again) < 0.2 * len(around), (
        "other windows in another epoch, but for chance: a rare class has little room"
    )
    anywhere = plan_epoch(AREAS, size=32, count=900, seed=3, epoch=0)
    assert np.mean([2 in scenes[scene][window.slices] for scene, window in anywhere]) < 0.05


def test_a_class_that_no_window_can_hold_is_left_out():
    scenes = [np.zeros((SIDE, SIDE), dtype=int)]
    areas = [
        [Window(0, 0, 60, 60), Window(100, 100, 10, 90)]
    ]  # the second is too narrow for a window
    scenes[0][100:110, 100:] = 1
    scenes[0][:3, :3] = 2
    drawn = plan(scenes, areas=areas, count=200)
    assert {scene for scene, _ in drawn} == {0}
    assert 70 < sum(window.row < 3 and window.column < 3 for _, window in drawn) < 140


def test_pixels_of_a_class_are_equally_likely_in_all_scenes_and_cells():
    scenes = [np.full((SIDE, SIDE), -1), np.full((SIDE, SIDE), -1)]
    pixels = [(0, 10, 10), (0, 70, 95), (0, 149, 0), (1, 25, 170)]
    for scene, row, column in pixels:
        scenes[scene][row, column] = 1
    drawn = plan(scenes, count=800, size=9)
    counts = [
        sum(
            scene == s and each.row <= r < each.row_end and each.column <= c < each.column_end
            for s, each in drawn
        )
        for scene, r, c in pixels
    ]
    assert sum(counts) == 800
    # binomial: 200 expected, standard deviation 12
    assert max(abs(count - 200) for count in counts) < 60


def test_an_epoch_follows_from_seed_and_number_and_keeps_its_share_of_windows_anywhere():
    half = plan(share=0.5)
    assert half == plan(share=0.5)
    assert half != plan(share=0.5, epoch=1)
    assert half != plan(share=0.5, seed=4)
    anywhere = plan_epoch(AREAS, size=32, count=30, seed=3, epoch=0)
    assert sorted(each for each in half if each in anywhere) == sorted(anywhere)
    assert half[:30] != anywhere


def test_areas_without_labels_are_an_error_with_the_remedy():
    with pytest.raises(UserError, match=r"train\.rare_classes to 0"):
        plan([np.full((SIDE, SIDE), -1)] * 2)
