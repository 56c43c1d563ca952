"""The whole chain in miniature: it runs, it is stable, it reruns what it must."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workflow.planned_jobs import made_again
from tests.workflow.project import FEW_MAPS, MINIATURE, Project, write_empty_model
from tests.workflow.shell_commands import record_as_made, run_in_this_process

pytestmark = pytest.mark.slow
TAIL = {"report": 1, "deliver": 1}
CRF = MINIATURE["refinements"]["crf"]
OTHER_SEARCH = {
    "argmax": {"method": "argmax"},
    "crf": {**CRF, "models": ["tiny"], "search": {"trials": 1}},
}
NEW_SCENE = {"name": "new", "simulate": 9, "labelled": False}


@pytest.fixture
def changed(finished: Project):
    """The finished project with other settings, for dry runs: they leave its files alone."""

    def project(**changes: Any) -> Project:
        other = Project(finished.folder, **changes)
        other.values = {**copy.deepcopy(finished.values), **changes}
        return other

    return project


def read_pixels(path: Path) -> np.ndarray:
    from rs_seg.io.raster import RasterReader
    from rs_seg.values.grid import whole

    with RasterReader(path) as reader:
        return reader.read(whole(reader.grid))


def test_the_chain_makes_maps_figures_and_a_folder_to_hand_over(finished: Project) -> None:
    results = finished.results
    for scene in ("town one", "dörfli"):
        for name in (
            "polygons.gpkg",
            "polygons.shp",
            "polygons.prj",
            "polygons.cpg",
            "polygons.qml",
            "classes.tif",
        ):
            assert (results / "maps" / scene / "tiny" / "crf" / name).exists()
    assert (results / "merged" / "tiny" / "crf" / "polygons.shp").exists()
    assert (results / "report.html").stat().st_size > 10_000
    assert (results / "deliver" / "map.qgz").exists()
    assert (results / "models" / "tiny" / "model.onnx").exists()
    comparison = json.loads((results / "comparison.json").read_text(encoding="utf-8"))
    assert len(comparison["ranking"]) == 3


def test_vectorize_settings_rerun_vectorize_and_what_follows(finished: Project) -> None:
    assert made_again(finished, vectorize={"simplify": {"tolerance": 1.0}}) == {
        "vectorize": 6,
        "merge": 3,
        "evaluate": 3,
        "compare": 1,
        "describe": 2,
        **TAIL,
    }


def test_a_search_comes_before_the_refinement_of_each_network(finished: Project) -> None:
    assert made_again(finished, refinements=OTHER_SEARCH) == {
        "search": 1,
        "refine": 2,
        "vectorize": 2,
        "merge": 1,
        "evaluate": 1,
        "compare": 1,
        "describe": 2,
        **TAIL,
    }


def test_a_refinement_never_retrains(finished: Project) -> None:
    crf = {**CRF, "models": ["tiny"], "iterations": 3}
    assert made_again(finished, refinements={"argmax": {"method": "argmax"}, "crf": crf}) == {
        "refine": 2,
        "vectorize": 2,
        "merge": 1,
        "evaluate": 1,
        "compare": 1,
        "describe": 2,
        **TAIL,
    }


def test_a_network_reruns_only_its_branch(finished: Project) -> None:
    networks = copy.deepcopy(MINIATURE["models"])
    networks["forest"]["trees"] = 7
    branch = {
        "train": 1,
        "predict": 2,
        "refine": 2,
        "vectorize": 2,
        "merge": 1,
        "evaluate": 1,
        "compare": 1,
        "describe": 2,
    }
    assert made_again(finished, models=networks) == {**branch, **TAIL}


def test_a_new_unlabelled_scene_is_mapped_without_training(finished: Project) -> None:
    once = {"simulate_unlabelled": 1, "inspect": 1, "align": 1}
    mapped = {"predict": 2, "refine": 3, "vectorize": 3, "merge": 3}
    assert made_again(finished, scenes=[*finished.values["scenes"], NEW_SCENE]) == {
        **once,
        **mapped,
        **TAIL,
    }


def test_the_title_changes_only_what_shows_it(finished: Project) -> None:
    assert made_again(finished, title="Another") == TAIL


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("legend", [{**row, "color": "#123456"} for row in MINIATURE["legend"]]),
        ("train", {**MINIATURE["train"], "epochs": 4}),
        ("accelerate", {"engine": "torch", "precision": "float32", "tiles": 2}),
        ("split", {**MINIATURE["split"], "validation": 0.2}),
        ("evaluate", {"boundary_tolerance": 3.0}),
        ("scenes", [*FEW_MAPS["scenes"], NEW_SCENE]),
        ("refinements", OTHER_SEARCH),
    ],
)
def test_snakemake_runs_again_what_the_rules_were_read_to_say(
    finished: Project, changed: Any, key: str, value: Any
) -> None:
    assert changed(**{key: value}).planned() == {**made_again(finished, **{key: value}), "all": 1}


def test_a_misspelt_key_stops_before_the_dag(changed: Any) -> None:
    run = changed(vectorise={"simplify": {"tolerance": 1.0}}).run("--dry-run")
    assert run.returncode == 1
    said = run.stdout + run.stderr
    assert re.search(r"config.yaml, line \d+, key vectorise: unknown key 'vectorise'", said)
    assert "did you mean 'vectorize'?" in said
    assert "Building DAG" not in said


def test_trained_models_and_their_ensemble_map_scenes_without_labels_and_without_training(
    finished: Project, tmp_path: Path
) -> None:
    for network in ("tiny", "forest"):
        shutil.copy(
            finished.results / "models" / network / "model.safetensors",
            tmp_path / f"{network}.safetensors",
        )
    scenes = [{"name": "dörfli", "labelled": False, "height": 4096, "width": 100}]
    networks = {"given": {"model": "tiny.safetensors"}, "forest": {"model": "forest.safetensors"}}
    networks["both"] = {"members": ["given", "forest"], "weights": [1, 3]}
    project = Project(
        tmp_path,
        scenes=scenes,
        models=networks,
        label=None,
        uncertainty={"measures": ["disagreement"]},
    )
    project.values["refinements"] = {"argmax": {"method": "argmax"}}
    # as two shards if the table were right; the scene is a single strip, so one of them is empty
    project.change("predict.shard_megapixels", 0.3)
    project.values["data_root"] = str(finished.folder / MINIATURE["data_root"])
    planned = project.planned()
    assert not set(planned) & {
        "train",
        "split",
        "label",
        "summarize",
        "evaluate",
        "compare",
        "simulate",
    }
    assert (planned["predict_shard"], planned["predict"], planned["accelerate"]) == (4, 2, 1)
    run_in_this_process(project)
    record_as_made(project)
    assert (project.results / "deliver" / "map.qgz").exists()
    expected, maps = finished.results / "maps/dörfli", project.results / "maps/dörfli"
    for name in ("argmax/classes.tif", "probabilities.tif"):
        assert (maps / "given" / name).read_bytes() == (expected / "tiny" / name).read_bytes()
    assert sorted(path.name for path in (maps / "given/shards").iterdir()) == [
        "1-of-2.txt",
        "2-of-2.txt",
    ]
    assert not list((project.results / "strips").rglob("*.tif"))
    given, forest, both = (
        read_pixels(maps / name / "probabilities.tif").astype(float) for name in networks
    )
    np.testing.assert_allclose(both, (given + 3 * forest) / 4, atol=0.5)
    disagreement = read_pixels(maps / "both/uncertainty.tif")
    assert 0 < disagreement[disagreement != 255].max() <= 254
    assert [path.parent.name for path in maps.rglob("uncertainty.tif")] == ["both"]
    assert (project.results / "deliver/scenes/dörfli/both/uncertainty.tif").exists()
    assert (project.results / "deliver/scenes/dörfli/both-argmax/polygons.shp").exists()
    for changed in ({"shards": 3}, {"shards": 1}):
        project.change("predict", {**MINIATURE["predict"], **changed})
        assert project.planned() == {}, "finished maps stay where only their cut would be another"
    project.values["scenes"][0] |= {"height": 256, "width": 256}
    assert project.planned() == {}, "a size that is known now makes nothing anew"


def test_a_given_model_is_tested_without_the_ground_that_it_was_trained_on(
    finished: Project, tmp_path: Path
) -> None:
    shutil.copy(
        finished.results / "models/forest/model.safetensors", tmp_path / "forest.safetensors"
    )
    project = Project(
        tmp_path,
        scenes=[{"name": "town one"}],
        models={"forest": {"model": "forest.safetensors"}},
    )
    project.values["refinements"] = {"argmax": {"method": "argmax"}}
    project.values["data_root"] = str(finished.folder / MINIATURE["data_root"])
    # another cut than that of the training, which had a part of every role here
    project.change("split.test", 0.6)
    path = project.results / "evaluation/forest/argmax.json"
    assert "train" not in project.planned("--until", "evaluate")
    run_in_this_process(project, "--until", "evaluate")
    evaluation = json.loads(path.read_text(encoding="utf-8"))
    split = json.loads((project.results / "split/split.json").read_text(encoding="utf-8"))
    test = evaluation["test"]
    assert evaluation["ground"] == "excluded"
    assert test["pixels"] > 0
    assert test["seen"]["train"] > 0
    counted = test["pixels"] + test["map_nodata"] + sum(test["seen"].values())
    assert counted == sum(split["class_pixels"]["test"].values())
    own = json.loads(
        (finished.results / "evaluation/forest/argmax.json").read_text(encoding="utf-8")
    )
    assert own["ground"] == "disjoint"
    assert own["test"]["seen"] == {"train": 0, "validation": 0}


def test_shapefiles_tile_the_valid_area(finished: Project) -> None:
    import geopandas as gpd
    import shapely

    from rs_seg.io.raster import RasterReader
    from rs_seg.values.grid import whole

    folder = finished.results / "maps" / "town one" / "tiny" / "crf"
    polygons = gpd.read_file(folder / "polygons.shp")
    with RasterReader(finished.results / "scenes" / "town one" / "image.tif") as image:
        valid = image.read_valid(whole(image.grid)).sum() * abs(image.grid.affine.determinant)
    assert list(polygons.columns) == [
        "id",
        "code",
        "class",
        "area_m2",
        "perim_m",
        "prob_mean",
        "prob_min",
        "geometry",
    ]
    assert polygons.is_valid.all()
    assert shapely.coverage_is_valid(polygons.geometry.values)
    assert polygons.area.sum() == pytest.approx(valid, rel=1e-6)
    assert polygons.union_all().area == pytest.approx(valid, rel=1e-6)
    assert polygons.crs.to_epsg() == 32632


def test_missing_files_are_listed_before_the_dag(tmp_path: Path) -> None:
    given = {"given": {"model": "no.safetensors"}}
    project = Project(
        tmp_path, scenes=[{"name": "north", "labelled": False}], models=given, label=None
    )
    (tmp_path / "data, raw").mkdir()
    run = project.run("--dry-run")
    said = run.stdout + run.stderr
    assert run.returncode == 1
    assert "3 faults" in said
    assert "data, raw/north/optical.tif: file is missing" in said
    assert "no.safetensors: file is missing" in said
    assert "Building DAG" not in said


def test_faults_of_all_scenes_are_listed_before_the_first_job(tmp_path: Path) -> None:
    scenes = [{"name": "north", "labelled": False}, {"name": "south", "labelled": False}]
    given = {"given": {"model": "given.safetensors"}}
    project = Project(tmp_path, scenes=scenes, models=given, label=None)
    for scene in ("north", "south"):
        for name in ("optical", "height"):
            path = tmp_path / "data, raw" / scene / f"{name}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"no raster")
    write_empty_model(tmp_path / "given.safetensors")
    run = project.run()
    assert run.returncode == 1
    said = run.stdout + run.stderr
    assert "5 faults" in said
    assert said.count("raster cannot be opened") == 4
    assert "the classes of the model are not those of the legend" in said
    assert "Traceback" not in said
    assert not (project.results / "scenes").exists()
