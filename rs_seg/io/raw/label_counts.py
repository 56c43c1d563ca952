"""How much a label file holds, as far as its header says."""

from __future__ import annotations

from pathlib import Path

from rasterio.errors import RasterioError

from rs_seg.errors import UserError
from rs_seg.io.ogr import pyogrio
from rs_seg.io.raster import ignoring_no_georeference, open_by
from rs_seg.io.raw.coco import count_coco, is_coco
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.raster_checks import check_raw_raster
from rs_seg.io.raw.vector_files import is_parquet, vector_layers


def count_polygons(path: Path, layer: str | None) -> int | None:
    """Features of a layer of a vector file, or of all layers; None where it is no vector file.

    Of labels in pixels, the annotations of all images.
    """
    if is_coco(path):
        return count_coco(path)
    layers = vector_layers(path)
    if layers is None:
        return None
    if is_parquet(path):
        import pyarrow.parquet  # here, because few label files need it

        return int(pyarrow.parquet.read_metadata(path).num_rows)
    return sum(_count_features(path, name) for name in ([layer] if layer else layers))


def _count_features(path: Path, layer: str) -> int:
    try:
        return max(
            0, int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"])
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise UserError("label file cannot be looked at", where=path, found=str(error)) from error


def count_pixels(path: Path) -> int:
    """Pixels of a label raster, with a class or without.

    Raises:
        UserError: it cannot be opened.
    """
    try:
        check_raw_raster(path)
        # labels of pictures need no place
        with ignoring_no_georeference(), open_by(raster_drivers(path), path) as raster:
            return int(raster.height * raster.width)
    except RasterioError as error:
        raise UserError("label file cannot be looked at", where=path, found=str(error)) from error
