"""What every detector of the textbook keeps to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from rs_seg.algorithms.detectors.detector import Detector, WindowObjects
from rs_seg.algorithms.detectors.fast_rcnn import FastRcnn
from rs_seg.algorithms.detectors.overfeat import OverFeat
from rs_seg.algorithms.detectors.r_fcn import RFcn
from rs_seg.algorithms.detectors.yolo import Yolo
from rs_seg.algorithms.detectors.yolo_v1 import YoloV1
from rs_seg.values.candidates import Candidates
from tests.algorithms.detectors.toy_objects import (
    BOXES,
    SIDE,
    toy_objects,
    toy_window,
)

SMALL: dict[str, Callable[[int, int], Detector]] = {
    "yolo": lambda bands, classes: Yolo(bands, classes, "resnet18", {"channels": 32}),
    "yolo_v1": lambda bands, classes: YoloV1(
        bands, classes, None, {"window": SIDE, "cells": 4, "width": 8, "dropout": 0.0}
    ),
    "overfeat": lambda bands, classes: OverFeat(bands, classes, None, {"width": 8}),
    "r_fcn": lambda bands, classes: RFcn(bands, classes, "resnet18", {"channels": 32}),
    "fast_rcnn": lambda bands, classes: FastRcnn(bands, classes, "resnet18", {"channels": 16}),
}
every_detector = pytest.mark.parametrize("name", SMALL)


def build(name: str, band_count: int = 3, class_count: int = 2) -> Detector:
    torch.manual_seed(0)
    return SMALL[name](band_count, class_count)


def find(detector: Detector, pixels: torch.Tensor, least: float = 0.05) -> list[Candidates]:
    detector.eval()
    with torch.no_grad():
        return detector.find(pixels, least=least)


@every_detector
@pytest.mark.parametrize(("bands", "classes"), [(1, 1), (5, 3)])
def test_any_number_of_bands_and_classes_and_any_size(name, bands, classes):
    detector = build(name, bands, classes)
    one = WindowObjects(
        BOXES[:1], torch.zeros(1).long(), torch.zeros(1).bool(), torch.ones(96, 160).bool()
    )
    loss = detector.loss(torch.randn(2, bands, 96, 160), [one, one])
    assert (loss.shape, loss.dtype) == ((), torch.float32)
    assert loss.isfinite()
    for found in find(detector, torch.randn(2, bands, 64, 128), least=0.0):
        assert found.boxes.dtype == found.scores.dtype == np.float64
        assert found.codes.dtype == np.int64
        assert ((found.scores >= 0) & (found.scores <= 1)).all()
        assert set(found.codes.tolist()) <= set(range(classes))
        assert np.isfinite(found.boxes).all()


@every_detector
def test_every_parameter_has_a_gradient(name):
    detector = build(name)
    detector.loss(
        torch.stack([toy_window(), toy_window()]), [toy_objects(), toy_objects()]
    ).backward()
    without = [key for key, value in detector.named_parameters() if value.grad is None]
    assert without == []
    idle = [key for key, value in detector.named_parameters() if not value.grad.abs().sum()]
    assert idle == []


@every_detector
def test_windows_without_objects_have_a_finite_loss(name):
    detector = build(name)
    empty = toy_objects(keep=0)
    loss = detector.loss(torch.stack([toy_window(), toy_window()]), [empty, empty])
    loss.backward()
    assert loss.isfinite()
    gradients = [value.grad for value in detector.parameters() if value.grad is not None]
    assert gradients
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)


@every_detector
def test_a_window_in_which_nothing_counts_teaches_nothing(name):
    detector = build(name)
    empty = toy_objects(keep=0)
    empty.counted[:] = False
    assert detector.loss(torch.stack([toy_window(), toy_window()]), [empty, empty]) == 0


@every_detector
def test_the_class_of_an_ignored_object_does_not_matter(name):
    """It is no object of any class, and not background either."""
    detector = build(name).eval()
    pixels = torch.stack([toy_window(), toy_window()])
    given = []
    for index in (0, 1):
        objects = toy_objects(ignored=(2,))
        objects.classes[2] = index
        torch.manual_seed(1)
        given.append(detector.loss(pixels, [objects, objects]).item())
    assert given[0] == given[1]


@every_detector
def test_equal_windows_give_equal_candidates(name):
    detector = build(name)
    first, second = (find(detector, toy_window()[None], least=0.0)[0] for _ in range(2))
    assert first.boxes.tobytes() == second.boxes.tobytes()
    assert first.scores.tobytes() == second.scores.tobytes()


@every_detector
def test_fewer_candidates_reach_a_higher_score(name):
    detector = build(name)
    all_of_them, best = (find(detector, toy_window()[None], least=least)[0] for least in (0.0, 0.3))
    chosen = all_of_them.take(all_of_them.scores >= 0.3)
    assert sorted(best.scores.tolist()) == sorted(chosen.scores.tolist())
