"""Checks between parts of the configuration.

A check that fails is a ValueError that repeats both sides.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from rs_seg.config.classical import KMeans, Likelihood, Pixelwise, Threshold
from rs_seg.config.models import ConvolutionalNetwork
from rs_seg.config.refinement import Refinement
from rs_seg.config.refining import MarkovField
from rs_seg.config.series_checks import check_augmented_bands
from rs_seg.values.dated_names import name_bands
from rs_seg.values.formula import reach_of
from rs_seg.values.formula_parser import parse_formula
from rs_seg.values.legend import ABSTAIN

if TYPE_CHECKING:
    from rs_seg.config.run_facts import RunFacts


def check_ensembles(run: RunFacts) -> None:
    """Members of ensembles are different models of the run, each with a weight or none."""
    for name, ensemble in run.ensembles.items():
        key = f"models.{name}.members is {', '.join(ensemble.members)}"
        check_members(
            key,
            ensemble.members,
            fitting=run.models_with_file,
            ensembles=run.ensembles,
            one="model",
            twice="; give one that counts more a weight",
        )
        if ensemble.weights is not None and len(ensemble.weights) != len(ensemble.members):
            weights = ", ".join(f"{weight:g}" for weight in ensemble.weights)
            raise ValueError(
                f"{key}, but models.{name}.weights is {weights}: each member needs one weight"
            )


def check_members(
    key: str,
    members: Collection[str],
    *,
    fitting: Collection[str],
    ensembles: Collection[str],
    one: str,
    twice: str = "",
) -> None:
    """Check that members are two or more different ones of those `fitting`; `one` names their kind.

    `twice` is what is advised where one stands twice.
    """
    if len(set(members)) < len(members):
        raise ValueError(f"{key}: the members of an ensemble must differ{twice}")
    unfit = [member for member in members if member not in fitting]
    if unfit:
        why = "an ensemble itself" if unfit[0] in ensembles else f"no {one} of this run"
        raise ValueError(
            f"{key}, but {unfit[0]!r} is {why}; members can be {', '.join(fitting) or 'none'}"
        )
    if len(members) < 2:
        raise ValueError(f"{key}: an ensemble has at least 2 members")


def check_abstain(run: RunFacts) -> None:
    """Check that code and name of abstained pixels are not those of a class."""
    names = run.class_names
    for name, refinement in run.refinements.items():
        setting = f"refinements.{name}.abstain is {refinement.abstain}"
        if refinement.abstain is not None and names.abstain in names.codes:
            raise ValueError(
                f"{setting}, but the legend uses the code {names.abstain}, which stands for "
                f"pixels without a class;"
                " give that class another code"
            )
        if refinement.abstain is not None and ABSTAIN in names.names:
            raise ValueError(
                f"{setting}, but the legend has a class {ABSTAIN!r}; give that class another name"
            )


def check_maps(run: RunFacts) -> None:
    """Check refinements' models and bands, and that each model is mapped or a member."""
    for name, refinement in run.refinements.items():
        _check_bands(refinement, f"refinements.{name}", run.bands)
        unknown = [model for model in refinement.models or () if model not in run.models]
        if unknown:
            raise ValueError(
                f"refinements.{name}.models names {unknown[0]!r}, but the models are "
                f"{', '.join(run.models)}"
            )
    members = {member for ensemble in run.ensembles.values() for member in ensemble.members}
    mapped = {model for model, _ in run.maps}
    unmapped = [name for name in run.models if name not in mapped | members]
    if unmapped:
        raise ValueError(
            f"models.{unmapped[0]} is in the `models` of no refinement, so nothing is mapped with "
            "it; leave `models` out of one refinement, or the model out of the run"
        )


def _check_bands(refinement: Refinement, key: str, bands: tuple[str, ...]) -> None:
    chosen = refinement.chosen_bands
    unknown = [band for band in chosen or () if band not in bands]
    if unknown:
        raise ValueError(f"{key}.bands names {unknown[0]!r}, but the bands are {', '.join(bands)}")


def check_graph_cuts(run: RunFacts) -> None:
    """Check that a single graph cut has two classes: it tells no more apart."""
    classes = run.class_names.names
    for name, refinement in run.refinements.items():
        if (
            isinstance(refinement, MarkovField)
            and refinement.minimiser == "graph_cut"
            and len(classes) != 2
        ):
            raise ValueError(
                f"refinements.{name}.minimiser is graph_cut, which takes two classes, but the "
                f"legend has "
                f"{len(classes)} ({', '.join(classes)}); use alpha_expansion, which makes such "
                f"cuts class by class"
            )


def check_searches(run: RunFacts) -> None:
    """Parameters are searched for where there are labels to judge them by."""
    searched = [f"refinements.{name}" for name in run.searched_refinements]
    searched += [f"suppressions.{name}" for name in run.searched_suppressions]
    for place in searched:
        if not run.labelled_scenes:
            raise ValueError(
                f"{place}.search is set, but no scene is labelled; remove it and set the "
                "parameters that a search on labelled scenes has found"
            )


def check_pixelwise(run: RunFacts) -> None:
    """Bands and classes that methods of single pixels name are the run's.

    No formula looks into test blocks.
    """
    for name, model in run.models.items():
        key = f"models.{name}"
        if isinstance(model, Likelihood) and model.band is not None and model.band not in run.bands:
            raise ValueError(
                f"{key}.band is {model.band!r}, but the bands are {', '.join(run.bands)}"
            )
        if isinstance(model, Threshold):
            _check_intervals(model, key, run.class_names.names)
        if isinstance(model, KMeans) and not model.needs_labels:
            _check_unnamed(model, key, run)
        if isinstance(model, Pixelwise):
            _check_reach(model, key, run)


def _check_unnamed(model: KMeans, key: str, run: RunFacts) -> None:
    if run.labelled_scenes:
        raise ValueError(
            f"{key}.naming is none, but scenes "
            f"{', '.join(scene.name for scene in run.labelled_scenes)} are labelled: clusters "
            "without names cannot be compared with labels; set naming: majority, or leave `label` "
            "out"
        )
    if model.clusters != len(run.class_names):
        raise ValueError(
            f"{key}.clusters is {model.clusters} with naming none, but the legend has "
            f"{len(run.class_names)} classes "
            f"({', '.join(run.class_names.names)}); give the legend one class for each cluster"
        )


def _check_intervals(model: Threshold, key: str, names: tuple[str, ...]) -> None:
    unknown = [class_name for class_name in model.classes or () if class_name not in names]
    if unknown:
        raise ValueError(
            f"{key}.classes names {unknown[0]!r}, but the classes of the legend are "
            f"{', '.join(names)}"
        )


def _check_reach(model: Pixelwise, key: str, run: RunFacts) -> None:
    buffer = run.split.buffer
    if buffer is None:
        return  # the buffer then follows the formulas
    names = name_bands(run.bands)
    for formula in model.formulas:
        reach = reach_of(parse_formula(formula, names))
        if reach > buffer:
            raise ValueError(
                f"{key}.{model.feature_key} holds {formula}, which looks {reach} pixels around, "
                f"more than split.buffer of {buffer}: training would look at test blocks"
            )


def _check_class_names(run: RunFacts, key: str, named: Collection[str]) -> None:
    """Class names of the loss are those of the legend; a word stands for a rule, not a name."""
    names = run.class_names.names
    unknown = [] if isinstance(named, str) else [name for name in named if name not in names]
    if unknown:
        raise ValueError(
            f"train.loss.{key} names {unknown[0]!r}, but the classes of the legend are "
            f"{', '.join(names)}"
        )


def check_train(run: RunFacts) -> None:
    """Check weighted classes and augmented bands, and that frozen encoders thaw in time."""
    check_augmented_bands(run)
    loss = run.train.loss
    _check_class_names(run, "class_weights", loss.class_weights)
    _check_class_names(run, "border.classes", loss.border.classes if loss.border else ())
    for name, model in run.models.items():
        if not isinstance(model, ConvolutionalNetwork):
            continue
        epoch, epochs = model.unfreeze_epoch, model.train.epochs or run.train.epochs
        if epoch is not None and epochs is not None and epoch > epochs:
            raise ValueError(
                f"models.{name}.unfreeze_epoch is {epoch}, but train.epochs is {epochs}: the "
                "encoder would stay frozen; leave unfreeze_epoch out where that is meant"
            )


def check_vectorize(run: RunFacts) -> None:
    """Classes and bands named for polygons are those of the legend and of the sources."""
    classes = run.map_legend.class_names.names
    for key, names in run.vectorize.named_classes.items():
        unknown = [name for name in names if name not in classes]
        if unknown:
            raise ValueError(
                f"{key} names {unknown[0]!r}, but the classes of the legend are "
                f"{', '.join(classes)}"
            )
    for figure in run.vectorize.zonal:
        if figure.band not in run.bands:
            raise ValueError(
                f"vectorize.zonal names the band {figure.band!r}, but the bands are "
                f"{', '.join(run.bands)}"
            )
