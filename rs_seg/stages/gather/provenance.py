"""The part of gather that says what everything was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rs_seg.config import RunConfig, TrainedModel
from rs_seg.io.delivery.provenance import (
    describe_engines,
    describe_files,
    describe_inputs,
    write_provenance,
)
from rs_seg.io.model import read_description
from rs_seg.scenes.footprints import relative_path
from rs_seg.scenes.raw_files import raw_files
from rs_seg.stages.gather.mosaics import GatheredMap


def write_batch_provenance(
    run: RunConfig,
    maps: Sequence[GatheredMap],
    *,
    models: Sequence[Path],
    engines: Sequence[Path],
    made_from: Mapping[str, list[str]],
    sums: Mapping[str, str],
    folder: Path,
    place: Path,
) -> None:
    """Write provenance.json: raw files, models, rasters and polygons of every map, and the files of the folder.

    `made_from` names, for files of the folder, the files of maps that they were made from or refer
    to. Paths but those of raw files and given models are relative to `place`, where the folder will
    lie.
    """
    inputs = describe_inputs(raw_files(run))
    raw = {
        scene.name: [path.as_posix() for path in run.source_paths(scene)] for scene in run.scenes
    }
    labelled = {scene.name for scene in run.labelled_scenes}
    learned = [each["path"] for each in inputs if each["scene"] in labelled]
    model_of = _name_models(run, models, place)
    beyond = {
        "models": _describe_models(run, model_of, models, learned),
        "maps": _describe_maps(run, maps, raw, model_of, place),
    }
    write_provenance(
        folder,
        sums=sums,
        made_from=made_from,
        inputs=inputs,
        engines=describe_engines(engines),
        made_by={path: {"stage": "report" if path == "report.html" else "gather"} for path in sums},
        configuration=run.model_dump(mode="json"),
        beyond=beyond,
    )


def _name_models(run: RunConfig, models: Sequence[Path], place: Path) -> dict[str, str]:
    """How the model file of each network is called: as configured where it was given, else relative to the folder."""
    names = {}
    for network, path in zip(run.model_networks, models, strict=True):
        given = run.networks[network]
        names[network] = (
            given.model if isinstance(given, TrainedModel) else relative_path(path, place)
        )
    return names


def _describe_models(
    run: RunConfig, names: Mapping[str, str], models: Sequence[Path], learned: list[str]
) -> list[dict[str, Any]]:
    files = dict(zip(names.values(), models, strict=True))  # networks may share a given model
    described = {
        each["path"]: each for each in describe_files(files, description="checksums of models")
    }
    return [
        {
            "network": network,
            **described[name],
            **read_description(files[name]).model_dump(
                include={"kind", "rs_seg_version", "seed"}, mode="json"
            ),
            "made_from": [] if isinstance(run.networks[network], TrainedModel) else learned,
        }
        for network, name in names.items()
    ]


def _describe_maps(
    run: RunConfig,
    maps: Sequence[GatheredMap],
    raw: Mapping[str, list[str]],
    model_of: Mapping[str, str],
    place: Path,
) -> list[dict[str, Any]]:
    """Checksums of the files of every map, which the folder refers to, with what they were made from."""
    origins: list[dict[str, Any]] = []
    files: dict[str, Path] = {}
    for each in maps:
        branches = dict(zip(("network", "refinement"), each.method, strict=True))
        members = [model_of[member] for member in run.members[each.method[0]]]
        for scene, *paths in zip(
            run.scenes, each.classes, each.confidences, each.polygons, strict=True
        ):
            files |= {relative_path(path, place): path for path in paths}
            origins += [
                {
                    "made_from": raw[scene.name] + members,
                    "made_by": {"stage": stage, "scene": scene.name, **branches},
                }
                for stage in ("refine", "refine", "vectorize")
            ]
    described = describe_files(files, description="checksums of maps")
    return [{**each, **origin} for each, origin in zip(described, origins, strict=True)]
