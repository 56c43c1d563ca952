"""A small set of patches: images of two sources, labels, and the table that lists them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import from_origin

from rs_seg.values.texts import write_csv

SIDE = 40
EMPTY = "p3"
"""A patch whose imagery is NaN."""
SMALL = "p5"
"""A patch of other size than the others."""
ODD = 'p <6> "ü" $a'
"""A patch of an odd name."""
ROLES = ("train",) * 4 + ("validation", "test") + ("test",) * 2
NAMES = ("p0", "p1", "p2", EMPTY, "p4", SMALL, ODD, "p7")
SETTINGS: dict[str, Any] = {
    "title": "Patches",
    "data_root": "data",
    "results": "results",
    "seed": 1,
    "scenes": "data/patches.csv",
    "sources": {
        "optical": {"path": "optical/{scene}.tif", "bands": ["red", "nir"]},
        "radar": {"path": "radar/{file}", "bands": ["vv"]},
    },
    "legend": [
        {"code": 1, "name": "water", "color": "#0000ff"},
        {"code": 2, "name": "<field>", "color": "#00ff00"},
    ],
    "label": {"path": "labels/{scene}.tif"},
    "split": {"missing_class": "warn"},
    "train": {"window": 32},
    "models": {
        "forest": {"architecture": "random_forest", "trees": 5, "max_depth": 4, "samples": 500}
    },
    "refinements": {"argmax": {"method": "argmax"}},
}


def write_patches(folder: Path, *, placed: bool = True) -> None:
    """The files below `folder/data`, and the table; without a place, as pictures."""
    rows = []
    for number, name in enumerate(NAMES):
        side = SIDE // 2 if name == SMALL else SIDE
        random = np.random.default_rng(number)
        classes = 1 + (np.indices((side, side)).sum(axis=0) // 8 + number) % 2
        red = (classes * 50 + random.normal(0, 4, classes.shape)).astype("float32")
        optical = np.stack([red, 200 - red])
        if name == EMPTY:
            optical[:] = np.nan
        # each lies elsewhere, every second one in another zone
        place = (f"EPSG:3263{2 + number % 2}", from_origin(500_000 + 1000 * number, 5e6, 10, 10))
        given = place if placed else None
        _write(folder / f"data/optical/{name}.tif", optical, given)
        _write(folder / f"data/radar/sar {number}.tif", red[None] / 10, given)
        _write(folder / f"data/labels/{name}.tif", classes[None].astype("uint8"), given)
        sheet = "learnt" if ROLES[number] == "train" else ""
        rows.append([name, sheet, ROLES[number], f"sar {number}.tif"])
    write_csv(folder / "data/patches.csv", ["scene", "sheet", "role", "file"], rows)


def _write(path: Path, pixels: np.ndarray, place: tuple[str, Any] | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    given = {} if place is None else {"crs": place[0], "transform": place[1]}
    band_count, height, width = pixels.shape
    size = {"count": band_count, "height": height, "width": width, "dtype": pixels.dtype}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver="GTiff", **size, **given) as target:
            target.write(pixels)
