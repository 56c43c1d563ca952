"""Checks of detectors, suppressions and objects against the rest of the configuration.

A check that fails is a ValueError that repeats both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rs_seg.config.checks import check_members
from rs_seg.config.section import Section

if TYPE_CHECKING:
    from rs_seg.config.objects import DetectorEnsemble
    from rs_seg.config.run_facts import RunFacts


def check_detectors(run: RunFacts) -> None:
    """Check that there is something to do, and that detectors can learn and are suppressed."""
    if not (run.models or run.detectors):
        raise ValueError("models and detectors are both empty: name one method at least")
    if run.models and not run.refinements:
        raise ValueError(
            f"models are {', '.join(run.models)}, but refinements is empty: no map is made; add "
            "argmax: {method: argmax}"
        )
    if run.detectors:
        _check_names(run)
        _check_ensembles(run)
        _check_suppressions(run)
        _check_objects(run)
        _check_one_date(run)
        _check_map(run)


def _check_names(run: RunFacts) -> None:
    """Models and detectors share folders, and so do refinements and suppressions."""
    for first, second in (("models", "detectors"), ("refinements", "suppressions")):
        names, others = ({*_names_of(getattr(run, section))} for section in (first, second))
        shared = sorted(names & others)
        if shared:
            raise ValueError(
                f"{first} and {second} both have the name {shared[0]!r}: their files would lie in "
                "one folder; rename one"
            )


def _names_of(branches: Mapping[str, Section]) -> Iterator[str]:
    """Names of the branches, and the keys of which some are the seeds or folds."""
    for name, branch in branches.items():
        yield name
        yield getattr(branch, "replicate_of", "") or name


def _check_suppressions(run: RunFacts) -> None:
    for name, suppression in run.suppressions.items():
        unknown = [key for key in suppression.detectors or () if key not in run.detectors]
        if unknown:
            raise ValueError(
                f"suppressions.{name}.detectors names {unknown[0]!r}, but the detectors are "
                f"{', '.join(run.detectors)}"
            )
    if not run.suppressions:
        raise ValueError(
            f"detectors are {', '.join(run.detectors)}, but suppressions is empty: nothing comes "
            "of what they find; add nms: {method: nms}"
        )
    used = {key for key, _ in run.detections}
    used |= {member for own in run.detector_ensembles.values() for member in own.members}
    unused = [name for name in run.detectors if name not in used]
    if unused:
        raise ValueError(
            f"detectors.{unused[0]} is in the `detectors` of no suppression, so nothing comes of "
            "it; leave `detectors` out of one suppression"
        )


def _check_ensembles(run: RunFacts) -> None:
    for name, ensemble in run.detector_ensembles.items():
        key = f"detectors.{name}.members is {', '.join(ensemble.members)}"
        check_members(
            key,
            ensemble.members,
            fitting=run.detectors_with_file,
            ensembles=run.detector_ensembles,
            one="detector",
        )
        if ensemble.weights is not None:
            _check_weights(run, name, ensemble)


def _check_weights(run: RunFacts, name: str, ensemble: DetectorEnsemble) -> None:
    """There is a weight for each member, and a suppression that asks for them."""
    listed = ", ".join(f"{weight:g}" for weight in ensemble.weights or ())
    key = f"detectors.{name}.weights is {listed}"
    if len(ensemble.weights or ()) != len(ensemble.members):
        raise ValueError(
            f"{key}, but its members are {', '.join(ensemble.members)}: each needs one weight"
        )
    methods = [run.suppressions[own].method for key, own in run.detections if key == name]
    if "weighted" not in methods:
        raise ValueError(
            f"{key}, which has no effect on {', '.join(methods) or 'no suppression'}: leave "
            "weights out, or add a suppression with method: weighted"
        )


def _check_objects(run: RunFacts) -> None:
    names = run.class_names.names
    unknown = [name for name in run.outline.classes or () if name not in names]
    if unknown:
        raise ValueError(
            f"outline.classes names {unknown[0]!r}, but the classes of the legend are "
            f"{', '.join(names)}"
        )
    if not len(run.object_names):
        raise ValueError("no class of the legend is one of objects: name some in outline.classes")
    if run.trained_detectors and not run.labelled_scenes:
        raise ValueError(
            f"detectors.{run.trained_detectors[0]} learns from labels, but no scene is labelled; "
            "give `label`, or name a trained model file: {model: path}"
        )


def _check_one_date(run: RunFacts) -> None:
    """Detectors see one image: objects may have come, gone or moved between two dates."""
    dated = [name for name, source in run.sources.items() if source.has_dates]
    if dated:
        raise ValueError(
            f"detectors find the objects of one date, but a scene has several of "
            f"sources.{dated[0]} ({{date}} in its path): make a scene of each date, by rows of the "
            "scene table with a column date; or, to look at chosen dates together, make a source "
            "of each, such as summer and winter"
        )


def _check_map(run: RunFacts) -> None:
    """Objects that divide a map need one, and know which."""
    if run.select.geometry != "map":
        return
    maps = ", ".join("/".join(method) for method in run.maps)
    chosen = run.select.map
    if not run.maps:
        raise ValueError(
            "select.geometry is map, but the run makes no map: add models and refinements, or set "
            "geometry: auto"
        )
    if chosen is None and len(run.maps) > 1:
        raise ValueError(
            f"select.geometry is map, but the run makes {len(run.maps)} maps: set select.map to "
            f"one of {maps}"
        )
    if chosen is not None and chosen not in maps.split(", "):
        raise ValueError(f"select.map is {chosen}, but the maps of the run are {maps}")
