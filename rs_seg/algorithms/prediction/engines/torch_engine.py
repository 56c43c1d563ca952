"""Networks computed by torch: on a GPU, or on the processor with one thread for each tile."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import Module

from rs_seg.algorithms.networks.restoring import assert_not_training
from rs_seg.algorithms.prediction.engine import Engine, Forward
from rs_seg.errors import UserError
from rs_seg.values.machine import computes_bfloat16


def version() -> str:
    """Version of torch."""
    return str(torch.__version__)


def has_gpu() -> bool:
    """Whether torch computes on a GPU here."""
    return torch.cuda.is_available()


def device_name() -> str:
    """The GPU that torch computes on, or "cpu"."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def supported_precisions() -> tuple[str, ...]:
    """Precisions that the GPU, or the processor, computes without emulation."""
    if torch.cuda.is_available():
        bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
        return ("float32", "float16", "bfloat16") if bfloat16 else ("float32", "float16")
    return ("float32", "bfloat16") if computes_bfloat16() else ("float32",)


def open_network(network: Module, precision: str, workers: int, batch_size: int) -> Engine:
    """An engine of a network, from raw pixels (N, B, H, W) to probabilities (N, K, H, W).

    The network is in evaluation mode. Layers compute in the precision by autocast; normalisation
    and softmax in float32.

    Raises:
        UserError: a processor is to compute in float16.
    """
    assert_not_training(network)
    on_gpu = torch.cuda.is_available()
    if precision not in {"float32", "bfloat16"} and not on_gpu:
        raise UserError(
            f"torch does not compute in {precision} on a processor",
            expected="float32 or bfloat16",
            remedy="run the accelerate stage again on this machine, or set accelerate.precision",
        )
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[
        precision
    ]
    network.to(memory_format=torch.channels_last)
    if on_gpu:
        return Engine(
            _explain(_on_gpu(network.to("cuda"), dtype)), workers=1, batch_size=batch_size
        )
    return Engine(_explain(_on_processor(network, dtype)), workers=workers, batch_size=1)


def _explain(forward: Forward) -> Forward:
    """The same function; errors that a user can mend become a UserError."""

    def explained(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            return forward(pixels_NBHW)
        except (torch.OutOfMemoryError, NotImplementedError) as error:
            raise UserError(
                "torch cannot compute the network",
                where=f"{len(pixels_NBHW)} tiles of {pixels_NBHW.shape[2]} x "
                f"{pixels_NBHW.shape[3]} pixels",
                found=" ".join(str(error).split())[:300],
                remedy="lower predict.batch_size or predict.tile, or set accelerate.precision to "
                "float32",
            ) from error

    return explained


def _on_processor(network: Module, dtype: torch.dtype) -> Forward:
    def forward(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        torch.set_num_threads(1)  # of the calling thread: each has its own number
        with (
            torch.inference_mode(),
            torch.autocast("cpu", dtype=dtype, enabled=dtype != torch.float32),
        ):
            tiles = [
                network(torch.from_numpy(tile[None]).contiguous(memory_format=torch.channels_last))
                for tile in pixels_NBHW
            ]
        return np.concatenate([tile.contiguous().numpy() for tile in tiles])

    return forward


def _on_gpu(network: Module, dtype: torch.dtype) -> Forward:
    def forward(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(
                enabled=True, benchmark=False, deterministic=True, allow_tf32=False
            ),
            torch.autocast("cuda", dtype=dtype, enabled=dtype != torch.float32),
        ):
            tiles_NBHW = (
                torch.from_numpy(pixels_NBHW)
                .to("cuda")
                .contiguous(memory_format=torch.channels_last)
            )
            return np.asarray(network(tiles_NBHW).contiguous().cpu().numpy())

    return forward
