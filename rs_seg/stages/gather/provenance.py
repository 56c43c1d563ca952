"""The part of gather that says what everything was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

from rs_seg.config import RunConfig
from rs_seg.io.delivery.provenance import describe_files, write_provenance
from rs_seg.io.model import read_description
from rs_seg.maps.handed_sample import stage_of_sample
from rs_seg.scenes.footprints import relative_path
from rs_seg.scenes.manifest import Manifest
from rs_seg.scenes.raw_files import read_origins
from rs_seg.values.layout import MapKey

STAGES = {"classes": "refine", "confidence": "refine", "polygons": "vectorize"}
"""What makes the files of a map that the folder refers to."""


def write_batch_provenance(
    run: RunConfig,
    files: Manifest,
    *,
    made_from: Mapping[str, list[str]],
    sums: Mapping[str, str],
    folder: Path,
    place: Path,
) -> None:
    """Write provenance.json: raw files, models, files of every map, and the files of the folder.

    `made_from` names, for files of the folder, the files of maps that they were made from or refer
    to. Paths but those of raw files and given models are relative to `place`, where the folder will
    lie.
    """
    origins = read_origins(run, files)
    model_of = {
        name: _name_model(run, name, files, place)
        for name in (*run.models_with_file, *run.detectors_with_file)
    }
    write_provenance(
        folder,
        origins,
        sums=sums,
        made_from=made_from,
        made_by={path: _job_of(run, path) for path in sums},
        beyond={
            "models": _describe_models(run, model_of, files, origins.learned),
            "maps": _describe_maps(run, files, origins.raw, model_of, place),
        },
    )


def _job_of(run: RunConfig, path: str) -> dict[str, str]:
    """Stage and branches of the job that made a file of the folder."""
    if run.sampled_map is not None and path.startswith("sample/"):
        network, refinement = run.sampled_map
        return {"stage": stage_of_sample(path), "network": network, "refinement": refinement}
    return {"stage": "report" if path == "report.html" else "gather"}


def _name_model(run: RunConfig, network: str, files: Manifest, place: Path) -> str:
    """How a model file is called: as configured where it was given, else relative to the folder."""
    given = run.given_models.get(network)
    return relative_path(files.model(network), place) if given is None else given


def _describe_models(
    run: RunConfig, names: Mapping[str, str], files: Manifest, learned: list[str]
) -> list[dict[str, Any]]:
    paths = {name: files.model(network) for network, name in names.items()}  # some share one
    described = {
        each["path"]: each for each in describe_files(paths, description="checksums of models")
    }
    return [
        {
            "network": network,
            **described[name],
            **read_description(paths[name]).origin,
            "made_from": [] if network in run.given_models else learned,
        }
        for network, name in names.items()
    ]


def _describe_maps(
    run: RunConfig,
    files: Manifest,
    raw: Mapping[str, list[str]],
    model_of: Mapping[str, str],
    place: Path,
) -> list[dict[str, Any]]:
    """Checksums of the files of every map, with what they were made from."""
    paths: dict[str, Path] = {}
    origins: dict[str, dict[str, Any]] = {}
    for (network, refinement), scene in product(run.maps, run.scenes):
        key = MapKey(scene.name, network, refinement)
        made_from = raw[scene.name] + [model_of[member] for member in run.members[network]]
        for kind, stage in STAGES.items():
            path = files.map(key, kind)
            name = relative_path(path, place)
            paths[name] = path
            made_by = {"stage": stage, **asdict(key)}
            origins[name] = {"made_from": made_from, "made_by": made_by}
    described = describe_files(paths, description="checksums of maps")
    return [{**each, **origins[each["path"]]} for each in described]
