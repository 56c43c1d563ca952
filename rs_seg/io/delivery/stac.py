"""STAC 1.0 metadata of what is handed over: one Item per scene, one Catalog."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rs_seg.values.grid import Grid, crs_of, has_place
from rs_seg.values.legend import Legend

EXTENSIONS = [
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/file/v2.1.0/schema.json",
    "https://stac-extensions.github.io/classification/v2.0.0/schema.json",
]
GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
GEOPACKAGE = "application/geopackage+sqlite3"
UNKNOWN_TIME = {
    "datetime": None,
    "start_datetime": "1900-01-01T00:00:00Z",
    "end_datetime": "2100-01-01T00:00:00Z",
}
"""STAC asks for a time and imagery files seldom tell one: an interval that says nothing."""


@dataclass(frozen=True)
class Asset:
    """A file of an item: its path relative to the item, what it is, and its SHA-256.

    Class maps have a legend.
    """

    key: str
    path: str
    title: str
    media_type: str
    role: str
    size: int
    sha256: str
    legend: Legend | None = None


KINDS = {
    "image.tif": ("Imagery", GEOTIFF, "data"),
    "classes.tif": ("Classes", GEOTIFF, "data"),
    "confidence.tif": ("Confidence", GEOTIFF, "metadata"),
    "uncertainty.tif": ("Uncertainty", GEOTIFF, "metadata"),
    "polygons.gpkg": ("Polygons", GEOPACKAGE, "data"),
    "objects.gpkg": ("Objects", GEOPACKAGE, "data"),
}
"""Title, media type and role of the files that become assets, by name."""


def list_assets(
    folder: Path,
    *,
    sums: Mapping[str, str],
    prefix: str,
    titles: Mapping[str, str],
    legends: Mapping[str, Legend],
) -> list[Asset]:
    """The assets of a scene: its files below `folder`, with their SHA-256 in `sums`.

    Their paths begin with `prefix`.

    `titles` names its maps, and `legends` says what their classes are, by their folder.
    """
    assets = []
    for name, digest in sums.items():
        path = PurePosixPath(name.removeprefix(prefix))
        if not name.startswith(prefix) or path.name not in KINDS:
            continue
        title, media_type, role = KINDS[path.name]
        place = path.parent.name
        key = f"{place}-{path.stem}" if place else path.stem
        full_title = f"{title}: {titles[place]}" if place else title
        legend = legends[place] if path.name == "classes.tif" else None
        size = (folder / name).stat().st_size
        assets.append(Asset(key, str(path), full_title, media_type, role, size, digest, legend))
    return assets


def write_item(
    path: Path, *, scene: str, grid: Grid, assets: Sequence[Asset], time: str | None
) -> None:
    """Write the Item of a scene, whose footprint is that of its grid.

    `time` is its date in ISO 8601, if known. A picture without a place has no geometry, which STAC
    allows.
    """
    item = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": EXTENSIONS,
        "id": scene,
        **_describe_footprint(grid),
        "properties": {
            **({"datetime": _complete(time)} if time else UNKNOWN_TIME),
            **_describe_crs(grid),
            "proj:shape": [grid.height, grid.width],
            "proj:transform": [float(value) for value in tuple(grid.affine)[:6]],
        },
        "links": [
            {"rel": rel, "href": "../../catalog.json", "type": "application/json"}
            for rel in ("root", "parent")
        ],
        "assets": {each.key: _describe(each) for each in assets},
    }
    write_json(path, item)


def _describe_footprint(grid: Grid) -> dict[str, Any]:
    if not has_place(grid):
        return {"geometry": None}
    footprint = grid.extent.to_crs("EPSG:4326")
    return {
        "geometry": rounded_geometry(footprint.json),
        "bbox": [round(float(value), 8) for value in footprint.boundingbox.bbox],
    }


def _describe_crs(grid: Grid) -> dict[str, Any]:
    if not has_place(grid):
        return {"proj:code": None, "proj:wkt2": None}
    crs = crs_of(grid)
    return {
        "proj:code": f"EPSG:{crs.epsg}" if crs.epsg else None,
        "proj:wkt2": crs.proj.to_wkt("WKT2_2019"),
    }


def write_catalog(path: Path, *, title: str, scene_names: Sequence[str]) -> None:
    """Write the Catalog of the Items `scenes/{scene}/item.json`."""
    links: list[dict[str, str]] = [
        {"rel": "root", "href": "./catalog.json", "type": "application/json"}
    ]
    links += [
        {"rel": "item", "href": f"./scenes/{scene}/item.json", "type": "application/geo+json"}
        for scene in scene_names
    ]
    identifier = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower() or "maps"
    catalog = {
        "type": "Catalog",
        "stac_version": "1.0.0",
        "id": identifier,
        "title": title,
        "description": title,
        "links": links,
    }
    write_json(path, catalog)


def write_json(path: Path, content: Any) -> None:
    """Write JSON for people: indented, in the order given."""
    path.write_text(
        json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )


def _describe(asset: Asset) -> dict[str, Any]:
    return {
        "href": f"./{asset.path}",
        "title": asset.title,
        "type": asset.media_type,
        "roles": [asset.role],
        "file:size": asset.size,
        "file:checksum": f"1220{asset.sha256}",
        **(
            {"classification:classes": _describe_classes(asset.legend)}
            if asset.legend is not None
            else {}
        ),
    }


def _describe_classes(legend: Legend) -> list[dict[str, Any]]:
    classes: list[dict[str, Any]] = [
        {
            "value": each.code,
            "name": re.sub(r"[^0-9A-Za-z_-]+", "_", each.name),
            "title": each.shown,
            "description": each.name,
            "color_hint": each.color[1:].upper(),
        }
        for each in legend
    ]
    classes.append(
        {
            "value": legend.class_names.nodata,
            "name": "nodata",
            "description": "no data",
            "nodata": True,
        }
    )
    return classes


def _complete(time: str) -> str:
    return time if "T" in time else f"{time}T00:00:00Z"


def rounded_geometry(geometry: dict[str, Any]) -> dict[str, Any]:
    """A geometry of GeoJSON with degrees to eight digits, a millimetre."""

    def rounded(value: Any) -> Any:
        return (
            [rounded(each) for each in value]
            if isinstance(value, (list, tuple))
            else round(float(value), 8)
        )

    return {"type": geometry["type"], "coordinates": rounded(geometry["coordinates"])}
