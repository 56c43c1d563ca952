"""The closed table of programs that compute networks; every (engine, precision) of it passes one contract test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.engines import onnxruntime_engine, openvino_engine, torch_engine

if TYPE_CHECKING:
    from torch.nn import Module

__all__ = ["ENGINES", "PRECISIONS", "EngineChoice", "Source", "open_engine", "supported_choices"]

PRECISIONS = ("float32", "float16", "bfloat16", "int8")
"""Kinds of arithmetic, from the most to the least precise."""


@dataclass(frozen=True)
class EngineChoice:
    """A program and the arithmetic it computes in."""

    engine: str
    precision: str

    def __str__(self) -> str:
        return f"{self.engine} {self.precision}"


@dataclass(frozen=True)
class Source:
    """Where a network comes from; an engine asks only for what it computes.

    `network` makes the torch module from raw pixels, NaN where invalid, to probabilities, in evaluation mode. `onnx`
    gives the ONNX model of the same; in int8, the quantised one.
    """

    network: Callable[[], Module]
    onnx: Callable[[], bytes]


@dataclass(frozen=True)
class Program:
    """A member of the table."""

    supported_precisions: Callable[[], tuple[str, ...]]
    """What it computes natively on this machine."""
    version: Callable[[], str]
    open: Callable[[Any, str, int, int], Engine]
    """Takes the network or its ONNX model, the precision, the number of threads and the tiles of a batch on a GPU."""
    runs_onnx: bool


ENGINES: dict[str, Program] = {
    "torch": Program(torch_engine.supported_precisions, torch_engine.version, torch_engine.open_torch, runs_onnx=False),
    "onnxruntime": Program(
        onnxruntime_engine.supported_precisions,
        onnxruntime_engine.version,
        onnxruntime_engine.open_onnxruntime,
        runs_onnx=True,
    ),
    "openvino": Program(
        openvino_engine.supported_precisions, openvino_engine.version, openvino_engine.open_openvino, runs_onnx=True
    ),
}


def supported_choices(engine: str | None = None) -> list[EngineChoice]:
    """What this machine computes natively, in the order of the table: of one engine, or of all worth trying.

    With a GPU that is torch alone, which uses it.
    """
    names = [engine] if engine is not None else ["torch"] if torch_engine.has_gpu() else list(ENGINES)
    return [EngineChoice(name, precision) for name in names for precision in ENGINES[name].supported_precisions()]


def open_engine(choice: EngineChoice, source: Source, *, workers: int, batch_size: int) -> Engine:
    """The engine, ready to compute. On a processor `workers` threads may use it, one tile each.

    `batch_size` is for a GPU, which one thread uses. Torch is imported only where it computes.

    Raises:
        UserError: the program cannot compute this network in this precision here.
    """
    program = ENGINES[choice.engine]
    network = source.onnx() if program.runs_onnx else source.network()
    return program.open(network, choice.precision, workers, batch_size)
