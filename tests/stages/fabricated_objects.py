"""The small run folder of `fabricated_run` with objects: detectors that find most houses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
import yaml
from numpy.typing import NDArray

from rs_seg.config import RunConfig, dump_config, parse_config
from rs_seg.io.candidates import write_candidates
from rs_seg.io.curves import DETECTOR_COLUMNS, write_curves
from rs_seg.io.documents import read_document, write_document
from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.io.raster import RasterReader
from rs_seg.io.vectors.gdal import LAYER
from rs_seg.stages.compare import compare
from rs_seg.stages.match import match
from rs_seg.values.candidates import Candidates
from rs_seg.values.comparison import Comparison
from rs_seg.values.grid import Grid
from rs_seg.values.split import SplitGrid
from tests.stages.fabricated_run import FabricatedRun, fabricate_run
from tests.stages.toy_maps import learned_on

METHODS = (("centre", "nms"), ("faster", "nms"))
MAPS = ("inspections", "images", "references", "split", "statistics", "figure")
"""Kinds of files that a run without maps has too."""


def fabricate_objects(
    folder: Path, *, maps: bool = True, labelled: bool = True, masks: bool = False
) -> FabricatedRun:
    """Two scenes, the first labelled, searched by two detectors; with or without maps."""
    run = fabricate_run(folder, labelled=labelled)
    config = _add_detectors(run.config, maps=maps)
    results = Path(config.results)
    found: dict[str, list[Path]] = {"survivors": [], "outlines": [], "matches": [], "models": []}
    for method in METHODS:
        found["models"].append(_write_detector(config, method[0], results))
        if method[0] in config.trained_detectors:
            found["models"].append(_write_curves(results / "models" / method[0] / "curves.csv"))
    for number, scene in enumerate(config.scenes):
        grid, houses = _find_houses(results / "scenes/first, ä/image.tif", seed=number)
        for method, wrong in zip(METHODS, (0.2, 0.5), strict=True):
            path = results / "objects" / scene.name / "/".join(method) / "survivors.parquet"
            path.parent.mkdir(parents=True)
            write_candidates(path, _detect(houses, seed=number, wrong=wrong, masks=masks))
            found["survivors"].append(path)
        if scene.labelled and labelled:
            found["outlines"].append(_write_outlines(results, scene.name, grid, houses))
            _place_split(results / "split/split.json", scene.name, grid)
    kept = run.report if maps else {kind: run.report[kind] for kind in MAPS}
    report = {kind: list(paths) for kind, paths in kept.items()}
    report["models"] = [*report.get("models", []), *found.pop("models")]
    if labelled:
        found["matches"] = _match(config, run, found, results, maps=maps)
        _compare(config, report, found["matches"], results, maps=maps)
        report["comparison"] = [results / "comparison.json"]
    return replace(run, config=config, report=report | found)


def _add_detectors(config: RunConfig, *, maps: bool) -> RunConfig:
    values: dict[str, Any] = yaml.safe_load(dump_config(config))
    values["outline"] = {"classes": ["building", "car"]}
    values["detectors"] = {name: {"architecture": "centre"} for name, _ in METHODS}
    values["suppressions"] = {"nms": {"method": "nms"}}
    if not values.get("label"):
        values["detectors"] = {
            name: {"model": f"{config.results}/models/{name}/model.safetensors"}
            for name, _ in METHODS
        }
    if not maps:
        values["models"] = {}
    return parse_config(values)


def _find_houses(image: Path, *, seed: int) -> tuple[Grid, NDArray[Any]]:
    """The grid of a scene, and squares that stand for its houses and cars."""
    with RasterReader(image) as reader:
        grid = reader.grid
    generator = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(6, 180, 16.0), np.arange(4, 150, 16.0)), -1)
    corners = corners.reshape(-1, 2) + generator.uniform(0, 3, (corners.size // 2, 2))
    return grid, np.asarray(shapely.box(*np.hstack([corners, corners + 10]).T), dtype=object)


def _codes_of(houses: NDArray[Any]) -> NDArray[np.int64]:
    return np.where(np.arange(len(houses)) % 5 == 0, 9, 2)


def _detect(houses: NDArray[Any], *, seed: int, wrong: float, masks: bool) -> Candidates:
    generator = np.random.default_rng(seed)
    boxes = shapely.bounds(houses) + generator.normal(0, 0.6, (len(houses), 4))
    boxes[generator.random(len(houses)) < wrong] += 6
    scores = generator.uniform(0.3, 1, len(houses))
    shapes = np.asarray(shapely.box(*boxes.T), dtype=object) if masks else None
    found = Candidates(boxes, scores, _codes_of(houses), shapes)
    return found.take(found.ranked())


def _write_outlines(results: Path, scene: str, grid: Grid, houses: NDArray[Any]) -> Path:
    path = results / "scenes" / scene / "objects.gpkg"
    moved = shapely.transform(houses, lambda xy: np.column_stack(grid.affine * tuple(xy.T)))
    frame = geopandas.GeoDataFrame(
        {"code": _codes_of(houses), "ignored": [""] * len(houses)}, geometry=moved, crs=32632
    )
    frame.to_file(path, layer=LAYER, driver="GPKG")
    return path


def _place_split(path: Path, scene: str, grid: Grid) -> None:
    """Say where areas were cut, and make one test area of the lower half."""
    content = json.loads(path.read_text())
    content["grids"] = {scene: SplitGrid.of(grid).model_dump(mode="json")}
    content["areas"][scene]["test"] = [[88, 8, 64, 48], [88, 72, 64, 48], [88, 136, 64, 48]]
    content["areas"][scene]["train"] = [[8, 136, 64, 48]]
    path.write_text(json.dumps(content))


def _write_detector(config: RunConfig, name: str, results: Path) -> Path:
    path = results / "models" / name / "model.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    with RasterReader(results / "scenes/first, ä/image.tif") as reader:
        ground = learned_on(reader.grid, train=[(8, 136, 64, 48)])
    description = ModelDescription(
        kind="convolutional",
        network={"architecture": "unet"},
        bands=config.bands,
        normalisation=tuple(Normalisation(mean=900, std=120) for _ in config.bands),
        resolution_m=0.5,
        classes=config.class_names,
        window=64,
        seed=0,
        rs_seg_version="0",
        ground=(ground,),
    )
    write_model(path, description, {"weights": np.zeros(5)})
    return path


def _write_curves(path: Path) -> Path:
    rows = [
        {"epoch": epoch, "train_loss": 2 / epoch, "validation_loss": 3 / epoch} for epoch in (1, 2)
    ]
    scored = [{**row, "validation_ap50": 0.2 * row["epoch"], "learning_rate": 0.1} for row in rows]
    write_curves(path, scored, columns=DETECTOR_COLUMNS)
    return path


def _match(
    config: RunConfig,
    run: FabricatedRun,
    found: dict[str, list[Path]],
    results: Path,
    *,
    maps: bool,
) -> list[Path]:
    """Figures of the objects, and of the polygons of the maps."""
    scene = config.labelled_scenes[0].name
    sets = {
        method: [results / "objects" / scene / "/".join(method) / "survivors.parquet"]
        for method in METHODS
    }
    for method in config.maps if maps else ():
        sets[method] = [results / "maps" / scene / "/".join(method) / "polygons.gpkg"]
    paths = []
    for (first, second), files in sets.items():
        path = results / "evaluation" / first / f"{second}.objects.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        match(
            config.match,
            config.object_names,
            config.labelled_scenes,
            config.object_protocol,
            config.seed,
            files=files,
            outlines=found["outlines"],
            split=results / "split/split.json",
            models=[results / "models" / first / "model.safetensors"],
            matches=path,
        )
        paths.append(path)
    return paths


def _compare(
    config: RunConfig,
    report: dict[str, list[Path]],
    matches: list[Path],
    results: Path,
    *,
    maps: bool,
) -> None:
    """The comparison of a run without maps; with maps, its objects beside what is there."""
    models = [path for path in report["models"] if path.suffix == ".safetensors"]
    outputs = {name: results / f"objects-{name}" for name in ("table", "comparison", "figure")}
    compare(
        config.compare,
        config.map_legend,
        config.labelled_scenes,
        config.seed,
        {"both": tuple(name for name, _ in METHODS)},
        {},
        {},
        config.detector_members,
        {},
        {},
        {},
        None,
        files=[
            *models,
            *report["images"][:1],
            *report["references"],
            *matches,
        ],
        split=results / "split/split.json",
        timings=results / "timings",
        **outputs,
    )
    document = read_document(outputs["comparison"], Comparison)
    if maps:
        before = read_document(results / "comparison.json", Comparison)
        document = before.model_copy(update={"objects": document.objects})
    write_document(results / "comparison.json", document)
    if not maps:
        outputs["figure"].rename(results / "comparison.png")
