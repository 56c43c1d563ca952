"""Objects of overlapping scenes: against comparing each with each."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.objects.uniting import PlacedObjects, drop_cut, unite_greedily, unite_softly


def objects(boxes, scores, scenes, *, codes=None, cut=None) -> PlacedObjects:
    count = len(boxes)
    return PlacedObjects(
        np.asarray(shapely.box(*np.array(boxes, dtype=float).reshape(-1, 4).T), dtype=object),
        np.array(scores, dtype=float),
        np.full(count, 1) if codes is None else np.array(codes),
        np.zeros(count, dtype=bool) if cut is None else np.array(cut, dtype=bool),
        np.array(scenes, dtype=np.int64),
    )


def draw(seed: int, count: int = 300) -> PlacedObjects:
    """Crowded boxes of three scenes that lie side by side and overlap."""
    generator = np.random.default_rng(seed)
    scenes = np.sort(generator.integers(0, 3, count))
    corners = generator.uniform(0, 60, (count, 2)) + np.column_stack([scenes * 40, scenes * 0])
    boxes = np.hstack([corners, corners + generator.uniform(4, 12, (count, 2))])
    return objects(
        boxes,
        generator.integers(1, 20, count) / 20,
        scenes,
        codes=generator.integers(1, 3, count),
        cut=generator.random(count) < 0.3,
    )


def share(one, other, overlap: str) -> float:
    shared = shapely.area(shapely.intersection(one, other))
    areas = shapely.area([one, other])
    return shared / (areas.min() if overlap == "smaller" else areas.sum() - shared)


def unite_slowly(own: PlacedObjects, limit: float, overlap: str, *, across: bool) -> np.ndarray:
    order = sorted(
        range(len(own)), key=lambda place: (-own.scores[place], own.scenes[place], place)
    )
    chosen: list[int] = []
    for place in order:
        rivals = [
            other
            for other in chosen
            if own.scenes[other] != own.scenes[place]
            and (across or own.codes[other] == own.codes[place])
            and share(own.shapes[other], own.shapes[place], overlap) > limit
        ]
        if not rivals:
            chosen.append(place)
    return np.isin(np.arange(len(own)), chosen)


@pytest.mark.parametrize("overlap", ["iou", "smaller"])
@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_what_stays_is_what_one_pass_over_all_pairs_leaves(seed, across, overlap):
    own = draw(seed)
    stays = unite_greedily(own, limit=0.3, overlap=overlap, across=across)
    np.testing.assert_array_equal(stays, unite_slowly(own, 0.3, overlap, across=across))
    assert 100 < stays.sum() < 290


def test_objects_of_one_scene_are_never_rivals():
    own = draw(0)
    alone = PlacedObjects(own.shapes, own.scores, own.codes, own.cut, np.zeros(len(own), np.int64))
    assert unite_greedily(alone, limit=0.1, overlap="iou", across=True).all()
    assert drop_cut(alone, across=True).all()
    stays, scores = unite_softly(alone, sigma=0.5, overlap="iou", across=True, least=0.5)
    assert stays.all()
    np.testing.assert_array_equal(scores, own.scores)


def test_cut_objects_go_where_a_whole_one_holds_more_than_half_of_them():
    boxes = [(0, 0, 10, 10), (10, 0, 20, 10), (20, 0, 30, 10)]
    boxes += [(0, 0, 30, 3), (4, 0, 16, 10)]
    own = objects(boxes, [0.9] * 3 + [0.1] * 2, [0, 0, 0, 1, 1], cut=[1, 1, 0, 0, 0])
    assert drop_cut(own, across=False).tolist() == [False, False, True, True, True]
    of_others = objects(
        boxes, [0.9] * 5, [0, 0, 0, 1, 1], codes=[1, 1, 1, 2, 2], cut=[1, 1, 0, 0, 0]
    )
    assert drop_cut(of_others, across=False).all()
    assert drop_cut(of_others, across=True).tolist() == [False, False, True, True, True]


def test_two_cut_parts_stay():
    own = objects([(0, 0, 10, 10), (1, 0, 10, 10)], [0.9, 0.8], [0, 1], cut=[1, 1])
    assert drop_cut(own, across=False).all()


def test_nothing_is_united_of_nothing():
    nothing = objects([], [], [])
    assert unite_greedily(nothing, limit=0.4, overlap="iou", across=False).tolist() == []
    assert drop_cut(nothing, across=False).tolist() == []
