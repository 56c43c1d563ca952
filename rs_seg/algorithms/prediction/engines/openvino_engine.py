"""Networks computed by OpenVINO on the processor, with one thread for each tile in work.

All modules import OpenVINO from here. Its package loads the converter of other programs' models,
`openvino.tools.ovc`, which begins with a message to Google Analytics: a process is forked for it,
the end of the job waits for that one up to 3 s where nothing answers, and `~/intel` keeps an
identity and a counter (2026.4, openvino_telemetry 2025.2). OpenVINO is made to do without the
converter; who imports it by its full name finds it.
"""

from __future__ import annotations

import threading
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.engine import Engine, OnnxModel
from rs_seg.errors import UserError
from rs_seg.values.stand_ins import standing_in

with standing_in(ModuleType("openvino.tools.ovc")):
    import openvino

HINTS = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}
"""Arithmetic of what the model itself does not quantise. Left to OpenVINO, float32 becomes bfloat16
where it can."""


def version() -> str:
    """Version of OpenVINO."""
    return str(openvino.__version__)


def supported_precisions() -> tuple[str, ...]:
    """Precisions that the processor computes without emulation, as OpenVINO says."""
    abilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ("float32", "bfloat16", "int8") if "BF16" in abilities else ("float32", "int8")


def open_network(onnx: OnnxModel, precision: str, workers: int, batch_size: int) -> Engine:  # noqa: ARG001  # of the table
    """An engine of an ONNX model from raw pixels (N, B, H, W) to probabilities (N, K, H, W).

    OpenVINO keeps what comes before the first convolution, the normalisation, in float32 whatever
    the precision.

    Raises:
        UserError: OpenVINO cannot compute the model in this precision.
    """
    if precision not in HINTS:
        raise UserError(
            f"openvino does not compute in {precision} on a processor", expected=", ".join(HINTS)
        )
    return Engine(_Network(onnx, precision, workers), workers=workers, batch_size=1)


class _Network:
    """A model compiled for each size of tile, with an infer request for each thread and size."""

    def __init__(self, onnx: OnnxModel, precision: str, workers: int) -> None:
        self._core = openvino.Core()
        self._onnx = onnx
        self._settings = {
            "INFERENCE_PRECISION_HINT": HINTS[precision],
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": workers,
            "INFERENCE_NUM_THREADS": workers,
            "ENABLE_CPU_PINNING": False,  # other jobs share the machine
        }
        self._compiled: dict[tuple[int, ...], Any] = {}
        self._compiling = threading.Lock()
        self._first, self._tried = threading.Lock(), False
        self._own = threading.local()

    def __call__(self, pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        # The first call is made alone: OpenVINO's Python module sets up tables at their first use,
        # and two threads that come there at once wait for each other forever, one holding Python's
        # lock and one the table's (2026.4).
        if not self._tried:
            with self._first:
                if not self._tried:
                    probabilities_NKHW = self._compute(pixels_NBHW)
                    self._tried = True
                    return probabilities_NKHW
        return self._compute(pixels_NBHW)

    def _compute(self, pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            request = self._request(pixels_NBHW.shape[1:])
            # copies: the next tile overwrites what a request gives out
            return np.concatenate(
                [np.array(request.infer({0: tile[None]})[0]) for tile in pixels_NBHW]
            )
        except RuntimeError as error:  # the one kind that OpenVINO raises
            raise UserError(
                "OpenVINO cannot compute the network",
                found=" ".join(str(error).split())[:300],
                expected="an ONNX model of the export stage",
                remedy="set accelerate.engine to torch",
            ) from error

    def _request(self, shape: tuple[int, ...]) -> Any:
        requests = self._own.__dict__.setdefault("requests", {})
        if shape not in requests:
            requests[shape] = self._compile(shape).create_infer_request()
        return requests[shape]

    def _compile(self, shape: tuple[int, ...]) -> Any:
        with self._compiling:
            if shape not in self._compiled:
                self._compiled[shape] = self._compile_new(shape)
            return self._compiled[shape]

    def _compile_new(self, shape: tuple[int, ...]) -> Any:
        model = self._core.read_model(self._onnx)
        sizes = list(model.input(0).get_partial_shape())[1:]
        if any(
            size.is_static and len(size) != wanted
            for size, wanted in zip(sizes, shape, strict=True)
        ):
            raise UserError(
                "the ONNX model does not take such tiles",
                found=f"bands, height and width of {', '.join(map(str, shape))}",
                expected=", ".join(map(str, sizes)),
                remedy="set predict.tile to this size, or accelerate.engine to torch",
            )
        model.reshape({0: [1, *shape]})
        return self._core.compile_model(model, "CPU", self._settings)
