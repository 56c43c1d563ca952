"""What provenance counts as a file that came from outside."""

from __future__ import annotations

from pathlib import Path

from rs_seg.config import parse_config
from rs_seg.scenes.raw_files import raw_files
from tests.workflow.test_fingerprint import VALUES


def test_raw_files_are_followed_by_those_that_belong_to_them(tmp_path: Path) -> None:
    for name in ("a.tif", "a.tif.msk", "labels.shp", "labels.dbf"):
        (tmp_path / name).write_bytes(b"x")
    sources = {"photo": {"path": "{scene}.tif", "bands": ["red"]}}
    changes = {"scenes": ["a"], "sources": sources, "label": {"path": "labels.shp"}}
    run = parse_config({**VALUES, "data_root": str(tmp_path), **changes})
    assert [(scene, kind, path.name) for scene, kind, path in raw_files(run)] == [
        ("a", "source photo", "a.tif"),
        ("a", "belongs to source photo", "a.tif.msk"),
        ("a", "label", "labels.shp"),
        ("a", "belongs to label", "labels.dbf"),
    ]
