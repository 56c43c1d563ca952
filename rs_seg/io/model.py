"""The model file: tensors and all that is needed to apply them, as safetensors without code."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from rs_seg.errors import UserError
from rs_seg.io.model_description import ModelDescription

KEY = "rs_seg"
RUNNING = ("running_mean", "running_var", "num_batches_tracked")
"""Ends of the names of tensors that batch normalisation keeps up to date without training."""
FLOATING = ("F64", "F32", "F16", "BF16")
Tensors = dict[str, NDArray[Any]]
LONGEST = 300
"""Letters of what is told of a file: the text may be a stranger's."""


def write_model(
    path: Path, description: ModelDescription, tensors: Mapping[str, NDArray[Any]]
) -> None:
    """A model file; the same description and tensors give the same bytes."""
    text = json.dumps(description.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    contiguous = {key: np.ascontiguousarray(tensors[key]) for key in sorted(tensors)}
    # save_file makes files that only their owner may read
    path.write_bytes(save(contiguous, metadata={KEY: text}))


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

    Running moments of normalisation layers and tensors of whole numbers (tables of positions) are
    not trained.

    Raises:
        UserError: the file is not a whole model file of rs_seg.
    """
    with _open(path) as file:
        if _describe(file, path).kind not in {"convolutional", "detector"}:
            return None
        slices = [file.get_slice(key) for key in sorted(file.keys()) if not key.endswith(RUNNING)]
        return sum(
            math.prod(map(int, tensor.get_shape()))
            for tensor in slices
            if tensor.get_dtype() in FLOATING
        )


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    # TypeError, AttributeError: types of numbers that numpy has not, such as float8 (seen in
    # safetensors 0.6)
    except (
        OSError,
        SafetensorError,
        TypeError,
        AttributeError,
        OverflowError,
        UnicodeDecodeError,
    ) as error:
        raise _not_a_model(path, _shorten(str(error))) from error


def _describe(file: Any, path: Path) -> ModelDescription:
    text = (file.metadata() or {}).get(KEY)
    if text is None:
        raise _not_a_model(path, f"tensors without a description under {KEY!r}")
    try:
        return ModelDescription.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        found = f"a description whose {place or 'content'} is wrong: {first['msg']}"
        raise _not_a_model(path, _shorten(found)) from error


def _shorten(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]} ..."


def _not_a_model(path: Path, found: str) -> UserError:
    return UserError(
        "not a model file that rs_seg can read",
        where=path,
        found=found,
        expected="a whole .safetensors file written by the train stage",
        remedy="copy the file again where it was given; where the workflow trained it, delete it "
        "and run again",
    )
