"""evaluate: figures of the polygons that vectorize made, on the ground that pixels count on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rs_seg.algorithms.scoring.scores import describe_score
from rs_seg.algorithms.splitting.learned import place_ground
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.maps import sources as map_sources
from rs_seg.stages.evaluate import polygons as polygon_scores
from rs_seg.testing import TOY_CLASSES, grid_at, rotated_grid, write_reference
from rs_seg.values import Window
from rs_seg.values.split import Split
from tests.stages.test_evaluate import learned_on, run, write_toy_model
from tests.stages.test_vectorize import run as vectorize

NODATA = TOY_CLASSES.nodata
FIELD, WOOD, LAKE = TOY_CLASSES.codes
SHAPE = (48, 64)


def paint(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Codes of lakes (row, column, height, width) in a wood."""
    codes = np.full(SHAPE, WOOD)
    for row, column, height, width in boxes:
        codes[row : row + height, column : column + width] = LAKE
    return codes


def noise(seed: int) -> np.ndarray:
    return TOY_CLASSES.encode(np.random.default_rng(seed).integers(0, 3, SHAPE))


def score(
    folder: Path,
    mapped: np.ndarray,
    reference: np.ndarray,
    areas: dict[str, Any],
    *,
    tolerance: float = 0,
    **more: Any,
) -> dict[str, Any]:
    """The evaluation of a map of one scene with its polygons."""
    grid = grid_at(*mapped.shape)
    settings = {"simplify": {"tolerance": tolerance}, "abstain": more.get("abstain")}
    drawn = vectorize(folder / "drawn", grid, mapped, np.full(mapped.shape, 127), **settings)
    return run(
        folder, [mapped], [reference], {"east": areas}, polygons=[drawn / "polygons.gpkg"], **more
    )


def lakes(role: dict[str, Any]) -> dict[str, Any]:
    """The figures of the polygons of lakes."""
    row: dict[str, Any] = role["polygons"]["per_class"][2]
    return row


def test_polygons_along_pixels_have_the_mean_iou_of_the_pixels(tmp_path: Path) -> None:
    areas = {
        "validation": [[0, 0, 24, 30]],
        "test": [[30, 0, 18, 64]],
        "north 2021": [[0, 40, 20, 20]],
    }
    document = score(tmp_path, noise(1), noise(2), areas)
    for role in (document["validation"], document["test"], document["test_sets"]["north 2021"]):
        assert role["polygons"]["mean_iou"] == pytest.approx(role["mean_iou"])
        ious = [each["iou"] for each in role["per_class"]]
        assert [each["iou"] for each in role["polygons"]["per_class"]] == pytest.approx(ious)


def test_polygons_of_the_reference_itself_are_perfect(tmp_path: Path) -> None:
    reference = paint((4, 4, 12, 12), (20, 30, 10, 18))
    figures = score(tmp_path, reference, reference, {"test": [[0, 0, *SHAPE]]})["test"]["polygons"]
    assert (figures["mean_iou"], figures["object_f1"], figures["boundary_f1"]) == (1, 1, 1)
    assert lakes({"polygons": figures})["matched"] == 2
    assert lakes({"polygons": figures})["reference_boundary_pixels"] == 48 + 56
    field = figures["per_class"][0]
    assert (field["iou"], field["object_f1"], field["boundary_f1"], field["matched"]) == (
        None,
        None,
        None,
        0,
    )


def test_a_lake_that_is_found_one_that_is_missed_and_one_that_is_made_up(tmp_path: Path) -> None:
    mapped, reference = paint((4, 5, 12, 12), (30, 40, 8, 8)), paint((4, 4, 12, 12), (30, 10, 8, 8))
    row = lakes(score(tmp_path, mapped, reference, {"test": [[0, 0, *SHAPE]]})["test"])
    assert (row["matched"], row["missed"], row["false"], row["object_f1"]) == (1, 1, 1, 0.5)
    assert row["matched_iou"] == pytest.approx(11 / 13)
    assert (row["map_boundary_pixels"], row["reference_boundary_pixels"]) == (80, 80)
    assert row["boundary_precision"] == row["boundary_recall"] == 48 / 80


def test_the_tolerance_of_boundaries_is_a_setting(tmp_path: Path) -> None:
    mapped, reference = paint((4, 7, 12, 12)), paint((4, 4, 12, 12))
    near = lakes(
        score(tmp_path, mapped, reference, {"test": [[0, 0, *SHAPE]]}, boundary_tolerance=3)["test"]
    )
    assert near["boundary_f1"] == 1
    (tmp_path / "two").mkdir()
    far = lakes(score(tmp_path / "two", mapped, reference, {"test": [[0, 0, *SHAPE]]})["test"])
    assert 0.5 < far["boundary_f1"] < 1


def test_an_object_across_areas_that_touch_is_one_and_one_cut_by_their_border_counts_by_halves(
    tmp_path: Path,
) -> None:
    codes = paint((4, 20, 10, 20), (20, 10, 6, 8), (20, 53, 6, 8))
    areas = {
        "test": [[0, 14, 48, 16], [0, 30, 48, 28]]
    }  # half of the second lake, 5 of 8 columns of the third
    row = lakes(score(tmp_path, codes, codes, areas)["test"])
    assert (row["matched"], row["ignored_reference"], row["ignored_map"]) == (3, 0, 0)
    (tmp_path / "narrow").mkdir()
    areas = {"test": [[0, 15, 48, 15], [0, 30, 48, 26]]}
    row = lakes(score(tmp_path / "narrow", codes, codes, areas)["test"])
    assert (row["matched"], row["ignored_reference"], row["ignored_map"]) == (1, 2, 2)
    assert (row["missed"], row["false"]) == (0, 0)


def test_ground_without_labels_or_that_a_model_saw_does_not_count(tmp_path: Path) -> None:
    mapped = paint((4, 4, 10, 10), (4, 30, 10, 10), (30, 30, 10, 10))
    reference = paint()
    reference[:, :20] = NODATA  # no labels under the first lake
    seen = learned_on(grid_at(*SHAPE), train=[(0, 28, 20, 20)])  # ground of the second
    models = [write_toy_model(tmp_path / "m.safetensors", seen)]
    test = score(tmp_path, mapped, reference, {"test": [[0, 0, *SHAPE]]}, models=models)["test"]
    row = lakes(test)
    assert (row["false"], row["missed"]) == (1, 0)
    assert row["map_boundary_pixels"] == 40
    assert test["polygons"]["mean_iou"] == pytest.approx(test["mean_iou"])


def test_what_lies_beside_ground_without_labels_is_not_held_against_the_map(tmp_path: Path) -> None:
    mapped, reference = paint((4, 4, 10, 10)), paint()
    reference[:, 15:20] = NODATA  # one pixel beside the right side of the lake
    row = lakes(score(tmp_path, mapped, reference, {"test": [[0, 0, *SHAPE]]})["test"])
    assert (
        row["map_boundary_pixels"] == 40 - 10 - 2
    )  # nor the last pixel of the upper and the lower side


def test_maps_that_abstain_lose_objects_and_nothing_else(tmp_path: Path) -> None:
    reference = paint((4, 4, 10, 10), (20, 30, 10, 10))
    mapped = reference.copy()
    mapped[20:30, 30:40] = TOY_CLASSES.abstain
    test = score(tmp_path, mapped, reference, {"test": [[0, 0, *SHAPE]]}, abstain=0.5)["test"]
    row = lakes(test)
    assert (row["matched"], row["missed"], row["false"]) == (1, 1, 0)
    assert (row["iou"], row["boundary_recall"]) == (0.5, 0.5)
    assert test["polygons"]["mean_iou"] == pytest.approx(test["mean_iou"])


def test_without_polygons_there_are_no_figures_and_without_areas_they_are_null(
    tmp_path: Path,
) -> None:
    codes = paint((4, 4, 10, 10))
    document = score(tmp_path, codes, codes, {"test": [[0, 0, *SHAPE]]})
    figures = document["validation"]["polygons"]
    assert [figures[name] for name in ("mean_iou", "object_f1", "boundary_f1")] == [None] * 3
    assert {each["matched"] for each in figures["per_class"]} == {0}
    assert (
        run(tmp_path, [codes], [codes], {"east": {"test": [[0, 0, *SHAPE]]}})["test"]["polygons"]
        is None
    )


def test_a_map_without_data_has_no_polygon_and_no_figure(tmp_path: Path) -> None:
    mapped = paint()
    mapped[:, :50] = NODATA
    test = score(tmp_path, mapped, paint((4, 4, 10, 10)), {"test": [[0, 0, 48, 40]]})["test"]
    assert (test["pixels"], test["polygons"]["mean_iou"], test["polygons"]["object_f1"]) == (
        0,
        None,
        None,
    )


def test_figures_do_not_depend_on_how_a_scene_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    areas = {"test": [[0, 0, 30, 40], [30, 10, 18, 54]]}
    (tmp_path / "pieces").mkdir()
    whole = score(tmp_path, noise(3), noise(4), areas, tolerance=1.5)["test"]["polygons"]
    monkeypatch.setattr(polygon_scores, "BLOCK", 17)
    monkeypatch.setattr(map_sources, "STRIP_PIXELS", 1)
    monkeypatch.setattr(map_sources, "LEAST_ROWS", 11)
    pieces = score(tmp_path / "pieces", noise(3), noise(4), areas, tolerance=1.5)["test"][
        "polygons"
    ]
    for one, other in zip(whole["per_class"], pieces["per_class"], strict=True):
        assert one == pytest.approx(other)


@pytest.mark.parametrize("spoil", ["junk", "blank middle"])
def test_a_file_that_is_no_geopackage_is_named(tmp_path: Path, spoil: str) -> None:
    codes, junk = noise(5), tmp_path / "polygons.gpkg"
    drawn = (
        vectorize(tmp_path / "drawn", grid_at(*SHAPE), codes, np.full(SHAPE, 127)) / "polygons.gpkg"
    )
    content = drawn.read_bytes()
    third = len(content) // 3
    junk.write_bytes(
        b"junk" if spoil == "junk" else content[:third] + bytes(third) + content[2 * third :]
    )
    with pytest.raises(UserError, match=r"polygons.gpkg: polygons cannot be read"):
        run(tmp_path, [codes], [codes], {"east": {"test": [[0, 0, *SHAPE]]}}, polygons=[junk])


def test_figures_are_the_same_on_a_grid_that_is_rotated(tmp_path: Path) -> None:
    scored = []
    for number, grid in enumerate((grid_at(*SHAPE), rotated_grid(*SHAPE))):
        folder = vectorize(
            tmp_path / f"{number}", grid, noise(5), np.full(SHAPE, 127), simplify={"tolerance": 0}
        )
        reference = write_reference(folder / "reference.tif", grid, noise(6))
        areas = Split(areas={"east": {"test": (Window(5, 6, 30, 40),)}})
        with RasterReader(folder / "classes.tif") as mapped, RasterReader(reference) as truth:
            rasters = SimpleNamespace(
                mapped=mapped, reference=truth, learned=place_ground([], grid)
            )
            rules = polygon_scores.ScoreRules(TOY_CLASSES, abstain=False, tolerance=2)
            score = polygon_scores.score_scene(
                folder / "polygons.gpkg", rasters, areas, "east", ("test",), rules
            )
        figures = describe_score(score["test"], TOY_CLASSES)
        scored.append([dict(own) for own in figures.per_class])
    assert len(scored[0]) == 3
    for one, other in zip(*scored, strict=True):
        assert one == pytest.approx(other)
