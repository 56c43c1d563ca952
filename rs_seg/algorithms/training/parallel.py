"""One training in several processes: what they tell one another, and what each of them takes.

A batch is shared out by windows. Its loss is that of the whole batch, in every process: the maps of
all windows are gathered before it is computed, because neither a mean over labelled pixels nor a
Dice or Lovasz loss of a batch is the mean of those of its parts. Gradients are then sums over the
processes, as those of one device are over the windows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from timm.layers.norm_act import convert_sync_batchnorm
from torch import Tensor, distributed, nn

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.errors import UserError
from rs_seg.values.processes import Processes

TIMEOUT = timedelta(minutes=15)
"""A process that waits longer than this for another gives up; what it waits for takes seconds."""
Value = TypeVar("Value")


class Started(LightningEnvironment):
    """Processes that were started from outside. To Lightning each is a node with one device.

    Lightning's own environment for SLURM refuses `--ntasks` without `--ntasks-per-node`, and counts
    the tasks of the job where those of the step are meant (2.6).
    """

    def __init__(self, processes: Processes) -> None:
        super().__init__()
        self._processes = processes

    @property
    def creates_processes_externally(self) -> bool:
        """Lightning starts none."""
        return True

    def local_rank(self) -> int:
        """The number of the device among those given to Lightning, which is one."""
        return 0

    def node_rank(self) -> int:
        """The number of the process."""
        return self._processes.rank

    def teardown(self) -> None:
        """Nothing: Lightning would remove WORLD_SIZE from the environment, which is not its own."""


def check_share(batch_size: int, processes: Processes) -> None:
    """Refuse a batch that cannot be shared out evenly.

    Raises:
        UserError: the batch does not divide.
    """
    if batch_size % processes.count:
        lower = batch_size // processes.count * processes.count
        sizes = f"{lower} or {lower + processes.count}" if lower else f"{processes.count}"
        raise UserError(
            "a batch cannot be shared out evenly to the processes of the training",
            found=f"train.batch_size {batch_size} and {processes.count} processes",
            expected="a multiple: it is the number of windows of a batch over all devices",
            remedy=f"set train.batch_size to {sizes}, or train on another number of devices",
        )


def choose_device(processes: Processes) -> torch.device:
    """The device of this process: a GPU of its own where there are GPUs.

    A task of SLURM may see its own GPU only (`--gpus-per-task`), or those of all tasks on the
    machine.

    Raises:
        UserError: there are fewer GPUs than processes on this machine.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    visible = torch.cuda.device_count()
    if visible == 1 and processes.starter != "torchrun":
        return torch.device("cuda", 0)
    if processes.local_rank >= visible:
        raise UserError(
            "more processes than GPUs",
            found=f"process {processes.local_rank + 1} on a machine with {visible} GPUs to be seen",
            expected="a GPU for each process",
            remedy=f"start {visible} processes on each machine",
        )
    return torch.device("cuda", processes.local_rank)


@contextmanager
def joined(processes: Processes) -> Iterator[None]:
    """Inside, the processes can reach one another; a single process does nothing."""
    if processes.count == 1:
        yield
        return
    device = choose_device(processes)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group(
        "nccl" if device.type == "cuda" else "gloo",
        init_method=_meeting_point(processes),
        rank=processes.rank,
        world_size=processes.count,
        timeout=TIMEOUT,
        device_id=device if device.type == "cuda" else None,
    )
    yield
    # not after an error: this waits for the others, which may be waiting for this process
    distributed.destroy_process_group()


def _meeting_point(processes: Processes) -> str:
    """Address at which processes meet: torchrun's, or one that follows from SLURM's variables."""
    if processes.starter == "torchrun":
        return "env://"
    job, step = int(os.environ["SLURM_JOB_ID"]), int(os.environ["SLURM_STEP_ID"])
    nodes = os.environ["SLURM_STEP_NODELIST"]
    alone = os.environ.get("SLURM_STEP_NUM_NODES") == "1"
    address = "127.0.0.1" if alone else SLURMEnvironment.resolve_root_node_address(nodes)
    # below the ports that systems hand out; another one for each step of a job and for neighbouring
    # jobs
    return f"tcp://{address}:{15000 + (31 * job + step) % 10000}"


def tell(value: Value) -> Value:
    """The value of the first process, in all of them; any plain object."""
    if not distributed.is_initialized():
        return value
    held: list[Any] = [value]
    distributed.broadcast_object_list(held, src=0)
    told: Value = held[0]
    return told


def sum_over_processes(values: Tensor) -> Tensor:
    """Elementwise sums of the tensors of all processes, in all of them."""
    if distributed.is_initialized():
        distributed.all_reduce(values)
    return values


def join_lists(own: list[Value]) -> list[Value]:
    """The plain objects of all processes in one list, in all of them.

    They take turns, as they do with what is shared out (`Processes.share`): the list is that of a
    single process.
    """
    if not distributed.is_initialized():
        return own
    lists: list[list[Value]] = [[]] * distributed.get_world_size()
    distributed.all_gather_object(lists, own)
    turns = range(max(map(len, lists)))
    return [values[turn] for turn in turns for values in lists if turn < len(values)]


def gather_windows(share: Tensor) -> Tensor:
    """The windows of all processes in the order of the batch (first axis); each has every n-th.

    The gradient of a process is that of its own windows, times the number of processes:
    DistributedDataParallel divides by it, which makes sums of parts of a gradient out of means.
    """
    if not distributed.is_initialized():
        return share
    gathered: Tensor = _Gathered.apply(share)
    return gathered


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, share: Tensor) -> Tensor:
        share = share.contiguous()
        parts = [torch.empty_like(share) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, share)
        return torch.stack(parts, dim=1).flatten(0, 1)

    @staticmethod
    def backward(_: Any, *gradients: Tensor) -> Tensor:
        count = distributed.get_world_size()
        return gradients[0][distributed.get_rank() :: count] * count


def synchronise_norms(network: NormalisedNetwork) -> NormalisedNetwork:
    """The network with batch normalisation over the windows of all processes on GPUs.

    It is unchanged in a single process, and on processors. timm's conversion, not torch's: that
    would drop the activation inside of timm's own layers.
    """
    if distributed.is_initialized() and distributed.get_backend() == "nccl":
        network.layers = convert_sync_batchnorm(network.layers)  # type: ignore[no-untyped-call]  # timm's has no types
    return network


@torch.no_grad()
def average_statistics(module: nn.Module) -> None:
    """Set batch-norm statistics to their means over the processes, unless they are equal anyway."""
    if not distributed.is_initialized():
        return
    for layer in module.modules():
        if not isinstance(layer, nn.modules.batchnorm._NormBase):  # noqa: SLF001  # no public base
            continue
        if not isinstance(layer, nn.SyncBatchNorm):
            for statistic in (layer.running_mean, layer.running_var):
                if statistic is not None:
                    statistic.copy_(
                        sum_over_processes(statistic.clone()) / distributed.get_world_size()
                    )
