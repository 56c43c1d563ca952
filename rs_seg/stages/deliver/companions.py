"""The part of deliver that writes what lies beside a class map."""

from __future__ import annotations

from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.delivery.class_picture import write_class_picture
from rs_seg.io.sidecars import write_raster_styles
from rs_seg.values import Legend


def write_companions(run: RunConfig, classes: Path, legend: Legend) -> None:
    """The styles of a class map, and of a picture without a place its classes as a PNG."""
    write_raster_styles(classes, legend, unfilled=run.outside_class)
    if not run.has_place:
        write_class_picture(classes)


def list_companions(run: RunConfig) -> tuple[str, ...]:
    """What the names of these files end in."""
    has_picture = not run.has_place and run.map_legend.class_names.dtype == "uint8"
    return (".qml", ".sld", *((".png",) if has_picture else ()))
