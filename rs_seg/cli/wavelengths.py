"""Ranges of wavelengths in a configuration, written out as bands of the first scene's files.

The names of all bands are known before any work, so that files and rules can be named after what
they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rs_seg.config import Source
from rs_seg.config.raw_images import fill_path, list_images
from rs_seg.config.scene_files import look_for_files
from rs_seg.errors import UserError
from rs_seg.values import Scene


def fill_wavelengths(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, with bands that are given by ranges written out.

    Values that are not valid stay as they are: whoever parses them tells all faults at once.

    Raises:
        UserError: there is no file to read wavelengths from, or it has none that are asked for.
    """
    if not _holds_wavelengths(values.get("sources")):
        return dict(values)
    known = look_for_files(values)
    if known is None:
        return dict(values)
    files, scenes = known
    asking = {name: source for name, source in files.sources.items() if source.asks_wavelengths}
    if not asking:
        return dict(values)
    # here, because it loads GDAL, which few runs need before their first job
    from rs_seg.scenes.sources import resolve_wavelengths

    sources = dict(values["sources"])
    for name, source in asking.items():
        resolved = resolve_wavelengths(
            source, _find_file(name, source, Path(files.data_root), scenes)
        )
        sources[name] = {
            **sources[name],
            "bands": resolved.bands,
            "drop_bands": resolved.drop_bands,
        }
    return {**values, "sources": sources}


def _holds_wavelengths(sources: Any) -> bool:
    """Whether a list of bands, not validated yet, may hold a range of wavelengths."""
    if not isinstance(sources, Mapping):
        return False
    given = [source for source in sources.values() if isinstance(source, Mapping)]
    lists = [source.get(key) for source in given for key in ("bands", "drop_bands")]
    names = [name for bands in lists if isinstance(bands, (list, tuple)) for name in bands]
    return any(isinstance(name, str) and "m" in name.lower() for name in names)


def _find_file(name: str, source: Source, root: Path, scenes: Iterable[Scene]) -> Path:
    """The file of the first scene that has one."""
    paths = []
    for scene in scenes:
        try:
            paths += [
                root / fill_path(source, scene, image)
                for image in list_images({name: source}, scene)
            ]
        except KeyError:  # a missing column is told where the configuration is checked
            continue
    there = next((path for path in paths if path.exists()), None)
    if there is None:
        raise UserError(
            "wavelengths cannot be looked up, because no scene has a file",
            where=f"sources.{name}",
            found=f"none of {len(paths)} files, such as {paths[0]}" if paths else "no scene",
            expected="a file that states wavelengths, for ranges of them under `bands` or "
            "`drop_bands`",
            remedy="put the files in place, or name the bands",
        )
    return there
