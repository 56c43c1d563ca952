"""What each delivered file was made from."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs_seg.io.delivery.checksums import hash_files
from rs_seg.io.delivery.packages import package_versions
from rs_seg.io.delivery.stac import write_json
from rs_seg.io.engine import EngineRecord, read_engine

logger = logging.getLogger(__name__)


def describe_inputs(files: Iterable[tuple[str | None, str, Path]]) -> list[dict[str, Any]]:
    """Scene (None: of all), kind, path, size in bytes and SHA-256 of raw files.

    One that is gone is named and lacks both.
    """
    given = list(files)
    known = list(dict.fromkeys(path for _, _, path in given if path.is_file()))
    sums = dict(zip(known, hash_files(known, description="checksums of inputs"), strict=True))
    return [_describe_input(scene, kind, path, sums.get(path)) for scene, kind, path in given]


def _describe_input(scene: str | None, kind: str, path: Path, digest: str | None) -> dict[str, Any]:
    if digest is None:
        what = kind if scene is None else f"{kind} of scene {scene}"
        logger.warning("%s: no longer there, so %s has no checksum", what, path)
    size = None if digest is None else path.stat().st_size
    return {"scene": scene, "kind": kind, "path": path.as_posix(), "size": size, "sha256": digest}


def describe_files(files: Mapping[str, Path], *, description: str) -> list[dict[str, Any]]:
    """Path (the key), size in bytes and SHA-256 of files of the run."""
    sums = hash_files(list(files.values()), description=description)
    return [
        {"path": name, "size": path.stat().st_size, "sha256": digest}
        for (name, path), digest in zip(files.items(), sums, strict=True)
    ]


def describe_engines(folders: Iterable[Path]) -> list[dict[str, Any]]:
    """What computed each network, and how far it agrees with torch in float32.

    Speeds are left out: they vary.
    """
    return [_describe_engine(read_engine(folder)) for folder in folders]


def _describe_engine(record: EngineRecord) -> dict[str, Any]:
    chosen = record.model_dump(
        include={"network", "engine", "precision", "version", "device", "processor"}, mode="json"
    )
    figures = {"labels_equal", "largest_difference", "miou_reference", "miou"}
    agreement = None if record.agreement is None else record.agreement.model_dump(include=figures)
    return {**chosen, "agreement": agreement}


@dataclass(frozen=True)
class Origins:
    """What all that is handed over comes from: raw files, engines, the configuration."""

    inputs: list[dict[str, Any]]
    """Raw files, see `describe_inputs`."""
    raw: dict[str, list[str]]
    """Paths of the sources of each scene."""
    learned: list[str]
    """Paths of the raw files that models were trained on."""
    engines: list[dict[str, Any]]
    configuration: dict[str, Any]


def write_provenance(
    folder: Path,
    origins: Origins,
    *,
    sums: Mapping[str, str],
    made_from: Mapping[str, list[str]],
    made_by: Mapping[str, Mapping[str, str] | None],
    beyond: Mapping[str, list[dict[str, Any]]],
) -> None:
    """Write `folder/provenance.json`: what made the files, and each file with its sources.

    It names software, seed, configuration, inputs and engines.

    `sums` gives the SHA-256 of files by path relative to the folder; `made_from` the paths of what
    they were made from, inputs as they are written in the configuration and delivered files
    relative to the folder; `made_by` stage and branches of the job that made each, None where it is
    of another run. `beyond` lists files outside the folder that those in it refer to or were made
    from, and what else is told, by the key they stand under.
    """
    files = [
        {
            "path": path,
            "size": (folder / path).stat().st_size,
            "sha256": digest,
            "made_from": made_from.get(path, []),
            "made_by": made_by[path],
        }
        for path, digest in sums.items()
    ]
    document = {
        "software": package_versions(),
        "seed": origins.configuration["seed"],
        "configuration": origins.configuration,
        "inputs": origins.inputs,
        "engines": origins.engines,
        **beyond,
        "files": files,
    }
    write_json(folder / "provenance.json", document)
