"""Layers as ONNX models, checked against torch before they are handed out."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import onnx
import onnxruntime
import onnxscript.optimizer
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument  # no public names
from timm.models.swin_transformer import SwinTransformerBlock
from torch import nn

from rs_seg.algorithms.networks.normalised import NormalisedNetwork
from rs_seg.algorithms.networks.restoring import assert_not_training
from rs_seg.algorithms.networks.signature import INPUT
from rs_seg.algorithms.networks.table import STRIDE
from rs_seg.errors import RsSegError

logger = logging.getLogger(__name__)

OPSET = 18
SMALLEST_FREE = 96
"""Side of the tile that a free size is traced with: at 32 the deepest layer is 1 x 1, and torch
fixes sizes of 1."""


class OnnxMismatchError(RsSegError):
    """The exported model does not compute what the network computes."""


EXPORT_ERRORS = (
    OnnxMismatchError,
    torch.onnx.errors.OnnxExporterError,
    RuntimeError,
    Fail,
    InvalidArgument,
)


@dataclass(frozen=True)
class Exportable:
    """What an ONNX model is to compute: `layers`, from `pixels_NBHW` to outputs (N, C, h, w).

    The layers hold the `network` that says how raw pixels are normalised. Of each output the name
    is given, and the heights and widths of all of them follow from those of the tile. ONNX Runtime
    may differ from torch by `tolerance`, or that part of the largest value where it is above 1.
    """

    layers: nn.Module
    network: NormalisedNetwork
    outputs: tuple[str, ...]
    tolerance: float

    def draw(self, count: int, band_count: int, height: int, width: int) -> torch.Tensor:
        """Tiles of plausible raw pixels, the first with an invalid corner."""
        generator = torch.Generator().manual_seed(0)
        pixels_NBHW = self.network.draw_raw(
            torch.randn(2, band_count, height, width, generator=generator)
        )
        pixels_NBHW[0, :, : height // 4, : width // 4] = torch.nan
        return pixels_NBHW[:count]


def export_layers(exported: Exportable, *, band_count: int, window: int) -> onnx.ModelProto:
    """An ONNX model of raw bands (N, B, H, W) float32, in which NaN is invalid.

    The same bytes every time. N is free; H and W are any multiples of 32 where the layers allow it,
    else the training window.

    Raises:
        OnnxMismatchError: ONNX Runtime does not compute what torch does.
    """
    assert_not_training(exported.network)
    try:
        if any(isinstance(layer, SwinTransformerBlock) for layer in exported.layers.modules()):
            raise OnnxMismatchError("windows of attention are traced for one size")
        return _export_any_size(exported, band_count, window)
    except EXPORT_ERRORS as error:
        logger.warning(
            "tiles of the ONNX model must be %d x %d pixels: %s",
            window,
            window,
            str(error).split("\n")[0],
        )
        pixels_NBHW = exported.draw(2, band_count, window, window)
        model = _export_program(exported, pixels_NBHW, free_size=False)
        _check(model, exported, [pixels_NBHW])
        return model


def _export_any_size(exported: Exportable, band_count: int, window: int) -> onnx.ModelProto:
    """An ONNX model of free size, checked on the window and on a larger tile that is not square.

    Tracing takes a third of the time of an exported program, or less. It writes sizes that Python
    computes into the model as constants: a model with such a constant fails on the second tile,
    whose height, width and number are others.
    """
    large = max(window, SMALLEST_FREE)
    traced_NBHW = exported.draw(2, band_count, large, large)
    tiles = [
        exported.draw(2, band_count, window, window),
        exported.draw(1, band_count, large + STRIDE, large + 2 * STRIDE),
    ]
    try:
        model = _export_trace(exported, traced_NBHW)
        _check(model, exported, tiles)
    except Exception as error:  # noqa: BLE001  # what tracing cannot do fails in many ways
        logger.info(
            "the network is exported as a program: tracing failed: %s", str(error).split("\n")[0]
        )
        model = _export_program(exported, traced_NBHW, free_size=True)
        _check(model, exported, tiles)
    return model


def _export_trace(exported: Exportable, pixels_NBHW: torch.Tensor) -> onnx.ModelProto:
    """An ONNX model of free size by the older exporter, which folds normalisations of batches."""
    axes = {INPUT: {0: "batch", 2: "rows", 3: "columns"}}
    single = len(exported.outputs) == 1
    for name in exported.outputs:
        # the sizes of several outputs are different parts of that of the tile
        part = "" if single else f"_of_{name}"
        axes[name] = {0: "batch", 2: f"rows{part}", 3: f"columns{part}"}
    traced = io.BytesIO()
    with _quiet(), torch.inference_mode():
        torch.onnx.export(
            exported.layers,
            (pixels_NBHW,),
            traced,  # type: ignore[arg-type]  # the signature of torch 2.15 forgets streams
            dynamo=False,
            dynamic_axes=axes,
            input_names=[INPUT],
            output_names=list(exported.outputs),
            opset_version=OPSET,
        )
        # folds constants, and normalisations behind transposed convolutions; ONNX Runtime does not
        model = onnxscript.optimizer.optimize(onnx.load_model_from_string(traced.getvalue()))
    return _finish(model)


def _export_program(
    exported: Exportable, pixels_NBHW: torch.Tensor, *, free_size: bool
) -> onnx.ModelProto:
    """An ONNX model by the newer exporter, which follows sizes as symbols."""
    shape: dict[int, object] = {0: torch.export.Dim("batch", min=1, max=4096)}
    if free_size:
        # a multiple by construction: a plain dimension fails on the network's own upsampling and
        # concatenation
        shape |= {
            2: STRIDE * torch.export.Dim("rows", min=1, max=1024),
            3: STRIDE * torch.export.Dim("columns", min=1, max=1024),
        }
    with _quiet():
        program = torch.onnx.export(
            exported.layers,
            (pixels_NBHW,),
            dynamo=True,
            dynamic_shapes={"pixels_NBHW": shape},
            input_names=[INPUT],
            output_names=list(exported.outputs),
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    return _finish(program.model_proto)


def _finish(model: onnx.ModelProto) -> onnx.ModelProto:
    _strip(model)
    _measure_after_batch_normalisation(model.graph)
    onnx.checker.check_model(model, full_check=True)
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence about the exporter's own passes; what fails is raised."""
    loggers = [
        logging.getLogger(name)
        for name in ("onnx_ir", "onnxscript", "torch.onnx", "torch._guards", "torch._dynamo")
    ]
    levels = [quieted.level for quieted in loggers]
    for quieted in loggers:
        quieted.setLevel(logging.CRITICAL)
    try:
        # torch 2.15 asks whether this function is true, not what it returns: where tracing fails,
        # it prints a graph of thousands of lines; no public name turns that off
        silent = patch.object(torch._C, "_jit_is_onnx_log_enabled", None)  # noqa: SLF001
        with warnings.catch_warnings(), silent:
            warnings.simplefilter("ignore")
            yield
    finally:
        for quieted, level in zip(loggers, levels, strict=True):
            quieted.setLevel(level)


def _strip(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes about its own run: stack traces with paths of this machine."""
    del model.metadata_props[:]
    for part in (model.graph, *model.functions):
        del part.metadata_props[:]
        part.doc_string = ""
        for node in part.node:
            del node.metadata_props[:]
            node.doc_string = ""
    for value in (
        *model.graph.value_info,
        *model.graph.input,
        *model.graph.output,
        *model.graph.initializer,
    ):
        del value.metadata_props[:]
        value.doc_string = ""


def _measure_after_batch_normalisation(graph: onnx.GraphProto) -> None:
    """Take sizes behind a batch normalisation, not between it and its convolution.

    Runtimes then fold the two into one.

    Without it the stem of a ResNet and the first convolution of each stage stay unfolded, as of
    torch 2.15.
    """
    nodes = list(graph.node)
    for norm in [node for node in nodes if node.op_type == "BatchNormalization"]:
        sizes = [
            node for node in nodes if node.op_type == "Shape" and node.input[0] == norm.input[0]
        ]
        for node in sizes:
            node.input[0] = norm.output[0]
        if sizes:  # each node stands behind what it takes in
            places = [nodes.index(node) for node in (norm, *sizes)]
            nodes.insert(min(places), nodes.pop(places[0]))
    del graph.node[:]
    graph.node.extend(nodes)


def _check(model: onnx.ModelProto, exported: Exportable, tiles: list[torch.Tensor]) -> None:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for pixels_NBHW in tiles:
        with torch.inference_mode():
            expected = exported.layers(pixels_NBHW)
        rasters = (expected,) if isinstance(expected, torch.Tensor) else expected
        outputs = session.run(list(exported.outputs), {INPUT: pixels_NBHW.numpy()})
        for name, raster, found in zip(exported.outputs, rasters, outputs, strict=True):
            difference = float(np.abs(found - raster.numpy()).max())
            # rounding grows with the values, of which a network that learnt little has large ones
            allowed = exported.tolerance * max(1.0, float(raster.abs().max()))
            if not difference <= allowed:
                raise OnnxMismatchError(
                    f"{name} of ONNX Runtime and torch differ by {difference:.2g} on tiles of "
                    f"{pixels_NBHW.shape[2]} x {pixels_NBHW.shape[3]} pixels, more than "
                    f"{allowed:.2g}"
                )
