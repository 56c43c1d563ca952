"""What a stage uses of its settings: values for `USED` of stages.

A stage gets all others as by default, so that no result depends on them, and its fingerprint
changes only with what is used: more epochs fit no forest again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from rs_seg.config.classical import Pixelwise
from rs_seg.config.copies import models_and_copies
from rs_seg.config.fusing import Fusing
from rs_seg.config.learning import TrainConfig
from rs_seg.config.models import ConvolutionalNetwork, ModelConfig
from rs_seg.config.objects import FITTED_DETECTORS, AnyDetector, DetectorConfig
from rs_seg.config.refining import DenseCRF, RefinementConfig
from rs_seg.config.sensors import bands_of_source
from rs_seg.values import Legend, Scene
from rs_seg.values.band_groups import BandGroup

if TYPE_CHECKING:
    from rs_seg.config.run import RunConfig

Branches = Mapping[str, str]
"""Names of the network, the refinement and so on that a job is about."""
Used = Mapping[str, Callable[["RunConfig", Branches], Any]]
"""By parameter of a stage: what it gets of the configuration."""
PREVIEWED = ("window", "rare_classes", "augment")
OF_PIXELS = ("window", "calibrate")
OF_FITTED_DETECTORS = ("window",)
NOT_OF_DETECTORS = ("calibrate", "loss", "drop_dates")
"""A detector has a loss of its own, its scores are no probabilities, and it sees one date."""


def training_of_model(run: RunConfig, branches: Branches) -> TrainConfig:
    """The settings of `train` by which a model is trained, its own budget among them."""
    model = models_and_copies(run)[branches["network"]]
    if isinstance(model, ConvolutionalNetwork):
        return run.train.with_budget(model.train)
    return _only(run.train, OF_PIXELS) if isinstance(model, Pixelwise) else TrainConfig()


def training_of_detector(run: RunConfig, branches: Branches) -> TrainConfig:
    """The settings of `train` by which a detector is trained, its own budget among them."""
    detector = run.detectors[branches["detector"]]
    if not isinstance(detector, DetectorConfig):
        return TrainConfig()
    if detector.architecture in FITTED_DETECTORS:
        return _only(run.train, OF_FITTED_DETECTORS)
    used = TrainConfig.model_fields.keys() - set(NOT_OF_DETECTORS)
    return _only(run.train.with_budget(detector.train), used)


def withheld_of_network(run: RunConfig, branches: Branches) -> Fusing:
    """Of the settings of a network only the bands that it sees nothing of, most often none."""
    source = run.withheld.get(branches["network"], ("", ""))[1]
    return Fusing(withheld=bands_of_source(run, source) if source else ())


# branches as for the others
def training_of_forecast(run: RunConfig, _branches: Branches) -> TrainConfig:
    """The settings of `train` that a training may take longer or shorter by."""
    return _only(run.train, TrainConfig.model_fields.keys() - {"calibrate"})


# branches as for the others
def training_of_preview(run: RunConfig, _branches: Branches) -> TrainConfig:
    """The settings of `train` that say how training windows look."""
    return _only(run.train, PREVIEWED)


def _only(train: TrainConfig, used: Collection[str]) -> TrainConfig:
    return TrainConfig().model_copy(update={name: getattr(train, name) for name in used})


def searched_refinement(run: RunConfig, branches: Branches) -> RefinementConfig:
    """A refinement as a search tries it: it records no energy, and every pixel gets a class."""
    refinement = run.refinements[branches["refinement"]]
    changes = {"energy": False} if isinstance(refinement, DenseCRF) else {}
    return refinement.model_copy(update={"models": None, "abstain": None, **changes})


def described_method(run: RunConfig, branches: Branches) -> ModelConfig | AnyDetector:
    """A model or a detector; no two have one name."""
    name = branches["network"]
    return models_and_copies(run).get(name) or run.detectors[name]


def compared_groups(run: RunConfig, branches: Branches) -> tuple[BandGroup, ...]:
    """The bands of sources with dates or that may be missing, where a refinement sees images."""
    sees = run.refinements[branches["refinement"]].looks_at_image
    return _groups_with_gaps(run) if sees else ()


# branches as for the others
def groups_of_figures(run: RunConfig, _branches: Branches) -> tuple[BandGroup, ...]:
    """The same, where polygons have figures of bands."""
    return _groups_with_gaps(run) if run.vectorize.zonal else ()


def _groups_with_gaps(run: RunConfig) -> tuple[BandGroup, ...]:
    """The bands of all sources; nothing where every band is there on every image."""
    groups = run.band_groups
    return groups if any(group.slots or group.optional for group in groups) else ()


# branches as for the others
def untitled_legend(run: RunConfig, _branches: Branches) -> Legend:
    """The legend without what only people read."""
    return run.legend.untitled


# branches as for the others
def described_scenes(run: RunConfig, _branches: Branches) -> tuple[Scene, ...]:
    """The labelled scenes with all that the scene table says: groups may be of its columns."""
    return run.labelled_scenes


def dated_scene(run: RunConfig, branches: Branches) -> Scene:
    """A scene by its name, its dates and the files it lacks: all that says which rasters it has."""
    scene = run.scene(branches["scene"])
    return Scene(name=scene.name, dates=scene.dates, lacks=scene.lacks)


# branches as for the others
def sampled_legend(run: RunConfig, _branches: Branches) -> Legend:
    """The classes that people choose from for a place of the sample, by their names."""
    return run.sampled_legend.untitled


def sampled_refinement(run: RunConfig, branches: Branches) -> RefinementConfig:
    """The refinement whose map is sampled; change has no class for pixels without one."""
    changes = {"abstain": None} if run.samples_change else {}
    return run.refinements[branches["refinement"]].model_copy(update={"models": None, **changes})


def named_scenes(scenes: tuple[Scene, ...]) -> tuple[Scene, ...]:
    """Scenes by their names: what learns from their files asks nothing else of the scene table."""
    return tuple(Scene(name=scene.name) for scene in scenes)
