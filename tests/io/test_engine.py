from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.errors import UserError
from rs_seg.io.engine import (
    CandidateRecord,
    EngineRecord,
    ReceptiveFieldRecord,
    read_engine,
    read_onnx,
    write_engine,
)

CANDIDATES = (
    CandidateRecord(engine="torch", precision="float32", agrees=True, mpix_per_s=0.5),
    CandidateRecord(
        engine="openvino", precision="float32", agrees=True, labels_equal=0.9999, mpix_per_s=1.5
    ),
    CandidateRecord(engine="openvino", precision="int8", agrees=False, labels_equal=0.98),
)


def make_record(**changes: object) -> EngineRecord:
    values = {
        "network": "unet",
        "engine": "openvino",
        "precision": "float32",
        "runs_onnx": True,
        "tile": 512,
        "overlap": 96,
        "stride": 32,
        "receptive_field": ReceptiveFieldRecord(radius=None, effective_radius=48),
        "version": "2026.1",
        "device": "cpu",
        "processor": ("avx2",),
        "threads": 8,
        "candidates": CANDIDATES,
    }
    return EngineRecord(**{**values, **changes})


def test_what_was_written_is_read(tmp_path: Path):
    write_engine(tmp_path / "engine", make_record(), b"onnx")
    assert read_engine(tmp_path / "engine") == make_record()
    assert read_onnx(tmp_path / "engine") == b"onnx"


def test_an_engine_without_onnx_holds_none(tmp_path: Path):
    record = make_record(engine="torch", runs_onnx=False, candidates=())
    write_engine(tmp_path / "engine", record, None)
    assert [path.name for path in (tmp_path / "engine").iterdir()] == ["engine.json"]
    assert read_engine(tmp_path / "engine").agreement is None


def test_the_agreement_is_that_of_the_choice():
    assert make_record().agreement == CANDIDATES[1]


@pytest.mark.parametrize(
    ("break_folder", "found"),
    [
        (lambda folder: (folder / "engine.json").unlink(), "no readable engine.json"),
        (lambda folder: (folder / "model.onnx").unlink(), "no model.onnx"),
        (lambda folder: (folder / "engine.json").write_text("{"), "engine.json with a wrong text"),
        (lambda folder: (folder / "engine.json").write_bytes(b"\xff"), "bytes that are no text"),
        (
            lambda folder: (folder / "engine.json").write_text('{"tile": "large"}'),
            "engine.json with a wrong",
        ),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(break_folder, found, tmp_path: Path):
    write_engine(tmp_path / "engine", make_record(), b"onnx")
    break_folder(tmp_path / "engine")
    with pytest.raises(UserError, match=found):
        read_engine(tmp_path / "engine")
