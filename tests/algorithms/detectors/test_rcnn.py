"""R-CNN: it finds what it was fitted to, and its state dictionary holds all of it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch

from rs_seg.algorithms.detectors.detector import WindowObjects
from rs_seg.algorithms.detectors.lessons import IS, IS_NOT, NOT_ASKED, label_regions
from rs_seg.algorithms.detectors.rcnn import Rcnn
from rs_seg.algorithms.objects.matching import References, match
from rs_seg.algorithms.objects.precision import average_precision, draw_curve
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.values.candidates import Candidates

SIDE = 96
BOXES = torch.tensor(
    [[6.5, 8.0, 24.0, 26.2], [60.0, 10.0, 82.5, 24.5], [20.5, 56.2, 48.7, 81.0], [66, 58, 84, 90]]
)
CLASSES = torch.tensor([0, 1, 1, 0])


def window(bands: int = 3) -> torch.Tensor:
    pixels = np.random.default_rng(0).normal(0, 0.3, (bands, SIDE, SIDE)).astype(np.float32)
    for box, index in zip(BOXES.round().int().tolist(), CLASSES.tolist(), strict=True):
        pixels[index % bands, box[1] : box[3], box[0] : box[2]] += 2
    return torch.from_numpy(pixels)


def objects_of(*, keep: int = len(BOXES), ignored: tuple[int, ...] = ()) -> WindowObjects:
    is_ignored = torch.zeros(keep, dtype=torch.bool)
    is_ignored[list(ignored)] = True
    counted = torch.ones(SIDE, SIDE, dtype=torch.bool)
    return WindowObjects(BOXES[:keep], CLASSES[:keep].clone(), is_ignored, counted)


def build(bands: int = 3, classes: int = 2) -> Rcnn:
    torch.manual_seed(0)
    return Rcnn(bands, classes, "resnet18", {"crop": 32})


def precision_of(found: Candidates, index: int) -> float:
    own = found.take(found.codes == index)
    own = own.take(suppress(own))
    references = np.asarray(shapely.box(*BOXES[index == CLASSES].double().numpy().T))
    none = np.zeros(len(references), bool)
    shapes = np.asarray(shapely.box(*own.boxes.T))
    matches = match(shapes, own.scores, References(references, none, none), thresholds=(0.5,))
    return average_precision(draw_curve(matches, 0))


@pytest.mark.slow
def test_it_finds_the_objects_of_the_window_that_it_was_fitted_to():
    detector = build()
    detector.fit([(window(), objects_of())])
    (found,) = detector.find(window()[None], least=0.05)
    for index in (0, 1):
        assert precision_of(found, index) >= 0.9
    assert ((found.scores > 0) & (found.scores < 1)).all()


@pytest.mark.slow
def test_the_state_dictionary_holds_all_that_was_learnt_and_fitting_is_repeatable():
    first, second, third = build(), build(), build()
    first.fit([(window(), objects_of())])
    second.fit([(window(), objects_of())])
    third.load_state_dict(first.state_dict())
    found = [one.find(window()[None], least=0.05)[0] for one in (first, second, third)]
    assert len(found[0]) > 0
    for other in found[1:]:
        assert other.boxes.tobytes() == found[0].boxes.tobytes()
        assert other.scores.tobytes() == found[0].scores.tobytes()


@pytest.mark.parametrize("keep", [0, 1])
def test_classes_without_an_object_are_never_found(keep):
    detector = build(bands=5, classes=3)
    detector.fit([(window(5), objects_of(keep=keep)), (window(5), objects_of(keep=0))])
    (found,) = detector.find(window(5)[None], least=1e-6)
    assert set(found.codes.tolist()) <= set(range(keep))


def test_it_has_no_loss_and_nothing_that_learns_by_gradients():
    detector = build()
    assert not [one for one in detector.parameters() if one.requires_grad]
    assert not detector.train().encoder.training
    with pytest.raises(NotImplementedError, match="fitted"):
        detector.loss(window()[None], [objects_of()])


def test_what_each_class_is_told_of_regions():
    """The objects, a region half on the first, one on nothing, one on the ignored object."""
    others = torch.tensor([[6.5, 8, 24, 17], [40.0, 30, 50, 40], [22, 58, 46, 80]])
    objects = objects_of(keep=3, ignored=(2,))
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
    detector = build(bands=1)
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
