"""Boxes that are moved as values lie where the pixels of their objects went."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
import torch
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize

from rs_seg.algorithms.training.augment import apply_symmetry, augment_and_tell
from rs_seg.algorithms.training.movement import Movement, turn_points
from rs_seg.algorithms.training.window_objects import move_shapes
from rs_seg.values.window_shapes import WindowShapes

SIZE = 96
KINDS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "symmetries": {"symmetries": True},
    "scale": {"scale": 0.3},
    "rotate": {"rotate": {"degrees": 180.0, "probability": 1.0}},
    "shear": {"shear": {"degrees": 15.0, "probability": 1.0}},
    "elastic": {"elastic": {"displacement": 3.0, "spacing": 32.0, "probability": 1.0}},
    "some": {"rotate": {"degrees": 90.0, "probability": 0.5}},
    "all": {
        "symmetries": True,
        "scale": 0.2,
        "rotate": {"degrees": 180.0, "probability": 0.7},
        "shear": {"degrees": 10.0, "probability": 0.5},
        "elastic": {"displacement": 2.0, "spacing": 32.0, "probability": 0.7},
    },
}


def objects_of(seed: int) -> WindowShapes:
    """A rectangle, a triangle and an L well apart, turned at random.

    Their corners are round: of sharp ones no pixel holds the tip.
    """
    generator = np.random.default_rng(seed)
    outlines = [
        [(-9, -5), (9, -5), (9, 5), (-9, 5)],
        [(-8, -8), (10, 0), (-8, 9)],
        [(-8, -8), (8, -8), (8, -2), (-1, -2), (-1, 8), (-8, 8)],
    ]
    places = [(24, 30), (64, 24), (44, 66)]
    shapes = []
    for outline, place in zip(outlines, places, strict=True):
        angle = generator.uniform(0, 2 * np.pi)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        moved = np.array(outline) @ turn + place + generator.uniform(-3, 3, 2)
        shapes.append(shapely.Polygon(moved).buffer(-1).buffer(4))
    none = np.zeros(3, dtype=bool)
    return WindowShapes(np.array(shapes), np.arange(3), none, none)


def paint(objects: WindowShapes) -> torch.Tensor:
    """The share of each pixel that each object covers (3, S, S), from pixels of a quarter."""
    fine = [
        rasterize([shape], out_shape=(4 * SIZE, 4 * SIZE), transform=Affine.scale(0.25))
        for shape in objects.shapes
    ]
    blocks = torch.from_numpy(np.stack(fine)).float().unfold(1, 4, 4).unfold(2, 4, 4)
    return blocks.mean(dim=(-2, -1))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_moved_boxes_are_those_of_the_moved_pixels(kind, seed):
    windows = [objects_of(seed + number) for number in range(3)]
    pixels = torch.stack([paint(objects) for objects in windows])
    valid = torch.ones(3, SIZE, SIZE, dtype=torch.bool)
    (changed, _, _), movement = augment_and_tell(
        (pixels, valid, valid.long()),
        generator=torch.Generator().manual_seed(seed),
        **{"symmetries": False, **KINDS[kind]},
    )
    mirrored = movement.mirrored(valid)
    for window, objects in enumerate(windows):
        moved = move_shapes(objects, movement, window)
        for number, box in enumerate(moved.boxes):
            if box.min() < 0 or box.max() > SIZE:
                continue
            here = (changed[window, number] >= 0.5) & ~mirrored[window]
            rows, columns = here.nonzero().T.numpy()
            painted = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            np.testing.assert_allclose(box, painted, atol=1.0)


def test_nothing_is_mirrored_where_windows_stay_and_corners_are_where_they_turn():
    target = torch.zeros(2, SIZE, SIZE, dtype=torch.long)
    assert not Movement(SIZE).mirrored(target).any()
    _, movement = augment_and_tell(
        (target[:, None].float(), target == 0, target),
        generator=torch.Generator().manual_seed(2),
        symmetries=False,
        rotate={"degrees": 60.0, "probability": 1.0},
    )
    mirrored = movement.mirrored(target)
    assert mirrored[:, 0, 0].all()
    assert not mirrored[:, SIZE // 2, SIZE // 2].any()


def test_what_is_mirrored_is_what_lies_beyond_the_window():
    """Pixels hold their own place: beyond the border they repeat places inside."""
    rows, columns = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    places = torch.stack([columns, rows]).float().expand(4, -1, -1, -1)
    target = torch.zeros(4, SIZE, SIZE, dtype=torch.long)
    (pixels, _, _), movement = augment_and_tell(
        (places, target == 0, target), generator=torch.Generator().manual_seed(0), **KINDS["all"]
    )
    mirrored = movement.mirrored(target)
    assert 0 < mirrored.float().mean() < 0.5
    for window in range(4):
        moved = movement.move(window, places[window].flatten(1).T.double().numpy() + 0.5)
        here = np.floor(moved).astype(int)
        inside = ((here >= 1) & (here < SIZE - 1)).all(axis=1)
        column, row = here[inside].T
        assert not mirrored[window, row, column].float().mean() > 0.02
        shown = pixels[window][:, row, column].T.numpy()
        wanted = places[window].flatten(1).T.numpy()[inside]
        assert np.abs(shown - wanted).max() < 1.6


@pytest.mark.parametrize("number", range(8))
def test_points_turn_as_pixels_do(number):
    image = torch.zeros(5, 5)
    image[1, 3] = 1  # column 3, row 1
    row, column = apply_symmetry(image, number).nonzero()[0].tolist()
    moved = turn_points(np.array([[3.5, 1.5]]), number, size=5)
    assert moved.tolist() == [[column + 0.5, row + 0.5]]


def test_no_points_stay_no_points():
    assert Movement(SIZE, [3]).move(0, np.empty((0, 2))).shape == (0, 2)
