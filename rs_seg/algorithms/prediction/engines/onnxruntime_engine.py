"""Networks computed by ONNX Runtime on the processor, each tile by the thread that asks."""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as errors  # no public name

from rs_seg.algorithms.prediction.engine import Engine, OnnxModel
from rs_seg.errors import UserError

PRECISIONS = ("float32", "int8")


def version() -> str:
    """Version of ONNX Runtime."""
    return str(onnxruntime.__version__)


def supported_precisions() -> tuple[str, ...]:
    """Precisions that it computes on any processor."""
    return PRECISIONS


def open_network(onnx: OnnxModel, precision: str, workers: int, batch_size: int) -> Engine:  # noqa: ARG001  # of the table
    """An engine of an ONNX model, from raw pixels (N, B, H, W) to probabilities (N, K, H, W).

    The precision int8 is part of the model.

    Raises:
        UserError: ONNX Runtime cannot compute the model in this precision.
    """
    if precision not in PRECISIONS:
        raise UserError(
            f"onnxruntime does not compute in {precision}", expected=", ".join(PRECISIONS)
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    refusals = (
        errors.Fail,
        errors.InvalidArgument,
        errors.InvalidGraph,
        errors.InvalidProtobuf,
        errors.NotImplemented,
        errors.RuntimeException,
    )
    try:
        session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    except refusals as error:
        raise _refusal(error) from error
    (name,) = (argument.name for argument in session.get_inputs())

    def forward(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            return np.concatenate(
                [session.run(None, {name: tile[None]})[0] for tile in pixels_NBHW]
            )
        except refusals as error:
            raise _refusal(error) from error

    return Engine(forward, workers=workers, batch_size=1)


def _refusal(error: Exception) -> UserError:
    return UserError(
        "ONNX Runtime cannot compute the network",
        found=" ".join(str(error).split())[:300],
        expected="an ONNX model of the export stage, and tiles of a size that it takes",
        remedy="set accelerate.engine to torch",
    )
