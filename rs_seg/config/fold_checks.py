"""Checks between the folds of a run and its methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rs_seg.config.replicates import BRANCHES

if TYPE_CHECKING:
    from rs_seg.config.models import Ensemble
    from rs_seg.config.objects import DetectorEnsemble
    from rs_seg.config.run_facts import RunFacts


def _check_numbers(run: RunFacts, folds: int) -> None:
    for section in BRANCHES:
        for name, method in getattr(run, section).items():
            fold = method.fold
            if (fold is not None) if folds == 1 else (fold is None or fold > folds):
                raise ValueError(f"{section}.{name}.fold is {fold}, but split.folds is {folds}")


def check_folds(run: RunFacts) -> None:
    """Check that with folds every method has one, and ensembles have that of all members."""
    folds = run.split.folds
    if folds > 1 and abs(run.split.test * folds - 1) > 1e-6:
        raise ValueError(
            f"split.test is {run.split.test:g}, but split.folds is {folds}: each fold tests one "
            f"part in {folds}; leave split.test out"
        )
    if folds > 1 and not run.labelled_scenes:
        raise ValueError(
            f"split.folds is {folds}, but no scene is labelled: there are no blocks to divide"
        )
    _check_numbers(run, folds)
    for section, ensembles in (
        ("models", run.ensembles),
        ("detectors", run.detector_ensembles),
    ):
        _check_members(section, ensembles, getattr(run, section))


def _check_members(
    section: str, ensembles: Mapping[str, Ensemble | DetectorEnsemble], methods: Mapping[str, Any]
) -> None:
    for name, ensemble in ensembles.items():
        for member in ensemble.members:
            known = methods.get(member)
            fold = known.fold if known is not None else ensemble.fold  # told by another check
            if fold != ensemble.fold:
                raise ValueError(
                    f"{section}.{name} is of fold {ensemble.fold}, but its member {member} is of "
                    f"fold {fold}, whose training areas hold blocks that the ensemble would be "
                    "tested on; name members by the keys of the configuration (an ensemble is made "
                    "of each fold's), or combine model files in a run without labels"
                )
