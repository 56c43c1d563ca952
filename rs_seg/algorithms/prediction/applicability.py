"""Whether a model may be applied to an image: bands by name, classes, ground resolution."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.errors import UserError
from rs_seg.values import ClassNames

TOLERANCE = 0.1
"""Largest relative difference between the pixel sizes of training and application."""


def band_order(
    model_bands: Sequence[str], image_bands: Sequence[str], *, where: object = None
) -> list[int]:
    """Positions in the image of the bands of the model; further bands of the image are left out.

    Raises:
        UserError: the image lacks a band of the model.
    """
    missing = [band for band in model_bands if band not in image_bands]
    if missing:
        raise UserError(
            "the image lacks bands of the model",
            where=where,
            found=f"bands {', '.join(image_bands)}",
            expected=f"bands {', '.join(model_bands)} (in any order)",
            remedy=f"name {', '.join(missing)} among the bands of the sources, or train a model "
            f"on these bands",
        )
    return [list(image_bands).index(band) for band in model_bands]


def check_classes(
    model_classes: ClassNames, class_names: ClassNames, *, where: object = None
) -> None:
    """Refuse a model of other classes than the run's legend.

    Raises:
        UserError: codes, names or their order differ.
    """
    if model_classes != class_names:
        raise UserError(
            "the classes of the model are not those of the legend",
            where=where,
            found=_list(model_classes),
            expected=_list(class_names),
            remedy="write the legend with the codes, names and order of the model",
        )


def check_resolution(model_m: float | None, image_m: float | None, *, where: object = None) -> None:
    """Refuse an image whose ground pixel size differs from the model's by more than a tenth.

    A model of photographs has no pixel size (None) and takes any image; pictures without a place
    have none either.

    Raises:
        UserError: the sizes differ.
    """
    if model_m is None or image_m is None:
        return
    if abs(image_m - model_m) > TOLERANCE * model_m:
        raise UserError(
            "the pixels of the image differ in size from those the model was trained on",
            where=where,
            found=f"{image_m:.4g} m on the ground",
            expected=f"{model_m:.4g} m, give or take {TOLERANCE:.0%}",
            remedy="resample the scenes with align.resolution, or train a model at "
            f"{image_m:.4g} m",
        )


def _list(class_names: ClassNames) -> str:
    return ", ".join(f"{class_name.code} {class_name.name}" for class_name in class_names)
