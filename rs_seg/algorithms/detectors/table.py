"""The closed table of detectors; every member passes the contract tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.networks.building import check_encoder, unknown_name
from rs_seg.algorithms.networks.table import ARCHITECTURES
from rs_seg.errors import UserError


@dataclass(frozen=True)
class DetectorRow:
    """Where a detector is built and planned, and what it takes.

    `builder` and `planner` name a module of this package and a function in it, loaded on use: the
    builder has the keywords of `build_detector` behind the architecture, the planner the arguments
    of `plan_detector` behind it.
    """

    builder: str
    planner: str = "levels.plan_levels"
    default_encoder: str | None = "resnet18"
    """The encoder where none is asked for; None: it has one of its own, which cannot be changed."""
    default_decoder: str | None = None
    """The decoder where none is asked for; None: it takes none."""
    pretrained: bool = True
    """Whether its encoder takes weights."""
    is_dense: bool = False
    """As `Detector.is_dense`, without loading it; so is the next."""
    needs_masks: bool = False
    is_fitted: bool = False
    """Whether it is fitted to all windows at once (`FittedDetector`) instead of by gradients."""


DETECTORS: dict[str, DetectorRow] = {
    "centre": DetectorRow(
        "centre_detector.build_centre", "levels.plan_centre", default_decoder="unet", is_dense=True
    ),
    "retinanet": DetectorRow("retinanet.build_retinanet", is_dense=True),
    "fcos": DetectorRow("fcos.build_fcos", is_dense=True),
    "ssd": DetectorRow("ssd.build_ssd", "levels.plan_coarse_levels", is_dense=True),
    "ssdlite": DetectorRow("ssd.build_ssdlite", "levels.plan_coarse_levels", is_dense=True),
    "faster_rcnn": DetectorRow("two_stage.build_faster_rcnn"),
    "mask_rcnn": DetectorRow("two_stage.build_mask_rcnn", needs_masks=True),
    "fast_rcnn": DetectorRow("textbook.build_fast_rcnn", "textbook_plans.plan_fast_rcnn"),
    "r_fcn": DetectorRow("textbook.build_r_fcn", "textbook_plans.plan_r_fcn"),
    "rcnn": DetectorRow("textbook.build_rcnn", "textbook_plans.plan_rcnn", is_fitted=True),
    "yolo": DetectorRow("textbook.build_yolo", "textbook_plans.plan_yolo", is_dense=True),
    "yolo_v1": DetectorRow(
        "textbook.build_yolo_v1",
        "textbook_plans.plan_yolo_v1",
        default_encoder=None,
        pretrained=False,
    ),
    "overfeat": DetectorRow(
        "textbook.build_overfeat",
        "textbook_plans.plan_overfeat",
        default_encoder=None,
        pretrained=False,
        is_dense=True,
    ),
}


def build_detector(
    architecture: str,
    *,
    encoder: str | None,
    decoder: str | None,
    weights: str | None,
    bands: Sequence[str],
    class_count: int,
    plan: dict[str, Any],
) -> Detector:
    """A detector of objects of `class_count` classes, in training mode.

    Random initial values come from torch's global generator. `weights` of the encoder are a local
    file or a name that its library can download, as `build_network` takes them; names of the bands
    say which pretrained filter each gets. `plan` is what `plan_detector` gave, and is kept with the
    model. None: the encoder, or the decoder, that the table names.

    Raises:
        UserError: no such detector, encoder, decoder or weights, or an option that has no effect.
    """
    row = _find_row(architecture)
    _check_options(architecture, row, encoder=encoder, decoder=decoder, weights=weights)
    decoder = decoder or row.default_decoder
    own_encoder = decoder is not None and ARCHITECTURES[decoder].own_encoder is not None
    if encoder is None and not own_encoder:
        encoder = row.default_encoder
    detector = _load(row.builder)(
        encoder=encoder,
        decoder=decoder,
        weights=weights,
        bands=bands,
        class_count=class_count,
        plan=plan,
    )
    assert isinstance(detector, Detector)
    return detector


def plan_detector(
    architecture: str, sizes_M2: NDArray[np.float64], *, class_count: int, window: int
) -> dict[str, Any]:
    """What the training objects say about a detector, in values that JSON can hold.

    `sizes_M2` are width and height of the training objects in pixels, `window` the height and width
    of training windows. Of every detector `largest` is the longest side of an object. Equal objects
    give an equal plan.

    Raises:
        UserError: no such detector, or no object.
    """
    row = _find_row(architecture)
    sizes_M2 = np.asarray(sizes_M2, dtype=np.float64).reshape(-1, 2)
    if not len(sizes_M2):
        raise UserError(
            "a detector cannot be planned without objects",
            where=architecture,
            found="no training object",
            expected="at least one object that is not ignored",
            remedy="look at the labels and at the split: the training blocks hold no object",
        )
    assert (sizes_M2 > 0).all(), "objects have a width and a height"
    plan: dict[str, Any] = _load(row.planner)(sizes_M2, class_count=class_count, window=window)
    return plan


def _find_row(architecture: str) -> DetectorRow:
    if architecture not in DETECTORS:
        raise unknown_name("detector", architecture, list(DETECTORS))
    return DETECTORS[architecture]


def _load(name: str) -> Any:
    module, _, function = name.partition(".")
    return getattr(import_module(f"{__package__}.{module}"), function)


def _check_options(
    architecture: str,
    row: DetectorRow,
    *,
    encoder: str | None,
    decoder: str | None,
    weights: str | None,
) -> None:
    """Refuse what does not exist, and options that the detector does not take."""
    takes: dict[str, tuple[str | None, Callable[[DetectorRow], bool]]] = {
        "encoder": (encoder, lambda row: row.default_encoder is not None),
        "decoder": (decoder, lambda row: row.default_decoder is not None),
        "weights": (weights, lambda row: row.pretrained),
    }
    for option, (value, is_able) in takes.items():
        if value is not None and not is_able(row):
            able = [name for name, other in DETECTORS.items() if is_able(other)]
            raise UserError(
                f"{option} has no effect on this detector",
                found=f"{architecture} with {option} {value}",
                expected=f"one of {', '.join(able)}",
                remedy=f"leave {option} out",
            )
    if decoder is not None and decoder not in ARCHITECTURES:
        raise unknown_name("decoder", decoder, list(ARCHITECTURES))
    if encoder is not None:
        check_encoder(encoder)
