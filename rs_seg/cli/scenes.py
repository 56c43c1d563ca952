"""The scene table, made from the files that lie on disk, or brought up to date."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rs_seg.cli.dataset_scenes import complete, describe_set
from rs_seg.cli.scene_dates import first_file, join_dates, name_stars
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import SceneFiles, load_scene_files
from rs_seg.config.raw_images import reference_source
from rs_seg.errors import UserError
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.templates import find_matches, placeholders
from rs_seg.io.scene_table import read_rows, write_rows
from rs_seg.progress import track
from rs_seg.scenes.sources import open_source
from rs_seg.values.foreign_data import drop_foreign_data
from rs_seg.values.names import list_first
from rs_seg.values.scene_rows import parse_flag

NAMED = 10
"""Scenes that a message names; of more, their number."""

Values = dict[str, str]
logger = logging.getLogger(__name__)


class Facts(NamedTuple):
    """Rows and columns of the grid of a scene, or why they are unknown; whether it has labels."""

    size: tuple[int, int] | UserError
    labelled: bool | None
    """None: nothing says, there is one label file for all scenes."""


def make_table(config: Path, table: Path | None, threads: int) -> None:
    """Make the scene table of a configuration, or bring it up to date; see `rs-seg scenes --help`.

    Raises:
        UserError: no table is named, or the templates do not say which scenes there are.
    """
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.INFO)
    for line in drop_foreign_data():
        logger.info("%s", line)
    listed: list[dict[str, Any]] = []
    files = load_scene_files(config, complete=partial(complete, listed=listed))
    path = table or files.table
    if path is None:
        raise UserError(
            "no scene table is named",
            where=config,
            found="neither --table nor a file name under `scenes`",
            remedy="say --table scenes.csv, and `scenes: scenes.csv` in the configuration",
        )
    columns, rows = read_rows(path)
    known_set = describe_set(listed, where=config) if files.data is not None else {}
    values_of = {name: {"scene": name} for name in known_set} or _match(files)
    gone = [row["scene"] for row in rows if not _is_there(row, values_of)]
    known = {row["scene"] for row in rows}
    fresh = sorted(
        (
            {**values, **(known_set[name].said if known_set else {})}
            for name, values in values_of.items()
            if name not in known
        ),
        key=lambda row: _order(row["scene"]),
    )
    present = [row for row in rows if row["scene"] not in gone and not row.get("simulate")]
    _say("rows of the table whose files are gone; they stay until you delete them", gone)
    for row in present:
        row.update(
            {key: value for key, value in values_of[row["scene"]].items() if not row.get(key)}
        )
    files_of = {name: scene.files for name, scene in known_set.items()}
    _fill_in(files, [*present, *fresh], files_of, threads)
    wanted = [name for values in (*values_of.values(), *fresh) for name in values]
    heads = list(dict.fromkeys([*columns, "scene", "labelled", "height", "width", *wanted]))
    with telling_unwritable(path):
        write_rows(path, heads, [*rows, *fresh])
    logger.info("%s: %d scenes, of which %d are new", path, len(rows) + len(fresh), len(fresh))


def _match(files: SceneFiles) -> dict[str, Values]:
    """Values of the placeholders of each scene that has a file of every source, by name.

    Optional sources do not count. Dates are no values where a scene has several of them.
    """
    templates = {
        f"sources.{key}.path": name_stars(source.path)
        for key, source in files.sources.items()
        if not source.optional
    }
    if not any("scene" in placeholders(template) for template in templates.values()):
        raise UserError(
            "nothing tells scenes apart",
            where=", ".join(templates),
            found=", ".join(templates.values()),
            expected="{scene} in the path of a source",
        )
    joined: list[Values] = [{}]
    for setting, template in track(
        templates.items(), total=len(templates), description="look for files"
    ):
        matches = find_matches(Path(files.data_root), template, setting=setting)
        joined = _join(joined, matches, setting)
    return _by_name(join_dates(joined))


def _join(left: Sequence[Values], right: Sequence[Values], setting: str) -> list[Values]:
    """The values that agree in what both sides have; those without a partner are named."""
    shared = sorted(left[0].keys() & right[0].keys())
    if not shared and len(left) > 1 and len(right) > 1:
        raise UserError(
            "the templates share no placeholder",
            where=setting,
            found=f"{', '.join(right[0])}; the sources before it have {', '.join(left[0])}",
            expected="one that both have, such as {scene}",
        )
    partners: dict[tuple[str, ...], list[Values]] = {}
    for values in right:
        partners.setdefault(tuple(values[key] for key in shared), []).append(values)
    keys = [tuple(values[key] for key in shared) for values in left]
    joined = [
        {**values, **partner}
        for values, key in zip(left, keys, strict=True)
        for partner in partners.get(key, [])
    ]
    alone = [values for values, key in zip(left, keys, strict=True) if key not in partners]
    for key in keys:
        partners.pop(key, None)
    alone += [partner for rest in partners.values() for partner in rest]
    _say(
        f"scenes that have no file of {setting}, or of it alone; they are left out",
        map(_label, alone),
    )
    if not joined:
        raise UserError(
            "no scene has a file of every source",
            where=setting,
            found=f"{_label(right[0])}, and of the sources before it {_label(left[0])}",
            expected="the same values of the placeholders",
            remedy="mend the path templates",
        )
    return joined


def _label(values: Values) -> str:
    return values.get("scene") or ", ".join(f"{key} {value}" for key, value in values.items())


def _by_name(scenes: Iterable[Values]) -> dict[str, Values]:
    named: dict[str, Values] = {}
    for values in scenes:
        other = named.setdefault(values["scene"], values)
        if other != values:
            raise UserError(
                "two scenes have one name",
                where=values["scene"],
                found=" and ".join(
                    ", ".join(f"{key} {row[key]}" for key in row) for row in (other, values)
                ),
                expected="names of their own",
                remedy="let {scene} stand for a part of the path that is different in each scene",
            )
    return named


def _is_there(row: Values, values_of: dict[str, Values]) -> bool:
    """Whether the files of a row are among those found; simulated ones are made, not sought."""
    if row.get("simulate"):
        return True
    values = values_of.get(row["scene"])
    return values is not None and all(
        row.get(key) in (None, "", value) for key, value in values.items()
    )


def _order(name: str) -> list[tuple[int, str]]:
    """The sort key of a name: numbers in it are compared as numbers."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _fill_in(
    files: SceneFiles, rows: Sequence[Values], files_of: Mapping[str, Values], threads: int
) -> None:
    """Write what the files say into the rows; warn of contradictions and of bad headers.

    `files_of` are columns with files that are not in the table, by scene.
    """
    with ThreadPoolExecutor(threads) as pool:
        facts = pool.map(
            lambda row: _look_at(files, {**row, **files_of.get(row["scene"], {})}), rows
        )
        for row, scene_facts in zip(
            rows, track(facts, total=len(rows), description="read headers"), strict=True
        ):
            if isinstance(scene_facts.size, UserError):
                logger.warning(
                    "height and width of scene %s stay unknown: %s", row["scene"], scene_facts.size
                )
            row["height"], row["width"] = (
                ("", "") if isinstance(scene_facts.size, UserError) else map(str, scene_facts.size)
            )
            said = "true" if scene_facts.labelled in (True, None) else "false"
            row["labelled"] = row.get("labelled") or said
            if (
                scene_facts.labelled is not None
                and parse_flag(row["labelled"]) != scene_facts.labelled
            ):
                there = (
                    "there is a label file" if scene_facts.labelled else "there is no label file"
                )
                logger.warning(
                    "scene %s: labelled is %s in the table, but %s",
                    row["scene"],
                    row["labelled"],
                    there,
                )


def _look_at(files: SceneFiles, row: Values) -> Facts:
    name = reference_source(files.align, files.sources)
    source = files.sources[name]
    path = first_file(Path(files.data_root), source.path, row)
    try:
        picture = files.align.picture_of(str(row["scene"]))
        with open_source(name, source, path, picture=picture) as raster:
            grid = propose_grid(raster, crs=files.align.crs, resolution=files.align.resolution)
        size: tuple[int, int] | UserError = (int(grid.height), int(grid.width))
    except UserError as error:
        size = error
    return Facts(size, _has_labels(files, row))


def _has_labels(files: SceneFiles, row: Values) -> bool | None:
    if files.label is None:
        return False
    if not placeholders(files.label.path):
        return None
    try:
        path = files.label.path.format_map(row)
    except KeyError:  # a column that only people fill in
        return False
    return bool(path) and Path(files.data_root, path).exists()


def _say(what: str, names: Iterable[str]) -> None:
    """Name things that people should know of."""
    names = list(names)
    if names:
        logger.warning("%d %s: %s", len(names), what, list_first(names, NAMED))
