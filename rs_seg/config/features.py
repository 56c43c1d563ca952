"""What methods of single pixels look at: names and formulas, written out in bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rs_seg.config.classical import Formulas, Pixelwise, TexturedTrees
from rs_seg.values.dated_names import name_bands
from rs_seg.values.formula import BandName, Call, Formula, FormulaError
from rs_seg.values.formula_dates import check_undated
from rs_seg.values.formula_parser import parse_feature

if TYPE_CHECKING:
    from rs_seg.config.run_scenes import RunScenes


TEXTURES = "textures"
"""A feature that stands for many: each band, and its local statistics in windows of WIDTHS."""
STATISTICS = ("gauss", "std", "gradient")
WIDTHS = (3, 7, 15)
MOST_TEXTURED = 8
"""Bands with textures: ten features a band are kept for every pixel of a tile. More bands than
these are most often spectra or dates, which tell much by themselves and of which no few stand for
the others."""
SUMMARIES = (("median", ""), ("percentile", ", 10"), ("percentile", ", 90"), ("amplitude", ""))
"""What stands for the dates of a band where no features are named."""
SUMMARIZED_FROM = 4
"""Dates from which all of SUMMARIES are made; of fewer the first alone, because two or three dates
have no percentiles worth the name (docs/experiments.md)."""


def fill_formulas(run: RunScenes) -> dict[str, Any]:
    """The models that look at features, by name, with the features as formulas of bands.

    A model then depends on the formulas it uses, not on indices that others use.

    Raises:
        ValueError: something is no formula of the bands; the setting and the place in it are named.
    """
    names = _parse_indices(run)
    return {
        name: model.model_copy(update={"formulas": _write_out(name, model, names, run)})
        for name, model in run.models.items()
        if isinstance(model, Pixelwise)
    }


def _parse_indices(run: RunScenes) -> dict[str, Formula]:
    """What all names stand for: bands, and indices, which may use those above them."""
    names = name_bands(run.bands)
    for name, text in run.indices.items():
        if name in names:
            raise ValueError(f"indices.{name}: a band has that name; give the index another one")
        try:
            names[name] = parse_feature(text, names)
        except FormulaError as error:
            raise ValueError(f"indices.{name}: {error}") from error
    return names


def _write_out(
    name: str, model: Pixelwise, names: dict[str, Formula], run: RunScenes
) -> tuple[str, ...]:
    key = f"models.{name}.{model.feature_key}"
    try:
        parsed = [formula for text in _asked(model, run) for formula in _parse(text, names, run)]
    except FormulaError as error:
        raise ValueError(f"{key}: {error}") from error
    formulas = tuple(map(str, parsed))
    twice = sorted({formula for formula in formulas if formulas.count(formula) > 1})
    if twice:
        raise ValueError(f"{key}: the feature {twice[0]} stands there twice")
    return formulas


def _asked(model: Pixelwise, run: RunScenes) -> Formulas:
    if model.asked_features is not None:
        return model.asked_features
    undated = [band for group in run.band_groups if not group.slots for band in group.bands]
    textured = isinstance(model, TexturedTrees) and 0 < len(undated) <= MOST_TEXTURED
    if not any(group.slots or group.optional for group in run.band_groups):
        return (TEXTURES,) if textured else ()
    plain = (TEXTURES,) if textured else tuple(str(BandName(band)) for band in undated)
    dated = [
        f"{name}({BandName(band)}{number})"
        for group in run.band_groups
        if group.slots
        for band in group.bands
        for name, number in (SUMMARIES if group.slots >= SUMMARIZED_FROM else SUMMARIES[:1])
    ]
    return (*plain, *dated)


def _parse(text: str, names: dict[str, Formula], run: RunScenes) -> list[Formula]:
    """The formulas of a feature; bands and indices may themselves have the name `textures`."""
    if text != TEXTURES or text in names:
        formula = parse_feature(text, names)
        check_undated(text, formula)
        return [formula]
    bands = [band for group in run.band_groups if not group.slots for band in group.bands]
    if len(bands) > MOST_TEXTURED:
        raise FormulaError(
            f"{TEXTURES} stands for ten features of each band and is for up to {MOST_TEXTURED} "
            f"bands, of which there are {len(bands)}; name the features, such as "
            f"std({BandName(bands[0])}, 7)"
        )
    if not bands:
        raise FormulaError(
            f"{TEXTURES} stands for features of bands without dates, of which there is none; name "
            f"the features, such as median(std({BandName(run.band_groups[0].bands[0])}, 7))"
        )
    return textures_of(bands, buffer=run.split.buffer)


def textures_of(bands: Sequence[str], *, buffer: int | None) -> list[Formula]:
    """Each band and its local statistics, in windows that look no further than a given buffer."""
    widths = [width for width in WIDTHS if buffer is None or width // 2 <= buffer]
    formulas: list[Formula] = []
    for band in map(BandName, bands):
        formulas += [band, *(Call(name, (band,), width) for width in widths for name in STATISTICS)]
    return formulas
