"""Areas of a split that a hand has edited: refused where they break what a split promises.

The proof is measured.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.splitting.blocks import smallest_gap
from rs_seg.algorithms.splitting.proof import (
    find_overlap,
    find_too_close,
    measure_gap,
    overlapping_pixels,
)
from rs_seg.errors import UserError
from rs_seg.ground.areas import prove, read_split
from rs_seg.testing import grid_at
from rs_seg.values import Window
from rs_seg.values.grid import crs_of
from rs_seg.values.split import Split
from tests.algorithms.splitting.brute_force import overlap_pixels

AREAS: dict[str, Any] = {
    "train": [[0, 0, 40, 50]],
    "validation": [[50, 0, 20, 50]],
    "test": [[0, 60, 70, 40]],
}


def describe(*, left: float = 500_000) -> dict[str, Any]:
    grid = grid_at(100, 100, left=left)
    transform = [float(value) for value in tuple(grid.affine)[:6]]
    return {"height": 100, "width": 100, "crs": str(crs_of(grid).to_wkt()), "transform": transform}


def write(path: Path, areas: dict[str, Any] = AREAS, **more: Any) -> Path:
    content = {"areas": {"town": areas}, "grids": {"town": describe()}, "buffer": 10, **more}
    path.write_text(json.dumps(content))
    return path


def test_sound_areas_are_read_and_what_the_file_claims_of_itself_is_measured(
    tmp_path: Path,
) -> None:
    claims = {"smallest_gap_pixels": {"town": 999}, "overlap_pixels": {"town": 7}}
    proof = prove(read_split(write(tmp_path / "split.json", proof=claims)))
    assert proof.model_dump() == {
        "smallest_gap_pixels": {"town": 10},
        "overlap_pixels": {"town": 0},
        "scenes_on_shared_ground": (),
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"test": [[0, 60, 70, 41]]},
            ["leaves its scene", "test area rows 0 to 70, columns 60 to 101", "100 x 100"],
        ),
        ({"train": [[-1, 0, 40, 50]]}, ["leaves its scene"]),
        ({"test": [[0, 49, 70, 40]]}, ["overlap", "columns 0 to 50", "columns 49 to 89"]),
        ({"train": [[0, 0, 20, 50], [19, 0, 20, 50]]}, ["overlap", "pixels count twice"]),
        ({"test": [[0, 59, 70, 41]]}, ["too close", "at least 10 pixels"]),
        ({"validation": [[49, 0, 20, 50]]}, ["too close"]),
    ],
)
def test_areas_that_break_the_promise_of_a_split_are_refused(
    tmp_path: Path, change: dict[str, Any], told: list[str]
) -> None:
    with pytest.raises(UserError) as error:
        read_split(write(tmp_path / "split.json", AREAS | change))
    text = str(error.value)
    assert all(part in text for part in ["split.json, scene town", *told]), text
    assert "correct the areas, or delete the file" in text


@pytest.mark.parametrize(
    "areas",
    [
        {"train": [[0, 0, 10]]},
        {"train": [[0, 0, 0, 5]]},
        {"train": [[0, 0, 1.5, 5]]},
        {"train": [["0", 0, 5, 5]]},
        {"train": 3},
        [],
        3,
    ],
)
def test_what_are_no_rectangles_is_a_broken_file(tmp_path: Path, areas: Any) -> None:
    with pytest.raises(UserError, match="the split into blocks cannot be read"):
        read_split(write(tmp_path / "split.json", areas))


def test_files_of_older_versions_without_grids_and_buffer_are_read(tmp_path: Path) -> None:
    path = tmp_path / "split.json"
    path.write_text(json.dumps({"areas": {"town": AREAS}}))
    assert prove(read_split(path)).scenes_on_shared_ground is None


def test_scenes_on_one_ground_are_named(tmp_path: Path) -> None:
    areas = {"one": AREAS, "two": AREAS, "far": AREAS}
    grids = {"one": describe(), "two": describe(left=500_050), "far": describe(left=600_000)}
    (pair,) = prove(Split.model_validate({"areas": areas, "grids": grids})).scenes_on_shared_ground
    assert pair.startswith("one and two, ")


rectangles = st.lists(
    st.builds(Window, st.integers(0, 30), st.integers(0, 30), st.integers(1, 8), st.integers(1, 8)),
    max_size=5,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rectangles, rectangles, rectangles, st.integers(1, 9))
def test_faults_and_proof_agree_with_every_pair_of_rectangles(
    train: list[Window], validation: list[Window], test: list[Window], buffer: int
) -> None:
    areas = {"train": train, "validation": validation, "test": test}
    gap, shared = smallest_gap(areas), overlap_pixels(areas)
    assert measure_gap(areas) == gap
    assert overlapping_pixels(areas) == shared
    assert (find_overlap(areas) is not None) == (shared > 0)
    assert (find_too_close(areas, buffer=buffer) is not None) == (gap is not None and gap < buffer)


def test_thousands_of_rectangles_are_read_in_a_moment(tmp_path: Path) -> None:
    roles: dict[str, list[list[int]]] = {"train": [], "validation": [], "test": []}
    for number in range(9_000):
        row, column = divmod(number, 100)
        roles[("train", "validation", "test")[(row + column) % 3]].append(
            [row * 20, column * 20, 10, 10]
        )
    grid = describe() | {"height": 2000, "width": 2000}
    path = write(tmp_path / "split.json", roles, grids={"town": grid})
    read_split(path)
    start = time.process_time()
    read_split(path)
    assert time.process_time() - start < 3
