"""Objects once, whole, and the same bytes, whatever the tiles."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import numpy as np
import pytest
import shapely
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.detectors.table import build_detector
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.config import DetectConfig
from rs_seg.errors import UserError
from rs_seg.io.candidate_rows import CandidateRows
from rs_seg.io.candidates import read_cut
from rs_seg.stages.detect import detect, work
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.candidates import Candidates

from . import toy_detectors
from .toy_detectors import (
    OBJECT_NAMES,
    PIXEL,
    ExactDetector,
    PaintedDetector,
    inject,
    noise_scene,
    paint,
    run_detect,
    write_scene,
)

# of tiles of 256 pixels with a margin of 64: where four of them meet, and what three of them see
CORNER = (180, 182, 204, 204)
OVER_THREE = (262, 300, 380, 330)


@pytest.fixture
def exact(monkeypatch, tmp_path):
    return inject(monkeypatch, tmp_path, ExactDetector(2, len(OBJECT_NAMES)))


@pytest.fixture
def painted(monkeypatch, tmp_path):
    return inject(monkeypatch, tmp_path, PaintedDetector())


def found_boxes(candidates: Candidates) -> list[tuple[float, ...]]:
    return sorted(map(tuple, candidates.boxes.tolist()))


@pytest.mark.slow
def test_a_dense_detector_gives_the_same_bytes_for_any_tiles_shards_and_threads(
    exact, tmp_path, monkeypatch
):
    image = noise_scene(tmp_path / "scene")
    files = {}
    for tile, shards, threads in [(256, 1, 1), (384, 3, 2), (512, 7, 1), (256, 7, 2), (1024, 1, 1)]:
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        folder = tmp_path / f"{tile}-{shards}-{threads}"
        candidates = run_detect(exact, image, folder, tile=tile, shards=shards, least=0.55)
        assert len(candidates) > 100
        files[folder.name] = (folder / "candidates.parquet").read_bytes()
    assert len(set(files.values())) == 1, {name: len(data) for name, data in files.items()}


@pytest.mark.slow
def test_a_network_in_float32_gives_the_same_bytes_for_any_shards_and_threads(
    monkeypatch, tmp_path
):
    """Its sums are rounded, unlike those of ExactDetector: only the tiles may matter."""
    torch.manual_seed(0)
    detector = build_detector(
        "centre",
        encoder="resnet18",
        decoder="unet",
        weights=None,
        bands=("band1",),
        class_count=len(OBJECT_NAMES),
        plan={"typical": [9.0, 7.0], "largest": 20.0},
    )
    model = inject(monkeypatch, tmp_path, detector)
    pixels = np.random.default_rng(0).normal(0, 1, (1, 500, 190)).astype(np.float32)
    image = write_scene(tmp_path / "scene", pixels)
    files = {}
    for shards, threads in [(1, 1), (3, 2), (7, 1), (1, 2)]:
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        folder = tmp_path / f"{shards}-{threads}"
        found = run_detect(model, image, folder, tile=128, margin=32, shards=shards, least=0.05)
        assert len(found) > 200
        assert found.scores.max() > 0.2
        files[folder.name] = (folder / "candidates.parquet").read_bytes()
    assert len(set(files.values())) == 1, {name: len(data) for name, data in files.items()}


@pytest.mark.slow
@pytest.mark.parametrize("scales", [(0.5,), (0.125, 1)])
def test_what_other_scales_find_does_not_depend_on_tiles_shards_and_threads_either(
    exact, tmp_path, monkeypatch, scales
):
    image = noise_scene(tmp_path / "scene", 401, 503)
    files, counts = {}, {}
    for tile, shards, threads in [(256, 1, 1), (128, 3, 2), (512, 7, 1)]:
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        folder = tmp_path / f"{tile}-{shards}"
        options = {"tile": tile, "least": 0.52, "scales": scales}
        found = run_detect(exact, image, folder, shards=shards, **options)
        files[folder.name] = (folder / "candidates.parquet").read_bytes()
        counts[folder.name] = len(found)
    assert len(set(files.values())) == 1, counts
    fine = run_detect(exact, image, tmp_path / "fine", tile=256, least=0.52)
    added = set(found_boxes(found)) - set(found_boxes(fine))
    assert len(added) > 10
    if 1 in scales:
        assert set(found_boxes(fine)) < set(found_boxes(found))


def test_what_a_larger_scale_holds_as_a_whole_is_not_taken_from_a_smaller_one(painted, tmp_path):
    small, long = (40, 40, 56, 56), (16, 80, 240, 96)
    image = write_scene(tmp_path / "scene", paint(128, 256, [small, long]))
    options = {"tile": 128, "margin": 32}
    both = run_detect(painted, image, tmp_path / "both", scales=(1, 0.5), **options)
    assert found_boxes(both) == [long, small]
    # moved by half a pixel of the smaller scale, where its edges are other levels of brightness
    small, long = (41, 41, 57, 57), (16, 80, 240, 96)
    image = write_scene(tmp_path / "moved", paint(128, 256, [small, long]))
    both = run_detect(painted, image, tmp_path / "again", scales=(1, 0.5), **options)
    assert found_boxes(both) == [long, small]
    alone = run_detect(painted, image, tmp_path / "alone", scales=(0.5,), **options)
    assert len(alone) > 2


BUILDING = (200, 152, 900, 852)
SMALL = [(20, 20, 60, 40), (904, 100, 940, 164), (120, 500, 152, 532)]


@pytest.mark.parametrize("shards", [1, 3])
def test_a_building_larger_than_a_tile_is_found_whole_at_a_smaller_scale(
    painted, tmp_path, caplog, shards
):
    boxes = [BUILDING, *SMALL]
    image = write_scene(tmp_path / "scene", paint(1001, 1102, boxes))
    options = {"tile": 256, "margin": 64, "shards": shards}
    alone = run_detect(painted, image, tmp_path / "alone", **options)
    assert set(SMALL) < set(found_boxes(alone))
    assert BUILDING not in found_boxes(alone)
    caplog.clear()
    caplog.set_level(logging.INFO, logger="rs_seg")
    both = run_detect(painted, image, tmp_path / "both", scales=(1, 0.25), **options)
    assert found_boxes(both) == sorted(boxes), "and the pieces that tiles see are left out"
    assert f"{len(alone) - len(SMALL)} candidates at scale 1 reach over the edge" in caplog.text
    assert "may not be whole" not in caplog.text
    coarse = run_detect(painted, image, tmp_path / "coarse", scales=(0.25,), **options)
    assert BUILDING in found_boxes(coarse)


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_boxes_of_smaller_scales_end_with_the_scene_and_lie_on_data(painted, tmp_path, factor):
    valid = np.ones((301, 253), dtype=bool)
    valid[:, :64] = False
    boxes = [(200, 280, 253, 301), (0, 0, 56, 56), (96, 96, 160, 160)]
    image = write_scene(tmp_path / "scene", paint(301, 253, boxes), valid)
    found = run_detect(painted, image, tmp_path / "out", scales=(1 / factor,), tile=64, margin=16)
    assert (96, 96, 160, 160) in found_boxes(found)
    assert all(box[0] >= 64 and box[2] <= 253 and box[3] <= 301 for box in found_boxes(found))
    assert any(box[2] == 253 and box[3] == 301 for box in found_boxes(found))


def test_shapes_of_smaller_scales_grow_with_their_boxes(monkeypatch, tmp_path):
    class Shaped(PaintedDetector):
        def _find(self, pixels_HW):
            found = super()._find(pixels_HW)
            return replace(found, shapes=shapely.box(*found.boxes.T))

    model = inject(monkeypatch, tmp_path, Shaped())
    image = write_scene(tmp_path / "scene", paint(300, 300, [(40, 80, 120, 240)]))
    found = run_detect(model, image, tmp_path / "out", tile=256, margin=32, scales=(0.5,))
    assert found_boxes(found) == [(40, 80, 120, 240)]
    assert [shape.bounds for shape in found.shapes] == [(40, 80, 120, 240)]


def test_a_margin_that_is_too_small_shows(exact, tmp_path):
    image = noise_scene(tmp_path / "scene", 200, 300)
    whole = run_detect(exact, image, tmp_path / "whole", tile=512, least=0.55)
    tiled = run_detect(exact, image, tmp_path / "tiled", tile=64, margin=0, least=0.55)
    assert found_boxes(tiled) != found_boxes(whole)


@pytest.mark.parametrize("tile", [256, 320, 512])
def test_an_object_on_a_corner_of_four_tiles_and_one_over_three_come_once_and_whole(
    painted, tmp_path, tile
):
    boxes = [CORNER, OVER_THREE, (400, 20, 440, 60)]
    image = write_scene(tmp_path / "scene", paint(600, 700, boxes))
    candidates = run_detect(painted, image, tmp_path / "out", tile=tile, largest=64 * PIXEL)
    assert found_boxes(candidates) == sorted(boxes)
    assert sorted(candidates.codes.tolist()) == [2, 5, 5]


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sides=st.lists(st.tuples(st.integers(1, 32), st.integers(1, 32)), max_size=25),
    size=st.tuples(st.integers(20, 260), st.integers(20, 260)),
    tile=st.sampled_from([96, 128, 160, 512]),
    seed=st.integers(0, 1000),
)
def test_every_object_below_the_margin_comes_once_whatever_the_tiles(
    painted, tmp_path_factory, sides, size, tile, seed
):
    height, width = size
    free = np.ones(size, dtype=bool)
    generator = np.random.default_rng(seed)
    boxes = []
    for down, right in sides:
        top = int(generator.integers(0, max(1, height - down)))
        left = int(generator.integers(0, max(1, width - right)))
        bottom, end = min(top + down, height), min(left + right, width)
        around = slice(max(top - 1, 0), bottom + 1), slice(max(left - 1, 0), end + 1)
        if free[around].all():
            free[around] = False
            boxes.append((left, top, end, bottom))
    folder = tmp_path_factory.mktemp("scene")
    image = write_scene(folder / "scene", paint(height, width, boxes))
    candidates = run_detect(painted, image, folder / "out", tile=tile, margin=32)
    assert found_boxes(candidates) == sorted(boxes)


def test_what_tiles_see_a_little_differently_comes_once_after_suppression(monkeypatch, tmp_path):
    model = inject(monkeypatch, tmp_path, PaintedDetector(wobble=0.6))
    boxes = [
        (x + 25 * (y % 2), y, x + 20, y + 14) for x in range(5, 560, 27) for y in range(0, 500, 20)
    ]
    boxes = [box for box in boxes if box[2] > box[0]]
    image = write_scene(tmp_path / "scene", paint(520, 600, boxes))
    candidates = run_detect(model, image, tmp_path / "out", tile=256, margin=32)
    assert len(candidates) > len(boxes), "some are seen at seams"
    survivors = candidates.take(suppress(candidates, limit=0.4))
    assert len(survivors) == len(boxes)
    nearest = np.abs(np.array(boxes)[:, None] - survivors.boxes[None]).max(axis=2).min(axis=1)
    assert nearest.max() <= 0.7


def test_objects_that_no_tile_can_hold_are_counted_in_the_log(painted, tmp_path, caplog):
    image = write_scene(tmp_path / "scene", paint(100, 600, [(10, 20, 590, 60)]))
    caplog.set_level(logging.INFO, logger="rs_seg")
    candidates = run_detect(painted, image, tmp_path / "out", tile=128, margin=32, shards=2)
    assert f"{len(candidates)} candidates reach over the edge" in caplog.text
    assert read_cut(tmp_path / "out" / "candidates.parquet") == len(candidates)


def test_proposals_that_were_not_looked_at_are_told(monkeypatch, tmp_path, caplog):
    detector = PaintedDetector()
    detector.left_out = 7
    model = inject(monkeypatch, tmp_path, detector)
    image = write_scene(tmp_path / "scene", paint(100, 100, [(10, 20, 30, 60)]))
    caplog.set_level(logging.INFO, logger="rs_seg")
    run_detect(model, image, tmp_path / "out", tile=128)
    assert "7 proposals were not looked at" in caplog.text


def test_objects_larger_than_a_margin_can_be_are_told_before(monkeypatch, tmp_path, caplog):
    model = inject(monkeypatch, tmp_path, PaintedDetector(), largest_m=60 * PIXEL)
    image = write_scene(tmp_path / "scene", paint(300, 300, [(10, 20, 30, 60)]))
    run_detect(model, image, tmp_path / "out", tile=256)
    assert "raise detect.tile to 384" in caplog.text


@pytest.mark.parametrize("size", [(600, 300), (20, 33), (64, 1)])
def test_no_object_and_one_object_give_whole_files(painted, tmp_path, size):
    for boxes in ([], [(0, 0, 1, 9)]):
        image = write_scene(tmp_path / f"scene{len(boxes)}", paint(*size, boxes))
        found = run_detect(painted, image, tmp_path / f"out{len(boxes)}", tile=256, margin=32)
        assert found_boxes(found) == boxes


def test_a_scene_without_data_has_no_objects_and_is_not_computed(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise AssertionError("nothing is to be computed")

    detector = PaintedDetector()
    model = inject(monkeypatch, tmp_path, detector)
    monkeypatch.setattr(detector, "find", refuse)
    pixels = paint(300, 300, [(10, 10, 30, 30)])
    image = write_scene(tmp_path / "scene", pixels, np.zeros((300, 300), dtype=bool))
    assert len(run_detect(model, image, tmp_path / "out", tile=128, margin=32)) == 0


def test_objects_on_pixels_without_data_are_dropped(monkeypatch, tmp_path):
    model = inject(monkeypatch, tmp_path, PaintedDetector(wobble=0.0))
    valid = np.ones((100, 200), dtype=bool)
    valid[:, 100:] = False
    boxes = [(90, 10, 98, 20), (120, 10, 140, 30)]
    image = write_scene(tmp_path / "scene", paint(100, 200, boxes), valid)
    candidates = run_detect(model, image, tmp_path / "out", tile=128, margin=32)
    assert found_boxes(candidates) == [(90, 10, 98, 20)]


@pytest.mark.parametrize("shards", [1, 3])
def test_a_job_that_was_killed_goes_on_and_gives_the_same_bytes(
    exact, tmp_path, monkeypatch, caplog, shards
):
    image = noise_scene(tmp_path / "scene", 400, 200)
    run_detect(exact, image, tmp_path / "whole", tile=128, least=0.55)
    written = []
    write = CandidateRows.write

    def die_after_two(self, top, bottom, candidates, *, cut):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(top)
        write(self, top, bottom, candidates, cut=cut)

    with monkeypatch.context() as patch:
        patch.setattr(CandidateRows, "write", die_after_two)
        with pytest.raises(KeyboardInterrupt):
            run_detect(exact, image, tmp_path / "killed", tile=128, least=0.55, shards=shards)
    (half,) = (tmp_path / "killed" / "strips").glob("*/scale-1/rows-0000000-*.parquet")
    half.write_bytes(half.read_bytes()[:-20])  # as a full disk leaves it
    caplog.set_level(logging.INFO, logger="rs_seg")
    run_detect(exact, image, tmp_path / "killed", tile=128, least=0.55)
    assert "is no whole row and is computed again" in caplog.text
    assert "1 of 4 rows of tiles were finished before" in caplog.text
    whole, killed = (
        (tmp_path / name / "candidates.parquet").read_bytes() for name in ("whole", "killed")
    )
    assert whole == killed
    assert not (tmp_path / "killed" / "strips").exists()


def test_other_settings_take_nothing_from_unfinished_work(painted, tmp_path, monkeypatch):
    image = write_scene(tmp_path / "scene", paint(300, 200, [(10, 20, 30, 60)]))
    folders = set()
    has = CandidateRows.has

    def note(self, top, bottom):
        folders.add(self.folder)
        return has(self, top, bottom)

    monkeypatch.setattr(CandidateRows, "has", note)
    for config in ({"least": 0.1}, {"least": 0.2}, {"margin": 32}, {"tile": 256}):
        run_detect(painted, image, tmp_path / "out", **config)
    assert len(folders) == 4


def test_what_does_not_fit_the_model_is_refused(painted, tmp_path, monkeypatch):
    image = write_scene(tmp_path / "scene", paint(100, 100, []))
    other = ClassNames((ClassName(code=2, name="ship"),))
    with pytest.raises(UserError, match="classes of the model"):
        run_detect(painted, image, tmp_path / "out", names=other)
    for field, value, told in [
        ("bands", ("nir",), "lacks bands"),
        ("resolution_m", 3.0, "differ in size"),
    ]:
        changed = toy_detectors.describe(1).model_copy(update={field: value})
        monkeypatch.setattr(toy_detectors, "describe", lambda *_, told=changed, **__: told)
        with pytest.raises(UserError, match=told):
            run_detect(painted, image, tmp_path / "out")


def test_shapes_move_with_their_boxes(monkeypatch, tmp_path):
    class Shaped(PaintedDetector):
        def _find(self, pixels_HW):
            found = super()._find(pixels_HW)
            return replace(found, shapes=shapely.box(*found.boxes.T))

    model = inject(monkeypatch, tmp_path, Shaped())
    boxes = [(10, 20, 30, 60), (180, 182, 204, 204), (150, 290, 160, 300)]
    image = write_scene(tmp_path / "scene", paint(300, 300, boxes))
    candidates = run_detect(model, image, tmp_path / "out", tile=128, margin=32)
    assert found_boxes(candidates) == sorted(boxes)
    assert candidates.shapes is not None
    assert [shape.bounds for shape in candidates.shapes] == list(map(tuple, candidates.boxes))


def test_threads_compute_with_one_thread_each(painted, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    image = write_scene(tmp_path / "scene", paint(300, 300, [(1, 2, 3, 4)]))
    run_detect(painted, image, tmp_path / "out", tile=128, margin=32)
    assert set(asked) == {1}


def test_times_and_pixels_are_noted(painted, tmp_path):
    image = write_scene(tmp_path / "scene", paint(90, 80, [(1, 2, 3, 4)]))
    (tmp_path / "strips").mkdir()
    timing = tmp_path / "timing.json"
    detect(
        DetectConfig(),
        OBJECT_NAMES,
        model=painted,
        image=image,
        shards=[],
        candidates=tmp_path / "c.parquet",
        strips=tmp_path / "strips",
        timing=timing,
    )
    told = json.loads(timing.read_text())
    assert set(told) == {"seconds", "cpu_seconds", "pixels"}
    assert told["pixels"] == 90 * 80


def test_the_scene_is_compared_without_what_an_optional_source_lacks(
    painted, tmp_path, monkeypatch
):
    compared = []
    monkeypatch.setattr(
        work, "compare_values", lambda _model, _image, groups, scene: compared.append(groups)
    )
    groups = (BandGroup(source="dsm", bands=("height",), optional=True),)
    folder = tmp_path / "scene"
    image = write_scene(folder, paint(64, 64, [(8, 8, 20, 20)]))
    detect(
        DetectConfig(),
        OBJECT_NAMES,
        groups,
        model=painted,
        image=image,
        shards=[],
        candidates=tmp_path / "candidates.parquet",
        strips=tmp_path / "strips",
    )
    assert compared == [groups]
