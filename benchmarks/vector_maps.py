"""Class maps that `benchmarks/vectorize.py` measures on, and the checks that polygons tile them.

    python benchmarks/vector_maps.py TASK ARGUMENTS      prints JSON

Checks share no code with what they check: GEOS and GDAL judge the files that were written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyogrio
import rasterio.features
import shapely
from affine import Affine
from scipy.ndimage import gaussian_filter

from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.values import Window
from rs_seg.values.grid import Grid, whole

NODATA = 255
SIGMA = 8
"""Width of the filter that makes noise smooth, in pixels."""
CLASSES = 6
BATCH = 200_000
TILE = 500
"""Side of the tiles in which coverages are checked that are too large at once, in pixels."""
PLACE = Affine(1, 0, 320_000, 0, -1, 5_400_000), "EPSG:32633"
"""Pixels of one metre where the metres of the map are those of the ground within 0.01 %."""


def write_map(target: str, grid: Grid, codes: np.ndarray) -> None:
    """A class map in the project's format, and a confidence that is hard to compress."""
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    pattern = np.random.default_rng(0).integers(127, 255, (256, 256), dtype=np.uint8)
    repeats = [-(-size // 256) for size in grid.shape]
    confidence = np.tile(pattern, repeats)[: grid.height, : grid.width]
    confidence = np.where(codes == NODATA, NODATA, confidence).astype(np.uint8)
    for name, pixels in {"confidence": confidence, "classes": codes}.items():
        with create_raster(
            folder / f"{name}.tif", grid, dtype="uint8", bands=[name], nodata=NODATA
        ) as dataset:
            dataset.write(pixels, 1)


def make_noise(folder: str, size: str) -> None:
    """Smooth noise, each class on the same number of pixels."""
    side = int(size)
    field = np.random.default_rng(side).standard_normal((side, side), dtype=np.float32)
    field = gaussian_filter(field, SIGMA, output=field)
    steps = np.quantile(field[::7, ::7], np.arange(1, CLASSES) / CLASSES).astype(np.float32)
    codes = (1 + sum((field > step).view(np.uint8) for step in steps)).astype(np.uint8)
    write_map(folder, Grid((side, side), *PLACE), codes)


def make_salt_and_pepper(folder: str, size: str) -> None:
    """Every pixel of a class by chance."""
    codes = np.random.default_rng(0).integers(
        1, CLASSES + 1, (int(size), int(size)), dtype=np.uint8
    )
    write_map(folder, Grid(codes.shape, *PLACE), codes)


def make_enlarged(folder: str, path: str, factor: str) -> None:
    """A map whose pixels become blocks of so many times so many."""
    with RasterReader(Path(path)) as reader:
        codes = reader.read_codes(whole(reader.grid))
        nodata, grid = reader.nodata, reader.grid
    codes = np.where(codes == nodata, NODATA, codes).astype(np.uint8)
    codes = codes.repeat(int(factor), axis=0).repeat(int(factor), axis=1)
    write_map(
        folder, Grid(codes.shape, grid.affine * Affine.scale(1 / int(factor)), grid.crs), codes
    )


def make_mask(target: str, path: str) -> None:
    """A map of one class from a raster of 0 (nodata) and 1; blocks of nodata are not stored."""
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    with RasterReader(Path(path)) as reader:
        options = {"dtype": "uint8", "nodata": NODATA, "without_tiles": True}
        with (
            create_raster(
                folder / "confidence.tif", reader.grid, bands=["confidence"], **options
            ) as confidence,
            create_raster(
                folder / "classes.tif", reader.grid, bands=["classes"], **options
            ) as classes,
        ):
            for row in range(0, reader.height, 256):
                for column in range(0, reader.width, 2048):
                    window = Window(
                        row, column, min(256, reader.height - row), min(2048, reader.width - column)
                    )
                    land = reader.read_codes(window) == 1
                    if land.any():
                        place = ((window.row, window.row_end), (window.column, window.column_end))
                        classes.write(np.where(land, 1, NODATA).astype(np.uint8), 1, window=place)
                        confidence.write(
                            np.where(land, 254, NODATA).astype(np.uint8), 1, window=place
                        )


def copy_map(folder: str, path: str) -> None:
    """A map that a run predicted."""
    codes, grid = read_map(path)
    write_map(folder, grid, codes)


def read_map(path: str) -> tuple[np.ndarray, Grid]:
    """Codes (H, W) and the grid."""
    with RasterReader(Path(path)) as reader:
        return reader.read_codes(whole(reader.grid)), reader.grid


def read_polygons(path: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Polygons in map coordinates, their codes, and their areas on the ground."""
    _, _, binary, (codes, areas) = pyogrio.raw.read(
        path, layer="polygons", columns=["code", "area_m2"]
    )
    return shapely.from_wkb(binary), codes, areas


def to_pixels(polygons: np.ndarray, grid: Grid) -> np.ndarray:
    """Polygons in pixel coordinates; points within a millionth of a corner are put there."""
    a, b, c, d, e, f = tuple(~grid.affine)[:6]

    def place(points: np.ndarray) -> np.ndarray:
        moved = points @ np.array([[a, d], [b, e]]) + (c, f)
        near = np.round(moved)
        return np.where(np.abs(moved - near) < 1e-6, near, moved)

    return shapely.transform(polygons, place)


def burn(polygons: np.ndarray, codes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Codes (H, W) of polygons in pixel coordinates, by the centres of pixels."""
    pixels = np.full(shape, NODATA, dtype=np.uint8)
    for start in range(0, len(polygons), BATCH):
        part = slice(start, start + BATCH)
        rasterio.features.rasterize(
            zip(polygons[part], codes[part].tolist(), strict=True), out=pixels
        )
    return pixels


def unshared_length(polygons: np.ndarray, codes: np.ndarray) -> float:
    """Length of the borders that no neighbour has the other way round, besides the outline.

    Borders are compared point by point. Above 0 where a neighbour lacks a point, infinite where
    three polygons claim one border. Another view of what `shapely.coverage_is_valid` says, fast on
    any map: it takes minutes where polygons have thousands of neighbours.
    """
    _, points, (rings, _) = shapely.to_ragged_array(shapely.orient_polygons(polygons))
    _, numbers = np.unique(
        points.astype(np.float64).view(np.complex128).ravel(), return_inverse=True
    )
    starts = np.ones(len(points), dtype=bool)
    starts[rings[1:] - 1] = False
    starts = np.flatnonzero(starts)
    first, last = numbers[starts], numbers[starts + 1]
    _, where, inverse, counts = np.unique(
        np.minimum(first, last) * (numbers.max() + 1) + np.maximum(first, last),
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    balance = np.bincount(inverse, weights=np.where(first < last, 1, -1))
    if (counts > 2).any() or (balance[counts == 2] != 0).any():
        return float("inf")
    alone = starts[where[counts == 1]]
    padded = np.pad(codes != NODATA, 1)
    outline = (padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum()
    return float(np.hypot(*(points[alone + 1] - points[alone]).T).sum() - outline)


def check(classes: str, traced: str, *drawn: str) -> list[dict[str, object]]:
    """Figures in pixels of the polygons along pixel sides, and of others made of the same map.

    The map's area is the union of the traced polygons, which burning them proves to be that of its
    pixels. Gaps are what the union of the polygons lacks of it, overlaps the sum of their areas
    minus the area of their union. Areas of polygons whose points are corners of pixels are exact.
    """
    codes, grid = read_map(classes)
    reports, area = [], shapely.Polygon()
    for path in (traced, *drawn):
        polygons, kinds, ground = read_polygons(path)
        valid = bool(shapely.is_valid(polygons).all())
        polygons = to_pixels(polygons, grid)
        union = shapely.coverage_union_all(polygons)
        area = union if path == traced else area
        areas = np.bincount(kinds, weights=shapely.area(polygons), minlength=NODATA)[:NODATA]
        same = bool(shapely.equals_exact(union.normalize(), area.normalize()))
        report = {
            "polygons": len(polygons),
            "points": int(shapely.get_num_coordinates(polygons).sum()),
            "valid": valid,
            "overlap": float(areas.sum() - union.area),
            "gap": 0.0 if same else float(shapely.difference(area, union).area),
            "outside": 0.0 if same else float(shapely.difference(union, area).area),
            "unshared": unshared_length(polygons, codes),
            "lacking": float((codes != NODATA).sum() - areas.sum()),
            "ground": float(ground.sum()),
        }
        if path == traced:
            counts = np.bincount(codes.ravel(), minlength=NODATA)[:NODATA]
            report |= {
                "counts": bool((counts == areas).all()),
                "burnt": (burn(polygons, kinds, codes.shape) == codes).all().item(),
            }
        reports.append(report)
    return reports


def check_coverage(path: str, classes: str, way: str) -> bool:
    """Whether neighbours share all their points.

    `way` is "whole", or "tiles": of polygons that reach into a tile each. Two neighbours share a
    border, which lies in some tile, so that every pair is looked at.
    """
    polygons, _, _ = read_polygons(path)
    if way == "whole":
        return bool(shapely.coverage_is_valid(polygons))
    _, grid = read_map(classes)
    tree = shapely.STRtree(polygons)
    for row in range(0, grid.height, TILE):
        for column in range(0, grid.width, TILE):
            corners = [
                grid.affine * place for place in ((column, row), (column + TILE, row + TILE))
            ]
            inside = tree.query(shapely.box(*corners[0], *corners[1]))
            if not shapely.coverage_is_valid(polygons[inside]):
                return False
    return True


def count_points(path: str, classes: str) -> tuple[int, float]:
    """Points of all polygons, those of shared borders twice, and `unshared_length`."""
    polygons, _, _ = read_polygons(path)
    codes, grid = read_map(classes)
    return int(shapely.get_num_coordinates(polygons).sum()), unshared_length(
        to_pixels(polygons, grid), codes
    )


def burn_map(classes: str, path: str, folder: str) -> None:
    """A class map made of polygons."""
    codes, grid = read_map(classes)
    polygons, kinds, _ = read_polygons(path)
    write_map(folder, grid, burn(to_pixels(polygons, grid), kinds, codes.shape))


TASKS = {
    "noise": make_noise,
    "salt": make_salt_and_pepper,
    "enlarged": make_enlarged,
    "mask": make_mask,
    "copy": copy_map,
    "check": check,
    "coverage": check_coverage,
    "points": count_points,
    "burn": burn_map,
}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
