"""Settings of objects: their reference, detectors, and what is handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from rs_seg.config.data import LabelConfig
from rs_seg.config.learning import Budget
from rs_seg.config.models import TrainedModel
from rs_seg.config.section import Section
from rs_seg.config.trainable import Method, Trainable
from rs_seg.values.pretrained import weights_file

DetectorArchitecture = Literal[
    "centre",
    "retinanet",
    "fcos",
    "ssd",
    "ssdlite",
    "faster_rcnn",
    "mask_rcnn",
    "fast_rcnn",
    "r_fcn",
    "rcnn",
    "yolo",
    "yolo_v1",
    "overfeat",
]
RASTER_DETECTORS = frozenset(
    ("centre", "retinanet", "fcos", "ssd", "ssdlite", "yolo", "yolo_v1", "overfeat")
)
"""Detectors that have an ONNX model: they say all in rasters. Others choose regions of the window
and look at each again, which no exporter follows."""
FITTED_DETECTORS = frozenset(("rcnn",))
"""Detectors that are fitted to all training windows at once, without epochs."""
Decoder = Literal["unet", "unetplusplus", "linknet", "fpn", "pan", "deeplabv3plus", "segformer"]


class OutlineConfig(Section):
    """The objects of the reference: one polygon for each."""

    label: LabelConfig | None = None
    """File of objects, as `label` says of land cover: polygons, points with a `radius`, COCO JSON
    or boxes; they may overlap. Of a raster, connected regions of a class are objects. null: the
    file of `label`."""
    classes: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Classes of the legend whose polygons are objects; null: all but the one named by
    `label.outside`."""
    group: str | None = None
    """Attribute that marks polygons of several objects, which are ignored: by any value but
    nothing, 0, no and false. null: `iscrowd`, where the file has it, as COCO JSON does."""
    smallest: Annotated[float, Field(ge=0)] = 0.0
    """Area in square metres below which an object is ignored: neither found nor missed."""
    visible: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of its area that must lie on valid pixels of the scene, and in a training window, for
    an object to count there; objects that show less are ignored, and no background either."""


class DetectorConfig(Trainable):
    """A detector that is trained here (docs/objects.md)."""

    architecture: DetectorArchitecture = "centre"
    """Name of the architecture."""
    decoder: Decoder | None = None
    """Decoder that brings features back to the size of the image (centre); null: unet."""
    encoder: str | None = None
    """Encoder of segmentation-models-pytorch, or "tu-" and a name of timm; null: resnet18."""
    weights: str | None = None
    """Pretrained weights of the encoder: see `weights` of networks; null: random."""
    train: Budget = Budget()
    """Settings of `train` that are others for this detector."""

    @property
    def weights_file(self) -> Path | None:
        """The local file of `weights`; None: they are random, or downloaded by name."""
        return weights_file(self.weights)

    @model_validator(mode="after")
    def _check_decoder(self) -> DetectorConfig:
        if self.decoder is not None and self.architecture != "centre":
            raise ValueError(
                f"decoder: {self.decoder} has no effect on {self.architecture}: leave it out, or "
                f"choose architecture: centre"
            )
        return self


class DetectorEnsemble(Method):
    """A detector made of detectors of this run: the candidates of all its members."""

    members: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of other detectors of the run, at least two. The key of a detector with several seeds
    stands for all of them; with split.folds, an ensemble is made of each fold's detectors."""
    weights: tuple[Annotated[float, Field(gt=0)], ...] | None = None
    """One weight per member, of which only the ratios count (suppressions of the method weighted);
    null: equal weights."""


def _kind(value: Any) -> str:
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    if given.get("members") is not None:
        return "ensemble"
    return "given" if given.get("model") is not None else "trained"


AnyDetector = Annotated[
    Annotated[DetectorConfig, Tag("trained")]
    | Annotated[TrainedModel, Tag("given")]
    | Annotated[DetectorEnsemble, Tag("ensemble")],
    Discriminator(_kind),
]


SCALES = (1.0, 0.5, 0.25, 0.125)
TILE_STEP = 32
"""Tiles begin at multiples of so many pixels."""


def _check_scale(scale: float) -> float:
    if scale not in SCALES:
        allowed = ", ".join(f"{size:g}" for size in SCALES)
        raise ValueError(f"{scale:g} is no scale: scales are {allowed}")
    return scale


Scale = Annotated[float, AfterValidator(_check_scale)]


class DetectConfig(Section):
    """The search of whole scenes for objects, tile by tile."""

    tile: Annotated[int, Field(ge=64, le=8192, multiple_of=TILE_STEP)] = 768
    """Height and width of a tile, in pixels."""
    margin: Annotated[int, Field(ge=0)] | None = None
    """Pixels around the core of a tile that it looks at too. null: as far as the detector looks if
    that is an eighth of the tile at most; else an eighth or half of `largest`; `largest` for
    detectors of regions; at most a quarter of the tile. An object belongs to the tile whose core
    holds its centre."""
    scales: Annotated[tuple[Scale, ...], Field(min_length=1, max_length=4)] = (1.0,)
    """Sizes at which scenes are searched, of 1, 0.5, 0.25 and 0.125: at 0.5 pixels have twice the
    side, and a tile holds objects of twice the length. Of several sizes, each adds the objects that
    are too long for the tiles of the larger ones."""
    largest: Annotated[float, Field(gt=0)] | None = None
    """Longest side of an object in metres on the ground; null: 1.5 times that of the training
    objects."""
    least: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Lowest score of a candidate that is kept."""
    batch_size: Annotated[int, Field(ge=1)] = 4
    """Tiles per forward pass on a GPU; a processor computes one tile per thread."""

    @model_validator(mode="after")
    def _check_scales(self) -> DetectConfig:
        if len(set(self.scales)) < len(self.scales):
            listed = ", ".join(f"{scale:g}" for scale in self.scales)
            raise ValueError(f"scales is {listed}: each may be there once")
        return self

    @model_validator(mode="after")
    def _check_margin(self) -> DetectConfig:
        # tiles begin at multiples of 32, and each has a core
        most = (self.tile - TILE_STEP) // 2
        if self.margin is not None and self.margin > most:
            enough = -(-4 * self.margin // TILE_STEP) * TILE_STEP
            raise ValueError(
                f"margin is {self.margin}, but tile is {self.tile}, which has room for margins of "
                f"{most} pixels at most: set tile to {enough}, or margin to null"
            )
        return self


class MatchConfig(Section):
    """Detections against objects of the reference."""

    iou: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Intersection over union from which on a detection is the object: for precision, recall, F1
    and the choice of the score."""


class SelectConfig(Section):
    """Objects as they are handed over."""

    score: Annotated[float, Field(ge=0, le=1)] | Literal["auto"] = "auto"
    """Lowest score of an object; auto: the one with the best F1 on the validation areas (0.5 where
    nothing is labelled)."""
    geometry: Literal["auto", "box", "rotated_box", "mask", "map"] = "auto"
    """Shape of an object: its box; the smallest rectangle around its mask; its mask; its part of
    its class on a map, which objects divide without gaps. auto: mask where the detector draws
    masks, else box."""
    map: str | None = None
    """The map that objects divide (geometry: map), as NETWORK/REFINEMENT; null: the only one of the
    run."""

    @model_validator(mode="after")
    def _check_map(self) -> SelectConfig:
        if self.map is not None and self.geometry != "map":
            raise ValueError(
                f"map is {self.map}, but geometry is {self.geometry}, which looks at no map: leave "
                "map out, or set geometry: map"
            )
        return self
