"""What a run learns from labelled ground, which decides how that ground is divided."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from rs_seg.config.classical import Pixelwise
from rs_seg.config.models import ConvolutionalNetwork
from rs_seg.values.dated_names import name_bands
from rs_seg.values.formula import reach_of
from rs_seg.values.formula_parser import parse_formula

if TYPE_CHECKING:
    from rs_seg.config.run_scenes import RunScenes


class Learners(BaseModel):
    """Who learns, and how far around a pixel they look."""

    model_config = ConfigDict(frozen=True)

    trains: bool
    """Whether a model is trained; else given models are applied, which need no training areas."""
    selects: bool
    """Whether validation areas decide on something: the best epoch, or parameters of a refinement.
    """
    looks_at_windows: bool
    """Whether a model is trained on windows; methods of single pixels look as far as their
    formulas."""
    window: int | None
    """Side of the training windows in pixels, where it is given."""
    reach: int
    """Pixels that the formulas of methods of single pixels look around, at most."""


def learners_of(run: RunScenes) -> Learners:
    """What the models and refinements of a run learn from labelled ground."""
    trained = [run.models[name] for name in run.trained_models]
    formulas = frozenset(
        text for model in trained if isinstance(model, Pixelwise) for text in model.formulas
    )
    detects = bool(run.trained_detectors)
    return Learners(
        trains=bool(trained) or detects,
        selects=detects or bool(trained or run.searched_refinements or run.searched_suppressions),
        looks_at_windows=detects
        or any(isinstance(model, ConvolutionalNetwork) for model in trained),
        window=run.train.window,
        reach=_reach(formulas, run.bands),
    )


@cache
def _reach(formulas: frozenset[str], bands: tuple[str, ...]) -> int:
    """Pixels that formulas look around, at most; a plan asks for it with every job."""
    names = name_bands(bands)
    return max((reach_of(parse_formula(text, names)) for text in formulas), default=0)
