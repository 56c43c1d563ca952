"""Maps by a model file, without a configuration: `rs-seg map` writes one and runs it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
import yaml

from rs_seg.cli.checking import check
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.map_checks import check_images, settle_ungeoreferenced
from rs_seg.cli.running import TYPED_IN, run_workflow
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import parse_config
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.values.names import find_name_fault, find_path_fault, find_scene_fault
from rs_seg.values.pictures import Ungeoreferenced
from rs_seg.values.texts import write_text

CONFIG, RESULTS = "map.yaml", "results"
HEAD = """# Written by `rs-seg map`, and written again by the next one in this folder.
# To change settings, copy it to another name and run `rs-seg run COPY.yaml` here.
"""


@dataclass(frozen=True)
class Launch:
    """How the run is started; `cores` as of `rs-seg run`."""

    cores: str
    dry_run: bool
    verbose: bool


def map_images(
    model: Path,
    images: Sequence[Path],
    *,
    out: Path,
    refinements: Sequence[str],
    ungeoreferenced: Ungeoreferenced | None,
    trust: bool,
    launch: Launch,
) -> int:
    """The exit code of a run that maps the images into the folder `out` by the model.

    `ungeoreferenced`: what images without a place are; None: see `settle_ungeoreferenced`.

    Raises:
        UserErrors: model or images are missing, do not fit, or nothing can be written.
    """
    description = _describe(model)
    scenes = name_scenes(_distinct(images))
    without_place = settle_ungeoreferenced(ungeoreferenced, description, scenes.values())
    check_images(description, scenes, ungeoreferenced=without_place, model=model)
    values = {
        "title": _title(out),
        "unlike_values": "warn" if trust else "refuse",
        **_configure(description, model, scenes, refinements, without_place),
    }
    run = parse_config(values, where="rs-seg map")
    with telling_unwritable(out):
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / CONFIG, HEAD + _as_yaml(values))
    folder = out.resolve()
    os.environ[TYPED_IN] = str(Path.cwd())
    os.chdir(folder)  # Snakemake keeps its notes there, and the results are moved with them
    if launch.dry_run:
        check(run, names=None, path=None)
    code = run_workflow(
        Path(CONFIG),
        cores=launch.cores,
        verbose=launch.verbose,
        options=["--dry-run"] if launch.dry_run else [],
    )
    if code == 0 and launch.verbose and not launch.dry_run:  # else the terminal says it
        _tell_results(folder / RESULTS)
    return int(code)


def _describe(model: Path) -> ModelDescription:
    if model.is_file():
        return read_description(model)
    raise UserError(
        "file is missing",
        where=model,
        expected="a model file (.safetensors): models/NAME/model.safetensors of the results of a "
        "run",
    )


def _distinct(images: Sequence[Path]) -> list[Path]:
    """Absolute paths of the images; one that is named twice is mapped once."""
    faults = [
        UserError("file is missing", where=image, expected="an image to map")
        for image in images
        if not image.is_file()
    ]
    for image in images:
        fault = find_path_fault(str(_place(image)))
        if fault is not None:
            faults.append(UserError("cannot be mapped from this place", where=image, found=fault))
    if faults:
        raise UserErrors(faults)
    by_file = {image.resolve(): _place(image) for image in reversed(images)}
    return list(reversed(by_file.values()))


def _place(path: Path) -> Path:
    """The path from the root, the same from whichever folder it is named; its own name stays."""
    return path.parent.resolve() / path.name


def name_scenes(images: Sequence[Path]) -> dict[str, Path]:
    """The images by the names of their scenes.

    A scene has the name of its file; where that is taken, the folder's name goes before it, and a
    number after it where that is taken too. Names in capital and small letters count as one, as
    they do in the folders of some systems.
    """
    named: dict[str, Path] = {}
    taken: set[str] = set()
    for number, image in enumerate(images, start=1):
        stem = _clean(image.stem, number)
        tries = [stem, _clean(f"{image.parent.name} {image.stem}", number)]
        tries += [f"{stem} {count}" for count in range(2, len(images) + 2)]
        name = next(name for name in tries if name.casefold() not in taken)
        taken.add(name.casefold())
        named[name] = image
    return named


def _clean(text: str, number: int) -> str:
    """A text as the name of a scene; a number where nothing else is left of it."""
    name = re.sub(r"[/\\{}|]", "_", text).strip().lstrip(".")[:60].strip()
    return f"scene {number}" if find_scene_fault(name) else name


def _configure(
    description: ModelDescription,
    model: Path,
    scenes: dict[str, Path],
    refinements: Sequence[str],
    ungeoreferenced: Ungeoreferenced,
) -> dict[str, Any]:
    """The configuration of a run that maps the scenes by the model; the rest is by default."""
    name = _branch(description)
    given = {name: {"model": str(_place(model))}}
    methods: dict[str, Any] = {"detectors": given, "models": {}, "refinements": {}}
    if description.kind != "detector":
        usual = "argmax" if description.kind == "convolutional" else "markov"
        chosen = {method: {"method": method} for method in refinements or [usual]}
        methods = {"models": given, "refinements": chosen}
    elif refinements:
        raise UserError(
            "--refinement has no effect on a detector, which finds objects one by one",
            where=model,
            found=", ".join(refinements),
            remedy="leave it out",
        )
    values = {
        "results": RESULTS,
        "scenes": [
            {"name": scene, "labelled": False, "fields": {"image": str(path)}}
            for scene, path in scenes.items()
        ],
        "sources": {"image": {"path": "{image}", "bands": list(description.bands)}},
        **({"align": {"ungeoreferenced": "pixels"}} if ungeoreferenced == "pixels" else {}),
        **methods,
        "vectorize": {"minimum_area": "auto"},
    }
    return complete_settings(values)  # with the legend


def _branch(description: ModelDescription) -> str:
    """The name of the model in its own training, as far as it can be one here."""
    own = str(description.network.get("name") or description.kind)
    return re.sub(r"[^A-Za-z0-9_]", "_", own)[:64]


def _title(out: Path) -> str:
    name = out.resolve().name
    return "Map" if find_name_fault(name) else name


def _as_yaml(values: dict[str, Any]) -> str:
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120)


def _tell_results(results: Path) -> None:
    """One line on standard output that says where the map is."""
    project, report = results / "deliver" / "map.qgz", results / "report.html"
    typer.echo(f"map: {project} (for QGIS), files: {project.parent}, report: {report}")
