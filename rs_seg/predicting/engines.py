"""Engines opened for a model file: by the stage that chooses one and by those that use it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.algorithms.prediction.engines import EngineChoice, Source, open_engine
from rs_seg.io.engine import ONNX, EngineRecord
from rs_seg.values import thread_count
from rs_seg.values.garbage import no_search_for_garbage
from rs_seg.values.machine import processor_flags

if TYPE_CHECKING:
    from torch.nn import Module

    from rs_seg.algorithms.prediction.engine import Engine, OnnxModel

logger = logging.getLogger(__name__)


def source_of(model: Path, onnx: Callable[[], OnnxModel]) -> Source:
    """The network as engines want it.

    The model file is read where torch computes, and only once.
    """

    @cache
    def network() -> Module:
        with no_search_for_garbage():
            # torch is loaded where it computes, or is compared with
            from rs_seg.predicting.networks import read_probability_network

        return read_probability_network(model)

    return Source(network=network, onnx=onnx)


def open_recorded(model: Path, folder: Path, record: EngineRecord, *, batch_size: int) -> Engine:
    """The engine that the accelerate stage recorded in `folder`, with the threads of this process.

    Raises:
        UserError: this machine cannot compute it.
    """
    if record.processor != processor_flags():
        logger.warning(
            "the engine was chosen on a processor with %s, this one has %s: their maps may differ "
            "in single pixels",
            ", ".join(record.processor) or "no known instructions",
            ", ".join(processor_flags()) or "no known instructions",
        )
    choice = EngineChoice(record.engine, record.precision)
    source = source_of(model, lambda: folder / ONNX)
    return open_engine(choice, source, workers=thread_count(), batch_size=batch_size)
