"""Copies of the models of a run that are no models of it: see `twins` and `withheld`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config.twins import list_twins, twin_maps, twin_models
from rs_seg.config.withheld import list_withheld, withheld_maps, withheld_models

if TYPE_CHECKING:
    from rs_seg.config.models import ModelConfig
    from rs_seg.config.run_maps import RunMaps


def models_and_copies(run: RunMaps) -> dict[str, ModelConfig]:
    """All that jobs may be about."""
    return {**run.models, **twin_models(run), **withheld_models(run)}


def copies_of(run: RunMaps) -> tuple[str, ...]:
    """Names of all copies, those of a random split first; they are in no product."""
    return (*list_twins(run), *list_withheld(run))


def copy_maps(run: RunMaps) -> tuple[tuple[str, str], ...]:
    """Copy and refinement of the maps of all copies."""
    return (*twin_maps(run), *withheld_maps(run))


def lender_of(run: RunMaps, name: str) -> str:
    """The network whose model file, engine and fold a model uses: its own name, unless a copy."""
    return list_withheld(run).get(name, (name, ""))[0]
