"""The part of deliver that lays maps out: their places, and the QGIS project that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rasterio.enums import MaskFlags

from rs_seg.algorithms.reporting.pictures import percentile_ranges
from rs_seg.algorithms.vectorizing.mosaic import plan_mosaics
from rs_seg.config import DeliverConfig, RunConfig
from rs_seg.io.notes import MAKE_AGAIN
from rs_seg.io.ogr import pyogrio
from rs_seg.io.qgis import (
    Group,
    MapLayer,
    classes_layer,
    confidence_layer,
    doubt_layer,
    imagery_layer,
    polygons_layer,
    roles_layer,
    write_project,
)
from rs_seg.io.raster import RasterReader, open_raster
from rs_seg.io.thumbnails import read_thumbnail
from rs_seg.scenes.manifest import Manifest
from rs_seg.stages.deliver.objects import object_groups
from rs_seg.values.grid import Grid, crs_of_files
from rs_seg.values.layout import MapKey


def map_folder(key: MapKey) -> str:
    """Where a map lies, relative to the delivery; "-" is in no name of a network or refinement."""
    return f"scenes/{key.scene}/{'-'.join(key.method)}"


def merged_folder(method: tuple[str, str]) -> str:
    """Where the polygons of all scenes as one layer lie, relative to the delivery."""
    return f"merged/{'-'.join(method)}"


def uncertainty_path(scene: str, network: str) -> str:
    """Where the uncertainty of a network in a scene lies, relative to the delivery.

    It belongs to no refinement.
    """
    return f"scenes/{scene}/{network}/uncertainty.tif"


def write_map_project(
    config: DeliverConfig,
    run: RunConfig,
    files: Manifest,
    best: tuple[str, str] | None,
    path: Path,
    *,
    further: Sequence[Group] = (),
) -> None:
    """Polygons of all scenes as one layer, the split, a group for each scene, and the imagery.

    Shown are the imagery and the best map, once, or in a run with detectors the objects of the
    first one, whose outlines a map would hide; all else is there to be switched on. The project
    opens on the first area: the scenes that touch the first one, or that one alone. `further`
    groups stand above maps.
    """
    image_of = {scene.name: files.scene(scene.name, "image") for scene in run.scenes}
    grids = {scene: read_grid(image) for scene, image in image_of.items()}
    merged = files.has("merged_polygons") or files.has("merged_objects")
    groups = [*object_groups(run, files, grids), *further]
    shows_map = not run.detections
    if files.has("merged_polygons") and best is not None:
        groups.append(_merged_group(run, files, best, shown=shows_map))
    if files.has("blocks"):
        groups.append(_split_group(path.parent / "split" / "blocks.gpkg"))
    methods = sorted(run.maps, key=lambda method: method != best)
    for number, scene in enumerate(image_of):
        own = [MapKey(scene, *method) for method in methods]
        members = _scene_members(run, own, grids[scene], shown=shows_map and not merged)
        groups.append(Group(scene, members, expanded=number == 0 and not merged))
    if config.imagery:
        groups.append(
            Group(
                "Imagery",
                [_imagery(scene, image, grids[scene]) for scene, image in image_of.items()],
            )
        )
    view = plan_mosaics(list(grids.values()))[0].grid if merged else next(iter(grids.values()))
    write_project(path, title=run.title, tree=Group("", groups), view=view)


def read_grid(path: Path) -> Grid:
    """The grid of a raster."""
    with RasterReader(path) as reader:
        return reader.grid


def _merged_group(run: RunConfig, files: Manifest, best: tuple[str, str], *, shown: bool) -> Group:
    """All scenes as one layer, for each map; the best map comes first and is the one `shown`."""
    layers = [
        polygons_layer(
            f"{' + '.join(method)}: all scenes",
            f"{merged_folder(method)}/polygons.gpkg",
            crs=pyogrio.read_info(files.method(method, "merged_polygons"), layer="polygons")["crs"],
            legend=run.refinements[method[1]].map_legend(run.legend),
            shown=shown and method == best,
            unfilled=run.outside_class,
        )
        for method in sorted(run.maps, key=lambda method: method != best)
    ]
    return Group("All scenes", layers, expanded=True)


def _split_group(path: Path) -> Group:
    """Areas and blocks by role, not shown."""
    layers = []
    for title, layer in (("Areas by role", "areas"), ("Blocks by role", "blocks")):
        crs = pyogrio.read_info(path, layer=layer)["crs"]
        table = pyogrio.read_dataframe(path, layer=layer, columns=["role"], read_geometry=False)
        roles = sorted(table["role"].unique())
        layers.append(roles_layer(title, f"split/{path.name}", layer, crs=crs, roles=roles))
    return Group("Split", layers, shown=False)


def _scene_members(
    run: RunConfig, maps: list[MapKey], grid: Grid, *, shown: bool
) -> list[Group | MapLayer]:
    """Layers of the best map and its network, then a group of the others.

    `maps` begins with the best.
    """
    if not maps:
        return []
    best, *others = maps
    members: list[Group | MapLayer] = list(_map_layers(run, best, grid, shown=shown))
    members += _uncertainty_layers(run, best.scene, best.network, grid)
    layers = [layer for key in others for layer in _map_layers(run, key, grid, shown=False)]
    for network in run.models_with_uncertainty:
        if network != best.network:
            layers += _uncertainty_layers(run, best.scene, network, grid)
    return [*members, Group("Other maps", layers)] if layers else members


def _map_layers(run: RunConfig, key: MapKey, grid: Grid, *, shown: bool) -> Iterator[MapLayer]:
    legend, crs = run.refinements[key.refinement].map_legend(run.legend), crs_of_files(grid)
    folder, unfilled = map_folder(key), run.outside_class
    yield polygons_layer(
        f"{key.title}: map",
        f"{folder}/polygons.gpkg",
        crs=crs,
        legend=legend,
        shown=shown,
        unfilled=unfilled,
    )
    yield classes_layer(
        f"{key.title}: class raster",
        f"{folder}/classes.tif",
        grid,
        legend=legend,
        unfilled=unfilled,
    )
    yield confidence_layer(f"{key.title}: confidence", f"{folder}/confidence.tif", grid)


def _uncertainty_layers(run: RunConfig, scene: str, network: str, grid: Grid) -> Iterator[MapLayer]:
    """One layer for each measure of a network; none where none was asked for."""
    for band, measure in enumerate(run.uncertainty.measures_of(run.models[network]), start=1):
        layer = confidence_layer if measure == "maximum_probability" else doubt_layer
        title = f"{network}: {measure.replace('_', ' ')}"
        yield layer(title, uncertainty_path(scene, network), grid, band=band)


def _imagery(scene: str, path: Path, grid: Grid) -> MapLayer:
    """The imagery, stretched from the 2nd to the 98th percentile of a small copy's valid pixels."""
    thumbnail = read_thumbnail(path, size=1024, composite=True, resampling="average")
    with open_raster(path, remedy=MAKE_AGAIN) as dataset:
        masked = MaskFlags.per_dataset in dataset.mask_flag_enums[0]
        alpha = dataset.count + 1 if masked else -1
    ranges = percentile_ranges(thumbnail.pixels, thumbnail.valid)
    stretches = dict(zip(thumbnail.bands, ranges, strict=True))
    return imagery_layer(scene, f"scenes/{scene}/image.tif", grid, stretches=stretches, alpha=alpha)
