"""A picture without a place, shown elsewhere on its plane (GDAL VRT), without a copy of a pixel."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from rasterio.shutil import copy

from rs_seg.io.raster import RasterReader


def write_shifted_picture(
    path: Path, picture: Path, corner: tuple[float, float], *, source: str
) -> None:
    """Write a VRT without CRS whose pixels of side 1 begin at `corner`, x and y of the upper left.

    It names the picture by `source`, the path as seen from its own folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with RasterReader(picture) as reader:
        copy(reader.dataset, path, driver="VRT")
    tree = ET.parse(path)  # noqa: S314  # GDAL has just written it
    root = tree.getroot()
    for system in root.findall("SRS"):
        root.remove(system)
    for transform in root.findall("GeoTransform"):
        root.remove(transform)
    left, top = corner
    place = ET.Element("GeoTransform")
    place.text = f"{left!r}, 1.0, 0.0, {top!r}, 0.0, -1.0"
    root.insert(0, place)
    for name in root.iter("SourceFilename"):
        name.text = source
        name.set("relativeToVRT", "1")
    tree.write(path, encoding="UTF-8")
