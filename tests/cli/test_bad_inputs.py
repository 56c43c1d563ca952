"""A user's mistakes as a user meets them: one paragraph, exit code 1, no files.

The paragraph says file, found, expected and remedy.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from rs_seg.testing import bow_tie, grid_at, square, write_image, write_polygons
from rs_seg.values.grid import Grid

GRID = grid_at(200, 200)
FIELDS = [square(500_000, 5_399_700, 150), square(500_200, 5_399_650, 180)]
SCENE = "Ort, süd 1"


def write_sound_inputs(folder: Path) -> None:
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(1, 255, (3, 200, 200)).astype(np.uint8)
    write_image(folder / "photo.tif", GRID, pixels)
    write_polygons(folder / "labels.gpkg", FIELDS, columns={"class": ["field", "wood"]})


def without_crs(folder: Path) -> None:
    nowhere = Grid(GRID.shape, GRID.affine, None)
    write_image(folder / "photo.tif", nowhere, np.ones((3, 200, 200), dtype=np.uint8))


def truncated(folder: Path) -> None:
    path = folder / "photo.tif"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def far_away(folder: Path) -> None:
    (folder / "labels.gpkg").unlink()
    write_polygons(
        folder / "labels.gpkg", [square(600_000, 5_300_000, 50)], columns={"class": ["field"]}
    )


def strangers(folder: Path) -> None:
    (folder / "labels.gpkg").unlink()
    write_polygons(folder / "labels.gpkg", FIELDS, columns={"class": ["field", "woood"]})


def wrong_column(folder: Path) -> None:
    (folder / "labels.gpkg").unlink()
    write_polygons(folder / "labels.gpkg", FIELDS, columns={"klass": ["field", "wood"]})


def crossed(folder: Path) -> None:
    (folder / "labels.gpkg").unlink()
    write_polygons(
        folder / "labels.gpkg",
        [FIELDS[0], bow_tie(500_200, 5_399_700, 60)],
        columns={"class": ["field", "wood"]},
    )


def missing(folder: Path) -> None:
    (folder / "photo.tif").unlink()


def empty(folder: Path) -> None:
    (folder / "photo.tif").write_bytes(b"")


def check(
    folder: Path, *options: str, scene_names: Sequence[str] = (SCENE,)
) -> subprocess.CompletedProcess[str]:
    config = {
        "data_root": str(folder),
        "results": str(folder / "results"),
        "scenes": list(scene_names),
        "sources": {"photo": {"path": "{scene}/photo.tif", "bands": ["red", "green", "blue"]}},
        "label": {"path": "{scene}/labels.gpkg"},
        "legend": [
            {"code": 1, "name": "field", "color": "#dddddd"},
            {"code": 2, "name": "wood", "color": "#207020"},
        ],
        "models": {"unet": {"architecture": "unet"}},
        "refinements": {"argmax": {"method": "argmax"}},
    }
    path = folder / "my config.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-m", "rs_seg", "check", "--config", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_sound_inputs_pass(tmp_path: Path) -> None:
    write_sound_inputs(tmp_path / SCENE)
    run = check(tmp_path)
    assert run.returncode == 0, run.stderr
    assert "no faults" in run.stderr


@pytest.mark.parametrize(
    ("spoil", "file", "said"),
    [
        (without_crs, "photo.tif", ["EPSG:32632", "Remedy: state it as `crs`"]),
        (truncated, "photo.tif", ["Expected:", "Remedy:"]),
        (empty, "photo.tif", ["cannot be opened", "Remedy:"]),
        (missing, "photo.tif", ["Expected:", "Remedy:"]),
        (far_away, "labels.gpkg", ["Found:", "Expected:"]),
        (strangers, "labels.gpkg", ["woood", "1 field, 2 wood", "label.rename"]),
        (wrong_column, "labels.gpkg", ["klass", "Remedy:"]),
        (crossed, "labels.gpkg", ["Found:", "Remedy:"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_mistakes_are_told_in_one_paragraph(
    tmp_path: Path, spoil: Callable[[Path], None], file: str, said: list[str]
) -> None:
    write_sound_inputs(tmp_path / SCENE)
    spoil(tmp_path / SCENE)
    before = sorted(tmp_path.rglob("*"))
    run = check(tmp_path)
    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert f"{SCENE}/{file}" in run.stderr
    for each in said:
        assert each in run.stderr
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before] == [
        tmp_path / "my config.yaml"
    ]


def test_only_the_scenes_named_are_checked(tmp_path: Path) -> None:
    write_sound_inputs(tmp_path / SCENE)
    (tmp_path / "Nord").mkdir()
    assert check(tmp_path, scene_names=[SCENE, "Nord"]).returncode == 1
    assert check(tmp_path, f"--scene={SCENE}", scene_names=[SCENE, "Nord"]).returncode == 0
    unknown = check(tmp_path, "--scene=Ort, süd", scene_names=[SCENE, "Nord"])
    assert unknown.returncode == 1
    assert f"did you mean '{SCENE}'" in unknown.stderr
