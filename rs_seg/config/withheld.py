"""Copies of networks that map without a sensor: what each sensor is worth.

A copy is no model of the run: it borrows the model file of its network, sees none of a source, and
maps the labelled scenes alone. Only `compare` sees its figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config.sensors import fused_networks
from rs_seg.config.twins import find_plain_map, list_twins, plain_maps

if TYPE_CHECKING:
    from rs_seg.config.models import ModelConfig
    from rs_seg.config.run_maps import RunMaps

BETWEEN = "_without_"
"""What stands between the names of the network and the source in that of a copy."""


def list_withheld(run: RunMaps) -> dict[str, tuple[str, str]]:
    """Network and source that it does without, by names of copies; nothing without labels.

    Networks that have an encoder for each source, and sources that scenes may lack; a network whose
    maps all need a search has none.
    """
    optional = [name for name, source in run.sources.items() if source.optional]
    if not (optional and run.evaluate.without_sources and run.labelled_scenes):
        return {}
    return {
        f"{name}{BETWEEN}{source}": (name, source)
        for name in fused_networks(run)
        if find_plain_map(run, name) is not None
        for source in optional
    }


def withheld_models(run: RunMaps) -> dict[str, ModelConfig]:
    """The copies by name."""
    return {
        copy: run.models[name].model_copy(update={"name": copy})
        for copy, (name, _) in list_withheld(run).items()
    }


def withheld_maps(run: RunMaps) -> tuple[tuple[str, str], ...]:
    """Copy and refinement of the map of each copy: the first of its network without a search."""
    return plain_maps(run, {copy: name for copy, (name, _) in list_withheld(run).items()})


def check_withheld(run: RunMaps) -> None:
    """Check that names of copies are free.

    Raises:
        ValueError: one is taken.
    """
    taken = {*run.models, *run.detectors, *list_twins(run)}.intersection(list_withheld(run))
    if taken:
        name = sorted(taken)[0]
        network, source = list_withheld(run)[name]
        raise ValueError(
            f"models.{name} has the name that evaluate.without_sources gives to {network} without "
            f"{source}: rename it, or set evaluate.without_sources to false"
        )
