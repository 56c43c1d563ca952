"""Detectors by name: plans, options, and errors that name what exists."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rs_seg.algorithms.detectors.levels import SHAPES, plan_levels
from rs_seg.algorithms.detectors.pyramid import build_encoder
from rs_seg.algorithms.detectors.table import DETECTORS, build_detector, plan_detector
from rs_seg.errors import UserError

CARS = np.exp(np.random.default_rng(0).uniform(np.log(4), np.log(10), (300, 2)))
TOWN = np.exp(np.random.default_rng(0).uniform(np.log(4), np.log(90), (300, 2)))


def build(architecture: str, **changes: object) -> object:
    given = {"encoder": None, "decoder": None, "weights": None}
    settings = given | {"bands": ("red",), "class_count": 1}
    plan = plan_detector("retinanet", TOWN, class_count=1, window=64)
    return build_detector(architecture, **{**settings, "plan": plan, **changes})


@pytest.mark.parametrize(
    ("architecture", "changes", "told"),
    [
        ("retinet", {}, "did you mean retinanet"),
        ("retinanet", {"encoder": "resnet19"}, "did you mean resnet1"),
        ("centre", {"decoder": "unett"}, "did you mean unet"),
        ("fcos", {"decoder": "unet"}, "one of centre"),
        ("ssd", {"encoder": "tu-vit_tiny_patch16_224"}, "another encoder"),
        ("ssd", {"weights": "nowhere"}, "nowhere"),
    ],
)
def test_errors_name_the_nearest_thing_that_exists(architecture, changes, told):
    with pytest.raises(UserError, match=told):
        build(architecture, **changes)


def test_a_plan_needs_objects():
    with pytest.raises(UserError, match="without objects"):
        plan_detector("fcos", np.empty((0, 2)), class_count=1, window=64)


def test_anchors_cover_the_objects_of_their_level():
    plan = plan_levels(TOWN, class_count=1, window=256)
    anchors = np.concatenate([np.array(level) for level in plan["anchors"]])
    shared = np.minimum(TOWN[:, None], anchors).prod(axis=2)
    areas = TOWN.prod(axis=1)[:, None] + anchors.prod(axis=1)
    best = (shared / (areas - shared)).max(axis=1)
    assert np.quantile(best, 0.1) > 0.4
    assert plan["largest"] == round(TOWN.max(), 2)


def test_small_objects_are_looked_for_at_a_stride_of_two():
    assert plan_levels(CARS, class_count=1, window=256)["strides"][0] == 2
    assert plan_levels(CARS * 4, class_count=1, window=256)["strides"][0] == 4
    assert plan_detector("ssd", CARS, class_count=1, window=256)["strides"][0] == 4


@pytest.mark.parametrize("name", [name for name in DETECTORS if name != "centre"])
@pytest.mark.parametrize("sizes", [[[8, 8]], [[8, 8]] * 500 + [[8, 8.5], [300, 4]]])
def test_few_or_equal_objects_have_anchors_too(name, sizes):
    plan = plan_detector(name, np.array(sizes, float), class_count=1, window=64)
    if "strides" in plan:
        anchors = np.array(plan["anchors"])
        assert anchors.shape == (len(plan["strides"]), SHAPES, 2)
        assert (np.isfinite(anchors) & (anchors > 0)).all()


def test_pretrained_filters_go_to_the_bands_they_were_learnt_on(tmp_path):
    torch.manual_seed(0)
    encoder = build_encoder("resnet18", band_count=3)
    file = tmp_path / "encoder.pth"
    torch.save(encoder.state_dict(), file)
    detector = build("retinanet", bands=("nir", "red", "green"), weights=str(file))
    own = detector.pyramid.encoder
    torch.testing.assert_close(own.layer4[0].conv1.weight, encoder.layer4[0].conv1.weight)
    ratio = own.conv1.weight[:, 1] / encoder.conv1.weight[:, 0]
    assert ratio.std() < 1e-3 * ratio.mean()


def test_encoders_that_begin_at_a_stride_of_four_get_a_finer_level():
    plan = plan_detector("fcos", CARS, class_count=1, window=64)
    detector = build("fcos", encoder="mit_b0", plan=plan, bands=("red", "green", "blue"))
    rasters = detector(torch.zeros(1, 3, 64, 64))
    assert [raster.shape[-1] for raster in rasters] == [32, 16, 8, 4, 2]
