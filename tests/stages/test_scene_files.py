"""Files of several scenes are those of the scenes in order, in every stage with lists."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs_seg.config import (
    Argmax,
    ConvolutionalNetwork,
    DenseCRF,
    EvaluateConfig,
    Learners,
    SplitConfig,
    TrainConfig,
)
from rs_seg.config.refinement import SearchConfig
from rs_seg.errors import UserError
from rs_seg.ground.areas import read_split
from rs_seg.ground.training import labelled_ground
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.files import check_scene_files, check_scene_names
from rs_seg.stages.evaluate import evaluate
from rs_seg.stages.preview import preview
from rs_seg.stages.search import search
from rs_seg.stages.split import split as cut
from rs_seg.stages.summarize import summarize
from rs_seg.testing import grid_at, write_image, write_reference
from rs_seg.values import Scene
from rs_seg.values.grid import whole
from tests.stages.fabricated_run import in_one_list
from tests.stages.toy_maps import (
    LEGEND,
    ToyMap,
    make_toy_map,
    toy_protocol,
    write_split,
    write_toy_model,
)

NAMES = LEGEND.class_names
NETWORK = ConvolutionalNetwork(name="unet", architecture="unet")
ARGMAX = Argmax(name="argmax", method="argmax")
SCENES = (Scene(name="a"), Scene(name="b"))
AREAS = {"train": [[0, 0, 40, 128]], "validation": [[40, 0, 20, 128]], "test": [[64, 0, 32, 128]]}
Files = dict[str, list[Path]]


def make_files(folder: Path, *, apart: bool) -> tuple[Files, Path]:
    """Two scenes of one size in the workflow's places, with references as maps; and their split.

    `apart` they lie on different ground, else they are two dates of one place.
    """
    files: Files = {name: [] for name in ("images", "references", "classes", "probabilities")}
    for number, scene in enumerate(SCENES):
        grid = grid_at(96, 128, left=500_000 + 1000 * number * apart)
        toy = make_toy_map(folder / "toys" / scene.name, seed=number, grid=grid)
        own = folder / "scenes" / scene.name, folder / "maps" / scene.name / "unet"
        (own[1] / "argmax").mkdir(parents=True)
        own[0].mkdir(parents=True)
        files["images"].append(_copy(toy.image, own[0] / "image.tif"))
        files["references"].append(_copy(toy.reference, own[0] / "reference.tif"))
        files["probabilities"].append(_copy(toy.probabilities, own[1] / "probabilities.tif"))
        files["classes"].append(_map(toy, own[1] / "argmax/classes.tif"))
    return files, write_split(folder / "split.json", {scene.name: AREAS for scene in SCENES})


def _copy(source: Path, target: Path) -> Path:
    return Path(shutil.copyfile(source, target))


def _map(toy: ToyMap, path: Path) -> Path:
    return write_reference(path, toy.grid, NAMES.encode(np.where(toy.valid, toy.truth, -1)))


def swap(files: Files, *names: str) -> Files:
    return {name: paths[::-1] if name in names else paths for name, paths in files.items()}


def run_evaluate(files: Files, split: Path) -> dict[str, Any]:
    path, model = (
        split.with_name("evaluation.json"),
        write_toy_model(split.with_name("model.safetensors")),
    )
    given = {name: files[name] for name in ("classes", "probabilities", "references")}
    given = {"files": in_one_list(given), "models": [model]}
    evaluate(
        *(EvaluateConfig(), NETWORK, ARGMAX, NAMES, SCENES, toy_protocol(NAMES)),
        **given,
        split=split,
        evaluation=path,
    )
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def run_stage(stage: str, files: Files, split: Path) -> None:
    """A stage that takes images and references of the labelled scenes, with its other files."""
    given = {name: files[name] for name in ("images", "references")}
    output, statistics = split.with_name("output"), split.with_name("statistics.json")
    if stage == "summarize":
        summarize(NAMES, SCENES, files=in_one_list(given), split=split, statistics=output)
    elif stage == "train":
        statistics.write_text("{}")
        labelled_ground(NAMES, SCENES, 1, **given, split=split, statistics=statistics)
    elif stage == "preview":
        preview(
            TrainConfig(),
            LEGEND,
            SCENES,
            1,
            **given,
            split=split,
            statistics=statistics,
            figure=output,
        )
    else:
        crf = DenseCRF(name="crf", method="densecrf", search=SearchConfig())
        given["probabilities"] = files["probabilities"]
        search(NETWORK, crf, NAMES, SCENES, NAMES.names, 1, **given, split=split, parameters=output)


def test_maps_are_those_of_the_references_in_any_order(tmp_path: Path) -> None:
    files, split = make_files(tmp_path, apart=True)
    assert run_evaluate(files, split)["test"]["mean_iou"] == 1.0
    assert run_evaluate(swap(files, "classes"), split)["test"]["mean_iou"] == 1.0


def test_a_map_in_the_place_of_that_of_another_scene_is_refused_with_both_files(
    tmp_path: Path,
) -> None:
    files, split = make_files(tmp_path, apart=True)
    _copy(files["classes"][1], files["classes"][0])
    with pytest.raises(UserError, match="different grids") as caught:
        run_evaluate(files, split)
    assert str(files["classes"][0]) in str(caught.value)


def test_files_of_scenes_without_labels_are_refused(tmp_path: Path) -> None:
    files, split = make_files(tmp_path, apart=True)
    other = tmp_path / "maps/c/unet/argmax/classes.tif"
    files["classes"].append(other)
    with pytest.raises(UserError, match=r"maps/c/unet/argmax/classes.tif: a file is of a scene"):
        run_evaluate(files, split)


@pytest.mark.parametrize("stage", ["train", "preview", "search"])
@pytest.mark.parametrize("apart", [True, False], ids=["on other ground", "of another date"])
def test_references_in_another_order_than_images_are_refused(
    stage: str, apart: bool, tmp_path: Path
) -> None:
    files, split = make_files(tmp_path, apart=apart)
    with pytest.raises(UserError, match=r"different grids|not in the order of the scenes"):
        run_stage(stage, swap(files, "references"), split)


def test_files_that_are_known_by_their_places_may_be_in_any_order(tmp_path: Path) -> None:
    files, split = make_files(tmp_path, apart=True)
    run_stage("summarize", files, split)
    statistics = split.with_name("output").read_bytes()
    run_stage("summarize", swap(files, "references"), split)
    assert split.with_name("output").read_bytes() == statistics


@pytest.mark.parametrize("apart", [True, False], ids=["on other ground", "of another date"])
def test_a_reference_in_the_place_of_another_one_is_refused(apart: bool, tmp_path: Path) -> None:
    files, split = make_files(tmp_path, apart=apart)
    if apart:
        _copy(files["references"][1], files["references"][0])
    else:
        files["references"][0] = _copy(files["references"][1], tmp_path / "away.tif")
    with pytest.raises(UserError, match=r"different grids|does not lie where the workflow puts"):
        run_stage("summarize", files, split)


def test_lists_that_are_all_in_another_order_do_not_lie_where_the_areas_were_cut(
    tmp_path: Path,
) -> None:
    files, _ = make_files(tmp_path, apart=True)
    moved = [
        _copy(path, tmp_path / f"{number}.tif") for number, path in enumerate(files["references"])
    ]
    split = tmp_path / "cut.json"
    config = SplitConfig(block_size=16, buffer=2, missing_class="warn")
    learners = Learners(trains=True, selects=True, looks_at_windows=False, window=None, reach=0)
    cut(
        config,
        learners,
        NAMES,
        SCENES,
        {},
        {},
        1,
        1,
        (),
        references=moved,
        areas=[],
        blocks=tmp_path / "blocks.gpkg",
        split=split,
    )
    plan = read_split(split)
    check_scene_files(["a", "b"], plan, references=moved)
    with pytest.raises(UserError, match=r"1.tif: the raster is not of scene a") as caught:
        check_scene_files(["a", "b"], plan, references=moved[::-1])
    assert "from (501000, 5400000)" in str(caught.value)
    assert "from (500000, 5400000)" in str(caught.value)
    with pytest.raises(UserError, match=r"the split does not know scene c"):
        check_scene_files(["c", "b"], plan, references=moved)


def test_scenes_of_different_units_are_told_in_the_statistics(tmp_path: Path) -> None:
    files, split = make_files(tmp_path, apart=True)
    given = {name: files[name] for name in ("images", "references")}
    summarize(
        NAMES, SCENES, files=in_one_list(given), split=split, statistics=tmp_path / "alike.json"
    )
    assert json.loads((tmp_path / "alike.json").read_text())["warnings"] == []
    with RasterReader(files["images"][1]) as reader:
        pixels, valid, grid = (
            reader.read(whole(reader.grid)),
            reader.read_valid(whole(reader.grid)),
            reader.grid,
        )
    write_image(files["images"][1], grid, (pixels // 20).astype(np.uint16), valid=valid)
    summarize(
        NAMES, SCENES, files=in_one_list(given), split=split, statistics=tmp_path / "apart.json"
    )
    warnings = json.loads((tmp_path / "apart.json").read_text())["warnings"]
    assert [warning.split(":")[0] for warning in warnings] == ["band band1", "band band2"]
    assert all(
        "differ by an order of magnitude, as with different units: a " in warning
        for warning in warnings
    )


def test_a_list_of_another_length_is_refused(tmp_path: Path) -> None:
    paths = [tmp_path / "0.tif", tmp_path / "1.tif", tmp_path / "2.tif"]
    with pytest.raises(
        UserError, match=r"--references: the list of references does not go by the scenes.*3 files"
    ):
        check_scene_names(["a", "b"], references=paths)


def test_several_maps_of_each_scene_go_scene_by_scene(tmp_path: Path) -> None:
    maps = [
        tmp_path / f"maps/{scene}/unet/{each}/classes.tif"
        for scene in ("a", "b")
        for each in ("argmax", "crf")
    ]
    check_scene_names(["a", "b"], classes=maps)
    with pytest.raises(UserError, match=r"a file of scene b.*one of scene a"):
        check_scene_names(["a", "b"], classes=[maps[0], maps[2], maps[1], maps[3]])
