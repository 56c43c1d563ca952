"""A small run folder in the documented formats, made without running the chain.

For `report` and `deliver`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import onnx
import pandas as pd
import rasterio.features
import shapely.geometry
from affine import Affine
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.choosing import choose
from rs_seg.algorithms.reporting.grounds import compare_grounds
from rs_seg.algorithms.reporting.ranking import choose_by_each, rank
from rs_seg.algorithms.reporting.replicates import summarize_replicates
from rs_seg.algorithms.reporting.strata import describe_distances, describe_scenes
from rs_seg.algorithms.reporting.tables import COSTS, tabulate
from rs_seg.algorithms.scoring.edges import EdgeRules, EdgeScore, score_edges
from rs_seg.algorithms.scoring.probability_curves import ProbabilityCounts
from rs_seg.config import ConvolutionalNetwork, RunConfig, parse_config
from rs_seg.ground.tallies import Tally, describe_tally
from rs_seg.io.documents import write_document
from rs_seg.io.engine import CandidateRecord, EngineRecord, ReceptiveFieldRecord, write_engine
from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.io.raster import create_raster
from rs_seg.io.reliability import Calibration, Reliability, ReliabilityBin
from rs_seg.io.sidecars import write_polygon_styles
from rs_seg.stages.change import change
from rs_seg.values import Confusion, Legend, Window, quantize
from rs_seg.values.changes import EnergyChange, MapChanges
from rs_seg.values.comparison import Agreement, Comparison
from rs_seg.values.evaluation import (
    AreaFigures,
    Evaluation,
    TestBlock,
    TestFigures,
    TestSetFigures,
    ValidationFigures,
)
from rs_seg.values.grid import Grid
from rs_seg.values.map_figures import MapName, NamedClass, PolygonFigures, SeenPixels

HEIGHT, WIDTH = 160, 192
POLYGONS = PolygonFigures(mean_iou=0.61, object_f1=0.52, boundary_f1=0.43, per_class=())
ENERGY = EnergyChange(
    name="Potts energy, nats",
    before=31.0,
    after=24.0,
    per_pixel_before=0.31,
    per_pixel_after=0.24,
)
NETWORKS = {
    "unet": {"architecture": "unet", "encoder": "resnet18"},
    "forest": {"architecture": "random_forest"},
}
REFINEMENTS = {"argmax": {"method": "argmax"}, "crf": {"method": "densecrf"}}
LEGEND = [
    {"code": 1, "name": "impervious", "color": "#b8b4ac"},
    {"code": 2, "name": "building", "color": "#c8503c"},
    {"code": 5, "name": "low <vegetation>", "color": "#bcd96f"},
    {"code": 9, "name": "car", "color": "#f2c230", "title": "Cars & <vans>"},
]


@dataclass(frozen=True)
class FabricatedRun:
    """The configuration of the run and the files for `report` and `deliver`."""

    config: RunConfig
    report: dict[str, list[Path]]
    deliver: dict[str, list[Path]]


LEAK = "Parts of one <street> are in both towns."
EXPORTED = onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], [])).SerializeToString()
"""An ONNX model, whose content nothing looks at."""


def in_one_list(files: dict[str, list[Path]]) -> list[Path]:
    """The files as a stage takes them, which knows them by their places."""
    return [path for paths in files.values() for path in paths]


def fabricate_run(
    folder: Path, *, labelled: bool = True, unsure: bool = False, dated: bool = False
) -> FabricatedRun:
    """Two scenes (the first labelled) mapped by two networks and two refinements.

    Without labels they are mapped by given model files. `unsure` adds an ensemble of the networks,
    uncertainty of all, and a refinement that abstains and whose maps are the best. `dated` makes
    the scenes two dates of one place, whose maps `change` has compared.
    """
    config = _config(folder, labelled=labelled, unsure=unsure)
    if dated:
        config = _dated(config)
    results = Path(config.results)
    rng = np.random.default_rng(3)
    files: dict[str, list[Path]] = {}
    for number, scene in enumerate(config.scenes):
        truth = _draw_indices(rng)
        _write_scene(
            config,
            scene.name,
            truth,
            Affine(0.5, 0, 600_000 + (0 if dated else 400 * number), 0, -0.5, 5_300_000),
            rng,
            files,
        )
        if scene.labelled:
            _write_evaluations(config, results, truth, rng, files)
    if labelled:
        _write_split(config, results, files)
    _write_merged(config, results, files)
    _write_changes(config, results, files)
    _write_models(config, results, files)
    inputs = (
        "inspections",
        "images",
        "references",
        "classes",
        "values",
        "uncertainties",
        "split",
        "statistics",
        "curves",
        "models",
        "evaluations",
        "comparison",
        "figure",
        "previews",
        "failed",
    )
    outputs = (
        "images",
        "references",
        "classes",
        "confidences",
        "uncertainties",
        "polygons",
        "exports",
        "models",
        "split",
    )
    outputs += ("blocks", "comparison", "engines", "merged", "compared_dates")
    report, deliver = ({name: files.get(name, []) for name in names} for names in (inputs, outputs))
    report["models"] = [path for path in report["models"] if path.suffix == ".safetensors"]
    return FabricatedRun(config, report, deliver)


def _config(folder: Path, *, labelled: bool, unsure: bool) -> RunConfig:
    values: dict[str, Any] = {
        "title": "Land <cover> of two towns",
        "protocol": {
            "set": "towns",
            "title": "Two <towns>",
            "split": "official & fixed",
            "leak": LEAK,
            "licence": "CC-BY <4.0>",
            "citation": "Surveyor & Son 2021",
        },
        "results": str(folder / "results"),
        "data_root": str(folder / "data"),
        "seed": 7,
        "scenes": [{"name": "first, ä"}, {"name": "second", "labelled": False}],
        "sources": {"optical": {"path": "{scene}/optical.tif", "bands": ["nir", "red", "green"]}},
        "legend": LEGEND,
        "label": {"path": "{scene}/labels.gpkg"},
        "models": NETWORKS,
        "refinements": REFINEMENTS,
    }
    if not labelled:
        values |= {"label": None, "scenes": ["first, ä", "second"]}
        values["models"] = {
            "given": {"model": str(folder / "results/models/given/model.safetensors")}
        }
    if unsure:
        values["models"] = {"both": {"members": list(values["models"])}, **values["models"]}
        values["refinements"] = {"sure": {"method": "argmax", "abstain": 0.6}, **REFINEMENTS}
        values["uncertainty"] = {"measures": ["maximum_probability", "entropy", "disagreement"]}
    return parse_config(values)


def _dated(config: RunConfig) -> RunConfig:
    """The same run with two dates of one place."""
    values = config.model_dump(mode="json", exclude_unset=True)
    for scene, date in zip(values["scenes"], ("2019", "2023-07"), strict=True):
        scene["fields"] = {"place": "town & <b>", "date": date}
    names = [row["name"] for row in LEGEND]
    kinds = {"lost buildings": {"before": ["building"], "after": names}}
    return parse_config({**values, "change": {"by": "place", "kinds": kinds}})


def _write_changes(config: RunConfig, results: Path, files: dict[str, list[Path]]) -> None:
    """What `change` makes of the pairs of dates, of all maps."""
    images = files["images"]
    for pair, (network, refinement) in product(config.change_pairs, config.maps):
        before, after = (
            results / "maps" / scene / network / refinement / "classes.tif"
            for scene in (pair.before, pair.after)
        )
        folder = results / "changes" / pair.place / pair.dates / network / refinement
        folder.mkdir(parents=True)
        change(
            config.change.comparing,
            pair.place,
            pair.dates,
            config.refinements[refinement],
            config.legend,
            before=before,
            after=after,
            images=images,
            references=[],
            models=[],
            split=[],
            transitions=_note(files, "compared_dates", folder / "transitions.tif"),
            kinds=_note(files, "compared_dates", folder / "kinds.tif"),
            figures=_note(files, "compared_dates", folder / "transitions.json"),
            polygons=_note(files, "compared_dates", folder / "changed.gpkg"),
        )


def _draw_indices(rng: np.random.Generator) -> NDArray[np.int64]:
    """Vegetation with streets, houses and cars; a collar of three columns without imagery."""
    indices = np.full((HEIGHT, WIDTH), 2)
    indices[:, 88:100] = indices[70:80] = 0
    for row, column in zip(
        rng.integers(0, HEIGHT - 24, 22), rng.integers(0, WIDTH - 24, 22), strict=True
    ):
        indices[row : row + rng.integers(10, 24), column : column + rng.integers(10, 24)] = 1
    for row in range(4, HEIGHT, 26):
        indices[row : row + 9, 90:94] = 3
    indices[:, :3] = -1
    return indices


def _write_scene(
    config: RunConfig,
    scene: str,
    truth: NDArray[np.int64],
    transform: Affine,
    rng: np.random.Generator,
    files: dict[str, list[Path]],
) -> None:
    grid = Grid(truth.shape, transform, "EPSG:32632")
    folder = Path(config.results, "scenes", scene)
    folder.mkdir(parents=True)
    _write_raw(config, scene)
    inspection = _inspect(config, scene)
    _note(files, "inspections", folder / "inspection.json").write_text(json.dumps(inspection))
    with create_raster(
        _note(files, "images", folder / "image.tif"), grid, dtype="uint16", bands=config.bands
    ) as dataset:
        means = np.array(
            [[900, 700, 2600, 300, 0], [1000, 1400, 500, 800, 0], [950, 600, 700, 700, 0]]
        )
        pixels = np.where(truth >= 0, means[:, truth] + rng.normal(0, 90, (3, HEIGHT, WIDTH)), 0)
        dataset.write(pixels.clip(0).astype(np.uint16))
        dataset.write_mask(truth >= 0)
    if config.scene(scene).labelled:
        _write_codes(
            config.legend, _note(files, "references", folder / "reference.tif"), grid, truth
        )
    for network in config.models:
        for refinement in config.refinements:
            mapped = np.where(
                rng.random(truth.shape) < 0.05, rng.integers(0, 3, truth.shape), truth
            )
            if config.refinements[refinement].abstain is not None:
                mapped[20:30, 20:60] = len(config.legend)
            _write_map(
                config.refinements[refinement].map_legend(config.legend),
                grid,
                np.where(truth < 0, -1, mapped),
                Path(config.results, "maps", scene, network, refinement),
                files,
            )

    _write_values(config, scene, files)
    for network in config.models_with_uncertainty:
        bands = config.uncertainty.measures_of(config.models[network])
        shares = np.where(truth < 0, 255, rng.integers(0, 255, (len(bands), HEIGHT, WIDTH))).astype(
            np.uint8
        )
        path = _note(
            files, "uncertainties", Path(config.results, "maps", scene, network, "uncertainty.tif")
        )
        with create_raster(path, grid, dtype="uint8", bands=bands, nodata=255) as dataset:
            dataset.write(shares)


def _write_values(config: RunConfig, scene: str, files: dict[str, list[Path]]) -> None:
    """What predict says of the values of a scene: all is well."""
    for network in config.models_with_file:
        path = _note(files, "values", Path(config.results, "maps", scene, network, "values.json"))
        path.write_text(json.dumps({"pixels": 9, "bands": [], "warnings": [], "notes": []}))


def _inspect(config: RunConfig, scene: str) -> dict[str, Any]:
    place = {
        "crs": "EPSG:32632",
        "placed_by": "geotransform",
        "pixel_size": [0.5, 0.5],
        "pixel_size_ground_m": 0.5002,
    }
    bands = [
        {"name": name, "mean": 900.0, "std": 10.0, "min": 0.0, "max": 1e3, "p2": 5.0, "p98": 9e2}
        for name in config.bands
    ]
    pixels = {
        "height": HEIGHT,
        "width": WIDTH,
        "dtype": "uint16",
        "nodata": "mask (file)",
        "valid_share": 0.98,
    }
    source = {
        "name": "optical",
        "file": "optical.tif",
        "driver": "GTiff",
        **place,
        **pixels,
        "bands": bands,
    }
    labels = {
        "kind": "polygons",
        "file": "labels.gpkg",
        "crs": "EPSG:4326",
        "reprojected": True,
        "features": 31,
        "overlap_m2": 0.0,
    }
    return {
        "scene": scene,
        "sources": [source],
        "labels": labels if config.scene(scene).labelled else None,
        "warnings": ["source optical: 3 columns hold <no> data"],
    }


def _write_raw(config: RunConfig, scene: str) -> None:
    paths = config.source_paths(config.scene(scene))
    for path in paths + (
        [config.label_path(config.scene(scene))] if config.scene(scene).labelled else []
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"raw {path.name} of {scene}".encode())


def _write_codes(legend: Legend, path: Path, grid: Grid, indices: NDArray[np.int64]) -> None:
    names = legend.class_names
    colors, titles = legend.colormap(), {each.code: each.name for each in names}
    with create_raster(
        path,
        grid,
        dtype=names.dtype,
        bands=["class"],
        nodata=names.nodata,
        colormap=colors,
        names=titles,
    ) as dataset:
        dataset.write(names.encode(indices), 1)


def _write_map(
    legend: Legend,
    grid: Grid,
    indices: NDArray[np.int64],
    folder: Path,
    files: dict[str, list[Path]],
) -> None:
    folder.mkdir(parents=True)
    _write_codes(legend, _note(files, "classes", folder / "classes.tif"), grid, indices)
    with create_raster(
        _note(files, "confidences", folder / "confidence.tif"),
        grid,
        dtype="uint8",
        bands=["confidence"],
        nodata=255,
    ) as dataset:
        dataset.write(np.where(indices < 0, 255, 200).astype(np.uint8), 1)
    shapes = rasterio.features.shapes(
        indices.astype(np.int16), mask=indices >= 0, transform=grid.affine
    )
    polygons = [(shapely.geometry.shape(shape), int(index)) for shape, index in shapes]
    table = geopandas.GeoDataFrame(
        {
            "code": [legend.class_names.codes[index] for _, index in polygons],
            "class": [legend.class_names.names[index] for _, index in polygons],
            "area_m2": [polygon.area for polygon, _ in polygons],
            "prob_mean": [0.8] * len(polygons),
        },
        geometry=[polygon for polygon, _ in polygons],
        crs="EPSG:32632",
    )
    table.to_file(_note(files, "polygons", folder / "polygons.gpkg"), layer="polygons")
    table.to_file(_note(files, "exports", folder / "polygons.shp"), encoding="utf-8")
    write_polygon_styles(folder / "polygons.shp", legend)


def _write_merged(config: RunConfig, results: Path, files: dict[str, list[Path]]) -> None:
    """The polygons of all scenes of each map, one after another."""
    for network, refinement in product(config.models, config.refinements):
        folder = results / "merged" / network / refinement
        folder.mkdir(parents=True)
        places = [results / "maps" / scene.name / network / refinement for scene in config.scenes]
        table = pd.concat([geopandas.read_file(place / "polygons.gpkg") for place in places])
        table.to_file(_note(files, "merged", folder / "polygons.gpkg"), layer="polygons")


def _write_evaluations(
    config: RunConfig,
    results: Path,
    truth: NDArray[np.int64],
    rng: np.random.Generator,
    files: dict[str, list[Path]],
) -> None:
    (results / "evaluation").mkdir()
    evaluations = []
    for network, wrong in zip(config.models, (0.08, 0.3, 0.4), strict=False):
        for refinement, settings in config.refinements.items():
            figures = {}
            for role, rows in (("validation", slice(0, 40)), ("test", slice(100, 160))):
                part = truth[rows].copy()
                part[part == 3] = 0 if role == "test" else 3
                likeliest = np.where(
                    rng.random(part.shape) < wrong, rng.integers(0, 3, part.shape), part
                )
                worse = rng.random(part.shape) < (0 if refinement == "argmax" else 0.02)
                mapped = np.where(worse, (part + 1) % 3, likeliest)
                abstain = settings.abstain is not None
                if abstain:
                    mapped[:2] = 4
                tally = Tally(
                    Confusion.from_indices(part, mapped, class_count=4, abstain=abstain),
                    _score_edges(part, mapped, abstain=abstain),
                    probabilities=_count_probabilities(part, likeliest),
                    reference_nodata=12,
                )
                if refinement != "argmax":
                    tally.before = Confusion.from_indices(part, likeliest, class_count=4)
                    tally.changed = int(((mapped != likeliest) & (part >= 0)).sum())
                thresholds = tally.probabilities.choose_thresholds()
                figures[role] = describe_tally(tally, config.class_names, thresholds)
            blocks = _cut_blocks(part, mapped, abstain=abstain)
            further = _describe_test(figures["validation"], (), config)
            evaluation = Evaluation(
                network=network,
                refinement=refinement,
                protocol=config.figure_protocol,
                classes=[NamedClass(code=own.code, name=own.name) for own in config.class_names],
                ground="disjoint",
                majority=config.class_names.names[2],
                validation=ValidationFigures(
                    **dict(figures["validation"]), blocks=(), polygons=POLYGONS
                ),
                test=_describe_test(figures["test"], blocks, config),
                test_sets={"north 2021": TestSetFigures(ground="disjoint", **dict(further))},
            )
            path = _note(
                files, "evaluations", results / "evaluation" / network / f"{refinement}.json"
            )
            path.parent.mkdir(exist_ok=True)
            write_document(path, evaluation)
            evaluations.append(evaluation)
    write_document(
        _note(files, "comparison", results / "comparison.json"),
        compare_evaluations(config, evaluations),
    )


def compare_evaluations(config: RunConfig, evaluations: list[Evaluation]) -> Comparison:
    """The comparison that these evaluations have, but for the agreement of maps.

    Only some networks were timed. Energies fall, where there are any. A map that is called sure is
    the best.
    """
    best = max(evaluations, key=_merit)
    best = next((own for own in evaluations if own.refinement == "sure"), best)
    grounds = compare_grounds(
        evaluations, preferred=[MapName.of(best)], resamples=200, seed=config.seed
    )
    beaten = [own for own in evaluations if _merit(own) <= _merit(best)]
    choice = choose(beaten, {}, select_by="mean_iou")
    changes = [
        MapChanges(
            network=own.network,
            refinement=own.refinement,
            pixels=100,
            changed=1,
            energy=None if own.refinement == "argmax" else ENERGY,
        )
        for own in evaluations
    ]
    timed = dict(zip(COSTS, (24_437_094, 4321.5, 7020.0, 1.93, 1.25), strict=True))
    costs = {name: timed if name == "unet" else dict.fromkeys(timed) for name in config.models}
    return Comparison(
        protocol=config.figure_protocol,
        leaks=(LEAK,),
        ranking=rank(choice)[:1],
        best=MapName.of(best),
        selected_by="mean_iou on the validation areas",
        choice=choice.describe(),
        best_by=choose_by_each(evaluations, config.cross_validations),
        table=tabulate(evaluations, grounds, costs, changes),
        grounds=grounds,
        replicates=summarize_replicates(evaluations, config.replicates, resamples=100, seed=1),
        changes=changes,
        agreement=Agreement(maps=(), shares=()),
    )


def _merit(evaluation: Evaluation) -> float:
    return evaluation.validation.mean_iou or 0.0


def _score_edges(
    truth: NDArray[np.int64], mapped: NDArray[np.int64], *, abstain: bool
) -> EdgeScore:
    whole = Window(0, 0, *truth.shape)
    rules = EdgeRules(eroded=3, band=3)
    return score_edges(truth, mapped, truth, whole, rules, class_count=4, abstain=abstain)


def _count_probabilities(
    truth: NDArray[np.int64], likeliest: NDArray[np.int64]
) -> ProbabilityCounts:
    """Probabilities of four classes that are mostly high where a class is the likeliest one."""
    noise, sure = np.random.default_rng(7), np.arange(4)[:, None, None] == likeliest
    return ProbabilityCounts.of(truth, quantize(np.clip(noise.normal(0.2 + 0.5 * sure, 0.2), 0, 1)))


def _cut_blocks(
    truth: NDArray[np.int64], mapped: NDArray[np.int64], *, abstain: bool
) -> list[TestBlock]:
    """Confusions of strips of 16 columns."""
    return [
        TestBlock(
            scene="first, ä",
            row=100,
            column=column,
            seen=SeenPixels(train=0, validation=0),
            training_m=8.0 + column,
            training_in_scene=True,
            confusion=Confusion.from_indices(
                truth[:, column : column + 16],
                mapped[:, column : column + 16],
                class_count=4,
                abstain=abstain,
            ).counts.tolist(),
        )
        for column in range(0, WIDTH, 16)
    ]


def _describe_test(
    figures: AreaFigures, blocks: Sequence[TestBlock], config: RunConfig
) -> TestFigures:
    """The figures of a test set with these blocks."""
    names = config.class_names.names
    return TestFigures(
        **dict(figures),
        by_scene=describe_scenes(blocks, names),
        by_distance=describe_distances(blocks, names),
        blocks=blocks,
        polygons=POLYGONS,
    )


def _write_split(config: RunConfig, results: Path, files: dict[str, list[Path]]) -> None:
    (results / "split").mkdir()
    scene = config.labelled_scenes[0].name
    roles = ["train", "validation", "train", "unused", "train", "test"]
    blocks = [
        {
            "scene": scene,
            "row": row,
            "column": column,
            "height": 80,
            "width": 64,
            "role": roles[index],
        }
        for index, (row, column) in enumerate(
            (row, column) for row in (0, 80) for column in (0, 64, 128)
        )
    ]
    areas: dict[str, list[list[int]]] = {}
    for block in blocks:
        areas.setdefault(str(block["role"]), []).append(
            [block["row"] + 8, block["column"] + 8, 64, 48]
        )
    areas.pop("unused")
    pixels = {
        role: {each.name: 1000 + 10 * len(each.name) for each in config.class_names}
        for role in areas
    }
    proof = {"smallest_gap_pixels": {scene: 99}, "overlap_pixels": {scene: 9}}
    sizes = {"block_size": 20, "buffer": 16, "window": 16, "test_sets": []}
    content = {
        "blocks": blocks,
        "areas": {scene: areas},
        **sizes,
        "proof": proof,
        "class_pixels": pixels,
    }
    _note(files, "split", results / "split" / "split.json").write_text(json.dumps(content))
    squares = geopandas.GeoDataFrame(
        [{"scene": scene, "role": block["role"]} for block in blocks],
        geometry=[
            shapely.geometry.box(
                600_000 + b["column"] / 2,
                5_300_000 - b["row"] / 2 - 40,
                600_032 + b["column"] / 2,
                5_300_000 - b["row"] / 2,
            )
            for b in blocks
        ],
        crs="EPSG:32632",
    )
    layers = _note(files, "blocks", results / "split" / "blocks.gpkg")
    for layer in ("blocks", "areas"):
        squares.to_file(layers, layer=layer)
    bands = [
        {
            "name": name,
            "mean": 900.0,
            "std": 120.5,
            "min": 10.0,
            "max": 3000.0,
            "p2": 50.0,
            "p98": 2500.0,
        }
        for name in config.bands
    ]
    classes = [
        {"code": each.code, "name": each.name, "pixels": 1000, "share": 0.25}
        for each in config.class_names
    ]
    _note(files, "statistics", results / "statistics.json").write_text(
        json.dumps({"bands": bands, "classes": classes})
    )
    import matplotlib.image

    matplotlib.image.imsave(_note(files, "figure", results / "comparison.png"), np.zeros((20, 60)))
    matplotlib.image.imsave(_note(files, "previews", results / "preview.png"), np.ones((20, 60)))


def _write_models(config: RunConfig, results: Path, files: dict[str, list[Path]]) -> None:
    for network in config.models_with_file:
        folder = results / "models" / network
        folder.mkdir(parents=True)
        description = _describe_model(config, network)
        write_model(
            _note(files, "models", folder / "model.safetensors"),
            description,
            {"weights": np.zeros(3)},
        )
        if network in config.trained_models:
            _write_curves(
                _note(files, "curves", folder / "curves.csv"), epochs=12 if network == "unet" else 1
            )
    layers = [
        name for name, network in config.models.items() if isinstance(network, ConvolutionalNetwork)
    ]
    for network in layers:
        for name in ("model.onnx", "deepness.onnx"):
            _note(files, "models", results / "models" / network / name).write_bytes(EXPORTED)
        write_engine(
            _note(files, "engines", results / "models" / network / "engine"),
            _describe_engine(network),
            b"onnx",
        )


def _describe_engine(network: str) -> EngineRecord:
    """OpenVINO in float32, which agreed but for a few pixels."""
    return EngineRecord(
        network=network,
        engine="openvino",
        precision="float32",
        runs_onnx=True,
        tile=512,
        overlap=128,
        stride=32,
        receptive_field=ReceptiveFieldRecord(radius=None, effective_radius=48),
        version="1",
        device="cpu",
        processor=("avx2",),
        threads=2,
        candidates=(
            CandidateRecord(
                engine="openvino",
                precision="float32",
                agrees=True,
                labels_equal=0.9998,
                mpix_per_s=3.2,
            ),
        ),
    )


def _describe_model(config: RunConfig, network: str) -> ModelDescription:
    """A model that was too sure of itself; the forest's was not calibrated."""
    edges = [index / 15 for index in range(16)]
    before, after = (
        Reliability(
            ece=ece,
            nll=0.5,
            bins=tuple(
                ReliabilityBin(pixels=0, confidence=None, accuracy=None)
                if high < 0.4
                else ReliabilityBin(
                    pixels=round(1e5 * high**4), confidence=high - 0.03, accuracy=high - 0.03 - ece
                )
                for high in edges[1:]
            ),
        )
        for ece in (0.083, 0.021)
    )
    calibrated = network != "forest"
    return ModelDescription(
        kind="convolutional" if calibrated else "forest",
        network={"architecture": "unet"} if calibrated else {"architecture": "random_forest"},
        bands=config.bands,
        normalisation=tuple(Normalisation(mean=900, std=120) for _ in config.bands),
        resolution_m=0.5,
        classes=config.class_names,
        window=256,
        seed=config.seed,
        rs_seg_version="0",
        temperature=1.7 if calibrated else 1.0,
        calibration=Calibration(pixels=123456, before=before, after=after) if calibrated else None,
    )


def _write_curves(path: Path, *, epochs: int) -> None:
    lines = ["epoch,train_loss,validation_loss,validation_miou,learning_rate"]
    lines += [
        f"{epoch},{1.5 / epoch:.4f},{1.6 / epoch**0.7:.4f},{1 - 0.9 / epoch**0.5:.4f},0.001"
        for epoch in range(1, epochs + 1)
    ]
    path.write_text("\n".join(lines) + "\n")


def _note(files: dict[str, list[Path]], name: str, path: Path) -> Path:
    files.setdefault(name, []).append(path)
    return path
