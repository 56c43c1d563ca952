"""Settings of methods that map: networks, methods of single pixels, given models, ensembles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from rs_seg.config.architectures import (
    ATROUS,
    BUILD_OPTIONS,
    DROPPING,
    PUBLISHED,
    TORCHVISION,
    UNTRAINED,
    UPSAMPLINGS,
    Activation,
    Architecture,
    Rate,
    Upsampling,
)
from rs_seg.config.classical import GradientBoosting, KMeans, Likelihood, RandomForest, Threshold
from rs_seg.config.fusing import Fusing
from rs_seg.config.joined_dates import DatesConfig, check_dates
from rs_seg.config.learning import Budget
from rs_seg.config.trainable import Method
from rs_seg.errors import nearest_name
from rs_seg.values.pretrained import weights_file
from rs_seg.values.series import SERIES, SeriesArchitecture


class ConvolutionalNetwork(Fusing):
    """A network of segmentation-models-pytorch or of the textbook, trained here.

    See docs/methods.md.
    """

    architecture: Architecture | SeriesArchitecture
    """Name of the architecture; utae, tempcnn, fc_siam_conc and fc_siam_diff take the dates of a
    source whose path holds {date}."""
    encoder: str | None = None
    """Encoder of segmentation-models-pytorch, or "tu-" and the name of a timm model; null: resnet18
    (dpt, which takes vision transformers only: tu-vit_tiny_patch16_224; swin_unet_convolutional,
    which takes Swin transformers only: tu-swin_tiny_patch4_window7_224), or the encoder that the
    network was published with, which cannot be changed (fcn32s and what follows it)."""
    weights: str | None = None
    """Pretrained weights of the encoder: a local file (.safetensors, .pth, .pt, .ckpt, .bin) of
    timm, torchvision, segmentation-models-pytorch, Lightning or of an earlier run, or a name that
    is downloaded, such as "imagenet" (`rs-seg weights list`); for the encoder VGG16 of fcn32s to
    segnet "imagenet" or a file of torchvision's, for swin_unet "imagenet" or a file of Swin-T by
    timm or its authors; for networks that begin with torchvision_ "imagenet" or a file of
    torchvision's, which may be of the whole network: all layers are then loaded, without those of
    the classes where the file has another number of them; null: random."""
    decoder_channels: tuple[int, ...] | None = None
    """Channels of the decoder's stages from deep to shallow (unet, unetplusplus, manet); null: the
    architecture's own."""
    width: Annotated[int, Field(ge=1, le=512)] | None = None
    """Channels of the first layers (fcn32s to unet_original_padded, but none of torchvision), of
    which all others are multiples: a thinner twin for small machines; null: as published, which is
    64, but 96 for swin_unet (multiples of 3) and 48 for patch_classifier."""
    upsampling: Upsampling | None = None
    """How features are brought to a larger size: nearest (copies), bed_of_nails (each value in the
    corner of its block, zero elsewhere), bilinear, transposed (a convolution of each channel that
    begins as bilinear and learns). Where there is no layer behind it (fcn32s to parsenet),
    bed_of_nails is left out; unetplusplus, manet and fpn take nearest and bilinear; null: as
    published."""
    output_stride: Literal[8, 16] | None = None
    """Pixels of the image along one pixel of the deepest features (deeplabv3, deeplabv3plus): 8
    sees finer and takes about three times as long; null: as published, 8 for deeplabv3 and 16 for
    deeplabv3plus."""
    atrous_rates: tuple[Rate, Rate, Rate] | None = None
    """Distances between the taps of the three atrous convolutions (deeplabv3, deeplabv3plus), in
    pixels of the deepest features; null: as published, [6, 12, 18] at an output stride of 16 and
    [12, 24, 36] at 8."""
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Share of the deepest features that training leaves out at random (unet, unet_original,
    unet_original_padded, fpn, pspnet, deeplabv3, deeplabv3plus); null: as the library has it, which
    is none for unet, 0.2 for fpn and pspnet and 0.5 for deeplabv3 and deeplabv3plus."""
    activation: Activation | None = None
    """What follows the convolutions (patch_classifier, unet_original, unet_original_padded,
    fc_densenet56, fc_densenet67, fc_densenet103, whose layers are all their own); null: as
    published, relu."""
    dates: DatesConfig | None = None
    """How a network that takes any encoder sees the dates of a source: one by one, with the same
    weights; of tempcnn, the days that dates are brought to. null: the dates are stacked as bands,
    so that all scenes need the same ones (tempcnn: as by default)."""
    train: Budget = Budget()
    """Settings of `train` that are others for this network."""
    freeze_encoder: bool = False
    """Whether the encoder is left as its weights are: parameters, batch-norm statistics, no dropout
    inside."""
    unfreeze_epoch: Annotated[int, Field(ge=2)] | None = None
    """Epoch, counted from 1, from which a frozen encoder is trained too; null: it stays frozen."""
    encoder_rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Learning rate of the encoder, as a share of train.learning_rate."""

    @property
    def build_options(self) -> dict[str, Any]:
        """What the network is built with, besides its architecture, bands and classes."""
        return {name: getattr(self, name) for name in BUILD_OPTIONS}

    @property
    def dates_options(self) -> dict[str, Any]:
        """What says how dates are joined."""
        return self.model_dump(include={"architecture", "dates", "groups"})

    @property
    def weights_file(self) -> Path | None:
        """The local file of `weights`; None: they are random, or downloaded by name."""
        return weights_file(self.weights)

    @model_validator(mode="after")
    def _check_transfer(self) -> ConvolutionalNetwork:
        if self.unfreeze_epoch is not None and not self.freeze_encoder:
            raise ValueError(
                f"unfreeze_epoch is {self.unfreeze_epoch}, but freeze_encoder is false: nothing "
                f"is frozen"
            )
        if self.freeze_encoder and self.weights is None:
            raise ValueError(
                "freeze_encoder is true, but weights is null: features of random values would be "
                "kept; give weights, or leave freeze_encoder out"
            )
        if self.freeze_encoder and self.unfreeze_epoch is None and self.encoder_rate != 1:
            raise ValueError(
                f"encoder_rate is {self.encoder_rate:g}, but freeze_encoder is true and "
                "unfreeze_epoch is null: an encoder that is never trained has no rate"
            )
        return self

    @model_validator(mode="after")
    def _takes_its_options(self) -> Self:
        check_dates(self.architecture, self.dates, width=self.width, fuse=self.fuse)
        if self.encoder is not None and self.architecture in (*PUBLISHED, *SERIES):
            raise ValueError(
                f"encoder: {self.encoder} has no effect on {self.architecture}, which was "
                "published with an encoder of its own: leave encoder out, or choose an "
                "architecture that takes any, such as unet"
            )
        if self.weights is not None and self.architecture in (*UNTRAINED, *SERIES):
            raise ValueError(
                f"weights: {self.weights} do not exist for {self.architecture}, whose layers are "
                f"its own: leave it out"
            )
        fixed = "densenet" in self.architecture or self.architecture in TORCHVISION
        own = self.architecture in (*PUBLISHED, *SERIES)
        if self.width is not None and (fixed or not own):
            raise ValueError(
                f"width: {self.width} has no effect on {self.architecture}: leave width out"
            )
        if self.width is not None and self.architecture == "swin_unet" and self.width % 3:
            raise ValueError(
                f"width: {self.width} of swin_unet is no multiple of 3, the number of its heads"
            )
        return self

    @model_validator(mode="after")
    def _takes_its_choices(self) -> Self:
        takers = {
            "output_stride": ATROUS,
            "atrous_rates": ATROUS,
            "dropout": DROPPING,
            "activation": UNTRAINED,
        }
        for name, able in takers.items():
            choice = getattr(self, name)
            if choice is not None and self.architecture not in able:
                raise ValueError(
                    f"{name}: {choice} has no effect on {self.architecture}: leave {name} out, or "
                    f"choose one of {', '.join(able)}"
                )
        return self

    @model_validator(mode="after")
    def _upsamples_as_it_can(self) -> Self:
        kinds = UPSAMPLINGS.get(self.architecture, ())
        if self.upsampling is None or self.upsampling in kinds:
            return self
        able = ", ".join(
            name for name, upsamplings in UPSAMPLINGS.items() if self.upsampling in upsamplings
        )
        own = f"it takes {', '.join(kinds)}" if kinds else "it has a way of its own"
        raise ValueError(
            f"upsampling: {self.upsampling} has no effect on {self.architecture}, {own}: leave "
            f"upsampling out, or choose one of {able}"
        )


class TrainedModel(Method):
    """A model file made by an earlier run: it is applied, not trained."""

    model: Annotated[str, Field(min_length=1)]
    """Path of the model file (.safetensors), relative to the working directory."""


class Ensemble(Method):
    """A model made of models of this run: the weighted mean of their probabilities."""

    members: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of other models of the run, at least two: several architectures, seeds, or model
    files. The key of a network with several seeds stands for all of them; with split.folds, an
    ensemble is made of each fold's models."""
    weights: tuple[Annotated[float, Field(gt=0)], ...] | None = None
    """One weight per member, of which only the ratios count; null: equal weights."""


Kind = Literal["forest", "boosting", "clusters", "threshold", "likelihood"]
KINDS: dict[str, Kind] = {
    "random_forest": "forest",
    "gradient_boosting": "boosting",
    "kmeans": "clusters",
    "threshold": "threshold",
    "gaussian_likelihood": "likelihood",
    "gamma_likelihood": "likelihood",
    "rayleigh_likelihood": "likelihood",
}
"""Kind of model by architecture; all others are convolutional."""


def _kind(value: Any) -> str:
    # a number or null is told as one
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    if given.get("members") is not None:
        return "ensemble"
    if given.get("model") is not None:
        return "trained"
    architecture, known = (
        str(given.get("architecture")),
        (*KINDS, *get_args(Architecture), *SERIES),
    )
    if architecture not in known:  # the fault is then told beside the nearest one
        architecture = str(nearest_name(architecture, known))
    return KINDS.get(architecture, "convolutional")


ModelConfig = Annotated[
    Annotated[ConvolutionalNetwork, Tag("convolutional")]
    | Annotated[RandomForest, Tag("forest")]
    | Annotated[GradientBoosting, Tag("boosting")]
    | Annotated[KMeans, Tag("clusters")]
    | Annotated[Threshold, Tag("threshold")]
    | Annotated[Likelihood, Tag("likelihood")]
    | Annotated[TrainedModel, Tag("trained")]
    | Annotated[Ensemble, Tag("ensemble")],
    Discriminator(_kind),
]
