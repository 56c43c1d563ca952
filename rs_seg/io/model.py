"""The model file: tensors and all that is needed to apply them, in a safetensors file that executes no code."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from rs_seg.errors import UserError
from rs_seg.values import ClassNames
from rs_seg.values.formula import BandName, Formula, parse_formula

KEY = "rs_seg"
RUNNING = ("running_mean", "running_var", "num_batches_tracked")
"""Ends of the names of tensors that batch normalisation keeps up to date without training."""
FLOATING = ("F64", "F32", "F16", "BF16")
Tensors = dict[str, NDArray[Any]]


class Normalisation(BaseModel):
    """Mean and standard deviation of a band in the training area, in the units of the file."""

    model_config = ConfigDict(frozen=True)

    mean: float
    std: float


class ValueRange(BaseModel):
    """Least and greatest value and percentiles of a band in the training area, in the units of the file."""

    model_config = ConfigDict(frozen=True)

    min: float
    max: float
    p2: float
    p98: float


class ReliabilityBin(BaseModel):
    """Pixels whose maximum probability lies in one of equal ranges; the other two are None where there are none."""

    model_config = ConfigDict(frozen=True)

    pixels: int
    confidence: float | None
    """Mean of the maximum probability."""
    accuracy: float | None
    """Share of pixels whose most probable class is the reference's."""


class Reliability(BaseModel):
    """How well the probabilities of a model agree with its accuracy."""

    model_config = ConfigDict(frozen=True)

    ece: float
    """Expected calibration error, 0..1."""
    nll: float
    """Negative log-likelihood per pixel, in nats."""
    bins: tuple[ReliabilityBin, ...]
    """Equal ranges of the maximum probability from 0 to 1."""


class Calibration(BaseModel):
    """Reliability of the probabilities over all labelled validation pixels, without and with the temperature."""

    model_config = ConfigDict(frozen=True)

    pixels: int
    before: Reliability
    after: Reliability


class ModelDescription(BaseModel):
    """What a model file says about its tensors."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    kind: Literal["convolutional", "forest", "boosting", "clusters", "threshold", "likelihood"]
    network: dict[str, Any]
    """The part of the configuration that describes the network."""
    bands: tuple[str, ...]
    """Names of the bands, in the order of the input."""
    features: tuple[str, ...] = ()
    """Formulas of the bands that a method of single pixels looks at; none: the bands as they are."""
    normalisation: tuple[Normalisation, ...]
    """One for each band."""
    ranges: tuple[ValueRange, ...] = ()
    """One for each band, to compare scenes with before they are mapped; none in the files of older versions."""
    resolution_m: float
    """Pixel size in ground metres."""
    classes: ClassNames
    """In the order of the output."""
    window: int
    """Height and width of the training windows, in pixels."""
    seed: int
    rs_seg_version: str
    validation: dict[str, float | int | None] = {}
    """Epoch whose state was kept, and its mIoU on the validation area."""
    temperature: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """What logits are divided by before the softmax; probabilities of other kinds are raised to its inverse."""
    calibration: Calibration | None = None
    """What the temperature changes; None: none was fitted."""

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The features."""
        return _parse_features(self.features, self.bands)

    @model_validator(mode="after")
    def _check_features(self) -> ModelDescription:
        _parse_features(self.features, self.bands)
        return self


def _parse_features(features: tuple[str, ...], bands: tuple[str, ...]) -> tuple[Formula, ...]:
    names: dict[str, Formula] = {band: BandName(band) for band in bands}
    return tuple(parse_formula(each, names) for each in features)


def write_model(path: Path, description: ModelDescription, tensors: Mapping[str, NDArray[Any]]) -> None:
    """A model file; the same description and tensors give the same bytes."""
    text = json.dumps(description.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    contiguous = {key: np.ascontiguousarray(tensors[key]) for key in sorted(tensors)}
    path.write_bytes(save(contiguous, metadata={KEY: text}))  # save_file makes files that only their owner may read


def read_model(path: Path) -> tuple[ModelDescription, Tensors]:
    """Description and tensors of a model file.

    Raises:
        UserError: the file is not a whole model file of rs_seg.
    """
    with _open(path) as file:
        return _describe(file, path), {key: file.get_tensor(key) for key in sorted(file.keys())}


def read_description(path: Path) -> ModelDescription:
    """Description of a model file, without its tensors.

    Raises:
        UserError: the file is not a whole model file of rs_seg.
    """
    with _open(path) as file:
        return _describe(file, path)


def count_parameters(path: Path) -> int | None:
    """Trainable numbers in the file of a network with layers; None for methods without layers.

    Running moments of normalisation layers and tensors of whole numbers (tables of positions) are not trained.

    Raises:
        UserError: the file is not a whole model file of rs_seg.
    """
    with _open(path) as file:
        if _describe(file, path).kind != "convolutional":
            return None
        slices = [file.get_slice(key) for key in sorted(file.keys()) if not key.endswith(RUNNING)]
        return sum(math.prod(map(int, each.get_shape())) for each in slices if each.get_dtype() in FLOATING)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except (OSError, SafetensorError, TypeError) as error:
        raise _not_a_model(path, " ".join(str(error).split())) from error


def _describe(file: Any, path: Path) -> ModelDescription:
    text = (file.metadata() or {}).get(KEY)
    if text is None:
        raise _not_a_model(path, f"tensors without a description under {KEY!r}")
    try:
        return ModelDescription.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _not_a_model(path, f"a description whose {place or 'text'} is wrong: {first['msg']}") from error


def _not_a_model(path: Path, found: str) -> UserError:
    return UserError(
        "not a model file that rs_seg can read",
        where=path,
        found=found,
        expected="a whole .safetensors file written by the train stage",
        remedy="copy the file again where it was given; where the workflow trained it, delete it and run again",
    )
