"""The closed table of programs that compute networks.

Every (engine, precision) of it passes one contract test.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rs_seg.algorithms.prediction.engine import Engine, OnnxModel

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

    `network` makes the torch module from raw pixels, NaN where invalid, to probabilities, in
    evaluation mode. `onnx` gives the ONNX model of the same, in int8 the quantised one; a file of
    it stays until the engine has computed all tiles.
    """

    network: Callable[[], Module]
    onnx: Callable[[], OnnxModel]


@dataclass(frozen=True)
class Program:
    """A member of the table; its module, which imports the program, is loaded on first use."""

    module: str
    runs_onnx: bool

    def load(self) -> Any:
        """The module."""
        return importlib.import_module(f"{__name__}.{self.module}")

    def supported_precisions(self) -> tuple[str, ...]:
        """Precisions that it computes natively on this machine."""
        precisions: tuple[str, ...] = self.load().supported_precisions()
        return precisions

    def version(self) -> str:
        """Its version."""
        return str(self.load().version())


ENGINES = {
    "torch": Program("torch_engine", runs_onnx=False),
    "onnxruntime": Program("onnxruntime_engine", runs_onnx=True),
    "openvino": Program("openvino_engine", runs_onnx=True),
}


def supported_choices(engine: str | None = None) -> list[EngineChoice]:
    """What this machine computes natively, in the order of the table.

    Of one engine, or of all that are worth trying. With a GPU that is torch alone, which uses it.
    """
    names = (
        [engine]
        if engine is not None
        else ["torch"]
        if ENGINES["torch"].load().has_gpu()
        else list(ENGINES)
    )
    return [
        EngineChoice(name, precision)
        for name in names
        for precision in ENGINES[name].supported_precisions()
    ]


def open_engine(choice: EngineChoice, source: Source, *, workers: int, batch_size: int) -> Engine:
    """The engine, ready to compute. On a processor `workers` threads may use it, one tile each.

    `batch_size` is for a GPU, which one thread uses. Torch is imported only where it computes.

    Raises:
        UserError: the program cannot compute this network in this precision here.
    """
    program = ENGINES[choice.engine]
    network = source.onnx() if program.runs_onnx else source.network()
    engine: Engine = program.load().open_network(network, choice.precision, workers, batch_size)
    return engine
