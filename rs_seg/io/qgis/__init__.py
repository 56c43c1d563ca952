"""QGIS projects, written without QGIS: groups of layers with their looks, on relative paths."""

from rs_seg.io.qgis.layers import (
    agreement_layer,
    classes_layer,
    confidence_layer,
    doubt_layer,
    imagery_layer,
    objects_layer,
    place_pixels_layer,
    places_layer,
    polygons_layer,
    roles_layer,
    scenes_layer,
)
from rs_seg.io.qgis.project import Group, MapLayer, write_project

__all__ = [
    "Group",
    "MapLayer",
    "agreement_layer",
    "classes_layer",
    "confidence_layer",
    "doubt_layer",
    "imagery_layer",
    "objects_layer",
    "place_pixels_layer",
    "places_layer",
    "polygons_layer",
    "roles_layer",
    "scenes_layer",
    "write_project",
]
