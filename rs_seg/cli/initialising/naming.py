"""Names of scenes, and the path templates that lead from a name to its files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

from rs_seg.cli.initialising.rasters import DATE_PLACE, TOKEN
from rs_seg.values.names import LONGEST_SCENE, find_scene_fault
from rs_seg.values.scene_rows import COLUMNS

SCENE = "{scene}"
FOLDER = "folder"
GENERIC = {
    *("image", "images", "img", "imgs", "imagery", "data", "raster", "rasters", "input", "inputs"),
    *("tif", "tiff", "bands", "raw", "scene", "ortho", "optical", "rgb"),
}
"""Words that say nothing of a scene."""
Row = dict[str, str]
Paths = Sequence[str]
"""Paths of the files of one scene, below the folder."""


def name_scenes(scenes: Sequence[Paths], fallback: str) -> list[str]:
    """A name of its own for each scene: a part of its paths where there is one that fits.

    A single scene without such a part is named like the folder (`fallback`).
    """
    for names in (_from_stems(scenes), _from_common_parts(scenes), _from_folders(scenes)):
        if len(names) == 1 and names[0].lower() in GENERIC:
            continue
        if all(names) and len(set(names)) == len(names) and not any(map(find_scene_fault, names)):
            return names
    stem = clean_scene(fallback)
    if len(scenes) == 1:
        return [stem]
    digits = len(str(len(scenes)))
    return [f"{stem}_{number:0{digits}d}" for number in range(1, len(scenes) + 1)]


def clean_scene(text: str) -> str:
    """The nearest text that may be the name of a scene."""
    text = re.sub(r"[^\w .,()+-]", "_", text).strip(" ._")[: LONGEST_SCENE // 4]
    return text if text and find_scene_fault(text) is None else "scene"


def _from_stems(scenes: Sequence[Paths]) -> list[str]:
    """The names of files, where each scene has one."""
    return [PurePath(paths[0]).stem if len(paths) == 1 else "" for paths in scenes]


def _from_common_parts(scenes: Sequence[Paths]) -> list[str]:
    """The longest part that all paths of a scene have in common, and not all scenes have."""
    runs = [_common_runs(paths) for paths in scenes]
    shared = set(runs[0]).intersection(*runs[1:]) if len(runs) > 1 else set()
    return [
        next((run for run in own if run not in shared and run.lower() not in GENERIC), "")
        for own in runs
    ]


def _from_folders(scenes: Sequence[Paths]) -> list[str]:
    """All folders, and the name of the only file, as one name."""
    places = [PurePath(paths[0]) for paths in scenes]
    return [
        "_".join([*place.parts[:-1], *([place.stem] if len(paths) == 1 else [])])
        for place, paths in zip(places, scenes, strict=True)
    ]


def _common_runs(paths: Paths) -> list[str]:
    """Parts of the first path between borders of words that all paths hold, long ones first."""
    runs: set[str] = set()
    for part in re.split(r"/|\*|\{date\}", str(PurePath(paths[0]).with_suffix(""))):
        words = list(TOKEN.finditer(part))
        runs |= {
            part[first.start() : last.end()]
            for place, first in enumerate(words)
            for last in words[place:]
        }
    common = [run for run in runs if all(holds(path, run) for path in paths[1:])]
    return sorted(common, key=lambda run: (-len(run), run))


def holds(path: str, name: str) -> bool:
    """Whether a path holds a name between borders of words."""
    return re.search(_bounded(name), path) is not None


def _bounded(name: str) -> str:
    return rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"


def find_template(names: Sequence[str], paths: Paths) -> str | None:
    """The template that gives each path from the name of its scene; None where there is none.

    One path for all scenes is its own template.
    """
    if len(set(paths)) == 1 and (len(paths) > 1 or not holds(paths[0], names[0])):
        return paths[0]
    for replace in _replacements():
        templates = {replace(name, path) for name, path in zip(names, paths, strict=True)}
        if len(templates) == 1 and SCENE in (template := templates.pop()):
            return template
    return None


def _replacements() -> Iterator[Callable[[str, str], str]]:
    """Ways to put the placeholder in the place of a name: everywhere, at the end, at the start."""
    yield lambda name, path: re.sub(_bounded(name), SCENE, path)
    yield lambda name, path: re.sub(rf"{_bounded(name)}(?!.*{_bounded(name)})", SCENE, path)
    yield lambda name, path: re.sub(_bounded(name), SCENE, path, count=1)


def make_template(names: Sequence[str], paths: Paths, *, key: str, columns: Sequence[Row]) -> str:
    """The path template of the files of a key, one path for each name.

    Where the name does not lead to them, one of their folders, or else their whole paths, are put
    into a column of the scene table: `columns` are the further columns of each scene.
    """
    template = find_template(names, paths)
    if template is not None:
        return template
    found = _find_folder_template(names, paths) or _find_dated_template(paths)
    template, values = found or ("{column}", paths)
    column = _choose_column(key, template, values, columns)
    for row, value in zip(columns, values, strict=True):
        row[column] = value
    return template.replace("{column}", f"{{{column}}}")


def _find_dated_template(paths: Paths) -> tuple[str, Paths] | None:
    """The template of paths that differ before {date} alone, and what stands there."""
    parts = [path.partition(DATE_PLACE) for path in paths]
    tails = {date + tail for _, date, tail in parts}
    alike = len(tails) == 1 and DATE_PLACE in (tail := tails.pop())
    return (f"{{column}}{tail}", [head for head, _, _ in parts]) if alike else None


def _choose_column(key: str, template: str, values: Paths, columns: Sequence[Row]) -> str:
    """The name of a column for the values; keys whose folders are the same share one."""
    column = f"{key}_file"
    if SCENE in template:
        used = [row.get(FOLDER) for row in columns]
        column = FOLDER if used in ([None] * len(columns), list(values)) else f"{key}_folder"
    assert column not in COLUMNS, "columns of ours have other names"
    return column


def _find_folder_template(names: Sequence[str], paths: Paths) -> tuple[str, Paths] | None:
    """The template of paths that differ in one folder besides the scene, and these folders."""
    parts = [PurePath(path).parts for path in paths]
    if len({len(own) for own in parts}) != 1:
        return None
    for place in range(len(parts[0]) - 1):
        rest = ["/".join([*own[:place], "{column}", *own[place + 1 :]]) for own in parts]
        template = find_template(names, rest)
        if template is not None and SCENE in template:
            return template, [own[place] for own in parts]
    return None
