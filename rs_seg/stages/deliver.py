"""`deliver`: the folder to hand over, with a QGIS project, metadata, provenance and checksums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rs_seg.config import DeliverConfig, RunConfig, TrainedModel
from rs_seg.values import InPath, InPaths, OutPath

if TYPE_CHECKING:
    from rs_seg.io.qgis import Group, MapLayer
    from rs_seg.values.grid import Grid

REVISION = 1
SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qml")


@dataclass(frozen=True)
class DeliveredMap:
    """One map of one scene: where its files come from and its folder, relative to the delivery."""

    scene: str
    method: tuple[str, str]
    classes: Path
    confidence: Path
    polygons: Path
    shapefile: Path

    @property
    def title(self) -> str:
        """Network and refinement, for people."""
        return " + ".join(self.method)

    @property
    def folder(self) -> str:
        """Where the map lies; "-" cannot be part of the names of networks and refinements."""
        return f"scenes/{self.scene}/{'-'.join(self.method)}"


def deliver(
    config: DeliverConfig,
    run: RunConfig,
    *,
    report: InPath,
    images: InPaths,
    classes: InPaths,
    confidences: InPaths,
    polygons: InPaths,
    shapefiles: InPaths,
    models: InPaths,
    split: InPaths,
    blocks: InPaths,
    comparison: InPaths,
    folder: OutPath,
) -> None:
    """Fill the folder: rasters as cloud-optimised GeoTIFFs, all else copied, then project, metadata and checksums.

    Equal inputs give equal bytes. Where no scene is labelled, `split`, `blocks` and `comparison` are empty lists.
    """
    from rs_seg.algorithms.reporting.ranking import best_map
    from rs_seg.io.delivery.checksums import checksum_list, hash_folder

    maps = [
        DeliveredMap(scene.name, (network, refinement), *files)
        for (scene, network, refinement), files in zip(
            product(run.scenes, run.networks, run.refinements),
            zip(classes, confidences, polygons, shapefiles, strict=True),
            strict=True,
        )
    ]
    image_of = dict(zip((scene.name for scene in run.scenes), images, strict=True))
    best = best_map(run.networks, run.refinements, _read_json(comparison[0]) if comparison else None)
    _copy_maps(maps, folder)
    _copy_rest(run, report=report, models=models, split=[*split, *blocks], folder=folder)
    if config.imagery:
        _copy_imagery(image_of, folder)
    _write_project(config, run, maps, image_of, best, blocks=bool(blocks), path=folder / "map.qgz")
    _write_readme(config, run, best, comparison, blocks=bool(blocks), path=folder / "README.txt")
    sums = hash_folder(folder)
    _write_metadata(run, maps, image_of, sums, folder)
    _write_provenance(run, maps, sums, folder)
    (folder / "SHA256SUMS").write_text(checksum_list(hash_folder(folder, known=sums)), encoding="utf-8")


def _read_json(path: Path) -> Any:
    import json

    return json.loads(path.read_text(encoding="utf-8"))


def _copy_maps(maps: list[DeliveredMap], folder: Path) -> None:
    from rs_seg.io.delivery.cog import copy_to_cog
    from rs_seg.progress import track

    for each in track(maps, total=len(maps), description="maps"):
        target = folder / each.folder
        target.mkdir(parents=True)
        copy_to_cog(each.classes, target / "classes.tif", overviews="nearest")
        copy_to_cog(each.confidence, target / "confidence.tif", overviews="average")
        _copy(each.polygons, target / "polygons.gpkg")
        for suffix in SIDECARS:
            _copy(each.shapefile.with_suffix(suffix), target / f"polygons{suffix}")


def _copy_imagery(image_of: dict[str, Path], folder: Path) -> None:
    from rs_seg.io.delivery.cog import copy_to_cog

    for scene, path in image_of.items():
        copy_to_cog(path, folder / "scenes" / scene / "image.tif", overviews="average")


def _copy_rest(run: RunConfig, *, report: Path, models: list[Path], split: list[Path], folder: Path) -> None:
    _copy(report, folder / "report.html")
    for path in split:
        _copy(path, folder / "split" / path.name)
    for suffix, networks in ((".safetensors", list(run.networks)), (".onnx", list(run.exported_networks))):
        files = [path for path in models if path.suffix == suffix]
        for network, path in zip(networks, files, strict=True):
            _copy(path, folder / "models" / f"{network}{suffix}")


def _copy(source: Path, target: Path) -> None:
    import shutil

    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write_project(
    config: DeliverConfig,
    run: RunConfig,
    maps: list[DeliveredMap],
    image_of: dict[str, Path],
    best: tuple[str, str],
    *,
    blocks: bool,
    path: Path,
) -> None:
    """Groups by scene: the best map and the imagery shown, all else there to be switched on; the first group open."""
    from rs_seg.io.qgis import Group, write_project

    grids = {scene: _read_grid(image) for scene, image in image_of.items()}
    groups = [_split_group(path.parent / "split" / "blocks.gpkg")] if blocks else []
    for number, scene in enumerate(image_of):
        own = sorted((each for each in maps if each.scene == scene), key=lambda each: each.method != best)
        members = _scene_members(run, own, grids[scene])
        if config.imagery:
            members.append(_imagery(scene, image_of[scene], grids[scene]))
        groups.append(Group(scene, members, expanded=number == 0))
    write_project(path, title=run.title, tree=Group("", groups), view=next(iter(grids.values())))


def _split_group(path: Path) -> Group:
    """Areas and blocks by role, not shown."""
    import pyogrio

    from rs_seg.io.qgis import Group, roles_layer

    layers = [
        roles_layer(title, f"split/{path.name}", layer, crs=pyogrio.read_info(path, layer=layer)["crs"])
        for title, layer in (("Areas by role", "areas"), ("Blocks by role", "blocks"))
    ]
    return Group("Split", layers, shown=False)


def _scene_members(run: RunConfig, maps: list[DeliveredMap], grid: Grid) -> list[Group | MapLayer]:
    """The best map's layers, then a group of the others; `maps` begins with the best."""
    from rs_seg.io.qgis import Group

    best, *others = maps
    members: list[Group | MapLayer] = list(_map_layers(run, best, grid, shown=True))
    if others:
        layers = [layer for each in others for layer in _map_layers(run, each, grid, shown=False)]
        members.append(Group("Other maps", layers))
    return members


def _map_layers(run: RunConfig, each: DeliveredMap, grid: Grid, *, shown: bool) -> Iterator[MapLayer]:
    from rs_seg.io.qgis import classes_layer, confidence_layer, polygons_layer

    yield polygons_layer(f"{each.title}: map", f"{each.folder}/polygons.gpkg", grid, legend=run.legend, shown=shown)
    yield classes_layer(f"{each.title}: class raster", f"{each.folder}/classes.tif", grid, legend=run.legend)
    yield confidence_layer(f"{each.title}: confidence", f"{each.folder}/confidence.tif", grid)


def _imagery(scene: str, path: Path, grid: Grid) -> MapLayer:
    """The imagery, stretched from the 2nd to the 98th percentile of valid pixels at reduced size."""
    from rasterio.enums import MaskFlags

    from rs_seg.algorithms.reporting.pictures import percentile_ranges
    from rs_seg.io.qgis import imagery_layer
    from rs_seg.io.raster import open_raster
    from rs_seg.io.thumbnails import read_thumbnail

    thumbnail = read_thumbnail(path, size=1024, composite=True, resampling="average")
    with open_raster(path) as dataset:
        masked = MaskFlags.per_dataset in dataset.mask_flag_enums[0]
        alpha = dataset.count + 1 if masked else -1
    ranges = percentile_ranges(thumbnail.pixels, thumbnail.valid)
    stretches = dict(zip(thumbnail.bands, ranges, strict=True))
    return imagery_layer("Imagery", f"scenes/{scene}/image.tif", grid, stretches=stretches, alpha=alpha)


def _read_grid(path: Path) -> Grid:
    from rs_seg.io.raster import RasterReader

    with RasterReader(path) as reader:
        return reader.grid


def _write_readme(
    config: DeliverConfig, run: RunConfig, best: tuple[str, str], comparison: InPaths, *, blocks: bool, path: Path
) -> None:
    from rs_seg import __version__
    from rs_seg.io.html import render

    figures = [each for each in _read_json(comparison[0])["ranking"] if _is(each, best)] if comparison else []
    text = render(
        "readme.txt.j2",
        title=run.title,
        version=__version__,
        figures=figures,
        imagery=config.imagery,
        split=blocks,
        nodata=run.class_names.nodata,
        scenes=[scene.name for scene in run.scenes],
        maps=[f"{network} + {refinement}" for network, refinement in product(run.networks, run.refinements)],
        best=f"{best[0]} + {best[1]}",
        legend=run.legend.root,
    )
    path.write_text(text, encoding="utf-8")


def _is(each: dict[str, Any], best: tuple[str, str]) -> bool:
    return (each["network"], each["refinement"]) == best


def _write_metadata(
    run: RunConfig, maps: list[DeliveredMap], image_of: dict[str, Path], sums: dict[str, str], folder: Path
) -> None:
    """STAC: an Item per scene and their Catalog."""
    from rs_seg.io.delivery.stac import list_assets, write_catalog, write_item

    titles = {"-".join(each.method): each.title for each in maps}
    for scene in run.scenes:
        write_item(
            folder / "scenes" / scene.name / "item.json",
            scene=scene.name,
            grid=_read_grid(image_of[scene.name]),
            legend=run.legend,
            assets=list_assets(folder, sums=sums, prefix=f"scenes/{scene.name}/", titles=titles),
            time=scene.fields.get("datetime") or scene.fields.get("date"),
        )
    write_catalog(folder / "catalog.json", title=run.title, scenes=[scene.name for scene in run.scenes])


def _write_provenance(run: RunConfig, maps: list[DeliveredMap], sums: dict[str, str], folder: Path) -> None:
    """What each file was made from; keys are described in docs/outputs.md."""
    from rs_seg.io.delivery.provenance import describe_inputs, write_provenance

    inputs = describe_inputs(_raw_files(run))
    labelled = {scene.name for scene in run.labelled_scenes}
    raw = {scene.name: [str(path.as_posix()) for path in run.source_paths(scene)] for scene in run.scenes}
    learned = [each["path"] for each in inputs if each["scene"] in labelled]
    made_from: dict[str, list[str]] = {f"scenes/{scene}/image.tif": paths for scene, paths in raw.items()}
    for network, settings in run.networks.items():
        made_from[f"models/{network}.safetensors"] = [settings.model] if isinstance(settings, TrainedModel) else learned
        made_from[f"models/{network}.onnx"] = [f"models/{network}.safetensors"]
    for each in maps:
        rasters = [f"{each.folder}/{name}.tif" for name in ("classes", "confidence")]
        made_from |= dict.fromkeys(rasters, raw[each.scene] + [f"models/{each.method[0]}.safetensors"])
        made_from |= {f"{each.folder}/polygons{suffix}": rasters for suffix in (".gpkg", *SIDECARS)}
    made_from |= dict.fromkeys(("split/split.json", "split/blocks.gpkg"), learned)
    configuration = run.model_dump(mode="json")
    write_provenance(folder, sums=sums, made_from=made_from, inputs=inputs, seed=run.seed, configuration=configuration)


def _raw_files(run: RunConfig) -> Iterator[tuple[str, str, Path]]:
    """Scene, kind and path of every file that the user gave."""
    for scene in run.scenes:
        for name, path in zip(run.sources, run.source_paths(scene), strict=True):
            yield scene.name, f"source {name}", path
        if scene.labelled:
            yield scene.name, "label", run.label_path(scene)
