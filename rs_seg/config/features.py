"""What methods of single pixels look at: names and formulas of the configuration, written out in bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rs_seg.config.classical import Pixelwise
from rs_seg.values.formula import BandName, Formula, FormulaError, parse_feature

if TYPE_CHECKING:
    from rs_seg.config.run import RunConfig


def fill_formulas(run: RunConfig) -> dict[str, Any]:
    """The networks that look at features, by name, with the features as formulas of bands.

    A model then depends on the formulas it uses, not on indices that others use.

    Raises:
        ValueError: something is no formula of the bands; the setting and the place in it are named.
    """
    names = _parse_indices(run)
    return {
        name: network.model_copy(update={"formulas": _write_out(name, network, names)})
        for name, network in run.networks.items()
        if isinstance(network, Pixelwise)
    }


def _parse_indices(run: RunConfig) -> dict[str, Formula]:
    """What all names stand for: bands, and indices, which may use those above them."""
    names: dict[str, Formula] = {band: BandName(band) for band in run.bands}
    for name, text in run.indices.items():
        if name in names:
            raise ValueError(f"indices.{name}: a band has that name; give the index another one")
        try:
            names[name] = parse_feature(text, names)
        except FormulaError as error:
            raise ValueError(f"indices.{name}: {error}") from error
    return names


def _write_out(name: str, network: Pixelwise, names: dict[str, Formula]) -> tuple[str, ...]:
    key = f"networks.{name}.{network.feature_key}"
    try:
        formulas = tuple(str(parse_feature(text, names)) for text in network.asked_features or ())
    except FormulaError as error:
        raise ValueError(f"{key}: {error}") from error
    twice = sorted({each for each in formulas if formulas.count(each) > 1})
    if twice:
        raise ValueError(f"{key}: the feature {twice[0]} stands there twice")
    return formulas
