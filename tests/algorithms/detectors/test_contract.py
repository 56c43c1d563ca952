"""What every detector of the table is held to."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
import shapely
import torch

from rs_seg.algorithms.detectors.dense import DenseDetector, RasterDetector
from rs_seg.algorithms.detectors.detector import Detector, WindowObjects
from rs_seg.algorithms.detectors.table import DETECTORS, build_detector, plan_detector
from rs_seg.algorithms.objects.matching import References, match
from rs_seg.algorithms.objects.precision import average_precision, draw_curve
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.config.objects import RASTER_DETECTORS

SMALL_ENCODER = "tu-mobilenetv3_small_050"
BANDS = ("red", "green", "blue", "nir", "height")


def draw_boxes(count: int, side: int, seed: int, *, least: float = 12, most: float = 40) -> Any:
    """Boxes (count, 4) with fractions inside a window; sizes are spread evenly on a log scale."""
    draws = np.random.default_rng(seed)
    sizes = np.exp(draws.uniform(np.log(least), np.log(most), (count, 2)))
    corners = draws.uniform(0, side - sizes)
    return np.concatenate([corners, corners + sizes], axis=1).round(2)


def window_of(boxes: Any, side: int, *, class_count: int = 1, ignored: Any = None) -> WindowObjects:
    boxes = np.asarray(boxes, dtype=np.float32).reshape(-1, 4)
    middles = np.arange(side) + 0.5
    inside = [(middles > boxes[:, [k]]) & (middles < boxes[:, [k + 2]]) for k in (0, 1)]
    return WindowObjects(
        boxes=torch.from_numpy(boxes),
        classes=torch.arange(len(boxes)) % class_count,
        ignored=torch.from_numpy(np.zeros(len(boxes), bool) if ignored is None else ignored),
        counted=torch.ones(side, side, dtype=torch.bool),
        masks=torch.from_numpy(inside[1][:, :, None] & inside[0][:, None, :]),
    )


def plan_of(architecture: str, *, class_count: int = 1, least: float = 12) -> dict[str, Any]:
    boxes = draw_boxes(200, 64, seed=9, least=least)
    sizes = boxes[:, 2:] - boxes[:, :2]
    plan = plan_detector(architecture, sizes, class_count=class_count, window=64)
    return {**plan, "channels": 16} if "channels" in plan else plan


def detector_of(
    architecture: str,
    *,
    band_count: int = 3,
    class_count: int = 1,
    encoder: str = SMALL_ENCODER,
    least: float = 12,
) -> Detector:
    torch.manual_seed(0)
    row = DETECTORS[architecture]
    return build_detector(
        architecture,
        encoder=encoder if row.default_encoder else None,
        decoder=None,
        weights=None,
        bands=BANDS[:band_count],
        class_count=class_count,
        plan=plan_of(architecture, class_count=class_count, least=least),
    )


def pixels_of(side: int, *, band_count: int = 3, count: int = 2) -> torch.Tensor:
    return torch.randn(count, band_count, side, side, generator=torch.Generator().manual_seed(1))


def rows_of(found: Any) -> list[list[float]]:
    return np.column_stack([found.boxes, found.scores, found.codes]).tolist()


LEARNING = [name for name, row in DETECTORS.items() if not row.is_fitted]
"""Detectors with a loss; what is fitted to all windows at once has tests of its own."""
MORE_THAN = {"fast_rcnn": 150}
"""Candidates of noise: selective search finds as many regions as there are, not one per place."""

RATES = {"r_fcn": 4e-3, "ssdlite": 2e-3}
"""Learning rates of those that 60 steps at 0.001 are too few for."""


@pytest.mark.parametrize("architecture", LEARNING)
class TestDetector:
    @pytest.mark.parametrize(
        ("bands", "classes", "side", "least"), [(1, 3, 64, 12), (3, 1, 96, 12), (5, 1, 64, 5)]
    )
    def test_takes_any_bands_classes_and_windows(self, architecture, bands, classes, side, least):
        detector = detector_of(architecture, band_count=bands, class_count=classes, least=least)
        objects = [
            window_of(draw_boxes(12, side, seed), side, class_count=classes) for seed in (0, 1)
        ]
        loss = detector.loss(pixels_of(side, band_count=bands), objects)
        assert (loss.shape, loss.dtype) == ((), torch.float32)
        assert loss.isfinite()
        found = detector.eval().find(pixels_of(side, band_count=bands), least=0.001)
        assert len(found) == 2
        for window in found:
            assert window.boxes.shape == (len(window), 4)
            assert (window.boxes[:, 2:] > window.boxes[:, :2]).all()
            assert ((window.scores >= 0.001) & (window.scores <= 1)).all()
            assert np.isin(window.codes, range(classes)).all()
            assert (window.boxes.dtype, window.scores.dtype) == (np.float64, np.float64)
            assert window.codes.dtype == np.int64

    def test_says_what_the_table_says_of_it(self, architecture):
        detector, row = detector_of(architecture), DETECTORS[architecture]
        assert type(detector).is_dense == row.is_dense == isinstance(detector, DenseDetector)
        assert type(detector).needs_masks == row.needs_masks
        assert isinstance(detector, RasterDetector) == (architecture in RASTER_DETECTORS)

    @pytest.mark.parametrize("training", [True, False])
    @pytest.mark.parametrize("ignored", [None, True])
    def test_windows_without_objects_have_a_finite_loss(self, architecture, ignored, training):
        detector = detector_of(architecture).train(training)
        boxes = np.empty((0, 4)) if ignored is None else draw_boxes(5, 64, 0)
        window = window_of(boxes, 64, ignored=np.ones(len(boxes), bool))
        loss = detector.loss(pixels_of(64), [window, window])
        loss.backward()
        assert loss.isfinite()
        assert all(p.grad is None or p.grad.isfinite().all() for p in detector.parameters())

    def test_every_parameter_learns(self, architecture):
        detector = detector_of(architecture, class_count=2)
        sizes = (12.0, 14.0, 20.0, 30.0, 46.0, 64.0, 96.0)
        boxes = [[x, x, x + size, x + size] for size in sizes for x in (1.3, 96.4 - size)]
        objects = [window_of(boxes, 128, class_count=2), window_of(draw_boxes(20, 128, 3), 128)]
        detector.loss(pixels_of(128), objects).backward()
        idle = [
            name
            for name, value in detector.named_parameters()
            if value.grad is None or not (value.grad != 0).any()
        ]
        assert idle == []

    def test_equal_windows_give_equal_bits(self, architecture):
        detector = detector_of(architecture).eval()
        first, second = (detector.find(pixels_of(64), least=0.001) for _ in range(2))
        assert rows_of(first[0]) == rows_of(second[0])
        assert len(first[0]) > 0

    def test_is_built_again_from_its_plan_and_tensors(self, architecture):
        detector = detector_of(architecture, class_count=2).eval()
        kept = io.BytesIO()
        torch.save(detector.state_dict(), kept)
        kept.seek(0)
        plan = json.loads(json.dumps(plan_of(architecture, class_count=2)))
        assert plan == plan_of(architecture, class_count=2)
        torch.manual_seed(5)
        row = DETECTORS[architecture]
        again = build_detector(
            architecture,
            encoder=SMALL_ENCODER if row.default_encoder else None,
            decoder=row.default_decoder,
            weights=None,
            bands=BANDS[:3],
            class_count=2,
            plan=plan,
        ).eval()
        again.load_state_dict(torch.load(kept, weights_only=True))
        wanted, found = (one.find(pixels_of(64), least=0.001) for one in (detector, again))
        assert rows_of(found[1]) == rows_of(wanted[1])

    def test_there_is_no_limit_to_candidates(self, architecture):
        detector = detector_of(architecture, class_count=3).eval()
        (found,) = detector.find(pixels_of(96, count=1), least=1e-6)
        assert len(found) > MORE_THAN.get(architecture, 300)

    def test_ignored_objects_are_neither_objects_nor_background(self, architecture):
        detector = detector_of(architecture).eval()
        boxes = draw_boxes(6, 96, 0, least=8)
        over = boxes[:1] + np.array([-30, -30, 30, 30])
        as_background = window_of(boxes[1:], 96)
        as_ignored = window_of(np.vstack([boxes[1:], over]), 96, ignored=np.arange(6) == 5)
        as_object = window_of(np.vstack([boxes[1:], over]), 96)
        pixels = pixels_of(96, count=1)
        losses = {
            detector.loss(pixels, [window]).item()
            for window in (as_background, as_ignored, as_object)
        }
        assert len(losses) == 3

    def test_nothing_is_learnt_where_nothing_is_counted(self, architecture):
        detector = detector_of(architecture).train()
        window = window_of(draw_boxes(6, 64, 0, least=8), 64)
        window.counted[:] = False
        detector.loss(pixels_of(64), [window, window]).backward()
        moved = [
            name
            for name, value in detector.named_parameters()
            if value.grad is not None and (value.grad != 0).any()
        ]
        assert moved == []

    @pytest.mark.slow
    def test_overfits_one_window(self, architecture):
        side = 96
        boxes = np.array(
            [
                [8.3, 9.1, 20.2, 25.6],
                [40.5, 6.2, 62.1, 17.4],
                [70.2, 12.5, 90.3, 40.8],
                [10.4, 50.2, 38.9, 66.3],
                [52.6, 48.7, 64.2, 60.1],
                [76.1, 60.4, 88.0, 88.9],
                [20.7, 76.3, 44.6, 90.2],
            ]
        )
        window = window_of(boxes, side, class_count=2)
        noise = torch.randn(3, side, side, generator=torch.Generator().manual_seed(0)) * 0.2
        for mask, code in zip(window.masks, window.classes, strict=True):
            noise[code] += 1.5 * mask
        torch.manual_seed(0)
        plan = plan_detector(architecture, boxes[:, 2:] - boxes[:, :2], class_count=2, window=side)
        if "channels" in plan:
            plan["channels"] = 32
        detector = build_detector(
            architecture,
            encoder="tu-test_resnet" if DETECTORS[architecture].default_encoder else None,
            decoder=None,
            weights=None,
            bands=BANDS[:3],
            class_count=2,
            plan=plan,
        )
        rate = RATES.get(architecture, 1e-3)
        optimizer = torch.optim.AdamW(detector.parameters(), lr=rate)
        for step in range(1, 61):
            detector.train()
            optimizer.zero_grad()
            detector.loss(noise[None], [window]).backward()
            torch.nn.utils.clip_grad_norm_(detector.parameters(), 5.0)
            optimizer.step()
            if step >= 20 and step % 10 == 0:
                (found,) = detector.eval().find(noise[None], least=0.05)
                found = found.take(suppress(found, limit=0.5))
                codes = window.classes.numpy()
                reached = min(precision_of(found, boxes, codes, code) for code in (0, 1))
                if reached >= 0.9:
                    break
        assert reached >= 0.9
        if type(detector).needs_masks:
            assert found.shapes is not None
            shares = [
                max(overlap_of(shape, shapely.box(*box)) for shape in found.shapes) for box in boxes
            ]
            assert min(shares) > 0.6


def overlap_of(first: Any, second: Any) -> float:
    return float(first.intersection(second).area / first.union(second).area)


def precision_of(found: Any, boxes: Any, classes: Any, code: int) -> float:
    own, references = found.codes == code, shapely.box(*boxes[classes == code].T)
    none = np.zeros(len(references), bool)
    matches = match(
        shapely.box(*found.boxes[own].T),
        found.scores[own],
        References(references, none, none),
        thresholds=(0.5,),
    )
    return average_precision(draw_curve(matches, 0))


DENSE = [name for name, row in DETECTORS.items() if row.is_dense]


@pytest.mark.parametrize("architecture", DENSE)
def test_dense_detectors_find_the_same_in_every_window(architecture):
    detector = detector_of(architecture, encoder="resnet18").double().eval()
    # strips: both see the same left and right edge, and their middle no other one
    scene = torch.randn(1, 3, 1088, 64, generator=torch.Generator().manual_seed(2)).double()
    middles = []
    for begin in (0, 64):
        with torch.no_grad():
            rasters = [
                raster[0].numpy() for raster in detector(scene[..., begin : begin + 1024, :])
            ]
        found = detector.decode(rasters, least=0.004)
        rows = (found.boxes[:, 1] + found.boxes[:, 3]) / 2 + begin
        own = found.take(abs(rows - 544) < 40)
        boxes = own.boxes + np.array([0, begin, 0, begin])
        middles.append(np.column_stack([boxes, own.scores, own.codes]))
    assert len(middles[0]) > 20
    np.testing.assert_allclose(*middles, rtol=0, atol=1.1 / 1024)
