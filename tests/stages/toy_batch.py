"""A small batch in the documented places: mapped scenes, failed ones, a page, a model."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from rs_seg.config import RunConfig, parse_config
from rs_seg.io.model import write_model
from rs_seg.io.model_description import ModelDescription, Normalisation
from rs_seg.io.raster import create_raster
from rs_seg.stages.gather import gather
from rs_seg.stages.vectorize import vectorize
from rs_seg.testing import grid_at, write_image
from rs_seg.values.failure import COLUMNS
from rs_seg.values.grid import Grid
from tests.stages.toy_maps import LEGEND

NETWORKS = {"given": {"model": "model.safetensors"}}
REFINEMENTS = {"argmax": {"method": "argmax"}, "sure": {"method": "argmax", "abstain": 0.6}}
FAILURES = (
    ("lost, ß", "refine", "given", "argmax", "out of memory", "node7", "logs/refine/lost.log"),
    (
        "lost, ß",
        "refine",
        "given",
        "sure",
        "killed, or the machine went away",
        "node7",
        "logs/refine/sure.log",
    ),
    (
        "never seen",
        "inspect",
        "",
        "",
        "/raw/never seen.tif: input file is missing. Remedy: check",
        "node1",
        "i.log",
    ),
)


@dataclass(frozen=True)
class ToyBatch:
    """The configuration (finished scenes only), what each map holds, and the files for `gather`."""

    config: RunConfig
    grids: dict[str, Grid]
    codes: dict[tuple[str, str], NDArray[np.unsignedinteger]]
    files: dict[str, Any]

    def path(self, name: str, number: int) -> Path:
        """The file of this kind of a map, by its number."""
        path: Path = self.files[name][number]
        return path

    def write(self, folder: Path, **changes: Any) -> Path:
        """The folder that `gather` makes, below the results unless `folder` lies elsewhere."""
        config = self.config.gather.model_copy(update=changes)
        gather(config, self.config, files=self.all_files(), folder=folder)
        return folder

    def all_files(self) -> list[Path]:
        """The files as `gather` takes them, which knows them by their places."""
        lists = (paths if isinstance(paths, list) else [paths] for paths in self.files.values())
        return [path for paths in lists for path in paths]


def make_toy_batch(folder: Path, grids: dict[str, Grid], *, vectors: bool = True) -> ToyBatch:
    """Scenes on these grids with two maps each, one scene with an image only, one with nothing.

    `lost, ß` came as far as its image, `never seen` not even there.
    """
    values = {
        "title": "A batch",
        "results": str(folder / "results ä"),
        "data_root": str(folder / "raw"),
        "scenes": list(grids),
        "sources": {"image": {"path": "{scene}.tif", "bands": ["red"]}},
        "legend": [each.model_dump() for each in LEGEND],
        "models": {"given": {"model": str(folder / "model.safetensors")}},
        "refinements": REFINEMENTS,
    }
    config = parse_config(values)
    results, codes = Path(config.results), {}
    files: dict[str, Any] = {name: [] for name in ("images", "classes", "confidences", "polygons")}
    for number, (scene, grid) in enumerate(grids.items()):
        Path(config.data_root).mkdir(parents=True, exist_ok=True)
        Path(config.data_root, f"{scene}.tif").write_bytes(f"raw {scene}".encode())
        image = results / "scenes" / scene / "image.tif"
        image.parent.mkdir(parents=True)
        pixels = np.full((1, grid.height, grid.width), 7, dtype=np.uint8)
        files["images"].append(write_image(image, grid, pixels))
        for refinement in config.refinements:
            place = results / "maps" / scene / "given" / refinement
            codes[scene, refinement] = _write_map(config, refinement, grid, place, seed=number)
            files["classes"].append(place / "classes.tif")
            files["confidences"].append(place / "confidence.tif")
            files["polygons"].append(place / "polygons.gpkg")
            if vectors:
                _write_polygons(config, refinement, place)
    return ToyBatch(config, grids, codes, files | _write_rest(folder, results))


def read_codes(path: Path) -> NDArray[Any]:
    import rasterio

    with rasterio.open(path) as dataset:
        codes: NDArray[Any] = dataset.read(1)
        return codes


def _write_map(
    config: RunConfig, refinement: str, grid: Grid, folder: Path, *, seed: int
) -> NDArray[np.unsignedinteger]:
    """Blobs of classes.

    The first rows are nodata, and where the map abstains some rows have no class.
    """
    folder.mkdir(parents=True)
    legend = config.refinements[refinement].map_legend(config.legend)
    names = legend.class_names
    rng = np.random.default_rng(seed)
    blobs = np.stack(
        [gaussian_filter(rng.standard_normal((grid.height, grid.width)), 3) for _ in config.legend]
    )
    indices = blobs.argmax(axis=0)
    if len(names) > len(config.legend):
        indices[10:14] = len(config.legend)
    indices[: 2 + seed % 3] = -1
    codes = names.encode(indices)
    titles, colors = dict(zip(names.codes, names.names, strict=True)), legend.colormap()
    options = {
        "dtype": names.dtype,
        "bands": ["class"],
        "nodata": names.nodata,
        "colormap": colors,
        "names": titles,
    }
    with create_raster(folder / "classes.tif", grid, **options) as dataset:
        dataset.write(codes, 1)
    confidence = np.where(indices < 0, 255, rng.integers(120, 250, indices.shape)).astype(np.uint8)
    write_image(folder / "confidence.tif", grid, confidence[None], bands=["confidence"], nodata=255)
    return codes


def _write_polygons(config: RunConfig, refinement: str, folder: Path) -> None:
    vectorize(
        config.vectorize,
        config.refinements[refinement],
        config.legend,
        config.outside_class,
        classes=folder / "classes.tif",
        confidence=folder / "confidence.tif",
        probabilities=[],
        image=[],
        polygons=folder / "polygons.gpkg",
        shapefile=None,
        flatgeobuf=None,
        geoparquet=None,
    )


def _write_rest(folder: Path, results: Path) -> dict[str, Any]:
    lost = results / "scenes" / "lost, ß" / "image.tif"
    lost.parent.mkdir(parents=True)
    write_image(lost, grid_at(20, 20, left=500_400.0), np.ones((1, 20, 20), dtype=np.uint8))
    failed, report, model = (
        results / "failed.csv",
        results / "report.html",
        folder / "model.safetensors",
    )
    with failed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(FAILURES)
    report.write_text("<p>the report</p>", encoding="utf-8")
    description = ModelDescription(
        kind="forest",
        network={},
        bands=("red",),
        normalisation=(Normalisation(mean=0, std=1),),
        resolution_m=1.0,
        classes=LEGEND.class_names,
        window=32,
        seed=1,
        rs_seg_version="0.1",
    )
    write_model(model, description, {"weights": np.zeros(3)})
    return {"models": [model], "engines": [], "comparison": [], "report": report, "failed": failed}


def listed(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
