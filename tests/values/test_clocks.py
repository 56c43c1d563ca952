"""CPU time counts all threads and processes, whether they have ended or not."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.synchronize import Event

from rs_seg.values.clocks import Clocks, cpu_seconds

BUSY = 0.5
"""CPU seconds that a child is busy for."""


def work(begin: Event, end: Event) -> None:
    until = time.process_time() + BUSY
    while time.process_time() < until:
        pass
    begin.set()
    end.wait(30)


def test_sleeping_takes_wall_time_and_no_cpu_time() -> None:
    before = Clocks.now()
    time.sleep(0.2)
    after = Clocks.now()
    assert after.wall - before.wall >= 0.2
    assert after.cpu - before.cpu < 0.1


def test_processes_count_while_they_live_and_once_they_have_ended_and_only_once() -> None:
    context = multiprocessing.get_context("spawn")
    worked, end = context.Event(), context.Event()
    before = cpu_seconds()
    child = context.Process(target=work, args=(worked, end))
    child.start()
    assert worked.wait(30)
    living = cpu_seconds() - before
    end.set()
    child.join()
    ended = cpu_seconds() - before
    # a tick of the system's clock is 0.01 s; between the two the child only waits and ends
    assert living >= BUSY - 0.05
    assert abs(ended - living) < BUSY / 2
