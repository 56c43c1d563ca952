"""Work that does not end is stopped, and the next task is done."""

from __future__ import annotations

import os
import time

import pytest

from rs_seg.cli.timed_looks import TimedWorker
from rs_seg.errors import UserError


def test_a_task_without_an_end_is_stopped_and_the_next_one_done() -> None:
    worker: TimedWorker[float, None] = TimedWorker(time.sleep, limit=3)
    worker.do(0.0, where="a")
    begin = time.monotonic()
    with pytest.raises(UserError, match=r"scene b: .* looked at.* no end after 3 seconds"):
        worker.do(60.0, where="scene b")
    assert time.monotonic() - begin < 10
    worker.do(0.0, where="c")
    worker.close()


def test_a_process_that_dies_is_told_and_a_fault_of_ours_is_no_user_s() -> None:
    dying: TimedWorker[int, None] = TimedWorker(os._exit, limit=30)
    with pytest.raises(UserError, match="the process that read them died"):
        dying.do(3, where="a")
    dying.close()
    failing: TimedWorker[str, int] = TimedWorker(int, limit=30)
    assert failing.do("3", where="a") == 3
    with pytest.raises(RuntimeError, match="invalid literal"):
        failing.do("x", where="a")
    failing.close()
