"""A model as a STAC Item with the extension MLM: what it takes in and gives, where it learnt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rs_seg.io.delivery.stac import UNKNOWN_TIME, rounded_geometry
from rs_seg.io.model_description import ModelDescription

MLM = "https://stac-extensions.github.io/mlm/v1.3.0/schema.json"
SIDES = ["batch", "channel", "height", "width"]


def describe_item(
    description: ModelDescription,
    *,
    name: str,
    place: str,
    parameters: int | None,
    licence: str | None,
    footprints: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The Item; its footprint is that of the ground it learnt from, null where it does not say.

    `place` is the address of the model file, relative to the Item. `footprints` are polygons of
    GeoJSON in longitude and latitude.
    """
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [MLM],
        "id": name,
        **_where(footprints),
        "properties": {
            **UNKNOWN_TIME,
            "description": f"A model that {_purpose(description)} {_listed(description)}.",
            **({} if licence is None else {"license": licence}),
            **({} if description.resolution_m is None else {"gsd": description.resolution_m}),
            "bands": [{"name": band} for band in description.bands],
            **_model_properties(description, name, parameters),
        },
        "links": [{"rel": "about", "href": "./card.md", "type": "text/markdown"}],
        "assets": {
            "model": {
                "href": place,
                "title": "Tensors and all that is needed to apply them (safetensors)",
                "type": "application/octet-stream",
                "roles": ["mlm:model"],
            },
        },
    }


def _finds(description: ModelDescription) -> bool:
    return description.kind == "detector"


def _purpose(description: ModelDescription) -> str:
    return "finds objects of" if _finds(description) else "maps"


def _listed(description: ModelDescription) -> str:
    return ", ".join(description.classes.names)


def _where(footprints: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not footprints:
        return {"geometry": None}
    polygons = [rounded_geometry(footprint)["coordinates"] for footprint in footprints]
    places = [place for polygon in polygons for ring in polygon for place in ring]
    longitudes, latitudes = zip(*places, strict=True)
    return {
        "geometry": {"type": "MultiPolygon", "coordinates": polygons},
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
    }


def _model_properties(
    description: ModelDescription, name: str, parameters: int | None
) -> dict[str, Any]:
    begun = description.pretrained
    network = description.network
    return {
        # the extension asks for letters at both ends
        "mlm:name": f"{'detector' if _finds(description) else 'network'} {name} of rs_seg",
        "mlm:architecture": str(network.get("architecture") or description.kind),
        "mlm:framework": "PyTorch"
        if description.kind in ("convolutional", "detector")
        else "rs_seg",
        "mlm:tasks": [_task(description)],
        **({} if parameters is None else {"mlm:total_parameters": parameters}),
        "mlm:pretrained": begun is not None,
        "mlm:pretrained_source": None if begun is None else begun.weights,
        "mlm:input": [_input(description)],
        "mlm:output": [_output(description)],
        "mlm:hyperparameters": {
            "window": description.window,
            "seed": description.seed,
            "temperature": description.temperature,
        },
    }


def _input(description: ModelDescription) -> dict[str, Any]:
    """Raw values of the bands, which the model brings to mean 0 and deviation 1 itself."""
    return {
        "name": "pixels",
        "description": "Values as in the files; the model applies value_scaling itself.",
        "bands": list(description.bands),
        "input": {
            "shape": [-1, len(description.bands), -1, -1],
            "dim_order": SIDES,
            "data_type": "float32",
        },
        "value_scaling": [
            {"type": "z-score", "mean": band.mean, "stddev": band.std}
            for band in description.normalisation
        ],
        "resize_type": None,
        "pre_processing_function": None,
    }


def _task(description: ModelDescription) -> str:
    return "object-detection" if _finds(description) else "semantic-segmentation"


def _result(description: ModelDescription) -> dict[str, Any]:
    """What comes out of one batch: probabilities of pixels, or boxes of objects."""
    if _finds(description):
        return {
            "name": "objects",
            "description": "Left, top, right and bottom in pixels, score 0 to 1, class from 0 on.",
            "shape": [-1, -1, 6],
            "dim_order": ["batch", "object", "value"],
        }
    return {
        "name": "probabilities",
        "description": "Of the classes in this order, 0 to 1; they sum to 1.",
        "shape": [-1, len(description.classes), -1, -1],
        "dim_order": ["batch", "class", "height", "width"],
    }


def _output(description: ModelDescription) -> dict[str, Any]:
    made = _result(description)
    return {
        "name": made["name"],
        "description": made["description"],
        "tasks": [_task(description)],
        "result": {
            "shape": made["shape"],
            "dim_order": made["dim_order"],
            "data_type": "float32",
        },
        "classification:classes": [
            {
                "value": known.code,
                "name": re.sub(r"[^0-9A-Za-z_-]+", "_", known.name),
                "description": known.name,
            }
            for known in description.classes
        ],
        "post_processing_function": None,
    }
