"""The work of `merge`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.algorithms.vectorizing.mosaic import plan_mosaics
from rs_seg.config import RefinementConfig, VectorizeConfig
from rs_seg.errors import UserError
from rs_seg.io.mosaic import MosaicReader
from rs_seg.io.raster import RasterReader
from rs_seg.maps.polygon_streams import chain_streams, log_areas, stream_polygons, write_formats
from rs_seg.maps.polygons import vectorize_map
from rs_seg.maps.sources import Sources, check_sources
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import Manifest, read_manifest
from rs_seg.values import InPaths, Legend, OutPath
from rs_seg.values.band_groups import BandGroup, marks_of
from rs_seg.values.grid import crs_of
from rs_seg.values.layout import MapKey

if TYPE_CHECKING:
    from rs_seg.values.mosaic import Mosaic


logger = logging.getLogger(__name__)


def merge(
    vectorize: VectorizeConfig,
    refinement: RefinementConfig,
    legend: Legend,
    outside_class: str | None,
    band_groups: tuple[BandGroup, ...] = (),
    *,
    files: InPaths,
    formats: Mapping[str, OutPath | None],
) -> None:
    """See the signature; `formats` are its outputs, by the names of formats."""
    legend = refinement.map_legend(legend)
    names = legend.class_names
    given = read_manifest(files)
    maps = _list_maps(given)
    check_grids(given)
    mosaics = _plan([given.map(key, "classes") for key in maps])
    crs = crs_of(mosaics[0].grid).to_wkt()
    streams, base = [], 0
    for mosaic in mosaics:
        with ExitStack() as stack:
            sources = replace(_open(stack, mosaic, maps, given), marks=marks_of(band_groups))
            check_sources(vectorize, sources)
            found = vectorize_map(vectorize, sources, names, outside_class=outside_class)
        log_areas(found, mosaic.grid)
        streams.append(stream_polygons(vectorize, found, names, mosaic.grid, crs=crs, base=base))
        del found  # the stream has copies of what it needs, which are smaller
        base += mosaic.grid.height * mosaic.grid.width
    write_formats(chain_streams(streams), formats, legend, unfilled=outside_class)


def _list_maps(files: Manifest) -> list[MapKey]:
    """The maps of all scenes, in the order of their class maps in the list.

    Raises:
        UserError: they are of several networks or refinements, or a file is of a scene without one.
    """
    maps = [MapKey(*key) for key in files.keys("classes")]
    methods = {key.title for key in maps}
    if len(methods) != 1:
        raise UserError(
            "a merged layer is of the maps of one network and one refinement",
            where="--files",
            found=f"class maps of {', '.join(sorted(methods))}" if methods else "no class map",
            expected="the class map of each scene by the same network and refinement",
        )
    files.check_names("scene", {key.scene for key in maps})
    return maps


def _plan(classes: list[Path]) -> list[Mosaic]:
    """The rasters that the scenes make up."""
    grids = []
    for path in classes:
        with RasterReader(path) as reader:
            grids.append(reader.grid)
    mosaics = plan_mosaics(grids)
    logger.info("merge: %d scenes make up %d areas", len(classes), len(mosaics))
    for mosaic in mosaics[1:]:
        first = classes[mosaic.members[0].scene]
        logger.info(
            "merge: %d scenes from %s on do not touch or fit those before",
            len(mosaic.members),
            first,
        )
    return mosaics


def _open(stack: ExitStack, mosaic: Mosaic, maps: Sequence[MapKey], files: Manifest) -> Sources:
    """The rasters of a mosaic, which knows scenes by their numbers."""

    def read(paths: Sequence[Path]) -> MosaicReader:
        return stack.enter_context(MosaicReader(mosaic, paths))

    classes = [files.map(key, "classes") for key in maps]
    probabilities, image = None, None
    if files.has("probabilities"):
        probabilities = read(
            [files.network(key.scene, key.network, "probabilities") for key in maps]
        )
    if files.has("image"):
        image = read([files.scene(key.scene, "image") for key in maps])
    return Sources(
        classes[mosaic.members[0].scene],
        read(classes),
        read([files.map(key, "confidence") for key in maps]),
        probabilities=probabilities,
        image=image,
    )
