"""The dates of scenes and the optional files that they lack, looked up in the folders.

Files and rules are named after what there is, so it is known before any work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rs_seg.config import Source
from rs_seg.config.raw_images import RawImage, fill_path, list_wanted
from rs_seg.config.scene_files import SceneFiles, look_for_files
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.dated_files import DATE, DatedFile, DatedFiles
from rs_seg.io.raw.templates import placeholders
from rs_seg.values import Scene
from rs_seg.values.dates import EXPECTED, STAR

Row = dict[str, Any]


def fill_dates(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, with dates of scenes and missing optional files written out.

    A source has dates where its path has {date} and the scene table has no column of this name.
    What a scene says already stays. Values that are not valid stay as they are: whoever parses them
    tells all faults at once.

    Raises:
        UserErrors: a scene has no date, a date twice, or a file whose date cannot be read.
    """
    if not _asks(values.get("sources")):
        return dict(values)
    known = look_for_files(values)
    if known is None:
        return dict(values)
    files, scenes = known
    series = _find_series(files, scenes)
    sources = {
        name: source.model_copy(update={"slots": source.slots or 1}) if name in series else source
        for name, source in files.sources.items()
    }
    given = [row if isinstance(row, Mapping) else {"name": row} for row in values["scenes"]]
    dates = _look_up_dates(files, series, [scene for scene in scenes if scene.simulate is None])
    for scene in scenes:
        if scene.simulate is not None:
            dates[scene.name] = _simulated_dates(files, series, scene)
    rows = [
        {
            **row,
            "dates": {**scene.dates, **dates[scene.name]},
            "lacks": row["lacks"]
            if "lacks" in row
            else _find_lacking(files, sources, scene, dates[scene.name]),
        }
        for row, scene in zip(given, scenes, strict=True)
    ]
    slots = {
        name: files.sources[name].slots
        or max((1, *(len(row["dates"].get(name, ())) for row in rows)))
        for name in series
    }
    filled = {
        name: {**source, "slots": slots[name]} if name in slots else source
        for name, source in values["sources"].items()
    }
    return {**values, "sources": filled, "scenes": rows}


def _asks(sources: Any) -> bool:
    """Whether a source, not validated yet, may have dates or be missing."""
    if not isinstance(sources, Mapping):
        return False
    given = [source for source in sources.values() if isinstance(source, Mapping)]
    return any(
        "{date}" in str(source.get("path")) or source.get("optional") or source.get("clouds")
        for source in given
    )


def _find_series(files: SceneFiles, scenes: Iterable[Scene]) -> list[str]:
    """Names of the sources with dates; a column date of the scene table stands for itself.

    It cannot in a path with stars, which only a look at the folder fills in.
    """
    column = any(DATE in scene.fields for scene in scenes)
    return [
        name
        for name, source in files.sources.items()
        if DATE in placeholders(source.path) and (STAR in source.path or not column)
    ]


def _simulated_dates(
    files: SceneFiles, series: Sequence[str], scene: Scene
) -> dict[str, list[str]]:
    """The dates that the simulation will make of a scene, but where the scene table chooses."""
    fields = files.simulate.fields
    if fields is None:
        return {}
    return {name: list(fields.dates) for name in series if name not in scene.dates}


def _find_lacking(
    files: SceneFiles,
    sources: Mapping[str, Source],
    scene: Scene,
    dates: Mapping[str, Sequence[str]],
) -> list[str]:
    """Labels of the optional files that a scene lacks; simulated ones are made later."""
    if scene.simulate is not None:
        return []
    dated = scene.model_copy(update={"dates": {**scene.dates, **dates}})
    lacking = []
    for image in list_wanted(sources, dated):
        source = sources[image.source]
        optional = source.optional and not source.has_dates
        if image.clouds:
            assert source.clouds is not None
            optional = source.clouds.optional
        if optional and not _is_there(files, source, dated, image):
            lacking.append(image.label)
    return lacking


def _is_there(files: SceneFiles, source: Source, scene: Scene, image: RawImage) -> bool:
    """Whether a scene has a file, and no cell for its path is empty.

    A column that the table does not have is told where the configuration is checked.
    """
    try:
        path = Path(files.data_root, fill_path(source, scene, image))
    except KeyError:
        return True
    template = source.clouds.path if image.clouds and source.clouds else source.path
    cells = [scene.fields.get(name, name) for name in placeholders(template)]
    return all(cells) and path.exists()


def _look_up_dates(
    files: SceneFiles, series: Sequence[str], scenes: Sequence[Scene]
) -> dict[str, dict[str, list[str]]]:
    """Dates of each scene, by source, of those that the scene table does not give.

    Raises:
        UserErrors: see `fill_dates`.
    """
    folders = DatedFiles(Path(files.data_root))
    matches: dict[tuple[str, str], list[DatedFile]] = {}
    for scene in scenes:
        for name in series:
            if name not in scene.dates and _has_columns(files.sources[name].path, scene):
                matches[scene.name, name] = folders.find(
                    files.sources[name].path, scene.placeholder_values
                )
    claimed = {
        *(file.path for dated in matches.values() for file in dated if file.day is not None),
        *_other_files(files, series, scenes),
        *_cloud_files(files, folders, scenes),
    }
    faults = list(_find_shared(files, scenes, matches))
    dates: dict[str, dict[str, list[str]]] = {scene.name: {} for scene in scenes}
    for (scene_name, name), dated in matches.items():
        source = files.sources[name]
        faults += _find_faults(dated, claimed, f"scene {scene_name!r}, sources.{name}")
        days = sorted((file for file in dated if file.day is not None), key=lambda file: file.order)
        if not days and not source.optional:
            faults.append(_no_date(folders.root / source.path, scene_name, name))
        dates[scene_name][name] = [file.text for file in days]
    if faults:
        raise UserErrors(faults)
    return dates


def _has_columns(template: str, scene: Scene) -> bool:
    """Whether the scene table has all columns of a template; what it lacks is told later."""
    return {*placeholders(template)} <= {*scene.placeholder_values, DATE}


def _find_shared(
    files: SceneFiles,
    scenes: Iterable[Scene],
    matches: Mapping[tuple[str, str], Iterable[DatedFile]],
) -> Iterable[UserError]:
    """Faults of files that a star gives to two scenes of other names: one name begins the other."""
    fields = {scene.name: scene.placeholder_values for scene in scenes}
    owners: dict[tuple[str, Path], str] = {}
    for (scene, name), dated in matches.items():
        template = files.sources[name].path
        asked = [place for place in placeholders(template) if place != DATE]
        for file in dated if STAR in template else ():
            owner = owners.setdefault((name, file.path), scene)
            if any(fields[owner].get(place) != fields[scene].get(place) for place in asked):
                yield UserError(
                    "a file fits two scenes",
                    where=file.path,
                    found=f"scenes {owner!r} and {scene!r} by sources.{name}.path, {template}",
                    expected="files of one scene each",
                    remedy="write more of the names beside the star, or name files by a column",
                )


def _other_files(
    files: SceneFiles, series: Sequence[str], scenes: Iterable[Scene]
) -> Iterable[Path]:
    """Files that other templates name: their names may look like those of dates."""
    templates = [source.path for name, source in files.sources.items() if name not in series]
    templates += [] if files.label is None else [files.label.path]
    for scene in scenes:
        for template in templates:
            try:
                yield Path(files.data_root, scene.fill(template))
            except KeyError:
                continue


def _cloud_files(files: SceneFiles, folders: DatedFiles, scenes: Iterable[Scene]) -> Iterable[Path]:
    """Files of clouds of any date."""
    clouds = [source.clouds for source in files.sources.values() if source.clouds is not None]
    for scene in scenes:
        for mask in clouds:
            if _has_columns(mask.path, scene):
                dated = folders.find(mask.path, scene.placeholder_values)
                yield from (file.path for file in dated if file.day is not None)


def _find_faults(dated: Iterable[DatedFile], claimed: set[Path], place: str) -> Iterable[UserError]:
    days: dict[Any, DatedFile] = {}
    for file in dated:
        if file.day is None:
            if file.path not in claimed:
                yield UserError(
                    "the date of a file cannot be read",
                    where=file.path,
                    found=f"{file.text!r} in the place of {{date}} ({place})",
                    expected=EXPECTED,
                    remedy="rename the file, or move it to another folder",
                )
        elif days.setdefault(file.day, file) is not file:
            yield UserError(
                "two files are of one date",
                where=file.path,
                found=f"{days[file.day].path.name} is of {file.day}, too ({place})",
                expected="one file of each date",
                remedy="remove one of them, or join them (gdalbuildvrt)",
            )


def _no_date(path: Path, scene: str, name: str) -> UserError:
    return UserError(
        "a scene has no date",
        where=f"scene {scene!r}, sources.{name}",
        found=f"no file {path}",
        expected=f"one or more files, with {EXPECTED} in the place of {{date}}",
        remedy="mend data_root or the path, leave out the scene, or say optional: true",
    )
