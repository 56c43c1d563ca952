"""What a configuration leaves to its given models: the legend, and the bands of a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rs_seg.errors import UserError
from rs_seg.values.dated_names import find_dated
from rs_seg.values.palette import choose_colors, color_rest

if TYPE_CHECKING:
    from rs_seg.io.model_description import ModelDescription
    from rs_seg.values import ClassNames

REST = "other"
"""Name of the class beside the only class of a detector: a legend has two."""


def fill_from_models(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, with legend and bands of its given models where it has none.

    The first given model counts; whether others agree is checked with all inputs. A legend of a
    model file has no colours, so it gets those of a palette. Bands are those that no other source
    has, of the only source without any. Values that are not valid stay as they are.

    Raises:
        UserError: something is to be taken from a model file, which is missing or cannot be read.
    """
    bandless = _find_bandless(values.get("sources"))
    wanted = [] if values.get("legend") is not None else ["legend"]
    wanted += [] if bandless is None else [f"sources.{bandless}.bands"]
    given = next(_given_models(values), None)
    if not wanted or given is None:
        return dict(values)
    key, path = given
    description = _read(path, key, wanted)
    filled = dict(values)
    if "legend" in wanted:
        filled |= _legend_of(description, values)
    if bandless is not None:
        sources = values["sources"]
        others = {
            band
            for source in sources.values()
            if isinstance(source, Mapping) and isinstance(source.get("bands"), list | tuple)
            for band in source["bands"]
        }
        bands = [band for band in _bands_of(description, bandless) if band not in others]
        filled["sources"] = {**sources, bandless: {**sources[bandless], "bands": bands}}
    return filled


def _bands_of(description: ModelDescription, source: str) -> list[str]:
    """Names of the bands of a model without dates: those of the source, or all if it has no such.

    Dates have one name, and the days are none of the file's bands.
    """
    own = (group.bands for group in description.groups if group.source == source)
    dated = find_dated(description.bands)
    of_dates = {name for band in dated.values() for name in (*band.bands, *band.days)}
    undated = [name for name in description.bands if name not in of_dates]
    return list(next(own, (*dated, *undated)))


def _given_models(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and path of each given model, then of each given detector."""
    for section in ("models", "detectors"):
        methods = values.get(section)
        for name, method in methods.items() if isinstance(methods, Mapping) else ():
            if isinstance(method, Mapping) and isinstance(method.get("model"), str):
                yield f"{section}.{name}", method["model"]


def _find_bandless(sources: Any) -> str | None:
    """The name of the only source without bands; None where each has some, or several have none."""
    if not isinstance(sources, Mapping):
        return None
    bandless = [
        name
        for name, source in sources.items()
        if isinstance(source, Mapping) and source.get("bands") is None
    ]
    return bandless[0] if len(bandless) == 1 else None


def _read(path: str, key: str, wanted: list[str]) -> ModelDescription:
    # here, because few configurations leave anything to a model file
    from rs_seg.io.model import read_description

    if not Path(path).exists():
        raise UserError(
            "file is missing",
            where=path,
            expected=f"the model file of {key}, for want of {' and '.join(wanted)}",
            remedy=f"put it there, or change {key}.model",
        )
    return read_description(Path(path))


def _legend_of(description: ModelDescription, values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a configuration that follow from the classes of a model."""
    classes = [(each.code, each.name) for each in description.classes]
    outline: dict[str, Any] = {}
    if len(classes) == 1:
        outline = _outline(description.classes, values)
        classes = [(0 if classes[0][0] else 1, REST), *classes]
    names = [name for _, name in classes]
    colors = choose_colors(names, color_rest(names))
    legend = [
        {"code": code, "name": name, "color": color}
        for (code, name), color in zip(classes, colors, strict=True)
    ]
    return {"legend": legend, **outline}


def _outline(classes: ClassNames, values: Mapping[str, Any]) -> dict[str, Any]:
    """The section outline that names the only class of a detector."""
    given = values.get("outline")
    outline = given if isinstance(given, Mapping) else {}
    return {"outline": {"classes": list(classes.names), **outline}}
