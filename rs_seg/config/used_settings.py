"""What a stage uses of its settings.

It gets all others as by default, so that no result depends on them, and its fingerprint changes
only with what is used: more epochs fit no forest again.
"""

from __future__ import annotations

from collections.abc import Collection

from rs_seg.config.classical import Pixelwise
from rs_seg.config.learning import TrainConfig
from rs_seg.config.models import ConvolutionalNetwork, ModelConfig
from rs_seg.config.objects import FITTED_DETECTORS, AnyDetector, DetectorConfig
from rs_seg.config.refining import DenseCRF, RefinementConfig
from rs_seg.values import Scene

PREVIEWED = ("window", "rare_classes", "augment")
OF_PIXELS = ("window", "calibrate")
OF_FITTED_DETECTORS = ("window",)
NOT_OF_DETECTORS = ("calibrate", "loss")
"""A detector has a loss of its own, and its scores are no probabilities."""


def training_of_model(train: TrainConfig, model: ModelConfig) -> TrainConfig:
    """The settings of `train` by which a model is trained, its own budget among them."""
    if isinstance(model, ConvolutionalNetwork):
        return train.with_budget(model.train)
    return _only(train, OF_PIXELS) if isinstance(model, Pixelwise) else TrainConfig()


def training_of_detector(train: TrainConfig, detector: AnyDetector) -> TrainConfig:
    """The settings of `train` by which a detector is trained, its own budget among them."""
    if not isinstance(detector, DetectorConfig):
        return TrainConfig()
    if detector.architecture in FITTED_DETECTORS:
        return _only(train, OF_FITTED_DETECTORS)
    used = TrainConfig.model_fields.keys() - set(NOT_OF_DETECTORS)
    return _only(train.with_budget(detector.train), used)


def training_of_preview(train: TrainConfig) -> TrainConfig:
    """The settings of `train` that say how training windows look."""
    return _only(train, PREVIEWED)


def _only(train: TrainConfig, used: Collection[str]) -> TrainConfig:
    return TrainConfig().model_copy(update={name: getattr(train, name) for name in used})


def searched_refinement(refinement: RefinementConfig) -> RefinementConfig:
    """A refinement as a search tries it: it records no energy, and every pixel gets a class."""
    changes = {"energy": False} if isinstance(refinement, DenseCRF) else {}
    return refinement.model_copy(update={"models": None, "abstain": None, **changes})


def named_scenes(scenes: tuple[Scene, ...]) -> tuple[Scene, ...]:
    """Scenes by their names: what learns from their files asks nothing else of the scene table."""
    return tuple(Scene(name=scene.name) for scene in scenes)
