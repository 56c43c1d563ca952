from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.values.processes import Processes, running_processes

STEP = {
    "SLURM_NTASKS": "4",
    "SLURM_PROCID": "3",
    "SLURM_LOCALID": "1",
    "SLURM_STEP_NUM_TASKS": "4",
}
ELASTIC = {"TORCHELASTIC_RUN_ID": "1", "RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"}


def test_tasks_of_a_step_and_processes_of_torchrun_are_found():
    assert running_processes(STEP) == Processes(3, 4, 1, "srun")
    assert running_processes(ELASTIC) == Processes(1, 2, 1, "torchrun")


def test_torchrun_inside_a_step_is_what_started_the_processes():
    assert running_processes({**STEP, **ELASTIC}) == Processes(1, 2, 1, "torchrun")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"},
        {**STEP, "SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"},
        {**STEP, "SLURM_PTY_PORT": "40000", "SLURM_PROCID": "0"},
        {**ELASTIC, "WORLD_SIZE": "1", "RANK": "0"},
        {"RANK": "1", "WORLD_SIZE": "2"},
    ],
    ids=[
        "nothing",
        "batch script of several tasks",
        "step of one task",
        "shell in a terminal",
        "torchrun 1",
        "others",
    ],
)
def test_a_process_that_was_started_alone_is_alone(environment):
    assert running_processes(environment) == Processes()


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_shares_hold_each_item_once(items, count):
    shares = [Processes(rank, count).share(items) for rank in range(count)]
    assert sorted(item for share in shares for item in share) == sorted(items)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
