"""A map with known errors, and a random sample of it that a script has labelled."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray

from rs_seg.config import EstimateConfig, parse_config
from rs_seg.config.refining import RefinementConfig
from rs_seg.io.documents import read_document, write_document
from rs_seg.io.points import FIELDS, POINTS, write_places
from rs_seg.io.raster import create_raster
from rs_seg.stages.estimate import estimate
from rs_seg.values import Legend
from rs_seg.values.checksums import sha256
from rs_seg.values.design import Design, DrawnClusters, DrawnStratum, SampledScene
from rs_seg.values.estimates import MapEstimates
from rs_seg.values.grid import Grid
from rs_seg.values.map_figures import NamedClass

LEGEND = Legend.model_validate(
    [
        {"code": 1, "name": "forest", "color": "#2f7d3b"},
        {"code": 4, "name": "field", "color": "#e3c75f"},
        {"code": 7, "name": "water", "color": "#3a7fb8"},
    ]
)
CODES = np.array([1, 4, 7])
PIXEL = 20.0
SCENES = ("east", "west")
SIZE = 120


@dataclass
class ToySample:
    """Files of a sample as `sample` leaves them, the truth, and the rows of its places."""

    folder: Path
    classes: list[Path]
    truth: dict[str, NDArray[np.int64]]
    mapped: dict[str, NDArray[np.int64]]
    places: geopandas.GeoDataFrame
    design: Design
    answers: NDArray[np.int64]
    """Codes of the truth at the places."""
    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def points(self) -> Path:
        """The file of places."""
        return self.folder / "points.gpkg"

    def label(
        self,
        answers: Mapping[int, Any] | None = None,
        *,
        path: Path | None = None,
        **columns: Any,
    ) -> Path:
        """A file of places with labels by id, by default those of the truth for all.

        `columns` replace others.
        """
        target = path or self.folder / "labelled.gpkg"
        frame = self.places.copy()
        given = dict(zip(frame["id"], self.answers, strict=True)) if answers is None else answers
        frame["reference"] = [given.get(place) for place in frame["id"]]
        for name, values in columns.items():
            frame[name] = values
        save(frame, target)
        if target.suffix == ".gpkg":
            copy_design(self.points, target)
        return target

    def estimate(
        self, labelled: Path | None = None, *, files: list[Path] | None = None, **settings: Any
    ) -> MapEstimates:
        """What the stage makes of a file; its files lie in `out` of the folder."""
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        design = settings.pop("design_file", None)
        estimate(
            EstimateConfig(**settings),
            REFINEMENT,
            LEGEND,
            5,
            labelled=labelled or self.label(),
            design=[] if design is None else [design],
            files=self.classes if files is None else files,
            estimates=out / "estimates.json",
            areas=out / "areas.csv",
            chart=out / "areas.png",
            agreement=out / "agreement.gpkg",
        )
        return read_document(out / "estimates.json", MapEstimates)


def _refinement() -> RefinementConfig:
    run = parse_config(
        {
            "scenes": [{"name": "east", "labelled": False}],
            "sources": {"photo": {"path": "{scene}.tif", "bands": ["red"]}},
            "legend": [own.model_dump() for own in LEGEND],
            "models": {"unet": {"model": "model.safetensors"}},
            "refinements": {"argmax": {"method": "argmax"}},
        }
    )
    return run.refinements["argmax"]


REFINEMENT = _refinement()


def save(frame: geopandas.GeoDataFrame, path: Path) -> None:
    """Write rows of places as QGIS does, by the ending of the path."""
    if path.suffix == ".csv":
        frame.drop(columns="geometry").to_csv(path, index=False)
        return
    table = frame.copy()
    if all(value is None or isinstance(value, int | np.integer) for value in table["reference"]):
        table["reference"] = table["reference"].astype("Int32")
    if path.suffix == ".gpkg":
        path.unlink(missing_ok=True)
        table.to_file(path, layer=POINTS)
    else:
        table.to_file(path)


def copy_design(source: Path, target: Path) -> None:
    """Copy the table "design" of one GeoPackage into another."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other, other:
        row = one.execute("SELECT * FROM design").fetchone()
        other.execute("CREATE TABLE design (id INTEGER PRIMARY KEY, document TEXT)")
        other.execute("INSERT INTO design VALUES (?, ?)", row)


def draw_truth(rng: np.random.Generator) -> NDArray[np.int64]:
    """Forest with fields, and water as a rare class; three columns without data (-1)."""
    truth = np.zeros((SIZE, SIZE), dtype=np.int64)
    truth[:, 50:] = 1
    truth[80:92, 60:75] = 2
    truth[rng.random(truth.shape) < 0.02] = 0
    truth[:, :3] = -1
    return truth


def spoil(truth: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A map of the truth with 12 % of wrong pixels and some water that is none."""
    wrong = (rng.random(truth.shape) < 0.12) & (truth >= 0)
    mapped = np.where(wrong, rng.integers(0, 2, truth.shape), truth)
    mapped[10:16, 60:66] = 2
    return np.where(truth < 0, -1, mapped)


def write_map(path: Path, indices: NDArray[np.int64], *, west: float = 600_000.0) -> None:
    """A class map of the toy legend."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grid = Grid(indices.shape, Affine(PIXEL, 0, west, 0, -PIXEL, 5_300_000), "EPSG:32632")
    names = LEGEND.class_names
    with create_raster(path, grid, dtype=names.dtype, bands=["class"], nodata=names.nodata) as file:
        file.write(names.encode(indices), 1)


def draw_sample(
    folder: Path,
    *,
    units: Mapping[str, int] | None = None,
    seed: int = 1,
    design: str = "stratified",
    world: int = 0,
) -> ToySample:
    """Two scenes, their map, and places drawn in its classes or in all of it."""
    rng = np.random.default_rng(world)
    truth = {scene: draw_truth(rng) for scene in SCENES}
    mapped = {scene: spoil(of_scene, rng) for scene, of_scene in truth.items()}
    paths = [folder / "maps" / scene / "unet" / "argmax" / "classes.tif" for scene in SCENES]
    for number, (scene, path) in enumerate(zip(SCENES, paths, strict=True)):
        if not path.exists():
            write_map(path, mapped[scene], west=600_000 + 5000 * number)
    everywhere = np.concatenate([mapped[scene].ravel() for scene in SCENES])
    draw = np.random.default_rng(seed)
    chosen = _draw(everywhere, units or {"forest": 60, "field": 80, "water": 40}, design, draw)
    places, answers = _place(chosen, everywhere, truth)
    document = _describe(everywhere, paths, places, design)
    folder.mkdir(parents=True, exist_ok=True)
    outlines = shapely.box(*places.geometry.bounds.to_numpy().T)
    write_places(folder / "points.gpkg", places, outlines, document)
    write_document(folder / "design.json", document)
    for name in FIELDS:
        if name not in places:
            places[name] = None
    return ToySample(folder, paths, truth, mapped, places, document, answers, chosen)


def _draw(
    everywhere: NDArray[np.int64],
    units: Mapping[str, int],
    design: str,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    if design == "stratified":
        names = LEGEND.class_names.names
        parts = [
            rng.choice(np.flatnonzero(everywhere == names.index(name)), many, replace=False)
            for name, many in units.items()
        ]
        return rng.permutation(np.concatenate(parts))
    return rng.choice(np.flatnonzero(everywhere >= 0), sum(units.values()), replace=False)


def _place(
    chosen: NDArray[np.int64], everywhere: NDArray[np.int64], truth: dict[str, NDArray[np.int64]]
) -> tuple[geopandas.GeoDataFrame, NDArray[np.int64]]:
    scene, within = np.divmod(chosen, SIZE * SIZE)
    rows, columns = np.divmod(within, SIZE)
    x = 600_000 + 5000 * scene + (columns + 0.5) * PIXEL
    y = 5_300_000 - (rows + 0.5) * PIXEL
    longitude, latitude = pyproj.Transformer.from_crs(
        "EPSG:32632", "EPSG:4326", always_xy=True
    ).transform(x, y)
    indices = everywhere[chosen]
    sizes = np.bincount(everywhere[everywhere >= 0])
    drawn = np.bincount(indices, minlength=3)
    frame = geopandas.GeoDataFrame(
        {
            "id": np.arange(1, len(chosen) + 1),
            "stratum": indices + 1,
            "scene": np.array(SCENES, dtype=object)[scene],
            "mapped": CODES[indices],
            "weight_m2": PIXEL**2 * sizes[indices] / drawn[indices],
            "cluster": 0,
            "place": [f"{a:.6f}, {b:.6f}" for a, b in zip(longitude, latitude, strict=True)],
        },
        geometry=shapely.points(x, y),
        crs="EPSG:32632",
    )
    answers = np.concatenate([truth[name].ravel() for name in SCENES])[chosen]
    return frame, CODES[answers]


def _describe(
    everywhere: NDArray[np.int64],
    paths: list[Path],
    places: geopandas.GeoDataFrame,
    design: str,
) -> Design:
    sizes = np.bincount(everywhere[everywhere >= 0])
    return Design(
        network="unet",
        refinement="argmax",
        design=design,  # type: ignore[arg-type]
        seed=1,
        classes=tuple(NamedClass(code=own.code, name=own.name) for own in LEGEND),
        scenes=tuple(
            SampledScene(scene=scene, sha256=sha256(path))
            for scene, path in zip(SCENES, paths, strict=True)
        ),
        strata=tuple(
            DrawnStratum(
                code=number + 1,
                name=own.name,
                mapped=own.code,
                pixels=int(sizes[number]),
                area_m2=float(sizes[number] * PIXEL**2),
                units=int((places["stratum"] == number + 1).sum()),
                probability=None,
            )
            for number, own in enumerate(LEGEND)
        ),
        clusters=None,
        units=len(places),
        overlap_m2=0.0,
        assumed="nothing",
        expected=(),
        weak=(),
        proposal=None,
    )


def in_tiles(sample: ToySample, *, side: int = 12) -> ToySample:
    """The sample as if tiles of so many pixels had been drawn first, and places in them."""
    scene, within = np.divmod(sample.rows, SIZE * SIZE)
    rows, columns = np.divmod(within, SIZE)
    tiles = scene * 1000 + rows // side * 30 + columns // side + 1
    sample.places["cluster"] = tiles
    clusters = DrawnClusters(size_m=side * PIXEL, tiles=200, drawn=len(set(tiles)), units=3)
    sample.design = sample.design.model_copy(update={"clusters": clusters})
    outlines = shapely.box(*sample.places.geometry.bounds.to_numpy().T)
    write_places(sample.points, sample.places, outlines, sample.design)
    return sample
