"""What parts of the configuration promise one another; a broken promise is a ValueError that repeats both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rs_seg.config.classical import Likelihood
from rs_seg.config.mapping import MarkovField
from rs_seg.config.networks import ConvolutionalNetwork
from rs_seg.values.legend import ABSTAIN

if TYPE_CHECKING:
    from rs_seg.config.run import RunConfig


def check_ensembles(run: RunConfig) -> None:
    """Members of ensembles are different networks of the run, each with a weight or none."""
    for name, ensemble in run.ensembles.items():
        key = f"networks.{name}.members is {', '.join(ensemble.members)}"
        if len(set(ensemble.members)) < len(ensemble.members):
            raise ValueError(f"{key}: the members of an ensemble must differ; give one that counts more a weight")
        unfit = [member for member in ensemble.members if member not in run.model_networks]
        if unfit:
            why = "an ensemble itself" if unfit[0] in run.ensembles else "no network of this run"
            raise ValueError(
                f"{key}, but {unfit[0]!r} is {why}; members can be {', '.join(run.model_networks) or 'none'}"
            )
        if ensemble.weights is not None and len(ensemble.weights) != len(ensemble.members):
            weights = ", ".join(f"{weight:g}" for weight in ensemble.weights)
            raise ValueError(f"{key}, but networks.{name}.weights is {weights}: each member needs one weight")


def check_abstain(run: RunConfig) -> None:
    """What stands for no class is neither the code nor the name of a class."""
    names = run.class_names
    for name, refinement in run.refinements.items():
        setting = f"refinements.{name}.abstain is {refinement.abstain}"
        if refinement.abstain is not None and names.abstain in names.codes:
            raise ValueError(
                f"{setting}, but the legend uses the code {names.abstain}, which stands for pixels without a class;"
                " give that class another code"
            )
        if refinement.abstain is not None and ABSTAIN in names.names:
            raise ValueError(f"{setting}, but the legend has a class {ABSTAIN!r}; give that class another name")


def check_graph_cuts(run: RunConfig) -> None:
    """One cut tells two classes apart, not more."""
    classes = run.class_names.names
    for name, refinement in run.refinements.items():
        if isinstance(refinement, MarkovField) and refinement.minimiser == "graph_cut" and len(classes) != 2:
            raise ValueError(
                f"refinements.{name}.minimiser is graph_cut, which takes two classes, but the legend has "
                f"{len(classes)} ({', '.join(classes)}); use alpha_expansion, which makes such cuts class by class"
            )


def check_likelihoods(run: RunConfig) -> None:
    """Bands of radar that networks name are bands of the sources."""
    for name, network in run.networks.items():
        if isinstance(network, Likelihood) and network.band is not None and network.band not in run.bands:
            raise ValueError(f"networks.{name}.band is {network.band!r}, but the bands are {', '.join(run.bands)}")


def check_label(run: RunConfig) -> None:
    """Classes named by the reference data are those of the legend."""
    if run.label is None:
        return
    names = run.class_names.names
    wanted = {"label.outside": run.label.outside, "label.class_name": run.label.class_name}
    wanted |= {f"label.rename.{key}": value for key, value in run.label.rename.items()}
    for key, value in wanted.items():
        if value is not None and value not in names:
            raise ValueError(f"{key} is {value!r}, but the classes of the legend are {', '.join(names)}")


def check_train(run: RunConfig) -> None:
    """Weighted classes and augmented bands are those of the run; frozen encoders thaw before training ends."""
    unknown_bands = [band for band in run.train.augment.optical_bands or () if band not in run.bands]
    if unknown_bands:
        raise ValueError(
            f"train.augment.optical_bands names {unknown_bands[0]!r}, but the bands are {', '.join(run.bands)}"
        )
    names, weights = run.class_names.names, run.train.loss.class_weights
    unknown = [name for name in weights if name not in names] if isinstance(weights, dict) else []
    if unknown:
        raise ValueError(
            f"train.loss.class_weights names {unknown[0]!r}, but the classes of the legend are {', '.join(names)}"
        )
    for name, network in run.networks.items():
        epoch = network.unfreeze_epoch if isinstance(network, ConvolutionalNetwork) else None
        if epoch is not None and epoch > run.train.epochs:
            raise ValueError(
                f"networks.{name}.unfreeze_epoch is {epoch}, but train.epochs is {run.train.epochs}: "
                "the encoder would stay frozen; leave unfreeze_epoch out where that is meant"
            )


def check_vectorize(run: RunConfig) -> None:
    """Classes and bands named for polygons are those of the legend and of the sources."""
    classes = run.map_legend.class_names.names
    for key, names in run.vectorize.named_classes.items():
        unknown = [name for name in names if name not in classes]
        if unknown:
            raise ValueError(f"{key} names {unknown[0]!r}, but the classes of the legend are {', '.join(classes)}")
    for each in run.vectorize.zonal:
        if each.band not in run.bands:
            raise ValueError(f"vectorize.zonal names the band {each.band!r}, but the bands are {', '.join(run.bands)}")
