"""The work of `deliver`."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from rs_seg import __version__
from rs_seg.algorithms.reporting.independence import describe_independence, describe_test_sets
from rs_seg.algorithms.reporting.ranking import best_map
from rs_seg.config import DeliverConfig, RunConfig, TrainedModel
from rs_seg.io.delivery.checksums import checksum_list, hash_folder
from rs_seg.io.delivery.cog import copy_to_cog
from rs_seg.io.delivery.copying import copy_file
from rs_seg.io.delivery.provenance import describe_engines, describe_inputs, write_provenance
from rs_seg.io.delivery.stac import list_assets, write_catalog, write_item
from rs_seg.io.html import render
from rs_seg.io.own_files import read_comparison
from rs_seg.io.sidecars import write_raster_styles
from rs_seg.progress import track
from rs_seg.scenes.files import check_scene_files
from rs_seg.scenes.raw_files import raw_files
from rs_seg.stages.deliver.maps import DeliveredMap, read_grid, uncertainty_path, write_map_project
from rs_seg.stages.deliver.origins import describe_models, job_of
from rs_seg.stages.deliver.vectors import copy_vectors
from rs_seg.values import InPath, InPaths, OutPath
from rs_seg.values.vector_formats import VECTOR_FORMATS

TOLD_APART = ("geopackage", "shapefile")
"""Formats that the README has lines of their own for."""


def deliver(
    config: DeliverConfig,
    run: RunConfig,
    *,
    report: InPath,
    images: InPaths,
    classes: InPaths,
    confidences: InPaths,
    uncertainties: InPaths,
    polygons: InPaths,
    merged: InPaths,
    exports: InPaths,
    models: InPaths,
    engines: InPaths,
    split: InPaths,
    blocks: InPaths,
    comparison: InPaths,
    folder: OutPath,
) -> None:
    """See the signature."""
    names = [scene.name for scene in run.scenes]
    check_scene_files(
        names, images=images, classes=classes, confidences=confidences, uncertainties=uncertainties
    )
    maps = [
        DeliveredMap(scene.name, method, *files)
        for (scene, method), files in zip(
            product(run.scenes, run.maps),
            zip(classes, confidences, polygons, strict=True),
            strict=True,
        )
    ]
    layers = dict(zip(run.maps, merged, strict=False))  # none, or one of each
    image_of = dict(zip(names, images, strict=True))
    best = best_map(run.maps, read_comparison(comparison))
    _copy_maps(run, maps, folder)
    vectors = copy_vectors(maps, layers, exports, folder)
    _copy_uncertainties(run, uncertainties, folder)
    _copy_rest(run, report=report, models=models, split=[*split, *blocks], folder=folder)
    if config.imagery:
        _copy_imagery(image_of, folder)
    write_map_project(
        config, run, maps, image_of, best, layers, blocks=bool(blocks), path=folder / "map.qgz"
    )
    _write_readme(
        config,
        run,
        best,
        comparison,
        blocks=bool(blocks),
        merged=bool(merged),
        path=folder / "README.txt",
    )
    sums = hash_folder(folder)
    _write_metadata(run, maps, image_of, sums, folder)
    _write_provenance(run, maps, vectors, engines, sums, folder)
    (folder / "SHA256SUMS").write_text(
        checksum_list(hash_folder(folder, known=sums)), encoding="utf-8"
    )


def _copy_maps(run: RunConfig, maps: list[DeliveredMap], folder: Path) -> None:
    for each in track(maps, total=len(maps), description="maps"):
        target = folder / each.folder
        target.mkdir(parents=True)
        copy_to_cog(each.classes, target / "classes.tif", overviews="nearest")
        copy_to_cog(each.confidence, target / "confidence.tif", overviews="average")
        write_raster_styles(
            target / "classes.tif", run.refinements[each.method[1]].map_legend(run.legend)
        )


def _copy_uncertainties(run: RunConfig, paths: list[Path], folder: Path) -> None:
    for (scene, network), path in zip(
        product(run.scenes, run.networks_with_uncertainty), paths, strict=True
    ):
        target = folder / uncertainty_path(scene.name, network)
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_to_cog(path, target, overviews="average")


def _copy_imagery(image_of: dict[str, Path], folder: Path) -> None:
    for scene, path in image_of.items():
        copy_to_cog(path, folder / "scenes" / scene / "image.tif", overviews="average")


def _copy_rest(
    run: RunConfig, *, report: Path, models: list[Path], split: list[Path], folder: Path
) -> None:
    copy_file(report, folder / "report.html")
    for path in split:
        copy_file(path, folder / "split" / path.name)
    trained = [path for path in models if path.suffix != ".onnx"]
    for network, path in zip(run.model_networks, trained, strict=True):
        copy_file(path, folder / "models" / f"{network}.safetensors")
    for path in (path for path in models if path.suffix == ".onnx"):
        name = path.parent.name if path.stem == "model" else f"{path.parent.name}-{path.stem}"
        copy_file(path, folder / "models" / f"{name}.onnx")


def _write_readme(
    config: DeliverConfig,
    run: RunConfig,
    best: tuple[str, str],
    comparison: InPaths,
    *,
    blocks: bool,
    merged: bool,
    path: Path,
) -> None:
    compared = read_comparison(comparison)
    ranking = compared.ranking if compared else ()
    shown = next((ranked for ranked in ranking if ranked.method == best), None)
    text = render(
        "readme.txt.j2",
        title=run.title,
        version=__version__,
        best_map=shown,
        independence=describe_independence(shown.ground, shown.test) if shown else "",
        test_sets=describe_test_sets(shown.test_sets) if shown else {},
        imagery=config.imagery,
        split=blocks,
        merged=merged,
        formats=run.vectorize.formats,
        other_formats=[
            VECTOR_FORMATS[name] for name in run.vectorize.formats if name not in TOLD_APART
        ],
        zonal=run.vectorize.zonal,
        nodata=run.class_names.nodata,
        scenes=[scene.name for scene in run.scenes],
        maps=[f"{network} + {refinement}" for network, refinement in run.maps],
        best=f"{best[0]} + {best[1]}",
        legend=run.map_legend.root,
        measures=run.uncertainty.measures if run.networks_with_uncertainty else (),
    )
    path.write_text(text, encoding="utf-8")


def _write_metadata(
    run: RunConfig,
    maps: list[DeliveredMap],
    image_of: dict[str, Path],
    sums: dict[str, str],
    folder: Path,
) -> None:
    """STAC: an Item per scene and their Catalog."""
    titles = {"-".join(each.method): each.title for each in maps} | {
        name: name for name in run.networks_with_uncertainty
    }
    legends = {
        "-".join(each.method): run.refinements[each.method[1]].map_legend(run.legend)
        for each in maps
    }
    for scene in run.scenes:
        write_item(
            folder / "scenes" / scene.name / "item.json",
            scene=scene.name,
            grid=read_grid(image_of[scene.name]),
            assets=list_assets(
                folder, sums=sums, prefix=f"scenes/{scene.name}/", titles=titles, legends=legends
            ),
            time=scene.fields.get("datetime") or scene.fields.get("date"),
        )
    write_catalog(
        folder / "catalog.json", title=run.title, scenes=[scene.name for scene in run.scenes]
    )


def _write_provenance(
    run: RunConfig,
    maps: list[DeliveredMap],
    vectors: dict[str, list[str]],
    engines: list[Path],
    sums: dict[str, str],
    folder: Path,
) -> None:
    """What each file was made from; keys are described in docs/outputs.md."""
    inputs = describe_inputs(raw_files(run))
    labelled = {scene.name for scene in run.labelled_scenes}
    raw = {
        scene.name: [str(path.as_posix()) for path in run.source_paths(scene)]
        for scene in run.scenes
    }
    learned = [each["path"] for each in inputs if each["scene"] in labelled]
    made_from: dict[str, list[str]] = {
        f"scenes/{scene}/image.tif": paths for scene, paths in raw.items()
    }
    for network in run.model_networks:
        settings = run.networks[network]
        made_from[f"models/{network}.safetensors"] = (
            [settings.model] if isinstance(settings, TrainedModel) else learned
        )
        exports = [f"models/{network}.onnx", f"models/{network}-deepness.onnx"]
        made_from |= {path: [f"models/{network}.safetensors"] for path in exports}
    for each in maps:
        rasters = [f"{each.folder}/{name}.tif" for name in ("classes", "confidence")]
        made_from |= dict.fromkeys(rasters, raw[each.scene] + _model_files(run, each.method[0]))
        made_from |= {f"{each.folder}/classes{suffix}": [rasters[0]] for suffix in (".qml", ".sld")}
    made_from |= vectors
    for scene, network in product(run.scenes, run.networks_with_uncertainty):
        made_from[uncertainty_path(scene.name, network)] = raw[scene.name] + _model_files(
            run, network
        )
    made_from |= dict.fromkeys(("split/split.json", "split/blocks.gpkg"), learned)
    write_provenance(
        folder,
        sums=sums,
        made_from=made_from,
        inputs=inputs,
        engines=describe_engines(engines),
        configuration=run.model_dump(mode="json"),
        made_by={path: job_of(run, path) for path in sums},
        beyond={"models": describe_models(run, sums, folder)},
    )


def _model_files(run: RunConfig, network: str) -> list[str]:
    """The delivered model of a network, or of each member of an ensemble."""
    members = run.ensembles[network].members if network in run.ensembles else (network,)
    return [f"models/{member}.safetensors" for member in members]
