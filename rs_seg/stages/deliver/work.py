"""The work of `deliver`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path

from rs_seg import __version__
from rs_seg.algorithms.reporting.independence import describe_independence, describe_test_sets
from rs_seg.algorithms.reporting.protocols import describe_protocols
from rs_seg.algorithms.reporting.ranking import best_map
from rs_seg.config import DeliverConfig, RunConfig
from rs_seg.io.comparison import read_comparison
from rs_seg.io.delivery.checksums import checksum_list, hash_folder
from rs_seg.io.delivery.cog import copy_to_cog
from rs_seg.io.delivery.copying import copy_file
from rs_seg.io.delivery.onnx_models import copy_with_colors
from rs_seg.io.delivery.provenance import write_provenance
from rs_seg.io.delivery.stac import list_assets, write_catalog, write_item, write_json
from rs_seg.io.documents import read_document
from rs_seg.io.html import render
from rs_seg.maps.handed_sample import copy_sample, hands_places, sample_folder, sample_groups
from rs_seg.progress import track
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.manifest import Manifest, map_keys, read_run_files
from rs_seg.scenes.raw_files import read_origins
from rs_seg.stages.deliver.changes import change_groups, copy_changes, list_sampled
from rs_seg.stages.deliver.companions import list_companions, write_companions
from rs_seg.stages.deliver.maps import map_folder, read_grid, uncertainty_path, write_map_project
from rs_seg.stages.deliver.origins import describe_models, job_of, name_models
from rs_seg.stages.deliver.patches import deliver_patches
from rs_seg.stages.deliver.vectors import copy_vectors
from rs_seg.stages.deliver.web_map import deliver_web_map
from rs_seg.values import InPaths, OutPath
from rs_seg.values.comparison import Comparison
from rs_seg.values.estimates import MapEstimates
from rs_seg.values.layout import LINK_TO_WEB_MAP, WEB_MAP
from rs_seg.values.vector_formats import VECTOR_FORMATS

TOLD_APART = ("geopackage", "shapefile")
"""Formats that the README has lines of their own for."""
ONNX = {"onnx": "", "deepness": "-deepness"}
"""ONNX models by their kind: what follows the name of their network."""


def deliver(config: DeliverConfig, run: RunConfig, *, files: InPaths, folder: OutPath) -> None:
    """See the signature."""
    given = read_run_files(run, files)
    check_grids(given)
    compared = read_comparison(given.find("comparison"))
    best = best_map(run.maps, compared) if run.maps else None
    model_of = name_models(run, given, copied=config.models)
    if run.sheets:
        made_from = deliver_patches(run, given, folder, model_of)
    else:
        made_from = _copy_maps(config, run, given, folder, model_of)
    _copy_rest(given, folder)
    for (network,) in given.keys("card"):
        copy_file(given.model(network, "card"), folder / "models" / f"{network}.md")
    if config.models:
        _copy_models(run, given, folder / "models")
    if not run.sheets:
        made_from |= _show_maps(config, run, given, best, folder)
    _write_readme(config, run, given, compared, best, folder / "README.txt")
    sums = hash_folder(folder)
    if not run.sheets:
        _write_metadata(run, given, sums, folder)
    _write_provenance(run, given, model_of, made_from, sums, folder)
    (folder / "SHA256SUMS").write_text(
        checksum_list(hash_folder(folder, known=sums)), encoding="utf-8"
    )


def _copy_maps(
    config: DeliverConfig,
    run: RunConfig,
    files: Manifest,
    folder: Path,
    model_of: Mapping[str, str],
) -> dict[str, list[str]]:
    """Copy rasters, vectors and places of a sample; what vectors and places were made from."""
    _copy_rasters(config, run, files, folder)
    sampled = list_sampled(run, files)
    return {
        **copy_vectors(run, files, folder, model_of),
        **copy_changes(run, files, folder),
        **copy_sample(run, files, folder, maps=sampled),
    }


def _show_maps(
    config: DeliverConfig,
    run: RunConfig,
    files: Manifest,
    best: tuple[str, str] | None,
    folder: Path,
) -> dict[str, list[str]]:
    """Write what shows the maps: for QGIS, and for a browser; what pictures were made from."""
    groups = [*sample_groups(run, files), *change_groups(run, files, best)]
    write_map_project(config, run, files, best, folder / "map.qgz", further=groups)
    if not config.web_map:
        return {}
    return deliver_web_map(run, files, best, folder, imagery=config.imagery)


def _copy_rasters(config: DeliverConfig, run: RunConfig, files: Manifest, folder: Path) -> None:
    maps = map_keys(run)
    for key in track(maps, total=len(maps), description="maps"):
        target = folder / map_folder(key)
        target.mkdir(parents=True)
        copy_to_cog(files.map(key, "classes"), target / "classes.tif", overviews="nearest")
        copy_to_cog(files.map(key, "confidence"), target / "confidence.tif", overviews="average")
        legend = run.refinements[key.refinement].map_legend(run.legend)
        write_companions(run, target / "classes.tif", legend)
    for scene, network in product(run.scenes, run.models_with_uncertainty):
        target = folder / uncertainty_path(scene.name, network)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = files.network(scene.name, network, "uncertainty")
        copy_to_cog(source, target, overviews="average")
    for scene in run.scenes if config.imagery else ():
        target = folder / "scenes" / scene.name / "image.tif"
        target.parent.mkdir(parents=True, exist_ok=True)  # a run of detectors alone has no maps
        copy_to_cog(files.scene(scene.name, "image"), target, overviews="average")


def _copy_report(source: Path, target: Path) -> None:
    """Copy the report, whose link to the map leads to the file beside it."""
    page = source.read_text(encoding="utf-8")
    target.write_text(
        page.replace(f'href="{LINK_TO_WEB_MAP}"', f'href="{WEB_MAP}"'), encoding="utf-8"
    )


def _copy_rest(files: Manifest, folder: Path) -> None:
    _copy_report(files.run("report"), folder / "report.html")
    for sheet in files.all_of("sheet"):
        copy_file(sheet, folder / sheet.name)
    for path in (*files.all_of("split"), *files.all_of("blocks")):
        copy_file(path, folder / "split" / path.name)


def _copy_models(run: RunConfig, files: Manifest, folder: Path) -> None:
    """Model files, the Items that describe them, and ONNX models with colours of the legend."""
    for network in (*run.models_with_file, *run.detectors_with_file):
        copy_file(files.model(network), folder / f"{network}.safetensors")
    for (network,) in files.keys("item"):
        _copy_item(files.model(network, "item"), network, folder)
    for kind, suffix in ONNX.items():
        for (network,) in files.keys(kind):
            legend = run.object_legend if network in run.detectors else run.legend
            copy_with_colors(
                files.model(network, kind),
                folder / f"{network}{suffix}.onnx",
                [row.color for row in legend],
            )


def _copy_item(source: Path, network: str, folder: Path) -> None:
    """The Item of a model, which then tells of the copies of model and card beside it."""
    item = json.loads(source.read_text(encoding="utf-8"))
    item["assets"]["model"]["href"] = f"./{network}.safetensors"
    item["links"][0]["href"] = f"./{network}.md"
    write_json(folder / f"{network}.json", item)


def _write_readme(
    config: DeliverConfig,
    run: RunConfig,
    files: Manifest,
    compared: Comparison | None,
    best: tuple[str, str] | None,
    path: Path,
) -> None:
    ranking = compared.ranking if compared else ()
    shown = next((ranked for ranked in ranking if ranked.method == best), None)
    text = render(
        "readme.txt.j2",
        title=run.title,
        version=__version__,
        best_map=shown,
        choice=compared.choice if compared and len(run.maps) > 1 else None,
        independence=describe_independence(shown.ground, shown.test) if shown else "",
        test_sets=describe_test_sets(shown.test_sets) if shown else {},
        protocol=_tell_protocol(run, compared),
        source=run.protocol,
        imagery=config.imagery,
        in_pixels=not run.has_place,
        models=config.models,
        cards=files.has("card"),
        web_map=config.web_map and not run.sheets,
        split=files.has("blocks"),
        merged=files.has("merged_polygons"),
        merged_objects=files.has("merged_objects"),
        sample=sample_folder(run),
        changes=files.has("transition_matrix"),
        places=hands_places(run, path.parent),
        estimated=_read_estimates(run, files),
        formats=run.vectorize.formats,
        other_formats=[
            VECTOR_FORMATS[name] for name in run.vectorize.formats if name not in TOLD_APART
        ],
        zonal=run.vectorize.zonal,
        nodata=run.class_names.nodata,
        scenes=[] if run.sheets else [scene.name for scene in run.scenes],
        patches=_count_patches(run),
        maps=[f"{network} + {refinement}" for network, refinement in run.maps],
        objects=[" + ".join(method) for method in run.detections],
        best=" + ".join(best or ()),
        legend=run.map_legend.root,
        measures=run.uncertainty.measures if run.models_with_uncertainty else (),
    )
    path.write_text(text, encoding="utf-8")


def _tell_protocol(run: RunConfig, compared: Comparison | None) -> list[str]:
    """What the figures are counted on, and how the split leaks, where it does."""
    if compared is None:
        return []
    names, data = (run.class_names.names, run.object_names.names), run.protocol.data
    return [*describe_protocols(compared, *names, data=data), *(compared.leaks or ())]


def _count_patches(run: RunConfig) -> int:
    return sum(scene.patches.count for scene in run.scenes if scene.patches is not None)


def _read_estimates(run: RunConfig, files: Manifest) -> MapEstimates | None:
    """What labelled places say of the sampled map; None where none are labelled."""
    path = files.find("estimates", *run.sampled_map) if run.sampled_map else None
    return None if path is None else read_document(path, MapEstimates)


def _write_metadata(run: RunConfig, files: Manifest, sums: dict[str, str], folder: Path) -> None:
    """STAC: an Item per scene and their Catalog."""
    titles = {"-".join(method): " + ".join(method) for method in run.maps}
    titles |= {name: name for name in run.models_with_uncertainty}
    titles |= {"-".join(method): " + ".join(method) for method in run.detections}
    legends = {
        "-".join(method): run.refinements[method[1]].map_legend(run.legend) for method in run.maps
    }
    for scene in run.scenes:
        write_item(
            folder / "scenes" / scene.name / "item.json",
            scene=scene.name,
            grid=read_grid(files.scene(scene.name, "image")),
            assets=list_assets(
                folder, sums=sums, prefix=f"scenes/{scene.name}/", titles=titles, legends=legends
            ),
            time=scene.fields.get("datetime") or scene.fields.get("date"),
        )
    write_catalog(
        folder / "catalog.json", title=run.title, scene_names=[scene.name for scene in run.scenes]
    )


def _write_provenance(
    run: RunConfig,
    files: Manifest,
    model_of: Mapping[str, str],
    vectors: dict[str, list[str]],
    sums: dict[str, str],
    folder: Path,
) -> None:
    """What each file was made from; keys are described in docs/outputs.md."""
    origins = read_origins(run, files)
    raw, learned = origins.raw, origins.learned
    made_from = {f"scenes/{scene}/image.tif": paths for scene, paths in raw.items()}
    given = run.given_models
    for name, model in model_of.items():
        made_from[f"models/{name}.safetensors"] = [given[name]] if name in given else learned
        derived = [f"{name}.md", f"{name}.json", *(f"{name}{end}.onnx" for end in ONNX.values())]
        made_from |= {f"models/{path}": [model] for path in derived}
    for key in map_keys(run):
        rasters = [f"{map_folder(key)}/{name}.tif" for name in ("classes", "confidence")]
        made_from |= dict.fromkeys(rasters, raw[key.scene] + _models_of(run, key.network, model_of))
        made_from |= {
            f"{map_folder(key)}/classes{suffix}": [rasters[0]] for suffix in list_companions(run)
        }
    made_from |= vectors
    for scene, network in product(run.scenes, run.models_with_uncertainty):
        made_from[uncertainty_path(scene.name, network)] = raw[scene.name] + _models_of(
            run, network, model_of
        )
    made_from |= dict.fromkeys(("split/split.json", "split/blocks.gpkg"), learned)
    write_provenance(
        folder,
        origins,
        sums=sums,
        made_from=made_from,
        made_by={path: job_of(run, path) for path in sums},
        beyond={"models": describe_models(files, model_of, sums)},
    )


def _models_of(run: RunConfig, network: str, model_of: Mapping[str, str]) -> list[str]:
    """The model of a network, or of each member of an ensemble."""
    return [model_of[member] for member in run.members[network]]
