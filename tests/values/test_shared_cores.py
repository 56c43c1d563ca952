from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.values import shared_cores
from rs_seg.values.shared_cores import may_have_gpu, training_threads, trainings_at_once


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    """16 GB, no GPU."""
    monkeypatch.setattr(shared_cores, "GPUS", ())
    monkeypatch.setattr(shared_cores, "_memory", lambda: 16_500)


@pytest.mark.usefixtures("laptop")
@pytest.mark.parametrize(
    ("trainings", "cores", "threads", "at_once"),
    [
        (1, 8, 8, 1),
        (2, 2, 1, 2),
        (2, 8, 4, 2),
        # memory holds two
        (3, 8, 3, 2),
        (20, 8, 3, 2),
        (20, 3, 2, 1),
        (2, 1, 1, 1),
        (0, 4, 4, 1),
    ],
)
def test_trainings_share_the_cores_as_far_as_memory_holds_them(
    trainings: int, cores: int, threads: int, at_once: int
) -> None:
    assert training_threads(trainings, cores) == threads
    assert trainings_at_once(trainings, cores) == at_once


@pytest.mark.usefixtures("laptop")
def test_a_gpu_trains_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = tmp_path / "nvidiactl"
    monkeypatch.setattr(shared_cores, "GPUS", (device,))
    assert not may_have_gpu()
    assert training_threads(2, 8) == 4
    device.touch()
    assert may_have_gpu()
    assert training_threads(2, 8) == 8
    assert trainings_at_once(2, 8) == 1


def test_the_memory_of_this_machine_is_known() -> None:
    assert 500 < shared_cores._memory() < 100_000_000
