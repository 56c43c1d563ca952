"""Objects as points: targets, their loss, and what is read from the rasters."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
import torch

from rs_seg.algorithms.detectors.centre import (
    BESIDE,
    RARE,
    Targets,
    centre_loss,
    draw_targets,
    find_centres,
    stack_targets,
)
from rs_seg.algorithms.networks import build_network
from rs_seg.algorithms.objects.matching import References, match
from rs_seg.algorithms.objects.precision import average_precision, draw_curve

BOXES = np.array([[3.2, 4.7, 11.9, 20.1], [30.0, 10.0, 33.5, 12.5], [20.5, 40.25, 60.75, 55.0]])
CLASSES = np.array([0, 1, 1])
SIDE = 64


def targets(boxes: np.ndarray = BOXES, **changes: object) -> Targets:
    settings = {
        "ignored": np.zeros(len(boxes), bool),
        "valid_HW": np.ones((SIDE, SIDE), bool),
        "count": 2,
    }
    return draw_targets(boxes, CLASSES[: len(boxes)], **{**settings, **changes})


def perfect_output(wanted: Targets) -> np.ndarray:
    """The rasters of a network that has learnt the targets: heat as logits, all else as it is."""
    heat = wanted.heat.double().clamp(1e-6, 1 - 1e-6)
    return torch.cat([heat.logit(), wanted.beside.double()]).numpy().astype(np.float32)


def test_boxes_come_back_from_their_targets():
    found = find_centres(perfect_output(targets()), least=0.9)
    order = np.argsort(found.boxes[:, 0])
    expected = np.argsort(BOXES[:, 0])
    np.testing.assert_allclose(found.boxes[order], BOXES[expected], atol=1e-4)
    assert found.codes[order].tolist() == CLASSES[expected].tolist()


@pytest.mark.parametrize("cuts", [[13], [1, 2, 33], list(range(1, SIDE))])
def test_strips_of_any_height_give_the_centres_of_the_whole(cuts):
    output = np.random.default_rng(0).normal(0, 2, (2 + BESIDE, SIDE, SIDE)).astype(np.float32)
    output[:2] = output[:2].round(1)  # equal neighbours
    whole = find_centres(output, least=0.3)
    edges = [0, *cuts, SIDE]
    parts = []
    for begin, end in pairwise(edges):
        first, last = max(0, begin - 1), min(SIDE, end + 1)
        inner = slice(begin - first, end - first)
        parts.append(find_centres(output[:, first:last], least=0.3, row=first, inner=inner))
    rows = np.vstack([np.column_stack([part.boxes, part.scores, part.codes]) for part in parts])
    wanted = np.column_stack([whole.boxes, whole.scores, whole.codes])
    assert len(wanted) > 100
    assert sorted(rows.tolist()) == sorted(wanted.tolist())


def test_what_is_ignored_or_has_no_data_is_not_judged():
    ignored = np.array([False, False, True])
    valid = np.ones((SIDE, SIDE), bool)
    valid[:, 50:] = False
    wanted = targets(ignored=ignored, valid_HW=valid)
    assert not wanted.counted[40:55, 21:60].any()
    assert not wanted.counted[:, 50:].any()
    assert wanted.counted[:40, :50].all()
    output = torch.from_numpy(perfect_output(wanted))[None]
    loss = centre_loss(output, stack_targets([wanted]))
    output[:, :2, 41:54, 22:60] = 9.0  # sure of an object where nothing is judged
    assert centre_loss(output, stack_targets([wanted])) == loss
    output[:, :2, 30, 5] = 9.0
    assert centre_loss(output, stack_targets([wanted])) > loss + 1


def test_a_window_without_objects_has_a_loss_and_gradients_that_are_finite():
    wanted = stack_targets([targets(np.empty((0, 4)))])
    output = torch.zeros(1, 2 + BESIDE, SIDE, SIDE, requires_grad=True)
    loss = centre_loss(output, wanted)
    loss.backward()
    assert loss.isfinite()
    assert output.grad is not None
    assert output.grad.isfinite().all()
    assert (output.grad[:, -BESIDE:] == 0).all()
    found = find_centres(np.full((2 + BESIDE, 8, 8), -9, np.float32), least=0.1)
    assert (found.boxes.shape, len(found)) == ((0, 4), 0)


def test_a_centre_outside_the_window_is_no_target():
    moved = BOXES.copy()
    moved[2, [0, 2]] += 40  # its centre is beyond the right edge, its box is not
    assert (targets(moved).heat == 1).sum() == 2


@pytest.mark.slow
def test_a_network_overfits_one_window():
    torch.manual_seed(0)
    pixels = np.random.default_rng(0).normal(0, 0.3, (3, SIDE, SIDE)).astype(np.float32)
    for box, index in zip(BOXES.round().astype(int), CLASSES, strict=True):
        pixels[index, box[1] : box[3], box[0] : box[2]] += 2
    network = build_network(
        "unet",
        encoder="resnet18",
        bands=3,
        class_count=2 + BESIDE,
        decoder_channels=(64, 32, 16, 16, 16),
    )
    with torch.no_grad():
        network.segmentation_head[0].bias[:2] = float(np.log(RARE / (1 - RARE)))
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    # normalisation needs two windows: the deepest features of one are four pixels
    batch = torch.from_numpy(np.stack([pixels, pixels]))
    wanted = stack_targets([targets(), targets()])
    for _ in range(60):
        optimizer.zero_grad()
        centre_loss(network(batch), wanted).backward()
        optimizer.step()
    with torch.no_grad():
        found = find_centres(network(batch)[0].numpy(), least=0.2)
    for index in (0, 1):
        own, references = found.codes == index, shapely.box(*BOXES[index == CLASSES].T)
        none = np.zeros(len(references), bool)
        matches = match(
            shapely.box(*found.boxes[own].T),
            found.scores[own],
            References(references, none, none),
            thresholds=(0.5,),
        )
        assert average_precision(draw_curve(matches, 0)) > 0.99
