"""Maps by a model file, without a configuration: `rs-seg map` writes one and runs it."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
import yaml

from rs_seg.algorithms.prediction.applicability import TOLERANCE
from rs_seg.cli.checking import check
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.running import TYPED_IN, run_workflow
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import parse_config
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.model import read_description
from rs_seg.io.model_description import ModelDescription
from rs_seg.io.raw.bands import CONTRADICTED, OTHER_NUMBER, says_bands
from rs_seg.io.raw.place_faults import NO_CRS, NO_PLACE
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.values.grid import ground_pixel_size
from rs_seg.values.names import find_name_fault, find_path_fault, find_scene_fault
from rs_seg.values.texts import write_text

logger = logging.getLogger(__name__)

CONFIG, RESULTS = "map.yaml", "results"
HEAD = """# Written by `rs-seg map`, and written again by the next one in this folder.
# To change settings, copy it to another name and run `rs-seg run COPY.yaml` here.
"""
REMEDIES = {
    NO_CRS: "write it into the file: gdal_edit.py -a_srs EPSG:... FILE",
    NO_PLACE: "georeference it, or put its world file or .aux.xml sidecar beside it; a picture "
    "that has no place on Earth is mapped by a run with a configuration: align: {ungeoreferenced: "
    "pixels}, and the model file under models",
    OTHER_NUMBER: "make a file with these bands in this order (gdal_translate FILE NEW, with -b "
    "and the number in FILE for each); an image that lacks one cannot be mapped by this model",
    CONTRADICTED: "describe the bands in the file by the names of the model; if the file is "
    "wrong, take away what it says (gdal_translate -colorinterp undefined,undefined,undefined)",
}
"""What helps where there is no configuration to change, by fault."""


def map_images(
    model: Path,
    images: Sequence[Path],
    *,
    out: Path,
    cores: str,
    refinements: Sequence[str],
    trust: bool,
    dry_run: bool,
    verbose: bool,
) -> int:
    """The exit code of a run that maps the images into the folder `out` by the model.

    Raises:
        UserErrors: model or images are missing, do not fit, or nothing can be written.
    """
    description = _describe(model)
    paths = _distinct(images)
    _check_images(description, paths, model)
    values = {
        "title": _title(out),
        "unlike_values": "warn" if trust else "refuse",
        **_configure(description, model, name_scenes(paths), refinements),
    }
    run = parse_config(values, where="rs-seg map")
    with telling_unwritable(out):
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / CONFIG, HEAD + _as_yaml(values))
    folder = out.resolve()
    os.environ[TYPED_IN] = str(Path.cwd())
    os.chdir(folder)  # Snakemake keeps its notes there, and the results are moved with them
    if dry_run:
        check(run, names=None, path=None)
    options = ["--dry-run"] if dry_run else []
    code = run_workflow(Path(CONFIG), cores=cores, verbose=verbose, options=options)
    if code == 0 and verbose and not dry_run:  # else the terminal says it
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


def _check_images(description: ModelDescription, images: Sequence[Path], model: Path) -> None:
    """Check that the model can be applied to each image, and say which bands are taken how.

    Raises:
        UserErrors: no raster, no place on Earth, other bands, or pixels of another size.
    """
    faults: list[UserError] = []
    told: dict[str, list[Path]] = {}
    for image in images:
        try:
            with SourceRaster(image, bands=description.bands, rules=SourceRules()) as raster:
                named = says_bands(raster.dataset, description.bands, image)
                sentence = "" if named else _tell_order(description.bands, raster.indexes)
                told.setdefault(sentence, []).append(image)
                _check_pixels(description, raster, model)
        except UserErrors as errors:
            faults += [_for_map(error, description) for error in errors.errors]
        except UserError as error:
            faults.append(error)
    for sentence, of_images in told.items():
        if sentence:
            others = f" and {len(of_images) - 1} more" if len(of_images) > 1 else ""
            logger.info("%s%s: %s", of_images[0], others, sentence)
    if faults:
        raise UserErrors(faults)


def _tell_order(bands: Sequence[str], indexes: Sequence[int]) -> str:
    pairs = ", ".join(f"band {index} is {name}" for name, index in zip(bands, indexes, strict=True))
    return f"does not name its bands, so they are taken in the order of the model: {pairs}"


def _check_pixels(description: ModelDescription, raster: SourceRaster, model: Path) -> None:
    """Check the pixel size, as `check_resolution` does, with a remedy that needs no configuration.

    Raises:
        UserError: it differs from the model's.
    """
    wanted = description.resolution_m
    grid = propose_grid(raster)
    size = ground_pixel_size(grid)
    if wanted is None or abs(size - wanted) <= TOLERANCE * wanted:
        return
    side = abs(grid.affine.a) * wanted / size
    raise UserError(
        "the pixels of the image differ in size from those the model was trained on",
        where=raster.path,
        found=f"{size:.4g} m on the ground",
        expected=f"{wanted:.4g} m, give or take {TOLERANCE:.0%} ({model})",
        remedy=f"resample it: gdalwarp -tr {side:.6g} {side:.6g} -r average FILE NEW, or train a "
        f"model on pixels of {size:.4g} m",
    )


def _for_map(error: UserError, description: ModelDescription) -> UserError:
    """A fault of a raster in words that fit where there is no configuration."""
    if error.what not in REMEDIES:
        return error
    bands = ", ".join(description.bands)
    of_bands = error.what in (OTHER_NUMBER, CONTRADICTED)
    return UserError(
        "the bands of the image are not those of the model" if of_bands else error.what,
        where=error.where,
        found=error.found,
        expected=f"{len(description.bands)} bands: {bands}" if of_bands else error.expected,
        remedy=REMEDIES[error.what],
    )


def _configure(
    description: ModelDescription,
    model: Path,
    scenes: dict[str, Path],
    refinements: Sequence[str],
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
