"""Detectors, read from their model files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rs_seg.algorithms.detectors.table import build_detector
from rs_seg.algorithms.networks import NormalisedNetwork, load_tensors
from rs_seg.errors import UserError
from rs_seg.io.model import read_model
from rs_seg.io.model_description import ModelDescription

if TYPE_CHECKING:
    from rs_seg.algorithms.detectors.detector import Detector


def read_detector(model: Path) -> tuple[ModelDescription, NormalisedNetwork]:
    """Description and detector of a model file, in evaluation mode; `layers` is the `Detector`.

    Pixels go through `normalise` before `layers` see them. Classes of what it finds are indices of
    `description.classes`.

    Raises:
        UserError: the file is no model file, or not that of a detector.
    """
    description, tensors = read_model(model)
    if description.kind != "detector":
        raise UserError(
            "the model makes maps and finds no objects",
            where=model,
            found=f"a model of kind {description.kind}",
            expected="the model file of a detector",
            remedy="name it under `models`, or give the file of a detector",
        )
    network = NormalisedNetwork(
        _build(model, description),
        mean=[band.mean for band in description.normalisation],
        std=[band.std for band in description.normalisation],
    )
    return description, load_tensors(network, tensors, where=str(model))


def _build(model: Path, description: ModelDescription) -> Detector:
    """The detector with random weights; those it began with are not looked for."""
    told: dict[str, Any] = description.network
    try:
        return build_detector(
            str(told["architecture"]),
            encoder=told.get("encoder"),
            decoder=told.get("decoder"),
            weights=None,
            bands=description.bands,
            class_count=len(description.classes),
            plan=description.plan,
        )
    # what a builder makes of a plan that is not the one of its planner
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise UserError(
            "the description of the detector is wrong",
            where=model,
            found=f"{type(error).__name__}: {error}"[:300],
            expected="what the train_detector stage writes",
            remedy="copy the model file again, or train the detector",
        ) from error
