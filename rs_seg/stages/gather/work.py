"""The work of `gather`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pyproj

from rs_seg import __version__
from rs_seg.algorithms.refining.frames import plan_frames
from rs_seg.algorithms.reporting.ranking import best_map
from rs_seg.config import GatherConfig, RunConfig
from rs_seg.errors import UserError
from rs_seg.io.comparison import read_comparison
from rs_seg.io.delivery.checksums import checksum_list, hash_folder
from rs_seg.io.delivery.copying import copy_file
from rs_seg.io.delivery.scene_index import write_table
from rs_seg.io.html import render
from rs_seg.io.staging import final_place
from rs_seg.io.vectors.reading import count_polygons
from rs_seg.maps.handed_sample import copy_sample, hands_places, sample_folder, sample_groups
from rs_seg.maps.survey import SurveyedMap, survey_maps
from rs_seg.scenes.failures import read_failures
from rs_seg.scenes.files import check_grids
from rs_seg.scenes.footprints import common_crs, map_in_threads, outline, relative_path
from rs_seg.scenes.manifest import Manifest, read_run_files, sampled_maps
from rs_seg.stages.gather.index import (
    AREA_COLUMNS,
    FinishedScene,
    area_rows,
    list_failed,
    list_finished,
    write_scene_index,
)
from rs_seg.stages.gather.mosaics import GatheredMap, write_mosaics
from rs_seg.stages.gather.objects import best_detection, count_objects, gather_objects
from rs_seg.stages.gather.polygons import ScenePolygons, choose_format, gather_polygons
from rs_seg.stages.gather.project import write_batch_project
from rs_seg.stages.gather.provenance import write_batch_provenance
from rs_seg.values import InPaths, OutPath
from rs_seg.values.layout import MapKey


def gather(config: GatherConfig, run: RunConfig, *, files: InPaths, folder: OutPath) -> None:
    """See the signature."""
    given = read_run_files(run, files)
    check_grids(given)
    _check_placed(run)
    place, scenes = final_place(folder), tuple(scene.name for scene in run.scenes)
    maps = [GatheredMap(method, scenes, given) for method in run.maps]
    compared = read_comparison(given.find("comparison"))
    chosen = best_map(run.maps, compared) if maps else None
    best = next((each for each in maps if each.method == chosen), None)
    folder.mkdir(parents=True, exist_ok=True)
    surveyed = _survey(run, maps, folder)[best.method] if best is not None else {}
    detection = best_detection(run, compared)
    counted = count_objects(run, given, folder).get(detection, {}) if detection else {}
    paths = _list_paths(run, given, best, detection)
    finished = list_finished(run, paths, surveyed, counted, place)
    lost = list_failed(run, read_failures(given.find("failed")))
    grids = [each.grid for each in finished]
    crs = common_crs(grids + [grid for _, grid in lost.values() if grid is not None])
    names = run.refinements[best.method[1]].map_legend(run.legend).class_names if best else None
    objects = run.object_names if detection else None
    write_scene_index(names, objects, finished, lost, crs=crs, folder=folder)
    kind, vectors = _gather_polygons(config, run, maps, finished, crs=crs, folder=folder)
    vectors |= gather_objects(run, given, finished, crs=crs, folder=folder)
    made_from = {
        name: [relative_path(path, place) for path in paths] for name, paths in vectors.items()
    }
    of_sample = [relative_path(path, place) for path in _list_sampled(run, given)]
    made_from |= copy_sample(run, given, folder, maps=of_sample)
    frames = plan_frames(grids)
    for each in maps:
        made_from |= write_mosaics(run, each, frames, folder, place)
    outlines = [outline(grid, crs) for grid in grids]
    packages, project = kind == "geopackage", folder / "map.qgz"
    write_batch_project(
        run,
        maps,
        best,
        frames,
        outlines,
        crs=crs,
        packages=packages,
        further=sample_groups(run, given),
        path=project,
    )
    copy_file(given.run("report"), folder / "report.html")
    copy_file(given.run("failed"), folder / "failed.csv")
    _write_readme(run, maps, best, failed=len(lost), kind=kind, crs=crs, path=folder / "README.txt")
    sums = hash_folder(folder)
    write_batch_provenance(run, given, made_from=made_from, sums=sums, folder=folder, place=place)
    (folder / "SHA256SUMS").write_text(
        checksum_list(hash_folder(folder, known=sums)), encoding="utf-8"
    )


def _check_placed(run: RunConfig) -> None:
    """Refuse pictures without a place, which make up no whole.

    Raises:
        UserError: the run is of such pictures.
    """
    if not run.has_place:
        raise UserError(
            "pictures without a place cannot be gathered",
            where="align.ungeoreferenced",
            found="pixels",
            expected="scenes on Earth, whose maps can be laid into one layer",
            remedy="run without --config gather=true: deliver hands over a folder for each picture",
        )


def _list_paths(
    run: RunConfig, files: Manifest, best: GatheredMap | None, detection: tuple[str, str] | None
) -> dict[str, dict[str, Path]]:
    """The files that the index names, by kind and scene: of the best map and the best objects."""
    names = [scene.name for scene in run.scenes]
    paths = {"image": {name: files.scene(name, "image") for name in names}}
    if best is not None:
        paths |= {kind: best.paths(kind) for kind in ("classes", "confidence", "polygons")}
    if detection is not None:
        paths["objects"] = {name: files.objects(name, detection) for name in names}
    return paths


def _list_sampled(run: RunConfig, files: Manifest) -> list[Path]:
    """The rasters that places were drawn from."""
    if run.samples_change:
        return files.all_of("kinds")
    return [files.map(key, "classes") for key in sampled_maps(run)]


def _survey(
    run: RunConfig, maps: Sequence[GatheredMap], folder: Path
) -> Mapping[tuple[str, str], Mapping[str, SurveyedMap]]:
    """Areas of the classes of all maps by their scenes, which are also written to areas.csv."""
    surveyed, rows = {}, []
    for each in maps:
        names = run.refinements[each.method[1]].map_legend(run.legend).class_names
        surveyed[each.method] = survey_maps(
            each.paths("classes"), names, sample=1, description=f"areas of {each.name}"
        )
        rows += list(area_rows(run, each.method, surveyed[each.method]))
    write_table(folder / "areas.csv", dict(zip(AREA_COLUMNS, zip(*rows, strict=True), strict=True)))
    return surveyed


def _gather_polygons(
    config: GatherConfig,
    run: RunConfig,
    maps: Sequence[GatheredMap],
    finished: Sequence[FinishedScene],
    *,
    crs: str,
    folder: Path,
) -> tuple[str, dict[str, list[Path]]]:
    """Write the polygons of all maps; what they are kept in, and what each was made from."""
    if config.polygons == "none" or not maps:
        return "none", {}
    parts = {
        each.method: map_in_threads(
            partial(_count, each), finished, description=f"polygons of {each.name}, counted"
        )
        for each in maps
    }
    kind = choose_format(
        config, max(sum(part.rows for part in scenes) for scenes in parts.values())
    )
    made_from: dict[str, list[Path]] = {}
    for method, scenes in parts.items():
        made_from |= gather_polygons(run, method, scenes, crs=crs, kind=kind, folder=folder)
    return kind, made_from


def _count(gathered: GatheredMap, scene: FinishedScene) -> ScenePolygons:
    """The polygons of a map of one scene."""
    path = gathered.files.map(MapKey(scene.name, *gathered.method), "polygons")
    return ScenePolygons(scene.name, path, count_polygons(path), scene.first_id)


def _write_readme(
    run: RunConfig,
    maps: Sequence[GatheredMap],
    best: GatheredMap | None,
    *,
    failed: int,
    kind: str,
    crs: str,
    path: Path,
) -> None:
    text = render(
        "gathered.txt.j2",
        title=run.title,
        version=__version__,
        finished=len(run.scenes),
        failed=failed,
        kind=kind,
        crs=pyproj.CRS(crs).name,
        nodata=run.class_names.nodata,
        maps=[each.title for each in maps],
        objects=run.detections,
        sample=sample_folder(run),
        places=hands_places(run, path.parent),
        best=best.title if best else "",
        legend=run.map_legend.root,
    )
    path.write_text(text, encoding="utf-8")
