"""search_suppression: one parameter, chosen by F1 on the validation areas and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from rs_seg.config import DetectorConfig, HardSuppression, MatchConfig, Merging, SoftSuppression
from rs_seg.config.suppressions import SuppressionSearch
from rs_seg.errors import UserError
from rs_seg.io.candidates import read_candidates, write_candidates
from rs_seg.stages.search_suppression import search_suppression
from rs_seg.stages.suppress import suppress
from rs_seg.testing import TOY_CLASSES
from rs_seg.values import ClassNames, Scene
from rs_seg.values.candidates import Candidates
from tests.stages.toy_maps import write_toy_model
from tests.stages.toy_objects import AREAS, detect, run_match, write_areas, write_objects

FIELD, WOOD, _ = TOY_CLASSES.codes
SEARCH = SuppressionSearch(trials=8, range=3)
CENTRE = DetectorConfig(name="centre")
NMS = HardSuppression(name="nms", limit=0.7, search=SEARCH)


def crowd(*, top: int, bottom: int) -> tuple[list[Any], Candidates]:
    """Pairs of objects that share a third, each found three times, in these rows.

    What is found of one object shares 0.6 and more, what is found of two 0.38 at most: a low limit
    loses one of each pair, and a high one leaves doubles.
    """
    generator = np.random.default_rng(top)
    objects = []
    for row in range(top, bottom - 12, 18):
        for left in range(104, 170, 30):
            objects += [(left, row, left + 12, row + 12), (left + 6, row, left + 18, row + 12)]
    boxes = np.repeat(np.array(objects, dtype=float), 3, axis=0)
    boxes[1::3] += 0.8
    boxes[2::3] -= 0.8
    scores = generator.uniform(0.5, 0.9, len(boxes))
    return [shapely.box(*box) for box in objects], detect(boxes, scores, [FIELD] * len(boxes))


def write_run(folder: Path, *, beyond: Candidates | None = None) -> dict[str, Any]:
    """A scene whose upper right is for validation; `beyond` are further candidates."""
    objects, candidates = crowd(top=4, bottom=96)
    outlines = write_objects(folder, "town", objects, [FIELD] * len(objects), [""] * len(objects))
    found = folder / "objects/town/centre/candidates.parquet"
    found.parent.mkdir(parents=True)
    if beyond is not None:
        candidates = detect(
            np.vstack([candidates.boxes, beyond.boxes]),
            [*candidates.scores, *beyond.scores],
            [*candidates.codes, *beyond.codes],
        )
    write_candidates(found, candidates)
    return {
        "files": [found],
        "outlines": [outlines],
        "split": write_areas(folder / "split.json", {"town": AREAS}),
        "models": [write_toy_model(folder / "model.safetensors")],
    }


def run(
    folder: Path, suppression: Any = NMS, counted: ClassNames = TOY_CLASSES, **files: Any
) -> dict[str, Any]:
    search_suppression(
        suppression,
        CENTRE,
        MatchConfig(),
        counted,
        (Scene(name="town"),),
        5,
        **files,
        parameters=folder / "parameters.json",
    )
    content: dict[str, Any] = json.loads((folder / "parameters.json").read_text())
    return content


def test_the_limit_that_parts_neighbours_and_drops_doubles_is_found(tmp_path: Path) -> None:
    found = run(tmp_path, **write_run(tmp_path))
    assert (found["detector"], found["suppression"]) == ("centre", "nms")
    assert found["trials"][0]["parameters"] == {"limit": 0.7}
    assert len(found["trials"]) == 9
    assert 0.3 < found["chosen"]["limit"] < 0.6
    assert found["f1"] > found["f1_configured"] + 0.1
    assert found["f1"] == max(trial["f1"] for trial in found["trials"])
    assert found["objects"] == 30


def test_the_figure_is_that_of_match_after_suppression_with_what_was_found(tmp_path: Path) -> None:
    files = write_run(tmp_path)
    found = run(tmp_path, **files)
    survivors = tmp_path / "objects/town/centre/nms/survivors.parquet"
    survivors.parent.mkdir()
    suppress(
        NMS,
        CENTRE,
        candidates=files["files"],
        parameters=[tmp_path / "parameters.json"],
        survivors=survivors,
    )
    matches = run_match(tmp_path, [survivors], files["outlines"], areas={"town": AREAS})
    assert matches.validation.boxes.f1 == pytest.approx(found["f1"])
    chosen = next(own for own in found["trials"] if own["parameters"] == found["chosen"])
    assert matches.score == chosen["score"]
    configured = len(read_candidates(files["files"][0]))
    assert len(read_candidates(survivors)) < configured


def test_ground_beyond_the_validation_areas_decides_nothing(tmp_path: Path) -> None:
    alone = run(tmp_path, **write_run(tmp_path / "alone"))
    _, beyond = crowd(top=110, bottom=190)
    assert run(tmp_path, **write_run(tmp_path / "more", beyond=beyond)) == alone


@pytest.mark.parametrize(
    "suppression",
    [
        SoftSuppression(name="soft", method="soft_nms", search=SEARCH),
        Merging(name="merge", method="merge", search=SEARCH),
    ],
)
def test_other_ways_have_their_own_parameter(tmp_path: Path, suppression: Any) -> None:
    found = run(tmp_path, suppression, **write_run(tmp_path))
    assert list(found["chosen"]) == [suppression.searched]
    assert found["f1"] >= found["f1_configured"]


def test_classes_that_are_not_counted_choose_nothing(tmp_path: Path) -> None:
    """Doubles of another class would ask for a low limit: each is found six times."""
    doubles = np.array([[110.0 + 0.1 * k, 60, 122 + 0.1 * k, 72] for k in range(6)])
    others = detect(doubles, np.linspace(0.6, 0.9, 6), [WOOD] * 6)
    fields = ClassNames(tuple(own for own in TOY_CLASSES if own.code == FIELD))
    alone = run(tmp_path, counted=fields, **write_run(tmp_path / "alone"))
    files = write_run(tmp_path / "more", beyond=others)
    assert run(tmp_path, counted=fields, **files) == alone
    woods = ClassNames(tuple(own for own in TOY_CLASSES if own.code == WOOD))
    with pytest.raises(UserError, match="some of wood to choose"):
        run(tmp_path, counted=woods, **files)


def test_equal_inputs_give_equal_bytes(tmp_path: Path) -> None:
    files = write_run(tmp_path)
    texts = []
    for _ in range(2):
        run(tmp_path, **files)
        texts.append((tmp_path / "parameters.json").read_bytes())
    assert texts[0] == texts[1]


def test_without_objects_on_validation_ground_nothing_can_be_chosen(tmp_path: Path) -> None:
    files = write_run(tmp_path)
    nowhere = write_areas(tmp_path / "other.json", {"town": {**AREAS, "validation": []}})
    with pytest.raises(UserError, match="validation areas hold no object"):
        run(tmp_path, **{**files, "split": nowhere})
    with pytest.raises(UserError, match="the suppression has no search"):
        run(tmp_path, HardSuppression(name="nms"), **files)
