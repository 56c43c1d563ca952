"""Objects of small scenes beside detections of them, in the documented formats."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.config import MatchConfig
from rs_seg.io.candidates import write_candidates
from rs_seg.io.documents import read_document
from rs_seg.io.vectors.gdal import LAYER
from rs_seg.stages.match import match
from rs_seg.testing import TOY_CLASSES, grid_at
from rs_seg.values import Scene
from rs_seg.values.candidates import Candidates
from rs_seg.values.grid import crs_of
from rs_seg.values.matches import ObjectMatches
from rs_seg.values.split import SplitGrid
from tests.stages.toy_maps import toy_protocol, write_split, write_toy_model

GRID = grid_at(200, 200)
METHOD = ("centre", "nms")
AREAS = {
    "train": [[0, 0, 100, 100]],
    "validation": [[0, 100, 100, 100]],
    "test": [[100, 0, 100, 100], [100, 100, 100, 100]],
}
Box = Sequence[float]


def to_ground(shapes: Sequence[Any] | NDArray[Any]) -> NDArray[Any]:
    """Shapes in pixels of the scene in its CRS."""
    moved: NDArray[Any] = shapely.transform(
        np.asarray(shapes, dtype=object), lambda xy: np.column_stack(GRID.affine * tuple(xy.T))
    )
    return moved


def write_objects(
    folder: Path, scene: str, shapes: Sequence[Any], codes: Sequence[int], ignored: Sequence[str]
) -> Path:
    """The objects of the reference of a scene, in pixels."""
    path = folder / f"scenes/{scene}/objects.gpkg"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {"code": list(codes), "ignored": [reason or None for reason in ignored]}
    frame = geopandas.GeoDataFrame(columns, geometry=to_ground(shapes), crs=str(crs_of(GRID)))
    frame.astype({"code": "int64", "ignored": "str"}).to_file(path, layer=LAYER, driver="GPKG")
    return path


def write_map(
    folder: Path, scene: str, shapes: Sequence[Any], codes: Sequence[int], scores: Sequence[float]
) -> Path:
    """Polygons of a map with their mean confidence."""
    path = folder / f"maps/{scene}/unet/argmax/polygons.gpkg"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {"id": range(1, len(codes) + 1), "code": list(codes), "prob_mean": list(scores)}
    frame = geopandas.GeoDataFrame(columns, geometry=to_ground(shapes), crs=str(crs_of(GRID)))
    frame.to_file(path, layer=LAYER, driver="GPKG")
    return path


def write_survivors(folder: Path, scene: str, candidates: Candidates) -> Path:
    """Detections of a scene, best first."""
    path = folder / f"objects/{scene}/{METHOD[0]}/{METHOD[1]}/survivors.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_candidates(path, candidates.take(candidates.ranked()))
    return path


def detect(
    boxes: Sequence[Box], scores: Sequence[float], codes: Sequence[int], shapes: Any = None
) -> Candidates:
    """Detections from lists."""
    return Candidates(
        np.array(boxes, dtype=float).reshape(-1, 4),
        np.array(scores, dtype=float),
        np.array(codes, dtype=np.int64),
        shapes,
    )


def write_areas(path: Path, areas: Mapping[str, Any]) -> Path:
    """A split that says on which grid its areas were cut."""
    write_split(path, dict(areas))
    content = json.loads(path.read_text())
    content["grids"] = dict.fromkeys(areas, SplitGrid.of(GRID).model_dump(mode="json"))
    path.write_text(json.dumps(content))
    return path


def run_match(
    folder: Path,
    files: Sequence[Path],
    outlines: Sequence[Path],
    *,
    areas: Mapping[str, Any],
    models: Sequence[Path] = (),
    iou: float = 0.5,
    counted: Sequence[str] = TOY_CLASSES.names,
) -> ObjectMatches:
    """What `match` says of these files."""
    out = folder / "matches.json"
    match(
        MatchConfig(iou=iou),
        TOY_CLASSES,
        tuple(Scene(name=name) for name in areas),
        toy_protocol(TOY_CLASSES, classes=tuple(counted)),
        0,
        files=files,
        outlines=outlines,
        split=write_areas(folder / "split.json", areas),
        models=models or [write_toy_model(folder / "model.safetensors")],
        matches=out,
    )
    assert "NaN" not in out.read_text()
    return read_document(out, ObjectMatches)
