"""The part of train that finds the numbers of formulas: weights of bands, grey levels."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.classical.components import Components, noise_fractions, principal_components
from rs_seg.algorithms.statistics import band_covariance
from rs_seg.algorithms.training.plan import plan_pixels
from rs_seg.config import Pixelwise
from rs_seg.errors import UserError
from rs_seg.predicting.pixelwise import FeatureRecipe, pixel_samples, recipe_of
from rs_seg.values.band_ranges import fold_ranges
from rs_seg.values.dated_names import name_bands
from rs_seg.values.formula import (
    COMPONENTS,
    Call,
    Component,
    Formula,
    Weighted,
    bands_of,
    find_unsettled,
    replace_parts,
)
from rs_seg.values.formula_dates import days_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.ground.training import Ground
    from rs_seg.io.windows import PixelSamples

    Tile = tuple[NDArray[np.float32], NDArray[np.bool_]]

logger = logging.getLogger(__name__)
TILE = 64
"""Side of the pieces of the training areas that are read, in pixels."""
MOST_PIXELS = 1_000_000
"""Pixels of the training areas that are looked at, about, in pieces spread evenly."""
PERCENTILES = (2, 98)
"""Of values in the training areas, between which grey levels lie."""


def settled_recipe(network: Pixelwise, ground: Ground) -> FeatureRecipe:
    """What the configuration says, with all that it leaves to training found on the training areas.

    Raises:
        UserError: fewer components than are asked for, or nothing to find them on.
    """
    recipe = recipe_of(network, ground.bands)
    formulas = recipe.formulas
    while unsettled := set().union(*map(find_unsettled, formulas)):
        components = [part for part in unsettled if isinstance(part, Component)]
        measures = [part for part in unsettled if isinstance(part, Call)]
        parts = _settle_components(components, ground)
        parts |= {part: _settle_bounds(part, ground) for part in measures}
        formulas = tuple(replace_parts(formula, parts) for formula in formulas)
    return recipe if formulas == recipe.formulas else _recipe_for(formulas, ground.bands)


def _recipe_for(formulas: tuple[Formula, ...], bands: Sequence[str]) -> FeatureRecipe:
    used = frozenset().union(*map(bands_of, formulas))
    return FeatureRecipe(tuple(band for band in bands if band in used), formulas)


def _settle_components(asked: Iterable[Component], ground: Ground) -> dict[Formula, Formula]:
    asked = sorted(asked, key=lambda part: (part.kind, part.bands, part.number))
    learnt = {
        (kind, bands): _learn_components(kind, bands, ground)
        for kind, bands in dict.fromkeys((part.kind, part.bands) for part in asked)
    }
    names = name_bands(ground.bands)
    return {part: _pick(part, learnt[part.kind, part.bands], names) for part in asked}


def _learn_components(kind: str, bands: tuple[str, ...], ground: Ground) -> Components:
    names = name_bands(ground.bands)
    recipe = _recipe_for(tuple(names[band] for band in bands), ground.bands)
    pixels = (features[:, known] for features, known in _read_tiles(recipe, ground))
    mean, covariance = band_covariance(pixels, band_count=len(bands))
    still = np.diag(covariance) <= 0
    if still.all():
        raise UserError(
            f"there are no {COMPONENTS[kind]} of bands that do not vary",
            where=f"{kind} of {fold_ranges(bands)}",
            expected="training areas with pixels that differ, with data in all of the bands",
            remedy=f"leave {kind} out of `features`, or label more",
        )
    if kind == "pca":
        components = principal_components(mean, covariance)
    else:
        differences = _neighbour_differences(_read_tiles(recipe, ground))
        _, twice = band_covariance(differences, band_count=len(bands))
        components = noise_fractions(mean, covariance, twice / 2)
    _tell(kind, bands, components, [band for band, flat in zip(bands, still, strict=True) if flat])
    return components


def _neighbour_differences(
    samples: Iterable[Tile],
) -> Iterator[NDArray[np.float32]]:
    """Differences (B, N) of neighbouring pixels: they are noise where the ground is alike."""
    for pixels, known in samples:
        yield (pixels[:, :, 1:] - pixels[:, :, :-1])[:, known[:, 1:] & known[:, :-1]]
        yield (pixels[:, 1:] - pixels[:, :-1])[:, known[1:] & known[:-1]]


def _tell(kind: str, bands: Sequence[str], components: Components, still: Sequence[str]) -> None:
    shares = ", ".join(f"{share:.1%}" for share in components.shares[:5])
    meaning = "of the variance" if kind == "pca" else "of each is signal"
    logger.info("%s of %d bands: %s %s", COMPONENTS[kind], len(bands), shares, meaning)
    independent = len(components.shares)
    if independent < len(bands):
        reason = f"; {fold_ranges(still)} do not vary at all" if still else ""
        logger.warning(
            "the covariance of %d bands in the training areas is singular: %d of their directions "
            "are independent, and %s are found in these alone%s",
            len(bands),
            independent,
            COMPONENTS[kind],
            reason,
        )


def _pick(part: Component, components: Components, names: Mapping[str, Formula]) -> Weighted:
    if part.number > len(components.shares):
        raise UserError(
            f"there are fewer {COMPONENTS[part.kind]} than are asked for",
            where=f"{part.kind}({part.number}) of {fold_ranges(part.bands)}",
            found=f"{len(components.shares)} in the training areas, where bands follow from others",
            expected=f"at least {part.number}",
            remedy=f"ask for {part.kind}(1) to {part.kind}({len(components.shares)}) in `features`",
        )
    weights, offset = components.weights[part.number - 1], components.offsets[part.number - 1]
    pairs = zip(part.bands, map(float, weights), strict=True)
    used = {band: weight for band, weight in pairs if weight}
    return Weighted(tuple(used), tuple(used.values()), float(offset), days_of(used, names))


def _settle_bounds(part: Call, ground: Ground) -> Formula:
    """A measure of co-occurrence with the bounds of its grey levels."""
    recipe = _recipe_for(part.arguments, ground.bands)
    values = [features[0, known] for features, known in _read_tiles(recipe, ground)]
    together = np.concatenate(values) if values else np.empty(0)
    if not together.size:
        raise UserError(
            "no pixel of the training areas has a value to find grey levels from",
            where=str(part),
            expected="values in the training areas",
            remedy=f"give bounds, such as {part.function}(x, {part.size}, 0, 1)",
        )
    low, high = (float(f"{bound:.6g}") for bound in np.percentile(together, PERCENTILES))
    return replace(part, numbers=(low, high if high > low else low + 1))


def _read_tiles(recipe: FeatureRecipe, ground: Ground) -> Iterator[Tile]:
    """Features (F, H, W) of evenly spread pieces of the training areas, and where all are known."""
    planned = plan_pixels(ground.train, size=TILE)
    pixels = sum(window.height * window.width for _, window in planned)
    chosen = planned[:: -(-pixels // MOST_PIXELS) or 1]
    samples: PixelSamples = pixel_samples(ground.readers, chosen, recipe, bands=ground.bands)
    for number in range(len(samples)):
        features, known, _ = samples[number]
        yield features, known
