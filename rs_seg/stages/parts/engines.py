"""Engines opened for a model file: by the stage that chooses one and by those that use it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.values import thread_count
from rs_seg.values.machine import processor_flags

if TYPE_CHECKING:
    from torch.nn import Module

    from rs_seg.algorithms.networks import NormalisedNetwork
    from rs_seg.algorithms.prediction.engine import Engine
    from rs_seg.algorithms.prediction.engines import Source
    from rs_seg.io.engine import EngineRecord

logger = logging.getLogger(__name__)


def read_network(model: Path) -> NormalisedNetwork:
    """The network with layers of a model file, in evaluation mode."""
    from rs_seg.algorithms.networks import restore_network
    from rs_seg.io.model import read_model

    description, tensors = read_model(model)
    return restore_network(
        description.network,
        tensors,
        mean=[each.mean for each in description.normalisation],
        std=[each.std for each in description.normalisation],
        classes=len(description.classes),
        temperature=description.temperature,
    )


def source_of(model: Path, onnx: Callable[[], bytes]) -> Source:
    """The network as engines want it; the model file is read where torch computes, and only once."""
    from rs_seg.algorithms.prediction.engines import Source

    @cache
    def network() -> Module:
        from rs_seg.algorithms.networks import ProbabilityNetwork

        return ProbabilityNetwork(read_network(model)).eval()

    return Source(network=network, onnx=onnx)


def open_recorded(model: Path, folder: Path, record: EngineRecord, *, batch_size: int) -> Engine:
    """The engine that the tune stage recorded in `folder`, with the threads of this process.

    Raises:
        UserError: this machine cannot compute it.
    """
    from rs_seg.algorithms.prediction.engines import EngineChoice, open_engine
    from rs_seg.io.engine import read_onnx

    if record.processor != processor_flags():
        logger.warning(
            "the engine was chosen on a processor with %s, this one has %s: their maps may differ in single pixels",
            ", ".join(record.processor) or "no known instructions",
            ", ".join(processor_flags()) or "no known instructions",
        )
    choice = EngineChoice(record.engine, record.precision)
    source = source_of(model, lambda: read_onnx(folder))
    return open_engine(choice, source, workers=thread_count(), batch_size=batch_size)


def open_pixelwise(model: Path) -> Engine:
    """The engine of a method of single pixels, with the threads of this process."""
    from rs_seg.algorithms.prediction.engines.pixelwise_engine import open_method
    from rs_seg.io.model import read_model
    from rs_seg.stages.parts.pixelwise import recipe_of_model

    description, tensors = read_model(model)
    return open_method(
        description.kind,
        tensors,
        classes=len(description.classes),
        compute=recipe_of_model(description).compute(),
        temperature=description.temperature,
        workers=thread_count(),
    )
