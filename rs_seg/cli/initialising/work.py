"""`rs-seg init`: what lies in a folder, as a configuration and a scene table."""

from __future__ import annotations

import logging
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rs_seg.algorithms.splitting.footprints import footprint, share_ground
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.initialising.bands import BandNaming, name_bands, tell_apart
from rs_seg.cli.initialising.choosing import choose_scenes
from rs_seg.cli.initialising.classes import Classes
from rs_seg.cli.initialising.grounds import SceneFiles, group_scenes
from rs_seg.cli.initialising.label_rasters import is_label_raster
from rs_seg.cli.initialising.labelling import (
    LabelFile,
    LabelSet,
    PlacedScene,
    choose_labels,
    drop_areas,
    find_label_sets,
    labels_scene,
)
from rs_seg.cli.initialising.layers import VectorLayer, look_at_vectors
from rs_seg.cli.initialising.listing import LeftOut, list_files
from rs_seg.cli.initialising.naming import fill_columns, name_scenes
from rs_seg.cli.initialising.rasters import RasterFacts, look_at_raster
from rs_seg.cli.initialising.text import Draft, config_text
from rs_seg.cli.scene_looks import SceneLook, look_at_scene
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import RunConfig, load_config, parse_config
from rs_seg.config.yaml_text import LOADER
from rs_seg.errors import UserError
from rs_seg.io.scene_table import write_rows
from rs_seg.progress import track
from rs_seg.values.foreign_data import drop_foreign_data
from rs_seg.values.grid import whole
from rs_seg.values.names import find_name_fault, find_path_fault
from rs_seg.values.texts import write_text

logger = logging.getLogger(__name__)
MOST_LINES = 15
"""Lines that say what was found and what was left out."""
MOST_TOLD = 3
"""Remarks of one kind that are shown."""
LONGEST_LINE = 200
SOURCE_NAME = 64
"""Characters of the name of a source."""
KNOWN = {"labelled": "true", "unlabelled": "false"}

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Findings:
    """What lies in a folder: images and possible labels."""

    images: list[RasterFacts]
    labels: list[LabelFile]
    left_out: LeftOut


@dataclass(frozen=True)
class Proposal:
    """A configuration without scenes, and its scene table."""

    draft: Draft
    rows: Rows
    namings: Mapping[str, BandNaming]
    labels: LabelSet


def initialise(folder: Path, out: Path, *, force: bool) -> list[str]:
    """Write a configuration for the images and labels in a folder; give lines of what was found.

    The scene table is written beside it.

    Raises:
        UserError: there is no image or no label, or a file is in the way and `force` is not given.
    """
    table = out.with_name(f"{out.stem}_scenes.csv")
    _check_free([out, table], force=force)
    drop_foreign_data()
    root = Path(folder)
    fault = find_path_fault(str(root))
    if fault is not None:
        raise UserError("folder cannot be named in a configuration", where=folder, found=fault)
    found = _look_into(root)
    proposal = _propose(root, found, out=out, table=table)
    rows, told = _check_scenes(proposal, found.left_out)
    labelled = sum(row["labelled"] == "true" for row in rows)
    draft = replace(proposal.draft, scenes=len(rows), labelled=labelled)
    with telling_unwritable(out, table):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_rows(table, list(rows[0]), rows)
        write_text(out, config_text(replace(draft, notes=told)))
    load_config(out, complete=complete_settings)
    return _summarise(proposal, rows, told, found.left_out, out=out, table=table)


def _check_free(paths: Sequence[Path], *, force: bool) -> None:
    there = [path for path in paths if path.exists()]
    if there and not force:
        raise UserError(
            "a file is in the way",
            where=", ".join(map(str, there)),
            found="it exists, and may have been changed by hand",
            expected="a free name",
            remedy="name another file with --out, or overwrite it with --force",
        )


def _look_into(root: Path) -> Findings:
    """The images and labels below a folder, each opened once.

    Raises:
        UserError: there is no image, or nothing that could be a label.
    """
    left_out = LeftOut()
    listing = list_files(root, left_out)
    rasters: list[RasterFacts] = []
    for path in track(listing.rasters, total=len(listing.rasters), description="look at rasters"):
        try:
            rasters.append(look_at_raster(path, root))
        except UserError as error:
            left_out.add(_reason(error), path.relative_to(root).as_posix())
    layers: list[VectorLayer] = []
    for path in listing.vectors:
        for layer in look_at_vectors(path, root):
            if isinstance(layer, UserError):
                left_out.add(_reason(layer), path.relative_to(root).as_posix())
            else:
                layers.append(layer)
    pixels = [facts for facts in rasters if is_label_raster(facts)]
    images = [facts for facts in rasters if facts not in pixels]
    found = Findings(images, [*drop_areas(layers, left_out), *pixels], left_out)
    if not images:
        raise _nothing("no image", root, found, "rasters with a place on Earth, such as GeoTIFFs")
    return found


def _reason(error: UserError) -> str:
    first = getattr(error, "errors", (error,))[0]
    return str(first.what)


def _nothing(what: str, root: Path, found: Findings, expected: str) -> UserError:
    seen = [
        f"{len(found.images)} images" if found.images else "",
        f"{len(found.labels)} files that look like labels" if found.labels else "",
        *(f"left out {line}" for line in found.left_out.lines()[:4]),
    ]
    return UserError(
        f"{what} was found",
        where=root,
        found="; ".join(part for part in seen if part) or "no raster and no vector file",
        expected=expected,
        remedy=None,
    )


def _propose(root: Path, found: Findings, *, out: Path, table: Path) -> Proposal:
    scenes = group_scenes(found.images)
    places = [PlacedScene("", scene.ground, scene.pixel_m) for scene in scenes]
    has_labels = [any(labels_scene(file, place) for file in found.labels) for place in places]
    if not any(has_labels):
        raise _no_labels(root, found)
    scenes = choose_scenes(scenes, has_labels, found.left_out)
    keys = _source_keys(scenes)
    names = name_scenes(
        [[facts.name for facts in scene.files.values()] for scene in scenes], root.resolve().name
    )
    placed = [
        PlacedScene(name, scene.ground, scene.pixel_m)
        for name, scene in zip(names, scenes, strict=True)
    ]
    labels, classes = choose_labels(find_label_sets(found.labels, placed), found.left_out)
    paths = {key: [scene.files[kind].name for scene in scenes] for kind, key in keys.items()}
    templates, columns = fill_columns(names, paths)
    label_path, label_columns = _label_template(names, labels)
    namings = {
        key: name_bands(kind, [scene.files[kind] for scene in scenes], root.resolve().name)
        for kind, key in keys.items()
    }
    namings = tell_apart(namings)
    draft = _draft(root, out, table, templates, namings, label_path, classes)
    rows = [
        {"scene": name, "labelled": "false" if file is None else "true", **row, **more}
        for name, file, row, more in zip(names, labels.files, columns, label_columns, strict=True)
    ]
    return Proposal(draft, _with_sizes(rows, scenes), namings, labels)


def _no_labels(root: Path, found: Findings) -> UserError:
    error = _nothing(
        "no label of an image",
        root,
        found,
        "polygons, or a raster of classes, on the ground of an image",
    )
    places = "check the CRS of labels and images" if found.labels else "put the labels beside them"
    return UserError(
        error.what,
        where=error.where,
        found=error.found,
        expected=error.expected,
        remedy=f"{places}, or draw some polygons with an attribute `class` in QGIS; to apply a "
        "model that is trained already, see README.md",
    )


def _source_keys(scenes: Sequence[SceneFiles]) -> dict[str, str]:
    """The name of the source of each kind, the finest first: it gives the grid."""
    pixels = {
        kind: min(scene.files[kind].pixel_m for scene in scenes) for kind in scenes[0].files
    }
    finest = min(pixels.values())
    ordered = sorted(pixels, key=lambda kind: (pixels[kind] > 1.01 * finest, _by_number(kind)))
    keys: dict[str, str] = {}
    for kind in ordered:
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", kind).strip("_")[: SOURCE_NAME - 4] or "image"
        plain = f"b{plain}" if plain.isdigit() else plain
        number = 1 + sum(re.sub(r"_\d+$", "", key) == plain for key in keys.values())
        keys[kind] = plain if plain not in keys.values() else f"{plain}_{number}"
    return keys


def _by_number(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def _label_template(names: Sequence[str], labels: LabelSet) -> tuple[str, Rows]:
    """The path template of the labels, and columns where their paths follow no rule."""
    placed = [
        (place, file.name) for place, file in enumerate(labels.files) if file is not None
    ]
    if len(labels.distinct) == 1:
        return placed[0][1], [{} for _ in names]
    templates, columns = fill_columns(
        [names[place] for place, _ in placed], {"label": [path for _, path in placed]}
    )
    rows: Rows = [dict.fromkeys(columns[0], "") for _ in names]
    for (place, _), row in zip(placed, columns, strict=True):
        rows[place] = row
    return templates["label"], rows


def _with_sizes(rows: Rows, scenes: Sequence[SceneFiles]) -> Rows:
    """The rows with the size of each scene's grid, as far as it is that of its finest file."""
    sized = []
    for row, scene in zip(rows, scenes, strict=True):
        finest = min(scene.files.values(), key=lambda facts: facts.pixel_m)
        height, width = finest.size
        head = {key: row[key] for key in ("scene", "labelled")}
        sized.append({**head, "height": str(height), "width": str(width), **row})
    return sized


def _draft(
    root: Path,
    out: Path,
    table: Path,
    templates: Mapping[str, str],
    namings: Mapping[str, BandNaming],
    label_path: str,
    classes: Classes,
) -> Draft:
    name = root.resolve().name
    title = name.replace("_", " ").strip()
    plain = re.sub(r"[^\w.-]+", "_", name).strip("._") or "map"
    return Draft(
        title=title if find_name_fault(title) is None else "Land cover",
        command=f"rs-seg init {shlex.quote(str(root))}",
        data_root=str(root),
        results=f"results/{plain}",
        table=str(table),
        scenes=0,
        labelled=0,
        sources=templates,
        namings=namings,
        label_path=label_path,
        classes=classes,
        notes=(),
    )


def _check_scenes(proposal: Proposal, left_out: LeftOut) -> tuple[Rows, list[str]]:
    """The rows whose scenes a run can use, and remarks on others.

    Scenes with faults are left out, unless all have some; those on the ground of another labelled
    scene are not labelled.
    """
    run = _parse(proposal)
    looks = {
        scene.name: look_at_scene(run, scene)
        for scene in track(run.scenes, total=len(run.scenes), description="look at scenes")
    }
    rows, faults = [], []
    for row in proposal.rows:
        look = looks[row["scene"]]
        if look.faults:
            faults.append((row, look))
        else:
            rows.append(row)
    if not any(row["labelled"] == "true" for row in rows):
        first = dict.fromkeys(f"CHECK {look.faults[0]}" for _, look in faults)
        told = [" ".join(line.split())[: 2 * LONGEST_LINE] for line in list(first)[:MOST_TOLD]]
        return proposal.rows, told
    for row, look in faults:
        left_out.add(f"scene with a fault: {look.faults[0].what}", row["scene"])
    return _label_once(rows, looks)


def _parse(proposal: Proposal) -> RunConfig:
    values = LOADER(config_text(proposal.draft)).get_single_data()
    rows = [
        {
            "name": row["scene"],
            "labelled": row["labelled"] == "true",
            "fields": {key: cell for key, cell in row.items() if key.endswith("_file")},
        }
        for row in proposal.rows
    ]
    return parse_config({**values, "scenes": rows}, complete=complete_settings)


def _label_once(rows: Rows, looks: Mapping[str, SceneLook]) -> tuple[Rows, list[str]]:
    """The rows with labels on each piece of ground once: the first scene there keeps them."""
    grids = {
        row["scene"]: grid
        for row in rows
        if row["labelled"] == "true" and (grid := looks[row["scene"]].grid) is not None
    }
    shared = share_ground(
        grids, {name: footprint(grid, [whole(grid)]) for name, grid in grids.items()}
    )
    without: dict[str, str] = {}
    for pair in sorted(shared, key=lambda pair: (list(grids).index(pair.first),)):
        if pair.first not in without:
            without.setdefault(pair.second, pair.first)
    told = [
        f"CHECK {second} lies on the ground of {first}: only {first} uses the labels there"
        for second, first in list(without.items())[:MOST_TOLD]
    ]
    changed = [
        {**row, "labelled": "false"} if row["scene"] in without else row for row in rows
    ]
    return changed, told


def _summarise(
    proposal: Proposal,
    rows: Rows,
    told: Sequence[str],
    left_out: LeftOut,
    *,
    out: Path,
    table: Path,
) -> list[str]:
    """At most MOST_LINES lines: what was found, what to look at, what was left out, what is next."""
    draft = proposal.draft
    labelled = [row["scene"] for row in rows if row["labelled"] == "true"]
    names = ", ".join(name for _, name, _ in draft.classes.legend)
    column = draft.classes.settings.get("column")
    bands = "; ".join(
        f"{', '.join(proposal.namings[key].names)} in {path}" for key, path in draft.sources.items()
    )
    lines = [
        f"scenes: {len(rows)}, of which {len(labelled)} with labels ({', '.join(labelled[:3])}"
        f"{', ...' if len(labelled) > 3 else ''})",
        f"bands: {bands}",
        f"labels: {draft.label_path}{f', attribute {column}' if column else ''}",
        f"classes: {names}",
        *told,
    ]
    last = [
        f"written: {out}, {table}; look at the lines with CHECK",
        f"next: rs-seg run {shlex.quote(str(out))}",
    ]
    reasons = [f"left out: {line}" for line in left_out.lines()]
    room = MOST_LINES - len(lines) - len(last)
    if len(reasons) > room:
        reasons = [*reasons[: room - 1], f"left out: {len(reasons) - room + 1} more reasons"]
    return [_shorten(line) for line in [*lines, *reasons]] + last


def _shorten(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 4]} ..."
