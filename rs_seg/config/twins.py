"""Twins: copies of trained models for the split that is drawn at random (split.random_split).

A twin is no model of the run: it is not ranked, delivered, exported or mapped beyond labelled
scenes. Only `compare` sees its figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rs_seg.config.models import ModelConfig
from rs_seg.config.refinement import Searchable
from rs_seg.config.trainable import Trainable

if TYPE_CHECKING:
    from rs_seg.config.run_maps import RunMaps

RANDOM_FOLD = 0
"""Number of the split that is drawn at random; that of the blocks is 1."""
ENDING = "_random_split"


def twin_models(run: RunMaps) -> dict[str, ModelConfig]:
    """The twins by name; nothing where no random split is asked for.

    Methods that find classes without labels have none: no split concerns them.
    """
    return {
        twin: run.models[name].model_copy(update={"name": twin, "fold": RANDOM_FOLD})
        for twin, name in list_twins(run).items()
    }


def list_twins(run: RunMaps) -> dict[str, str]:
    """Names of the models that twins are copies of, by names of twins."""
    if not run.split.random_split:
        return {}
    return {
        f"{name}{ENDING}": name
        for name, model in run.models.items()
        if isinstance(model, Trainable) and model.needs_labels
    }


def twin_maps(run: RunMaps) -> tuple[tuple[str, str], ...]:
    """Network and refinement of the map of each twin: the first without a search."""
    return plain_maps(run, list_twins(run))


def plain_maps(run: RunMaps, copies: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Copy and refinement of the map of each copy of a network, as `find_plain_map` finds it."""
    maps = ((copy, find_plain_map(run, name)) for copy, name in copies.items())
    return tuple((copy, refinement) for copy, refinement in maps if refinement is not None)


def find_plain_map(run: RunMaps, network: str) -> str | None:
    """The first refinement of a network without a search; None where it has none."""
    fitting = (method for own, method in run.maps if own == network)
    return next((method for method in fitting if not _is_searched(run, method)), None)


def _is_searched(run: RunMaps, refinement: str) -> bool:
    chosen = run.refinements[refinement]
    return isinstance(chosen, Searchable) and chosen.search is not None


def check_twins(run: RunMaps) -> None:
    """Check that a random split has something to show, and that names of twins are free.

    Raises:
        ValueError: no network learns from labels, a name is taken, or a network has no map without
            a search.
    """
    if not run.split.random_split:
        return
    if not run.labelled_scenes or not list_twins(run):
        raise ValueError(
            "split.random_split is true, but no model learns from labels: there is nothing to "
            "train on a random split; leave it out"
        )
    taken = {*run.models, *run.detectors}.intersection(list_twins(run))
    if taken:
        name = sorted(taken)[0]
        raise ValueError(
            f"models.{name} has the name that split.random_split gives to the copy of "
            f"{list_twins(run)[name]}: rename it"
        )
    mapped = {twin for twin, _ in twin_maps(run)}
    for twin, name in list_twins(run).items():
        mapless = twin not in mapped and any(own == name for own, _ in run.maps)
        if mapless:
            raise ValueError(
                f"split.random_split needs a refinement of models.{name} without search, such as "
                "argmax"
            )
