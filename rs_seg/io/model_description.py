"""What a model file says of its tensors: all that is needed to apply them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from rs_seg.io.reliability import Calibration
from rs_seg.values import ClassNames
from rs_seg.values.band_groups import BandGroup, names_of
from rs_seg.values.band_pairs import MOST_BANDS as MOST_PAIRED
from rs_seg.values.band_pairs import BandPair
from rs_seg.values.dated_names import bands_for_image, name_bands
from rs_seg.values.formula import Formula, is_settled
from rs_seg.values.formula_parser import parse_formula
from rs_seg.values.pretrained import Pretrained
from rs_seg.values.series import takes_any_dates

Finite = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0, le=2**53)]
MOST_BANDS, MOST_FEATURES, LONGEST_FORMULA = 1000, 1000, 100_000
MAX_CODE = 65533
"""Greatest code of a class, as in a legend: 65534 and 65535 stand for no class."""
MOST_SCENES, MOST_RECTANGLES, LONGEST_CRS, LONGEST_SIDE = 100_000, 1_000_000, 100_000, 2**31
BandText = Annotated[str, Field(min_length=1, max_length=1000)]
Formulation = Annotated[str, Field(min_length=1, max_length=LONGEST_FORMULA)]


def _refuse_infinity(figure: float) -> float:
    if math.isinf(figure):
        raise ValueError("is infinite")
    return figure


Figure = Annotated[float, AfterValidator(_refuse_infinity)]
"""A figure of a model; NaN where it is not defined."""


class Normalisation(BaseModel):
    """Mean and standard deviation of a band in the training area, in the units of the file."""

    model_config = ConfigDict(frozen=True)

    mean: Finite
    std: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """0 of a band that has one value only: it is then not divided."""


class ValueRange(BaseModel):
    """Least and greatest value and percentiles of a band in the training area.

    In the units of the file.
    """

    model_config = ConfigDict(frozen=True)

    min: Finite
    max: Finite
    p2: Finite
    p98: Finite

    @model_validator(mode="after")
    def _check_order(self) -> ValueRange:
        if not self.min <= self.p2 <= self.p98 <= self.max:
            raise ValueError(
                f"min {self.min}, p2 {self.p2}, p98 {self.p98}, max {self.max} do not ascend"
            )
        return self


class TrainingLength(BaseModel):
    """Epochs at most, steps in each, and windows that a step sees."""

    model_config = ConfigDict(frozen=True)

    epochs: Count
    steps_per_epoch: Count
    windows_per_step: Count


Side = Annotated[int, Field(gt=0, le=LONGEST_SIDE)]
Place = Annotated[int, Field(ge=0, le=LONGEST_SIDE)]
Rectangles = Annotated[
    tuple[tuple[Place, Place, Side, Side], ...], Field(max_length=MOST_RECTANGLES)
]
"""Row and column of the first pixel, height and width of each."""


class LearnedGround(BaseModel):
    """Ground of one scene that a model learnt from: the scene's grid, and rectangles of pixels."""

    model_config = ConfigDict(frozen=True)

    crs: Annotated[str, Field(min_length=1, max_length=LONGEST_CRS)]
    """As WKT."""
    transform: tuple[Finite, Finite, Finite, Finite, Finite, Finite]
    """From columns and rows to the CRS: a, b, c, d, e, f of x = a column + b row + c, y = d column
    + e row + f."""
    height: Side
    width: Side
    train: Rectangles
    """What the model was fitted to."""
    validation: Rectangles
    """What its epoch was chosen and its probabilities were calibrated on."""

    @model_validator(mode="after")
    def _check_grid(self) -> LearnedGround:
        a, b, _, d, e, _ = self.transform
        if not 0 < abs(a * e - b * d) < math.inf:
            raise ValueError("transform gives pixels without a size")
        for row, column, height, width in (*self.train, *self.validation):
            if row + height > self.height or column + width > self.width:
                raise ValueError(
                    f"a rectangle reaches out of the {self.height} x {self.width} pixels of its "
                    f"scene"
                )
        return self


class ModelDescription(BaseModel):
    """What a model file says about its tensors."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    kind: Literal[
        "convolutional", "forest", "boosting", "clusters", "threshold", "likelihood", "detector"
    ]
    network: dict[str, Any]
    """The part of the configuration that describes the network or the detector."""
    bands: Annotated[tuple[BandText, ...], Field(min_length=1, max_length=MOST_BANDS)]
    """Names of the bands, in the order of the input."""
    features: Annotated[tuple[Formulation, ...], Field(max_length=MOST_FEATURES)] = ()
    """Formulas of the bands that a method of single pixels looks at; none: the bands as they are.
    """
    normalisation: tuple[Normalisation, ...]
    """One for each band."""
    ranges: tuple[ValueRange, ...] = ()
    """One for each band, to compare scenes with before they are mapped; none in the files of older
    versions."""
    pairs: Annotated[
        tuple[BandPair, ...], Field(max_length=MOST_PAIRED * (MOST_PAIRED - 1) // 2)
    ] = ()
    """How each two bands differ in the training area, which tells whether bands of a scene are
    named in the same order; none of one band or of many, and in the files of older versions."""
    resolution_m: Annotated[float, Field(gt=0, le=1e7, allow_inf_nan=False)] | None
    """Pixel size in ground metres; None: it learnt on photographs, which have none."""
    classes: ClassNames
    """In the order of the output."""
    window: Annotated[int, Field(gt=0, le=100_000)]
    """Height and width of the training windows, in pixels."""
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)]
    rs_seg_version: Annotated[str, Field(max_length=100)]
    pretrained: Pretrained | None = None
    """The weights that training began with; None: random ones, or a file of an older version, which
    does not tell."""
    precision: Literal["float32", "bfloat16"] | None = None
    """Arithmetic of the training of a network of layers; None: another method, or a file that does
    not tell."""
    length: TrainingLength | None = None
    """How long the training was to be; None: another method, or a file that does not tell."""
    validation: dict[str, Figure | int | None] = {}
    """Epoch whose state was kept, and its figure on the validation area: `miou` of a map, NaN where
    no pixel there is labelled; `ap50` of a detector, NaN where no object is there."""
    temperature: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """What logits are divided by before the softmax; probabilities of other kinds are raised to its
    inverse."""
    calibration: Calibration | None = None
    """What the temperature changes; None: none was fitted."""
    ground: Annotated[tuple[LearnedGround, ...], Field(max_length=MOST_SCENES)] | None = None
    """The ground it learnt from, by scene; None in the files of older versions, which do not say.
    """
    plan: dict[str, Any] = {}
    """What a detector took from its training objects before it was built, see `plan_detector`;
    empty for all others."""
    largest_m: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Longest side of the box of a training object in ground metres; None: no detector."""

    @property
    def origin(self) -> dict[str, Any]:
        """What made the model, for provenance: its kind, the version of rs_seg and the seed."""
        return self.model_dump(include={"kind", "rs_seg_version", "seed"}, mode="json")

    @property
    def groups(self) -> tuple[BandGroup, ...]:
        """The bands of each source, where one has dates, may be missing or has its own encoder.

        Nothing where every band is there on every image.
        """
        groups = self.network.get("groups") or ()
        if not isinstance(groups, (list, tuple)):
            raise ValueError("network.groups is no list")
        return tuple(map(BandGroup.model_validate, groups))

    @property
    def takes_any_dates(self) -> bool:
        """Whether it is a network that takes the dates of a source apart, as many as there are."""
        return takes_any_dates(self.network)

    def bands_of(self, image_bands: Sequence[str]) -> tuple[str, ...]:
        """Names of the bands that the model looks at in an image, in their order.

        Of a source whose dates a network takes apart, or formulas take together, the dates that the
        image has room for.
        """
        if not self.takes_any_dates:
            return bands_for_image(self.features, self.bands, image_bands)
        return tuple(
            name for group in self.groups for name in group.with_slots_of(image_bands).names
        )

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The features."""
        return _parse_features(self.features, self.bands)

    @model_validator(mode="after")
    def _check_bands(self) -> ModelDescription:
        if len(set(self.bands)) < len(self.bands):
            raise ValueError("bands has the same name twice")
        for name, entries in (("normalisation", self.normalisation), ("ranges", self.ranges)):
            if len(entries) != len(self.bands) and (entries or name == "normalisation"):
                raise ValueError(f"{name} has {len(entries)} entries for {len(self.bands)} bands")
        if self.groups and names_of(self.groups) != list(self.bands):
            raise ValueError("groups has other bands than bands, or another order")
        strange = {band for pair in self.pairs for band in (pair.first, pair.second)}
        if not strange <= {*self.bands}:
            raise ValueError("pairs names bands that are not among bands")
        return self

    @model_validator(mode="after")
    def _check_classes(self) -> ModelDescription:
        codes, names = self.classes.codes, self.classes.names
        if (
            not 1 <= len(codes) <= MAX_CODE
            or len(set(codes)) < len(codes)
            or len(set(names)) < len(names)
        ):
            raise ValueError(
                f"classes has {len(codes)} classes, {len(set(codes))} codes and {len(set(names))} "
                f"names"
            )
        if not all(0 <= code <= MAX_CODE for code in codes) or not all(names):
            raise ValueError(
                f"classes has codes outside 0 to {MAX_CODE}, or a class without a name"
            )
        return self

    @model_validator(mode="after")
    def _check_features(self) -> ModelDescription:
        try:
            _parse_features(self.features, self.bands)
        except ValueError as error:
            raise ValueError(f"features: {error}") from error
        return self


def _parse_features(features: tuple[str, ...], bands: tuple[str, ...]) -> tuple[Formula, ...]:
    names = name_bands(bands)
    formulas = tuple(parse_formula(feature, names) for feature in features)
    if not all(map(is_settled, formulas)):
        raise ValueError("holds components or grey levels without the numbers that training finds")
    return formulas
