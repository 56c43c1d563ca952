"""What is found in a folder, as the draft of a configuration and of its scene table."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from rs_seg.cli.initialising.bands import BandNaming, name_bands, tell_apart
from rs_seg.cli.initialising.choosing import choose_scenes
from rs_seg.cli.initialising.grounds import SceneFiles, group_scenes
from rs_seg.cli.initialising.labelling import (
    OTHER_LABELS,
    LabelFile,
    LabelSet,
    PlacedScene,
    choose_labels,
    find_label_sets,
    labels_scene,
)
from rs_seg.cli.initialising.listing import MASK, LeftOut
from rs_seg.cli.initialising.naming import make_template, name_scenes
from rs_seg.cli.initialising.rasters import RasterFacts, tokens_of
from rs_seg.cli.initialising.series import SeriesFacts, join_series
from rs_seg.cli.initialising.text import CloudDraft, Draft, count
from rs_seg.errors import UserError
from rs_seg.values.names import find_name_fault
from rs_seg.values.roles import OTHER_WORDS, ROLES

CLOUDS = {"scl": (0, 1, 3, 8, 9, 10), "fmask": (2, 4, 255)}
"""Values that mean clouds or no data, by words for masks (Sentinel-2, Landsat)."""
SOURCE_NAME = 60
"""Characters of the name of a source."""

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Findings:
    """What lies in a folder: images and possible labels."""

    images: list[RasterFacts]
    labels: list[LabelFile]
    left_out: LeftOut

    @property
    def are_pictures(self) -> bool:
        """Whether they have no place on Earth: each scene has a ground of our own."""
        return any(facts.is_picture for facts in self.images)


@dataclass(frozen=True)
class Places:
    """The folder that is looked at, and the files that are written, as the user names them."""

    root: Path
    out: Path
    table: Path

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.root.resolve().name


@dataclass(frozen=True)
class Proposal:
    """The draft of a configuration, and the rows of its scene table."""

    draft: Draft
    rows: Rows


def propose(places: Places, findings: Findings) -> Proposal:
    """The draft of a run on the images and labels of a folder.

    Raises:
        UserError: no label lies on an image, or none can be read.
    """
    scenes = group_scenes(_join_dates(findings), findings.left_out)
    placed = [PlacedScene("", scene.ground, scene.pixel_m) for scene in scenes]
    has_labels = [any(labels_scene(file, place) for file in findings.labels) for place in placed]
    if not any(has_labels):
        raise no_labels(places.root, findings)
    scenes = choose_scenes(scenes, has_labels, findings.left_out)
    names = name_scenes(_own_paths(scenes), places.name)
    placed = [
        PlacedScene(name, scene.ground, scene.pixel_m)
        for name, scene in zip(names, scenes, strict=True)
    ]
    sets = find_label_sets(findings.labels, placed)
    if not sets:
        raise no_labels(places.root, findings)
    labels, classes = choose_labels(sets, findings.left_out)
    keys = _source_keys(scenes)
    paths = {key: [scene.files[kind].name for scene in scenes] for kind, key in keys.items()}
    columns: Rows = [{} for _ in names]
    templates = {
        key: make_template(names, own, key=key, columns=columns) for key, own in paths.items()
    }
    label_path = _label_template(names, labels, columns)
    draft = Draft(
        title=_make_title(places.name),
        command=f"rs-seg init {shlex.quote(str(places.root))}",
        data_root=str(places.root),
        results=f"results/{re.sub(r'[^A-Za-z0-9_.-]+', '_', places.name).strip('._') or 'map'}",
        table=str(places.table),
        sources=templates,
        are_pictures=findings.are_pictures,
        clouds=_draft_clouds(names, scenes, keys, columns, findings.left_out),
        namings=_name_all_bands(scenes, keys, places.name),
        label_path=label_path,
        other_labels=tuple(findings.left_out.reasons.get(OTHER_LABELS, ())),
        classes=classes,
    )
    return Proposal(draft, _make_rows(names, labels, scenes, columns))


def _join_dates(findings: Findings) -> list[RasterFacts]:
    """The images, with the dates of one ground as one."""
    labels = [file.name for file in findings.labels]
    return join_series(findings.images, labels, findings.left_out.reasons.get(MASK, []))


def _draft_clouds(
    names: Sequence[str],
    scenes: Sequence[SceneFiles],
    keys: Mapping[str, str],
    columns: Rows,
    left_out: LeftOut,
) -> dict[str, CloudDraft]:
    """The masks of clouds by source, where each scene has some; they are left out no more."""
    drafts: dict[str, CloudDraft] = {}
    for kind, key in keys.items():
        series = [scene.files[kind] for scene in scenes]
        clouds = [own.clouds for own in series if isinstance(own, SeriesFacts) and own.clouds]
        if len(clouds) < len(series):
            continue
        paths = [own.template for own in clouds]
        path = make_template(names, paths, key=f"{key}_clouds", columns=columns)
        words = {word.lower() for word in tokens_of(paths[0])}
        values = next((own for word, own in CLOUDS.items() if word in words), (1,))
        drafts[key] = CloudDraft(path, values, optional=any(own.optional for own in clouds))
        left_out.take_back(MASK, {name for own in clouds for name in own.names})
    return drafts


def _own_paths(scenes: Sequence[SceneFiles]) -> list[list[str]]:
    """The paths of each scene, without those that all scenes have."""
    paths = [[facts.name for facts in scene.files.values()] for scene in scenes]
    common = set(paths[0]).intersection(*paths[1:]) if len(paths) > 1 else set()
    return [[path for path in own if path not in common] for own in paths]


def tell_findings(root: Path, findings: Findings, what: str, expected: str) -> UserError:
    """The error that something is missing in a folder, with what was seen in it."""
    seen = [
        count(len(findings.images), "image") if findings.images else "",
        count(len(findings.labels), "possible label file") if findings.labels else "",
        *(f"left out {line}" for line in findings.left_out.lines()[:4]),
    ]
    return UserError(
        what,
        where=root,
        found="; ".join(part for part in seen if part) or "no raster and no vector file",
        expected=expected,
        remedy="name the folder that holds them; give rasters without a CRS one (gdal_edit.py "
        "-a_srs EPSG:32632 FILE), or take those with a place away where all are pictures",
    )


def no_labels(root: Path, findings: Findings) -> UserError:
    """The error that no label lies on an image."""
    told = tell_findings(
        root,
        findings,
        "no labels of an image",
        "polygons, or a raster of classes, on the ground of an image",
    )
    places = "check the CRS of labels and images" if findings.labels else "put labels beside them"
    return UserError(
        told.what,
        where=told.where,
        found=told.found,
        expected=told.expected,
        remedy=f"{places}, or draw polygons with an attribute `class` in QGIS; a model that is "
        "trained already needs none: `rs-seg map MODEL IMAGE --out FOLDER`",
    )


def _make_title(name: str) -> str:
    title = name.replace("_", " ").strip()
    return title if find_name_fault(title) is None else "Land cover"


def _source_keys(scenes: Sequence[SceneFiles]) -> dict[str, str]:
    """The name of the source of each kind, the finest first: it gives the grid."""
    pixels = {kind: min(scene.files[kind].pixel_m for scene in scenes) for kind in scenes[0].files}
    finest = min(pixels.values())
    ordered = sorted(pixels, key=lambda kind: (pixels[kind] > 1.01 * finest, _by_number(kind)))
    keys: dict[str, str] = {}
    for kind in ordered:
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", kind).strip("_")[:SOURCE_NAME] or "image"
        plain = f"b{plain}" if plain.isdigit() else plain
        taken = set(keys.values())
        numbered = (f"{plain}_{number}" for number in range(2, len(ordered) + 2))
        keys[kind] = next(key for key in (plain, *numbered) if key not in taken)
    return keys


def _by_number(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def _name_all_bands(
    scenes: Sequence[SceneFiles], keys: Mapping[str, str], folder: str
) -> dict[str, BandNaming]:
    return tell_apart(
        {
            key: name_bands(kind, [scene.files[kind] for scene in scenes], folder)
            for kind, key in keys.items()
        }
    )


def _label_template(names: Sequence[str], labels: LabelSet, columns: Rows) -> str:
    """The path template of the labels; `columns` as in `make_template`."""
    files = [(place, file.name) for place, file in enumerate(labels.files) if file is not None]
    if len(labels.distinct) == 1:
        return files[0][1]
    return make_template(
        [names[place] for place, _ in files],
        [path for _, path in files],
        key="label",
        columns=[columns[place] for place, _ in files],
    )


def _make_rows(
    names: Sequence[str], labels: LabelSet, scenes: Sequence[SceneFiles], columns: Rows
) -> Rows:
    """Name, labels, role, size and further columns of each scene, as texts."""
    roles = _find_roles(labels, scenes)
    further = dict.fromkeys((key for row in columns for key in row), "")
    rows: Rows = []
    for place, (name, scene) in enumerate(zip(names, scenes, strict=True)):
        labelled = "false" if labels.files[place] is None else "true"
        role = {"role": roles[place]} if any(roles) else {}
        height, width = map(str, scene.finest.size)
        row = {"scene": name, "labelled": labelled, **role, "height": height, "width": width}
        rows.append({**row, **further, **columns[place]})
    return rows


def _find_roles(labels: LabelSet, scenes: Sequence[SceneFiles]) -> list[str]:
    """Roles of labelled scenes by folders named train, val or test; empty where they do not tell.

    Without a folder of training, or with that alone, folders say nothing.
    """
    roles = [
        "" if file is None else _role_of(scene.finest.name)
        for file, scene in zip(labels.files, scenes, strict=True)
    ]
    tells = "train" in roles and len(set(roles) - {""}) > 1
    return roles if tells else ["" for _ in roles]


def _role_of(name: str) -> str:
    folders = [part.lower() for part in PurePath(name).parts[:-1]]
    said = [OTHER_WORDS.get(folder, folder) for folder in folders]
    return next((role for role in said if role in ROLES), "")
