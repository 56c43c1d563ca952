"""vectorize: from a class map to polygons that tile its valid area."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rs_seg.config import RefinementConfig, VectorizeConfig
from rs_seg.errors import UserError
from rs_seg.values import ClassNames, InPath, Legend, OutPath, dequantize

if TYPE_CHECKING:
    import geopandas
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader
    from rs_seg.values.grid import Grid

REVISION = 1

logger = logging.getLogger(__name__)


def vectorize(
    config: VectorizeConfig,
    refinement: RefinementConfig,
    legend: Legend,
    *,
    classes: InPath,
    confidence: InPath,
    polygons: OutPath,
    shapefile: OutPath,
) -> None:
    """Polygons with `code`, `class`, `area_m2` (on the ground) and `prob_mean`, as GeoPackage and Shapefile.

    One polygon per region of pixels of one class that touch by their sides, in the order of the regions' first pixels,
    row by row. `prob_mean` is the mean confidence (0 to 1) of the region's pixels, before any simplification.
    Pixels from which the map abstains are regions like any other, of the class "abstain".
    """
    from rs_seg.algorithms.mapping.polygonize import label_regions, polygonize, simplify
    from rs_seg.io.polygons import write_geopackage, write_shapefile
    from rs_seg.io.raster import RasterReader
    from rs_seg.values.grid import ground_pixel_size, whole

    legend = refinement.map_legend(legend)
    with RasterReader(classes) as class_raster, RasterReader(confidence) as confidence_raster:
        grid = class_raster.grid
        indices = _read_indices(class_raster, legend.class_names)
        regions = label_regions(indices)
        shapes = polygonize(regions)
        simplified = simplify(shapes, tolerance=config.simplify_tolerance / ground_pixel_size(grid))
        certainty = confidence_raster.read_codes(whole(grid))
    frame = _table(simplified, regions, indices, certainty, legend.class_names, grid)
    _log_areas(simplified, int((indices >= 0).sum()), frame["area_m2"].sum())
    write_geopackage(frame, polygons, legend)
    write_shapefile(frame, shapefile, legend)


def _read_indices(raster: RasterReader, names: ClassNames) -> NDArray[np.int32]:
    """Class indices of the whole raster, -1 for nodata; other codes than those of the legend are refused."""
    import numpy as np

    from rs_seg.values.grid import whole

    codes = raster.read_codes(whole(raster.grid))
    indices = names.decode(codes).astype(np.int32)
    strangers = np.unique(codes[(indices < 0) & (codes != names.nodata)])
    if strangers.size:
        raise UserError(
            "the class map has codes that the legend does not know",
            where=raster.path,
            found=", ".join(str(code) for code in strangers[:10]),
            expected=f"{', '.join(str(code) for code in names.codes)}, or {names.nodata} for nodata",
            remedy="add the classes to the legend, or make the class map again",
        )
    return indices


def _table(
    shapes: NDArray[Any],
    regions: NDArray[np.integer],
    indices: NDArray[np.integer],
    certainty: NDArray[np.uint8],
    names: ClassNames,
    grid: Grid,
) -> geopandas.GeoDataFrame:
    """One row per region, in map coordinates."""
    import geopandas
    import numpy as np

    from rs_seg.algorithms.mapping.ground_area import ground_areas, to_map
    from rs_seg.algorithms.mapping.polygonize import region_means, region_values

    members = region_values(regions, indices)
    columns = {
        "code": np.array(names.codes, dtype=np.int32)[members],
        "class": np.array(names.names, dtype=object)[members],
        "area_m2": ground_areas(shapes, grid),
        "prob_mean": region_means(regions, dequantize(certainty)),
    }
    return geopandas.GeoDataFrame(columns, geometry=to_map(shapes, grid), crs=str(grid.crs))


def _log_areas(shapes: NDArray[Any], valid_pixels: int, ground_area: float) -> None:
    """State the evidence for a map without gaps and overlaps: three areas that must be the same."""
    import shapely

    union = shapely.coverage_union_all(shapes).area if len(shapes) else 0.0
    logger.info("vectorize: %d polygons, %.1f m2 on the ground", len(shapes), ground_area)
    logger.info(
        "vectorize: sum of areas %.6f, area of the union %.6f, valid area %d pixels",
        shapely.area(shapes).sum(),
        union,
        valid_pixels,
    )
