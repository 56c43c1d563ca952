"""Settings of networks, training and prediction."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from rs_seg.config.section import Section

Architecture = Literal[
    "unet",
    "unetplusplus",
    "linknet",
    "manet",
    "fpn",
    "pspnet",
    "pan",
    "deeplabv3",
    "deeplabv3plus",
    "upernet",
    "segformer",
]
Seed = Annotated[int, Field(ge=0, lt=2**31)] | None


class ConvolutionalNetwork(Section):
    """A network of segmentation-models-pytorch, trained here."""

    name: str = ""
    """Filled in from the key."""
    architecture: Architecture
    """Name of the architecture."""
    encoder: str = "resnet18"
    """Encoder of segmentation-models-pytorch, or "tu-" and the name of a timm model."""
    weights: str | None = None
    """Pretrained weights of the encoder: a name that segmentation-models-pytorch knows (downloaded, such as
    "imagenet") or a local file; null: random."""
    decoder_channels: tuple[int, ...] | None = None
    """Channels of the decoder's stages from deep to shallow (unet, unetplusplus, manet); null: the architecture's
    own."""
    seed: Seed = None
    """Seed of this network's training; null: the run's."""


class RandomForest(Section):
    """A random forest on the bands of each pixel (Breiman 2001): the baseline that a network has to beat."""

    name: str = ""
    """Filled in from the key."""
    architecture: Literal["random_forest"]
    """Marks the method."""
    trees: Annotated[int, Field(ge=1, le=1000)] = 100
    """Number of trees."""
    max_depth: Annotated[int, Field(ge=1, le=64)] = 16
    """Greatest depth of a tree."""
    samples: Annotated[int, Field(ge=100)] = 100_000
    """Training pixels, drawn at random from the training area in the classes' own shares."""
    seed: Seed = None
    """Seed of this network's training; null: the run's."""


class Likelihood(Section):
    """A distribution per class, of single pixels: the class is the one under which the pixel is most likely.

    All classes count as equally common. Its map is noisy by nature; refine it with a Markov random field.
    """

    name: str = ""
    """Filled in from the key."""
    architecture: Literal["gaussian_likelihood", "gamma_likelihood", "rayleigh_likelihood"]
    """gaussian_likelihood: a normal distribution over all bands; gamma_likelihood: radar intensity of `looks` looks;
    rayleigh_likelihood: radar amplitude of one look. The latter two look at one band alone."""
    band: str | None = None
    """Name of the band of gamma_likelihood and rayleigh_likelihood, in linear units, not decibels."""
    looks: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Number of looks of gamma_likelihood; more looks, less speckle. Equivalent numbers need not be whole."""
    samples: Annotated[int, Field(ge=100)] = 100_000
    """Training pixels, drawn at random from the training area."""
    seed: Seed = None
    """Seed of this network's training; null: the run's."""

    @model_validator(mode="after")
    def _check_speckle(self) -> Likelihood:
        for key, value, takers in (
            ("band", self.band, ("gamma_likelihood", "rayleigh_likelihood")),
            ("looks", self.looks, ("gamma_likelihood",)),
        ):
            if value is None and self.architecture in takers:
                raise ValueError(f"architecture is {self.architecture}, which needs {key}; set {key}")
            if value is not None and self.architecture not in takers:
                raise ValueError(
                    f"{key} is {value}, but architecture is {self.architecture}, which has none; remove {key}"
                )
        return self


class TrainedModel(Section):
    """A model file made by an earlier run: it is applied, not trained."""

    name: str = ""
    """Filled in from the key."""
    model: Annotated[str, Field(min_length=1)]
    """Path of the model file (.safetensors), relative to the working directory."""


class Ensemble(Section):
    """A network made of networks of this run: the weighted mean of their probabilities."""

    name: str = ""
    """Filled in from the key."""
    members: Annotated[tuple[str, ...], Field(min_length=2)]
    """Names of other networks of the run: several architectures, seeds, or model files of folds."""
    weights: tuple[Annotated[float, Field(gt=0)], ...] | None = None
    """One weight per member, of which only the ratios count; null: equal weights."""


def _kind(value: Any) -> str:
    given = value if isinstance(value, dict) else vars(value)
    if given.get("members") is not None:
        return "ensemble"
    if given.get("model") is not None:
        return "trained"
    if str(given.get("architecture")).endswith("_likelihood"):
        return "likelihood"
    return "forest" if given.get("architecture") == "random_forest" else "convolutional"


NetworkConfig = Annotated[
    Annotated[ConvolutionalNetwork, Tag("convolutional")]
    | Annotated[RandomForest, Tag("forest")]
    | Annotated[Likelihood, Tag("likelihood")]
    | Annotated[TrainedModel, Tag("trained")]
    | Annotated[Ensemble, Tag("ensemble")],
    Discriminator(_kind),
]


class AugmentConfig(Section):
    """Random changes of training windows; labels move with the pixels."""

    symmetries: bool = True
    """The eight symmetries of the square (rotations by 90 degrees and flips)."""
    scale: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Largest relative change of scale: 0.2 draws from 0.8 to 1.2; 0: none."""
    gain: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Standard deviation of a random factor per band and window."""
    offset: Annotated[float, Field(ge=0)] = 0.1
    """Standard deviation of a random offset per band and window, in standard deviations of the band."""
    noise: Annotated[float, Field(ge=0)] = 0.02
    """Standard deviation of noise per pixel, in standard deviations of the band."""


class LossConfig(Section):
    """A weighted sum of losses over labelled pixels; unlabelled pixels carry no gradient."""

    cross_entropy: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the cross-entropy."""
    dice: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the soft Dice loss, mean over the classes present in the batch."""
    class_weights: Literal["none", "balanced"] = "none"
    """Weights of classes in the cross-entropy: none, or the inverse square root of their share of training pixels."""


class TrainConfig(Section):
    """Training of networks; every figure is for one network."""

    window: Annotated[int, Field(ge=32, le=4096, multiple_of=32)] = 256
    """Height and width of a training window, in pixels."""
    batch_size: Annotated[int, Field(ge=1)] = 8
    """Windows per step."""
    epochs: Annotated[int, Field(ge=1)] = 50
    """Largest number of epochs."""
    steps_per_epoch: Annotated[int, Field(ge=1)] = 100
    """Steps between two looks at the validation blocks."""
    patience: Annotated[int, Field(ge=1)] = 10
    """Epochs without a better validation mIoU after which training stops; the best state is kept."""
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 1e-3
    """Peak learning rate of AdamW; warm-up over the first twentieth of all steps, then a cosine to zero."""
    weight_decay: Annotated[float, Field(ge=0)] = 1e-2
    """Weight decay of AdamW."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic of the forward pass: auto takes bfloat16 where the device computes it faster, else float32."""
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    """Processes that read windows; 0: the training process itself."""
    calibrate: bool = True
    """Whether a temperature that makes probabilities agree with accuracies is fitted on the validation blocks."""
    loss: LossConfig = LossConfig()
    """The loss."""
    augment: AugmentConfig = AugmentConfig()
    """The augmentation."""


class TuneConfig(Section):
    """The program and arithmetic that compute a network: the fastest that agrees with torch in float32."""

    engine: Literal["auto", "torch", "onnxruntime", "openvino"] = "auto"
    """Program that computes the network; auto: the fastest here. Name one for the same maps on different machines."""
    precision: Literal["auto", "float32", "bfloat16", "float16", "int8"] = "auto"
    """Arithmetic; auto: the fastest that agrees. int8 (processors only) is calibrated on training windows."""
    tiles: Annotated[int, Field(ge=1, le=1000)] = 6
    """Validation tiles on which agreement and speed are measured."""
    agreement: Annotated[float, Field(ge=0, le=1)] = 0.995
    """Smallest share of labels that must equal those of torch in float32."""
    miou_change: Annotated[float, Field(ge=0, le=1)] = 0.002
    """Largest change of the validation mIoU against torch in float32."""


class PredictConfig(Section):
    """Prediction of whole scenes by overlapping tiles."""

    join: Literal["blend", "crop", "exact"] = "blend"
    """How tiles are joined: blend by a taper over the overlap; crop to the middle of the overlap; exact: crop with a
    margin of the whole receptive field, equal to one pass over the scene, for networks that allow it."""
    tile: Annotated[int, Field(ge=32, le=8192, multiple_of=32)] | None = None
    """Height and width of a tile, in pixels; null: as `tune` found."""
    overlap: Annotated[int, Field(ge=0)] | None = None
    """Pixels that neighbouring tiles share, at most half a tile; null: as the network's measured receptive field
    asks for."""
    batch_size: Annotated[int, Field(ge=1)] = 4
    """Tiles per forward pass on a GPU; a processor computes one tile per thread."""
    symmetries: Literal["none", "flips", "all"] = "none"
    """Test-time augmentation: the mean over the four flips or all eight symmetries of the square; takes 4 or 8 times
    as long."""
    scales: Annotated[tuple[Annotated[float, Field(gt=0.2, lt=5)], ...], Field(min_length=1)] = (1.0,)
    """Test-time augmentation: the mean over these scales of the tile."""
    shards: Annotated[int, Field(ge=1, le=1000)] = 1
    """Row bands of a scene that are predicted as jobs of their own; the map does not depend on it."""
