"""The part of deliver that says which job made each file, and which models the maps come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rs_seg.config import RunConfig
from rs_seg.io.delivery.checksums import hash_files
from rs_seg.io.model import read_description
from rs_seg.maps.handed_sample import stage_of_sample
from rs_seg.scenes.footprints import relative_path
from rs_seg.scenes.manifest import Manifest

STAGES = {
    "image": "align",
    "uncertainty": "uncertainty",
    "classes": "refine",
    "confidence": "refine",
    "polygons": "vectorize",
    "objects": "select",
}
"""What makes the files of a scene, by their names without suffix."""


def job_of(run: RunConfig, path: str) -> dict[str, str] | None:
    """Stage and branches of the job that made a file of the folder, as in jobs.csv.

    None: a job of another run.

    Rasters are rewritten and other files copied by `deliver`, which is named only for what it makes
    itself.
    """
    match path.split("/"):
        case ["scenes", scene, *rest]:
            stage = _stage_of(rest[-1])
            return {"stage": stage, "scene": scene, **_branches(stage, rest[:-1])}
        case ["merged" | "sample" as part, method, name]:
            merging = "merge_objects" if name.startswith("objects.") else "merge"
            stage = merging if part == "merged" else stage_of_sample(name)
            return {"stage": stage, **_branches(stage, [method])}
        case ["changes", *place, name] if not name.endswith((".qml", ".sld")):
            return _job_of_change(place)
        case ["models", name]:
            return _job_of_model(run, name)
        case ["split", _]:
            return {"stage": "split", "fold": str(run.fold_of(None))}
    return {"stage": "report" if path in ("report.html", "one_page.html") else "deliver"}


def _job_of_change(folders: Sequence[str]) -> dict[str, str]:
    place, dates, method = folders
    return {"stage": "change", "place": place, "dates": dates, **_branches("change", [method])}


def _stage_of(name: str) -> str:
    """The stage that makes files of this name in the folder of a scene."""
    return STAGES.get(name.partition(".")[0], "deliver")


def _branches(stage: str, folders: Sequence[str]) -> dict[str, str]:
    """What a folder is named after: a map, a network alone, or a detector and a suppression."""
    if not folders:
        return {}
    found = stage in ("select", "merge_objects")
    titles = ("detector", "suppression") if found else ("network", "refinement")
    return dict(zip(titles, "".join(folders).split("-"), strict=False))


def _job_of_model(run: RunConfig, name: str) -> dict[str, str] | None:
    network = name.partition(".")[0].removesuffix("-deepness")
    if name.endswith((".md", ".json")):
        return {"stage": "describe", "network": network}
    exported = name.endswith(".onnx")
    if network in run.given_models and not exported:
        return None
    if network in run.detectors:
        stage = "export_detector" if exported else "train_detector"
        return {"stage": stage, "detector": network}
    return {"stage": "export" if exported else "train", "network": network}


def name_models(run: RunConfig, files: Manifest, *, copied: bool) -> dict[str, str]:
    """How each model file is called, by its network or detector.

    Its copy in the folder; without copies, a given model as configured, and others by where they
    lie, seen from the folder.
    """
    names = (*run.models_with_file, *run.detectors_with_file)
    if copied:
        return {name: f"models/{name}.safetensors" for name in names}
    place = Path(run.results) / "deliver"
    return {
        name: run.given_models.get(name) or relative_path(files.model(name), place)
        for name in names
    }


def describe_models(
    files: Manifest, model_of: Mapping[str, str], sums: Mapping[str, str]
) -> list[dict[str, Any]]:
    """What identifies each model that maps and objects come from: its SHA-256, version and seed."""
    paths = {name: files.model(name) for name in model_of}
    beyond = [path for name, path in paths.items() if model_of[name] not in sums]
    digests = dict(zip(beyond, hash_files(beyond, description="checksums of models"), strict=True))
    return [
        {
            "network": name,
            "path": model_of[name],
            "sha256": digests.get(path) or sums[model_of[name]],
            **read_description(path).origin,
        }
        for name, path in paths.items()
    ]
