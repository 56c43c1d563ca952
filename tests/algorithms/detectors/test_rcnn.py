"""R-CNN: it finds what it was fitted to, and its state dictionary holds all of it."""

from __future__ import annotations

import pytest
import torch

from rs_seg.algorithms.detectors.lessons import IS, IS_NOT, NOT_ASKED, label_regions
from rs_seg.algorithms.detectors.rcnn import Rcnn
from tests.algorithms.detectors.toy_objects import (
    precision_of,
    toy_objects,
    toy_window,
)


def build(band_count: int = 3, class_count: int = 2) -> Rcnn:
    torch.manual_seed(0)
    return Rcnn(band_count, class_count, "resnet18", {"crop": 32})


@pytest.mark.slow
def test_it_finds_the_objects_of_the_window_that_it_was_fitted_to():
    detector = build()
    detector.fit([(toy_window(), toy_objects())])
    (found,) = detector.find(toy_window()[None], least=0.05)
    for index in (0, 1):
        assert precision_of(found, index) >= 0.9
    assert ((found.scores > 0) & (found.scores < 1)).all()


@pytest.mark.slow
def test_the_state_dictionary_holds_all_that_was_learnt_and_fitting_is_repeatable():
    first, second, third = build(), build(), build()
    first.fit([(toy_window(), toy_objects())])
    second.fit([(toy_window(), toy_objects())])
    third.load_state_dict(first.state_dict())
    found = [one.find(toy_window()[None], least=0.05)[0] for one in (first, second, third)]
    assert len(found[0]) > 0
    for other in found[1:]:
        assert other.boxes.tobytes() == found[0].boxes.tobytes()
        assert other.scores.tobytes() == found[0].scores.tobytes()


@pytest.mark.parametrize("keep", [0, 1])
def test_classes_without_an_object_are_never_found(keep):
    detector = build(band_count=5, class_count=3)
    detector.fit([(toy_window(5), toy_objects(keep=keep)), (toy_window(5), toy_objects(keep=0))])
    (found,) = detector.find(toy_window(5)[None], least=1e-6)
    assert set(found.codes.tolist()) <= set(range(keep))


def test_it_has_no_loss_and_nothing_that_learns_by_gradients():
    detector = build()
    assert not [one for one in detector.parameters() if one.requires_grad]
    assert not detector.train().encoder.training
    with pytest.raises(NotImplementedError, match="fitted"):
        detector.loss(toy_window()[None], [toy_objects()])


def test_what_each_class_is_told_of_regions():
    """The objects, a region half on the first, one on nothing, one on the ignored object."""
    others = torch.tensor([[6.5, 8, 24, 17], [40.0, 30, 50, 40], [22, 58, 46, 80]])
    objects = toy_objects(keep=3, ignored=(2,))
    regions = torch.cat([objects.wanted[0], others])
    wanted = [
        [IS, IS_NOT],
        [IS_NOT, IS],
        [NOT_ASKED, IS_NOT],
        [IS_NOT, IS_NOT],
        [NOT_ASKED, NOT_ASKED],
    ]
    assert label_regions(regions, objects, 2).tolist() == wanted
    objects.counted[:] = False
    labels = label_regions(regions, objects, 2)
    assert (labels[2:] == NOT_ASKED).all()


def test_warped_regions_see_a_little_of_what_lies_beside():
    """A region of 16 pixels is seen with 16 / 195 of its side on each side."""
    detector = build(band_count=1)
    seen = []
    detector.encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    pixels = torch.zeros(1, 64, 64)
    pixels[:, 20:36, 20:36] = 1.0
    detector.describe(pixels, torch.tensor([[20.0, 20.0, 36.0, 36.0]]))
    assert seen[0].shape == (1, 1, 32, 32)
    share = seen[0][0, 0].mean().item()
    assert share == pytest.approx((195 / 227) ** 2, abs=0.03)
    assert seen[0][0, 0, 0, 0] < 0.1
    assert seen[0][0, 0, 16, 16] == 1
