"""Networks in 8-bit integers, calibrated on tiles of training areas.

Weights and activations of the convolutions are quantised.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    MinMaxCalibrater,
    QDQQuantizer,
    QuantType,
    TensorsData,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from rs_seg.algorithms.networks.signature import INPUT

QUANTISED = ("Conv",)
"""Operators that are quantised: nearly all the time goes into them."""


def quantize_onnx(model: bytes, tiles: Iterable[NDArray[np.float32]]) -> bytes:
    """The ONNX model of `to_onnx` with its convolutions in int8; its metadata is kept.

    The same bytes every time.

    Weights are signed and scaled per output channel; what a convolution takes in is unsigned and
    scaled per tensor by the range that it has on the tiles (N, B, H, W): raw pixels, NaN where
    invalid, of training areas. Normalisation, the first convolution, which sees the pixels, the
    last one, which makes the logits, and softmax stay in float32. Method: static quantisation with
    quantise and dequantise nodes (Jacob et al. 2018), by ONNX Runtime.

    Raises:
        ValueError: there is no tile.
    """
    with TemporaryDirectory() as folder, _quiet():
        whole, prepared = (Path(folder, f"{name}.onnx") for name in ("whole", "prepared"))
        whole.write_bytes(model)
        # shapes are inferred once, where the calibration reads the model
        quant_pre_process(whole, prepared, skip_symbolic_shape=True, skip_onnx_shape=True)
        calibration = _Calibration(prepared)
        inferred = copy.deepcopy(calibration.model)
        quantizer = QDQQuantizer(
            inferred,
            per_channel=True,
            reduce_range=False,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QUInt8,
            tensors_range=calibration.find_ranges(tiles),
            nodes_to_quantize=[],
            nodes_to_exclude=_outer_convolutions(inferred.graph),
            op_types_to_quantize=list(QUANTISED),
            # What a convolution gives is rounded where the next one takes it in, and not before an
            # addition or a normalisation: half the error, and as fast in OpenVINO.
            extra_options={"OpTypesToExcludeOutputQuantization": list(QUANTISED)},
        )
        result = quantizer.quantize_model()
        quantizer.model.topological_sort()
    onnx.helper.set_model_props(
        result, {entry.key: entry.value for entry in onnx.load_from_string(model).metadata_props}
    )
    serialized: bytes = result.SerializeToString(deterministic=True)
    return serialized


class _Calibration(MinMaxCalibrater):  # type: ignore[misc]  # onnxruntime is not typed
    """Least and greatest values of the tensors beside convolutions, by one thread.

    Of the ranges that were tried those with most labels equal to float32: docs/experiments.md. The
    library takes all processors, and lets threads that wait spin (onnxruntime 1.31): twice the CPU
    seconds on two processors, and by their number other last bits.
    """

    def __init__(self, prepared: Path) -> None:
        super().__init__(prepared, list(QUANTISED), str(prepared.with_name("observed.onnx")))

    def find_ranges(self, tiles: Iterable[NDArray[np.float32]]) -> TensorsData:
        """Those over all tiles. Afterwards the model also gives out its ranges."""
        self.augment_graph()
        self.create_inference_session()
        self.collect_data(_Tiles(tiles))
        return self.compute_data()

    def create_inference_session(self) -> None:
        """Open the model that gives out its ranges."""
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        self.infer_session = onnxruntime.InferenceSession(
            self.augmented_model_path, options, providers=self.execution_providers
        )


class _Tiles(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime is not typed
    """Tiles as the calibration asks for them."""

    def __init__(self, tiles: Iterable[NDArray[np.float32]]) -> None:
        self._tiles = iter(tiles)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next input of the model; None: no more."""
        tile = next(self._tiles, None)
        return None if tile is None else {INPUT: tile}


def _outer_convolutions(graph: onnx.GraphProto) -> list[str]:
    """The first convolution, which sees the pixels, and the last one, which makes the logits."""
    names: list[str] = [node.name for node in graph.node if node.op_type == "Conv"]
    return [names[0], names[-1]]  # nodes are sorted


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence about the library's own passes; what fails is raised."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # the library logs by the root logger
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(level)
