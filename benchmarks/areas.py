"""Do intervals of areas hold the truth? Samples of a real map, labelled by its reference raster.

    python benchmarks/areas.py IMAGES REFERENCE [--designs 100] [--map forest] [--units 600]

IMAGES is a folder of single bands (.tif), REFERENCE a raster of codes of the same ground. The map
is that of a quick forest of few pixels, or the reference smoothed by the majority of its
neighbours (`--map majority`). Each design draws places with another seed by the stage `sample`, a
script labels them by the reference at their pixels, and the stage `estimate` gives areas and
accuracies. Printed for each class: its share of the ground, how far the mapped area and the mean
estimate are off, and in how many designs the printed interval held the truth, and the usual one
(value -+ 1.96 standard errors). Ends with 1 where an interval of an area held less often than in
90 of 100 designs.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import geopandas
import matplotlib as mpl
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.vrt import WarpedVRT
from scipy.ndimage import uniform_filter
from sklearn.ensemble import RandomForestClassifier

from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.config import EstimateConfig, SampleConfig, parse_config
from rs_seg.config.refining import RefinementConfig
from rs_seg.io.documents import read_document
from rs_seg.io.points import POINTS
from rs_seg.io.raster import create_raster
from rs_seg.stages.estimate import estimate
from rs_seg.stages.estimate import work as estimating
from rs_seg.stages.sample import sample
from rs_seg.stages.sample import work as sampling
from rs_seg.stages.sample.forecasting import Outlook
from rs_seg.values import Legend
from rs_seg.values.estimates import EstimatedFigure, MapEstimates
from rs_seg.values.grid import Grid, whole

LEAST = 0.9
"""Share of designs whose interval must hold the true area, for each class."""
PIXELS = 20_000
"""That the forest learns from."""
MAJORITY = 9
"""Side of the window of the majority filter."""
NOTHING = -1


@dataclass(frozen=True)
class World:
    """The reference and a map of it, as indices of classes; NOTHING where there is none."""

    grid: Grid
    legend: Legend
    truth: NDArray[np.int64]
    mapped: NDArray[np.int64]

    @property
    def areas(self) -> NDArray[np.float64]:
        """True square metres of each class."""
        return self._sum(self.truth)

    @property
    def mapped_areas(self) -> NDArray[np.float64]:
        """Square metres of each class in the map."""
        return self._sum(self.mapped)

    def _sum(self, indices: NDArray[np.int64]) -> NDArray[np.float64]:
        rows = PixelGround(self.grid).areas(whole(self.grid))
        classes = range(len(self.legend))
        return np.array([rows @ (indices == number).sum(axis=1) for number in classes])


def make_world(images: Path, reference: Path, kind: str) -> World:
    """The reference on its own grid, and a map of the same pixels."""
    with rasterio.open(reference) as dataset:
        codes, nodata = dataset.read(1), dataset.nodata
        grid = Grid((dataset.height, dataset.width), dataset.transform, dataset.crs.to_wkt())
    present = [int(code) for code in np.unique(codes) if code != nodata]
    truth = np.full(codes.shape, NOTHING, dtype=np.int64)
    for number, code in enumerate(present):
        truth[codes == code] = number
    bands = read_bands(images, grid)
    truth[~np.isfinite(bands).all(axis=0)] = NOTHING
    made = classify(bands, truth) if kind == "forest" else smooth(truth, len(present))
    legend = Legend.model_validate(
        [
            {"code": code, "name": f"class {code}", "color": mpl.colors.to_hex(f"C{number}")}
            for number, code in enumerate(present)
        ]
    )
    return World(grid, legend, truth, np.where(truth < 0, NOTHING, made))


def read_bands(images: Path, grid: Grid) -> NDArray[np.float32]:
    """The bands (B, H, W) on the grid of the reference; NaN outside."""
    bands = []
    for path in sorted(images.glob("*.tif")):
        with (
            rasterio.open(path) as dataset,
            WarpedVRT(
                dataset,
                crs=grid.crs.to_wkt(),
                transform=grid.affine,
                height=grid.height,
                width=grid.width,
                resampling=rasterio.enums.Resampling.bilinear,
            ) as warped,
        ):
            bands.append(warped.read(1, masked=True).astype(np.float32).filled(np.nan))
    return np.stack(bands)


def classify(bands: NDArray[np.float32], truth: NDArray[np.int64]) -> NDArray[np.int64]:
    """Classes of all pixels by a forest that learns from some that are drawn at random."""
    rng = np.random.default_rng(0)
    chosen = rng.choice(np.flatnonzero(truth >= 0), PIXELS, replace=False)
    features = np.nan_to_num(bands.reshape(len(bands), -1).T)
    forest = RandomForestClassifier(
        30, min_samples_leaf=5, class_weight="balanced_subsample", random_state=0, n_jobs=1
    )
    forest.fit(features[chosen], truth.ravel()[chosen])
    return np.asarray(forest.predict(features).reshape(truth.shape))


def smooth(truth: NDArray[np.int64], class_count: int) -> NDArray[np.int64]:
    """The class of most pixels around each: a map that errs at borders and loses small areas."""
    shares = [
        uniform_filter((truth == number).astype(np.float32), MAJORITY)
        for number in range(class_count)
    ]
    return np.asarray(np.argmax(shares, axis=0))


def write_world(world: World, folder: Path) -> Path:
    """The class map at its place in a folder of results."""
    path = folder / "maps" / "scene" / "forest" / "argmax" / "classes.tif"
    path.parent.mkdir(parents=True)
    names = world.legend.class_names
    with create_raster(
        path, world.grid, dtype=names.dtype, bands=["class"], nodata=names.nodata
    ) as dataset:
        dataset.write(names.encode(world.mapped), 1)
    return path


def label(world: World, path: Path) -> None:
    """Label all places of a file by the reference in their pixels."""
    places = geopandas.read_file(path, layer=POINTS)
    columns, rows = ~world.grid.affine * (
        places.geometry.x.to_numpy(),
        places.geometry.y.to_numpy(),
    )
    found = world.truth[np.floor(rows).astype(int), np.floor(columns).astype(int)]
    codes = np.array(world.legend.class_names.codes)[found]
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')  # they need functions of GDAL
        rows_of = zip(codes.tolist(), places["id"].tolist(), strict=True)
        connection.executemany("UPDATE points SET reference = ? WHERE id = ?", rows_of)


def run_design(
    world: World, classes: Path, config: SampleConfig, refinement: RefinementConfig, seed: int
) -> MapEstimates:
    """Draw, label and estimate with one seed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample(
            config,
            refinement,
            world.legend,
            seed,
            files=[classes],
            strata=[],
            points=folder / "points.gpkg",
            design=folder / "design.json",
            labelling=folder / "labelling",
        )
        label(world, folder / "points.gpkg")
        estimate(
            EstimateConfig(),
            refinement,
            world.legend,
            seed,
            labelled=folder / "points.gpkg",
            design=[],
            files=[classes],
            estimates=folder / "estimates.json",
            areas=folder / "areas.csv",
            chart=folder / "areas.png",
            agreement=folder / "agreement.gpkg",
        )
        return read_document(folder / "estimates.json", MapEstimates)


def holds(figure: EstimatedFigure, truth: float) -> bool:
    """Whether the printed interval holds the truth."""
    assert figure.low is not None
    assert figure.high is not None
    return figure.low <= truth <= figure.high


def usual_holds(figure: EstimatedFigure, truth: float) -> bool:
    """Whether value -+ 1.96 standard errors does; an error that is not defined does not."""
    if figure.value is None or figure.error is None:
        return False
    return abs(figure.value - truth) <= 1.96 * figure.error


def print_table(world: World, runs: Sequence[MapEstimates]) -> list[float]:
    """Print how often intervals held, and return that of the area of each class."""
    truth, whole_area = world.areas, world.areas.sum()
    print(f"{'class':>9} {'share':>7} {'mapped':>8} {'estimate':>9} {'holds':>6} {'usual':>6}")
    coverage = []
    for number, own in enumerate(world.legend):
        figures = [run.classes[number].area_m2 for run in runs]
        values = [figure.value or 0.0 for figure in figures]
        coverage.append(float(np.mean([holds(figure, truth[number]) for figure in figures])))
        usual = np.mean([usual_holds(figure, truth[number]) for figure in figures])
        off = np.mean(values) / truth[number] - 1
        mapped = world.mapped_areas[number] / truth[number] - 1
        print(
            f"{own.name:>9} {truth[number] / whole_area:7.2%} {mapped:+8.0%} {off:+9.1%} "
            f"{coverage[-1]:6.2f} {usual:6.2f}"
        )
    right = float(np.average(world.mapped == world.truth, weights=world.truth >= 0))
    accuracies = [run.overall_accuracy for run in runs]
    kept = np.mean([holds(accuracy, right) for accuracy in accuracies])
    usual = np.mean([usual_holds(accuracy, right) for accuracy in accuracies])
    print(
        f"overall accuracy {right:.3f}: holds {kept:.2f}, usual {usual:.2f}, "
        f"labelled places alone {np.mean([run.plain_accuracy for run in runs]):.3f}"
    )
    return coverage


def make_refinement(legend: Legend) -> RefinementConfig:
    """The refinement that the map is called after."""
    values: dict[str, Any] = {
        "scenes": [{"name": "scene", "labelled": False}],
        "sources": {"photo": {"path": "{scene}.tif", "bands": ["red"]}},
        "legend": [own.model_dump() for own in legend],
        "models": {"forest": {"model": "model.safetensors"}},
        "refinements": {"argmax": {"method": "argmax"}},
    }
    return parse_config(values).refinements["argmax"]


def main() -> int:
    """Run the designs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--map", choices=["forest", "majority"], default="forest")
    parser.add_argument("--design", default="stratified")
    parser.add_argument("--allocation", default="proportional")
    parser.add_argument("--units", type=int, default=None)
    parser.add_argument("--least", type=int, default=30)
    given = parser.parse_args()
    world = make_world(given.images, given.reference, given.map)
    config = SampleConfig(
        map="forest/argmax",
        design=given.design,
        allocation=given.allocation,
        units=given.units,
        least=given.least,
    )
    refinement = make_refinement(world.legend)
    start = time.monotonic()
    # neither the forecast nor the picture changes what is drawn and estimated
    untried = mock.patch.object(sampling, "look_ahead", return_value=Outlook((), (), None))
    unseen = mock.patch.object(estimating, "draw_estimates")
    with tempfile.TemporaryDirectory() as name, untried, unseen:
        classes = write_world(world, Path(name))
        seeds = range(given.designs)
        runs = [run_design(world, classes, config, refinement, seed) for seed in seeds]
    seconds = (time.monotonic() - start) / given.designs
    print(
        f"{given.map} map, {given.design}, {given.designs} designs of {runs[0].units} places, "
        f"{seconds:.1f} s each"
    )
    coverage = print_table(world, runs)
    weak = min(coverage) < LEAST
    print(f"least of the areas: {min(coverage):.2f}{' FAILED' if weak else ''}")
    return int(weak)


if __name__ == "__main__":
    sys.exit(main())
