"""ONNX models as they are handed over: with the colours of their classes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import onnx

KEY = "class_colors"


def copy_with_colors(source: Path, target: Path, colors: Sequence[str]) -> None:
    """Copy an ONNX model and write the colours ("#rrggbb") of its classes into its metadata.

    The models of the run have none, so that a new colour makes none of them anew. Equal inputs give
    equal bytes.
    """
    model = onnx.load(source)
    told = {entry.key: entry.value for entry in model.metadata_props}
    told[KEY] = json.dumps(list(colors))
    onnx.helper.set_model_props(model, {key: told[key] for key in sorted(told)})
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(model.SerializeToString(deterministic=True))
