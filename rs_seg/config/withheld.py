"""Copies of networks that map without a sensor: what each sensor is worth.

A copy is no model of the run: it borrows the model file of its network, sees none of a source, and
maps the labelled scenes alone. Only `compare` sees its figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config.sensors import fused_networks
from rs_seg.config.twins import find_plain_map, plain_maps, twin_maps

if TYPE_CHECKING:
    from rs_seg.config.run import RunConfig

BETWEEN = "_without_"
"""What stands between the names of the network and the source in that of a copy."""


def list_withheld(run: RunConfig) -> dict[str, tuple[str, str]]:
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


def withheld_maps(run: RunConfig) -> tuple[tuple[str, str], ...]:
    """Copy and refinement of the map of each copy: the first of its network without a search."""
    return plain_maps(run, {copy: name for copy, (name, _) in run.withheld.items()})


def copies_of(run: RunConfig) -> tuple[str, ...]:
    """Names of all copies, those of a random split first; they are in no product."""
    return (*run.random_twins, *run.withheld)


def copy_maps(run: RunConfig) -> tuple[tuple[str, str], ...]:
    """Copy and refinement of the maps of all copies."""
    return (*twin_maps(run), *withheld_maps(run))


def lender_of(run: RunConfig, name: str) -> str:
    """The network whose model file, engine and fold a model uses: its own name, unless a copy."""
    return run.withheld.get(name, (name, ""))[0]


def bands_of_source(run: RunConfig, source: str) -> tuple[str, ...]:
    """All bands that images have of a source, days and presence among them."""
    return next(group.names for group in run.band_groups if group.source == source)


def check_withheld(run: RunConfig) -> None:
    """Check that names of copies are free.

    Raises:
        ValueError: one is taken.
    """
    taken = {*run.models, *run.detectors, *run.random_twins}.intersection(run.withheld)
    if taken:
        name = sorted(taken)[0]
        network, source = run.withheld[name]
        raise ValueError(
            f"models.{name} has the name that evaluate.without_sources gives to {network} without "
            f"{source}: rename it, or set evaluate.without_sources to false"
        )
