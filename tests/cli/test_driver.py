from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rs_seg.cli.driver import DRIVER, RUN, SECONDS, driver_identity, hold_run, refuse_leftover_job
from rs_seg.errors import UserError

HOLD = """
import sys, time
from pathlib import Path
from rs_seg.cli.driver import hold_run
hold_run(Path(sys.argv[1]), sys.argv[2])
print("held", flush=True)
time.sleep(60)
"""
JOB = """
import sys, time
from rs_seg.cli.driver import end_with_driver
print("started", flush=True)
end_with_driver()
time.sleep(float(sys.argv[1]))
"""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (RUN, DRIVER):
        monkeypatch.setenv(name, "")  # so that what a test sets is taken back
        monkeypatch.delenv(name)


def start(program: str, *arguments: str, identity: str = "") -> subprocess.Popen[str]:
    """A Python program that has said that it is ready."""
    known = {**os.environ, DRIVER: identity} if identity else dict(os.environ)
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True, env=known
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def test_a_second_driver_is_refused_with_the_name_of_the_first_until_that_is_killed(
    tmp_path: Path,
) -> None:
    first = start(HOLD, str(tmp_path), "")
    with pytest.raises(
        UserError, match=f"another run is at work.*process {first.pid} on {os.uname().nodename}"
    ):
        hold_run(tmp_path)
    end(first)
    hold_run(tmp_path)


def test_shards_run_side_by_side_but_not_beside_a_run_of_everything(tmp_path: Path) -> None:
    shards = [start(HOLD, str(tmp_path), shard) for shard in ("1-of-2", "2-of-2")]
    with pytest.raises(
        UserError, match=f"Found: process {shards[0].pid} on .*, process {shards[1].pid} on "
    ):
        hold_run(tmp_path)
    with pytest.raises(UserError, match=f"Found: process {shards[1].pid} on "):
        hold_run(tmp_path, "2-of-2")
    for shard in shards:
        end(shard)
    whole = start(HOLD, str(tmp_path), "")
    with pytest.raises(UserError, match=f"process {whole.pid} on "):
        hold_run(tmp_path, "1-of-2")
    end(whole)


def test_a_job_of_an_earlier_run_is_refused_once_another_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_leftover_job(tmp_path)
    end(start(HOLD, str(tmp_path), ""))
    refuse_leftover_job(tmp_path)  # it belongs to no run: pasted into a terminal
    monkeypatch.setenv(RUN, (tmp_path / ".lock").read_text().splitlines()[1])
    refuse_leftover_job(tmp_path)  # its run was killed, and nobody took over
    end(start(HOLD, str(tmp_path), ""))
    with pytest.raises(UserError, match="submitted by an earlier run"):
        refuse_leftover_job(tmp_path)


def test_a_job_ends_when_its_driver_is_killed(tmp_path: Path) -> None:
    driver = start(HOLD, str(tmp_path), "")
    job = start(JOB, "8", identity=driver_identity(driver.pid))
    driver.kill()  # not waited for: a driver that nobody has buried is as dead
    assert job.wait(timeout=6) == 1
    driver.wait()


def test_a_job_does_not_take_another_process_for_its_driver(tmp_path: Path) -> None:
    identity = driver_identity()
    recycled = identity.rpartition(":")[0] + ":1"
    assert start(JOB, "8", identity=recycled).wait(timeout=6) == 1


def test_jobs_go_on_that_nobody_drives_or_somebody_on_another_machine() -> None:
    begin = time.monotonic()
    jobs = [start(JOB, "4", identity=identity) for identity in ("", "another machine:1:1")]
    assert [job.wait(timeout=60) for job in jobs] == [0, 0]
    assert time.monotonic() - begin > 3 * SECONDS
