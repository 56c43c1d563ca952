"""Images of tree crowns with boxes, from the package deepforest (MIT), as georeferenced scenes.

    pip download --no-deps deepforest
    python benchmarks/tree_crowns.py WHEEL_OR_FOLDER OUT

WHEEL_OR_FOLDER is the wheel, or the folder of the installed package. The pictures say no place:
each is laid at one of its own in UTM, with pixels of 10 cm, so that areas are right and positions
are not. config/examples/crowns.yaml learns from them.
"""

from __future__ import annotations

import argparse
import io
import warnings
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas
import numpy as np
import rasterio
import shapely
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning

SCENES = {
    "yellowstone_large": "2019_YELL_2_528000_4978000_image_crop2",
    "yellowstone_small": "2019_YELL_2_541000_4977000_image_crop",
    "florida": "OSBS_029",
    "california": "SOAP_061",
}
PIXEL = 0.1
"""Metres, as NEON's camera has."""
CRS = "EPSG:32612"
APART = 2000.0
"""Metres between the places of two scenes."""


def read_member(source: Path, name: str) -> bytes:
    """A file of the folder deepforest/data."""
    if source.is_dir():
        return next(source.rglob(f"data/{name}")).read_bytes()
    with zipfile.ZipFile(source) as archive:
        return archive.read(f"deepforest/data/{name}")


def write_scene(source: Path, stem: str, transform: Affine, path: Path) -> None:
    """The picture as a GeoTIFF, and its boxes as a GeoPackage beside it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(io.BytesIO(read_member(source, f"{stem}.png"))) as picture:
            pixels = picture.read([1, 2, 3])
    count, height, width = pixels.shape
    profile = {"driver": "GTiff", "dtype": "uint8", "crs": CRS, "transform": transform}
    with rasterio.open(
        path.with_suffix(".tif"), "w", count=count, height=height, width=width, **profile
    ) as scene:
        scene.write(pixels)
    root = ET.fromstring(read_member(source, f"{stem}.xml"))
    sides = ("xmin", "ymin", "xmax", "ymax")
    corners = np.array(
        [[float(box.findtext(side) or "nan") for side in sides] for box in root.iter("bndbox")]
    )
    left, top = transform * (corners[:, 0], corners[:, 1])
    right, bottom = transform * (corners[:, 2], corners[:, 3])
    boxes = shapely.box(left, bottom, right, top)
    frame = geopandas.GeoDataFrame(geometry=boxes, crs=CRS)
    frame.to_file(path.with_suffix(".gpkg"), driver="GPKG", engine="pyogrio")
    print(f"{path.stem}: {height} x {width} pixels, {len(frame)} crowns")


def main() -> None:
    """Write the scenes that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for number, (name, stem) in enumerate(SCENES.items()):
        place = Affine(PIXEL, 0, 500_000.0 + number * APART, 0, -PIXEL, 4_970_000.0)
        write_scene(arguments.source, stem, place, arguments.out / name)


if __name__ == "__main__":
    main()
