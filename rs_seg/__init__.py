"""rs_seg: from remote-sensing imagery and labels to maps that an analyst can defend.

The library, over arrays, rasters and tables (docs/api.md):

    model = rs_seg.load_model("model.safetensors")
    prediction = model.predict("image.tif")
    polygons = prediction.polygonize(minimum_area=4)
    split = rs_seg.spatial_split("reference.tif", test=0.2)
    confusion = rs_seg.Confusion.from_indices(reference, mapped, class_count=3)
    tracks = rs_seg.link_objects(polygons_of_dates); rs_seg.score_tracks(tracks, reference).score
    rs_seg.areas  # areas and accuracy from a random sample, with intervals
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rs_seg import areas
    from rs_seg.api.models import Model, Prediction, load_model
    from rs_seg.api.polygons import polygonize
    from rs_seg.api.splitting import SpatialSplit, spatial_split
    from rs_seg.api.tracking import TrackFigures, TrackScores, link_objects, score_tracks
    from rs_seg.errors import RsSegError, UserError
    from rs_seg.values.confusion import Confusion

# ONNX Runtime (1.29 and later) reports models, machine and errors to Microsoft, and keeps an
# identity and a data base in ~/.cache, unless this is set before anything imports it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
__all__ = [
    "Confusion",
    "Model",
    "Prediction",
    "RsSegError",
    "SpatialSplit",
    "TrackFigures",
    "TrackScores",
    "UserError",
    "areas",
    "link_objects",
    "load_model",
    "polygonize",
    "score_tracks",
    "spatial_split",
]
_PLACES = {
    "Confusion": "rs_seg.values.confusion",
    "Model": "rs_seg.api.models",
    "Prediction": "rs_seg.api.models",
    "RsSegError": "rs_seg.errors",
    "SpatialSplit": "rs_seg.api.splitting",
    "TrackFigures": "rs_seg.api.tracking",
    "TrackScores": "rs_seg.api.tracking",
    "UserError": "rs_seg.errors",
    "link_objects": "rs_seg.api.tracking",
    "load_model": "rs_seg.api.models",
    "polygonize": "rs_seg.api.polygons",
    "score_tracks": "rs_seg.api.tracking",
    "spatial_split": "rs_seg.api.splitting",
}
"""Where the public names stand: imported when they are first asked for, since jobs import rs_seg
hundreds of times and need none of them."""


def __getattr__(name: str) -> Any:
    if name == "areas":
        return importlib.import_module("rs_seg.areas")
    if name not in _PLACES:
        raise AttributeError(f"module 'rs_seg' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
