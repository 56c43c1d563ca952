"""Settings of training and prediction."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rs_seg.config.augmenting import AugmentConfig
from rs_seg.config.optimizing import AdamW, AveragingConfig, Cosine, OptimizerConfig, ScheduleConfig
from rs_seg.config.section import Section

LEAST_WINDOW = 32
"""Least side of training windows, in pixels: what networks make smaller five times by half."""
WINDOW = 256
"""Side of training windows where nothing says otherwise, in pixels; also of the pieces that single
pixels come from."""
MOST_SHARDS = 1000
SHARD_ROWS = 2048
"""Fewest rows of a shard of which nobody said that it should be: each computes a row of tiles
again."""


class BorderConfig(Section):
    """Gaps between objects that nearly touch count more (Ronneberger et al. 2015, equation 2)."""

    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    """Classes whose areas are objects, such as [building]."""
    weight: Annotated[float, Field(gt=0, le=1000)] = 10.0
    """What is added to the weight 1 of a pixel in the narrowest gap."""
    sigma: Annotated[float, Field(gt=0, le=64)] = 5.0
    """How fast that falls with the width of the gap, in pixels: 0.61 of it in a gap of sigma, 0.14
    in one twice as wide."""


class LossConfig(Section):
    """A weighted sum of losses over labelled pixels; unlabelled pixels carry no gradient."""

    cross_entropy: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the cross-entropy."""
    binary_cross_entropy: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the binary cross-entropy of each class against all others."""
    dice: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the soft Dice loss, mean over the classes present in the batch."""
    tversky: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the Tversky loss (Salehi et al. 2017): Dice whose two kinds of errors weigh
    differently."""
    focal: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the focal loss (Lin et al. 2017): cross-entropy in which pixels that are right
    count less."""
    lovasz: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the Lovasz-softmax loss (Berman et al. 2018), a smooth stand-in for 1 - IoU."""
    class_weights: (
        Literal["none", "balanced", "median_frequency"] | dict[str, Annotated[float, Field(gt=0)]]
    ) = "none"
    """Weights of classes in cross_entropy, binary_cross_entropy and focal: none; balanced: the
    inverse square root of their share of training pixels; median_frequency: the median share
    divided by theirs (Eigen and Fergus 2015); or weights by class name, 1 for classes not named."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of a pixel's target that cross_entropy spreads evenly over all classes (Szegedy et al.
    2016)."""
    tversky_false_positives: Annotated[float, Field(gt=0)] = 0.3
    """Weight of pixels wrongly given to a class, in tversky."""
    tversky_false_negatives: Annotated[float, Field(gt=0)] = 0.7
    """Weight of pixels that a class misses, in tversky; more than the other finds more of rare
    classes."""
    focal_gamma: Annotated[float, Field(ge=0, le=10)] = 2.0
    """Exponent of the focal loss; 0 is cross-entropy."""
    border: BorderConfig | None = None
    """Weights of the gaps between objects in cross_entropy, binary_cross_entropy and focal."""

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each loss by its name."""
        names = ("cross_entropy", "binary_cross_entropy", "dice", "tversky", "focal", "lovasz")
        return {name: getattr(self, name) for name in names}

    @model_validator(mode="after")
    def _check_effect(self) -> LossConfig:
        if not any(self.weights.values()):
            raise ValueError(
                f"the weights of all losses are 0; give one of {', '.join(self.weights)} more"
            )
        weighted = ("cross_entropy", "binary_cross_entropy", "focal")
        if self.class_weights != "none" and not any(self.weights[name] for name in weighted):
            raise ValueError(
                f"class_weights is {self.class_weights!r}, but {', '.join(weighted)} are all 0: "
                f"it has no effect"
            )
        if self.border is not None and not any(self.weights[name] for name in weighted):
            raise ValueError(
                f"border is set, but {', '.join(weighted)} are all 0: it has no effect"
            )
        if self.label_smoothing and not self.cross_entropy:
            raise ValueError(
                f"label_smoothing is {self.label_smoothing:g}, but cross_entropy is 0: it has no "
                f"effect"
            )
        return self


class Budget(Section):
    """What a network is trained by in the place of `train`; null: as there."""

    passes: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """How often the training areas are seen, in the place of epochs and minutes."""
    minutes: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """Minutes that the training shall take, in the place of epochs and passes."""
    epochs: Annotated[int, Field(ge=1)] | None = None
    """Largest number of epochs, in the place of minutes."""
    steps_per_epoch: Annotated[int, Field(ge=1)] | None = None
    """Steps between two looks at the validation blocks."""
    patience: Annotated[int, Field(ge=1)] | None = None
    """Epochs without a better validation mIoU after which training stops."""
    batch_size: Annotated[int, Field(ge=1)] | None = None
    """Windows per forward pass."""
    learning_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Peak learning rate."""
    weight_decay: Annotated[float, Field(ge=0)] | None = None
    """Weight decay."""

    @model_validator(mode="after")
    def _check_length(self) -> Budget:
        lengths = ("passes", "minutes", "epochs")
        given = [name for name in lengths if getattr(self, name) is not None]
        if "minutes" in given and len(given) > 1:
            raise ValueError(
                f"{' and '.join(given)} are given: each says how long a training is; leave one out"
            )
        return self


class TrainConfig(Section):
    """Training of networks; every figure is for one network."""

    window: Annotated[int, Field(ge=LEAST_WINDOW, le=4096, multiple_of=32)] | None = None
    """Height and width of a training window, in pixels; null: 256, or the largest below that the
    labelled ground has room for (`split` finds it)."""
    batch_size: Annotated[int, Field(ge=1)] = 8
    """Windows per forward pass."""
    accumulate: Annotated[int, Field(ge=1)] = 1
    """Batches whose gradients are averaged before a step; what a device's memory cannot hold at
    once."""
    passes: Annotated[float, Field(gt=0, le=100_000)] = 50.0
    """How often the training areas are seen where neither `epochs` nor `minutes` is given: their
    pixels, divided by those of a step, give the number of steps; 300 at least, 5,000 at most."""
    minutes: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """Minutes that a training shall take on this machine, in the place of `passes`: steps are timed
    first. The log says the epochs and steps that give the same training elsewhere."""
    epochs: Annotated[int, Field(ge=1)] | None = None
    """Largest number of epochs; null: 25, or fewer where validation would take more than a quarter
    of the time."""
    steps_per_epoch: Annotated[int, Field(ge=1)] | None = None
    """Steps between two looks at the validation blocks; null: what `passes` or `minutes` give, over
    the epochs."""
    drop_dates: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Probability that a training window is seen without a date of a source with dates, drawn for
    each date; one stays. Prepares a network for scenes with fewer dates and more clouds."""
    rare_classes: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the windows of an epoch that are drawn around a pixel of a class, all classes
    equally often; the others lie anywhere in the training areas."""
    patience: Annotated[int, Field(ge=1)] = 10
    """Epochs without a better validation mIoU (AP50 of detectors) after which training stops; the
    best state is kept."""
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 1e-3
    """Peak learning rate."""
    weight_decay: Annotated[float, Field(ge=0)] = 1e-2
    """Weight decay; biases and normalisation layers have none."""
    gradient_norm: Annotated[float, Field(gt=0)] | None = 1.0
    """Largest norm of the gradient of all parameters, to which longer ones are scaled; null: no
    limit."""
    optimizer: OptimizerConfig = AdamW()
    """The optimiser."""
    schedule: ScheduleConfig = Cosine()
    """The course of the learning rate."""
    averaging: AveragingConfig | None = None
    """Averages of weights that are judged and kept in place of the last weights; null: none."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic of the forward pass. auto: on a GPU bfloat16 where it has it; on a processor with
    instructions for bfloat16 both are timed on the first batch, and bfloat16 is taken where it is
    at least 1.2 times faster."""
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    """Processes that read windows; 0: the training process itself."""
    checkpoint_seconds: Annotated[float, Field(ge=0)] = 60.0
    """Least seconds between two states on disk, from which a killed training goes on; 0: one after
    every epoch."""
    calibrate: bool = True
    """Whether a temperature that makes probabilities agree with accuracies is fitted on the
    validation blocks."""
    loss: LossConfig = LossConfig()
    """The loss."""
    augment: AugmentConfig = AugmentConfig()
    """The augmentation."""

    @property
    def window_size(self) -> int:
        """Side of a training window."""
        return self.window or WINDOW

    def with_window(self, window: int | None) -> TrainConfig:
        """The settings with the training window that `split` found, where none is given."""
        return self if self.window is not None else self.model_copy(update={"window": window})

    def with_budget(self, budget: Budget) -> TrainConfig:
        """The settings for a network that has some of its own."""
        changes = budget.model_dump(exclude_none=True)
        if "minutes" in changes:
            changes["epochs"] = None
        elif changes.keys() & {"epochs", "passes"}:
            changes = {"minutes": None, "epochs": None, **changes}
        return self.model_copy(update=changes)

    @model_validator(mode="after")
    def _check_length(self) -> TrainConfig:
        if self.minutes is not None and self.epochs is not None:
            raise ValueError(
                f"minutes is {self.minutes:g}, but epochs is {self.epochs}: each says how long a "
                "training is; leave one of them out"
            )
        return self


class ForecastConfig(Section):
    """What trainings and the whole run will take, told before the trainings begin."""

    enabled: bool = True
    """Whether a few steps of each network and detector are measured for it."""


class AccelerateConfig(Section):
    """The program and arithmetic of a network: the fastest that agrees with torch in float32."""

    engine: Literal["auto", "torch", "onnxruntime", "openvino"] = "auto"
    """Program that computes the network; auto: the fastest here. Name one for the same maps on
    different machines."""
    precision: Literal["auto", "float32", "bfloat16", "float16", "int8"] = "auto"
    """Arithmetic; auto: the fastest that agrees. int8 (processors only) is calibrated on training
    windows."""
    tiles: Annotated[int, Field(ge=1, le=1000)] = 4
    """Tiles on which agreement is measured: half in validation areas, half anywhere in the labelled
    scenes."""
    agreement: Annotated[float, Field(ge=0, le=1)] = 0.998
    """Smallest share of labels that must equal those of torch in float32."""
    miou_change: Annotated[float, Field(ge=0, le=1)] = 0.002
    """Largest change of the validation mIoU against torch in float32."""

    @property
    def names_reference(self) -> bool:
        """Whether torch in float32 is asked for, so that there is nothing to choose."""
        return (self.engine, self.precision) == ("torch", "float32")


class PredictConfig(Section):
    """Prediction of whole scenes by overlapping tiles."""

    join: Literal["blend", "crop", "exact"] = "blend"
    """How tiles are joined: blend by a taper over the overlap; crop to the middle of the overlap;
    exact: crop with a margin of the whole receptive field, equal to one pass over the scene, for
    networks that allow it."""
    tile: Annotated[int, Field(ge=32, le=8192, multiple_of=32)] | None = None
    """Height and width of a tile, in pixels; null: near 768, as suits the scene, or less where the
    network needs much memory for each pixel, as those of many dates do."""
    overlap: Annotated[int, Field(ge=0)] | None = None
    """Pixels that neighbouring tiles share, at most half a tile; null: as the network's measured
    receptive field asks for."""
    batch_size: Annotated[int, Field(ge=1)] = 4
    """Tiles per forward pass on a GPU; a processor computes one tile per thread."""
    symmetries: Literal["none", "flips", "all"] = "none"
    """Test-time augmentation: the mean over the four flips or all eight symmetries of the square;
    takes 4 or 8 times as long."""
    scales: Annotated[tuple[Annotated[float, Field(gt=0.2, lt=5)], ...], Field(min_length=1)] = (
        1.0,
    )
    """Test-time augmentation: the mean over these scales of the tile."""
    shards: Annotated[int, Field(ge=1, le=MOST_SHARDS)] | Literal["auto"] = "auto"
    """Row bands of a scene that are predicted as jobs of their own; the map does not depend on it.
    auto: by the size that the scene table gives, one where it gives none."""
    shard_megapixels: Annotated[float, Field(gt=0)] = 150.0
    """Millions of pixels that a job should have at most where `shards` is auto: an hour's work of
    an engine that computes 0.04 megapixels a second, four minutes' of one that computes 0.6."""

    def shard_count(self, height: int | None, width: int | None) -> int:
        """Jobs that a scene of this size is cut into.

        Without a given number, a job has SHARD_ROWS rows at least.
        """
        if self.shards != "auto":
            return self.shards
        if height is None or width is None:
            return 1
        wanted = math.ceil(height * width / (self.shard_megapixels * 1e6))
        return min(wanted, max(1, height // SHARD_ROWS), MOST_SHARDS)
