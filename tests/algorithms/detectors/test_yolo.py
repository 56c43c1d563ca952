"""YOLO: the published grid and loss of the first, and the dealing of objects in the later form."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from rs_seg.algorithms.detectors.cells import judge_cells, place_objects
from rs_seg.algorithms.detectors.yolo import Yolo
from rs_seg.algorithms.detectors.yolo_v1 import LAYERS, YoloV1, decode_boxes, grid_loss
from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.training.detection_task import DetectionTask
from tests.algorithms.detectors.toy_objects import objects_in


def test_the_published_grid_is_7_x_7_x_30_from_24_convolutions():
    assert sum(not isinstance(layer, str) for layer in LAYERS) == 24
    network = YoloV1(3, 20, plan={"width": 4}).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 448, 448)).shape == (1, 7, 7, 30)
        # the features in front of the fully connected layers are 7 x 7 as well
        assert network.layers(torch.zeros(1, 3, 448, 448)).shape[-2:] == (7, 7)


def test_the_published_network_has_the_channels_of_the_paper():
    with torch.device("meta"):
        network = YoloV1(3, 20)
    linear = [layer for layer in network.head if isinstance(layer, torch.nn.Linear)]
    assert [(one.in_features, one.out_features) for one in linear] == [
        (7 * 7 * 1024, 4096),
        (4096, 7 * 7 * 30),
    ]


def test_the_loss_by_hand():
    """Two cells of 10 pixels, two predictors, two classes, one object in the right cell.

    The object is 8 x 5 pixels around (15, 4): at (0.5, 0.4) of its cell, with roots of sqrt(0.4)
    and sqrt(0.25) of a side of 20.
    """
    grid = torch.zeros(1, 1, 2, 12)
    # the second predictor of the right cell: the object itself, 1 pixel to the right
    grid[0, 0, 1, 5:10] = torch.tensor([0.6, 0.4, 0.4**0.5, 0.5, 0.9])
    grid[0, 0, 1, 4] = 0.3  # the first is not responsible, and says 0.3
    grid[0, 0, 1, 10:] = torch.tensor([0.2, 0.7])
    grid[0, 0, 0, 4] = 0.1
    grid[0, 0, 0, 9] = 0.2
    wanted = place_objects(
        [objects_in([[11.0, 1.5, 19.0, 6.5]], [1], side=20)], cell=10, rows=1, columns=2
    )
    judged = torch.ones(1, 1, 2, dtype=torch.bool)
    iou = 7 * 5 / (2 * 40 - 7 * 5)
    empty = 0.5 * (0.1**2 + 0.2**2 + 0.3**2)
    by_hand = 5 * 0.1**2 + (0.9 - iou) ** 2 + empty + 0.2**2 + 0.3**2
    assert grid_loss(grid, wanted, judged, 2, 20, 10).item() == pytest.approx(by_hand, rel=1e-5)
    # half the square root of the width missing: 5 times the square of it more, and another share
    grid[0, 0, 1, 7] = 0.4**0.5 / 2
    iou = 2 * 5 / 40
    by_hand = 5 * (0.1**2 + 0.4 / 4) + (0.9 - iou) ** 2 + empty + 0.2**2 + 0.3**2
    assert grid_loss(grid, wanted, judged, 2, 20, 10).item() == pytest.approx(by_hand, rel=1e-5)
    # an empty cell that is not judged costs nothing
    judged[0, 0, 0] = False
    less = 0.5 * (0.1**2 + 0.2**2)
    given = grid_loss(grid, wanted, judged, 2, 20, 10).item()
    assert given == pytest.approx(by_hand - less, rel=1e-5)


def test_boxes_come_back_from_the_grid():
    grid = torch.zeros(1, 2, 3, 5 + 1)
    grid[0, 1, 2, :4] = torch.tensor([0.25, 0.5, 0.5, 0.2**0.5])
    box = decode_boxes(grid, 1, 40, 10)[0, 1, 2, 0]
    torch.testing.assert_close(box, torch.tensor([22.5 - 5, 15 - 4, 22.5 + 5, 15 + 4]))


def test_larger_windows_are_looked_at_square_by_square():
    torch.manual_seed(0)
    network = YoloV1(2, 3, plan={"width": 4, "window": 64, "cells": 2}).eval()
    pixels = torch.randn(1, 2, 96, 160)
    with torch.no_grad():
        whole = network(pixels)
        assert whole.shape == (1, 4, 6, 2 * 5 + 3)
        torch.testing.assert_close(whole[:, :2, 2:4], network(pixels[..., :64, 64:128]))
        corner = torch.zeros(1, 2, 64, 64)
        corner[..., :32, :32] = pixels[..., 64:, 128:]
        torch.testing.assert_close(whole[:, 2:, 4:], network(corner))


def test_of_two_objects_in_a_cell_the_larger_is_learnt_and_the_other_counted(caplog):
    torch.manual_seed(0)
    network = YoloV1(1, 2, plan={"width": 4, "window": 64, "cells": 2})
    both = objects_in([[10, 10, 14, 14], [4, 4, 28, 28]], [0, 1])
    large = objects_in([[4, 4, 28, 28]], [1])
    pixels = torch.randn(2, 1, 64, 64)
    network.eval()
    assert network.loss(pixels, [both, both]) == network.loss(pixels, [large, large])
    assert network.left_out == 2
    trained: Any = SimpleNamespace(network=NormalisedNetwork(network, mean=[0.0], std=[1.0]))
    DetectionTask.on_train_end(trained)
    assert "2 objects or proposals were left out of training" in caplog.text


def test_cells_under_ignored_objects_or_without_data_are_not_judged():
    one = objects_in([[9.0, 2.0, 17.0, 7.0], [50, 50, 60, 60]], [0, 0], ignored=(0,))
    one.counted[:, 63] = False
    judged = judge_cells([one], cell=8, rows=8, columns=8)[0]
    wrong = (~judged).nonzero().tolist()
    assert wrong == [[0, 1], [0, 2], [0, 7], *([row, 7] for row in range(1, 8))]


def test_each_object_of_a_cell_has_a_prior_of_its_own_as_long_as_there_are_any():
    torch.manual_seed(0)
    plan = {"priors": [[4, 4], [16, 16]], "channels": 8}
    network = Yolo(1, 1, "resnet18", plan)
    boxes = [[10, 10, 14, 14], [9, 9, 15, 14], [8.5, 8.5, 14, 15]]
    pixels = torch.randn(2, 1, 64, 64)
    network.loss(pixels, [objects_in(boxes[:2], [0, 0])] * 2)
    assert network.left_out == 0
    network.loss(pixels, [objects_in(boxes, [0, 0, 0])] * 2)
    assert network.left_out == 2


def test_a_perfect_grid_gives_the_objects_back():
    network = Yolo(1, 2, "resnet18", {"priors": [[4, 4], [16, 8]], "channels": 8})
    grid = np.full((2, 7, 8, 8), -20, np.float32)
    grid[1, :, 3, 5] = [0, np.log(3), np.log(2), 0, 20, -20, 20]
    found = network.decode([grid.reshape(14, 8, 8)], least=0.5)
    np.testing.assert_allclose(found.boxes, [[44 - 16, 30 - 4, 44 + 16, 30 + 4]], rtol=1e-6)
    assert found.codes.tolist() == [1]
    assert found.scores[0] == pytest.approx(1)
