"""Objects once, whole, and the same bytes, whatever the tiles."""

from __future__ import annotations

import logging
import shutil

import numpy as np
import pytest

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.config import DetectConfig
from rs_seg.errors import UserError
from rs_seg.io.candidate_rows import CandidateRows
from rs_seg.predicting import detection

from .toy_detectors import (
    OBJECT_NAMES,
    ExactDetector,
    PaintedDetector,
    inject,
    noise_scene,
    paint,
    run_detect,
    write_scene,
)


@pytest.fixture
def exact(monkeypatch, tmp_path):
    return inject(monkeypatch, tmp_path, ExactDetector(2, len(OBJECT_NAMES)))


@pytest.fixture
def painted(monkeypatch, tmp_path):
    return inject(monkeypatch, tmp_path, PaintedDetector())


def found_boxes(candidates):
    return sorted(map(tuple, candidates.boxes.tolist()))


def test_a_dense_detector_gives_the_same_bytes_for_any_tiles_shards_and_threads(
    exact, tmp_path, monkeypatch
):
    image = noise_scene(tmp_path / "scene")
    files = {}
    for tile, shards, threads in [
        (256, 1, 1),
        (384, 3, 2),
        (512, 7, 1),
        (256, 7, 2),
        (512, 1, 2),
        (1024, 1, 1),
    ]:
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        folder = tmp_path / f"{tile}-{shards}-{threads}"
        candidates = run_detect(exact, image, folder, tile=tile, shards=shards, least=0.5)
        assert len(candidates) > 1000
        files[folder.name] = (folder / "candidates.parquet").read_bytes()
    assert len(set(files.values())) == 1, {name: len(data) for name, data in files.items()}
