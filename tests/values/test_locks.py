from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from rs_seg.values.locks import holder, locked, open_lock, sign, try_lock

HOLD = """
import sys, time
from pathlib import Path
from rs_seg.values.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)


def hold_elsewhere(lock: Path) -> subprocess.Popen[str]:
    """Another process that holds a lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_exists_as_long_as_it_is_held_and_names_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / "new" / ".lock"
    with locked(lock) as alone:
        assert alone
        assert holder(lock) == f"process {os.getpid()} on {os.uname().nodename}"
    assert not lock.exists()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    process = hold_elsewhere(lock)
    assert holder(lock).startswith(f"process {process.pid} on ")
    assert not try_lock(open_lock(lock))
    process.kill()
    process.wait()
    with locked(lock) as alone:
        assert alone
        assert holder(lock).startswith(f"process {os.getpid()} on ")


def test_of_many_that_wait_one_at_a_time_goes_on(tmp_path: Path) -> None:
    lock, inside, most = tmp_path / ".lock", [], []

    def work(number: int) -> None:
        for _ in range(20):
            with locked(lock):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 160
    assert not lock.exists()


def test_who_waits_says_for_whom(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lock = tmp_path / ".lock"
    process = hold_elsewhere(lock)
    threading.Timer(0.3, process.kill).start()
    with caplog.at_level("INFO"), locked(lock):
        assert f"waiting for process {process.pid} on " in caplog.text
    process.wait()


def test_several_may_share_a_lock_and_keep_others_out(tmp_path: Path) -> None:
    first, second, alone = (open_lock(tmp_path / ".lock") for _ in range(3))
    assert try_lock(first, shared=True)
    assert try_lock(second, shared=True)
    assert not try_lock(alone)


def test_a_shorter_signature_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    descriptor = open_lock(lock)
    sign(descriptor, "a long further line")
    sign(descriptor)
    assert lock.read_text().splitlines() == [holder(lock)]


def test_nobody_is_held_back_where_the_file_system_knows_no_locks(
    tmp_path: Path, without_locks: None
) -> None:
    with locked(tmp_path / ".lock") as first, locked(tmp_path / ".lock") as second:
        assert (first, second) == (False, False)
    assert not list(tmp_path.iterdir())
