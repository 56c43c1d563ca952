"""What a job may use of its machine, and where libraries keep their caches."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rs_seg.values.machine import limit_raster_cache, peak_memory, place_caches, thread_count


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    return tmp_path


def test_caches_stay_in_a_home_that_takes_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert place_caches() is None
    assert os.environ["XDG_CACHE_HOME"] == ""
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "home/.cache/matplotlib")


def test_a_home_that_takes_no_files_is_left_alone(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    moved = place_caches()
    assert moved is not None
    assert "XDG_CACHE_HOME" in moved
    place = Path(os.environ["XDG_CACHE_HOME"])
    assert place.parent == scratch
    assert place.stat().st_mode & 0o077 == 0
    assert place_caches() is None  # what was found works


def make_for_all(place: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


def make_link(place: Path) -> None:
    (place.parent / "of another").mkdir(mode=0o700)
    place.symlink_to(place.parent / "of another")


def make_file(place: Path) -> None:
    place.write_text("not a folder")


@pytest.mark.parametrize("occupy", [make_for_all, make_link, make_file])
def test_a_folder_that_others_may_have_filled_is_not_used(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, occupy: Callable[[Path], None]
) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    known = scratch / f"rs_seg-{os.getuid()}"
    occupy(known)
    assert place_caches() is not None
    place = Path(os.environ["XDG_CACHE_HOME"])
    assert place != known
    assert place.resolve().parent == scratch
    assert place.stat().st_mode & 0o077 == 0


def test_a_folder_of_another_user_is_not_used(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    (scratch / "rs_seg-4242").mkdir(mode=0o700)
    monkeypatch.setattr("os.getuid", lambda: 4242)  # the folder is of whoever runs this test
    assert place_caches() is not None
    assert Path(os.environ["XDG_CACHE_HOME"]).name != "rs_seg-4242"


def test_a_place_that_was_chosen_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "chosen"))
    assert place_caches() is None
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "chosen/matplotlib")


def test_the_last_limit_of_the_raster_cache_counts_but_for_that_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("GDAL_CACHEMAX", "RS_SEG_CACHEMAX"):
        monkeypatch.setenv(variable, "")  # to be restored
        monkeypatch.delenv(variable)
    limit_raster_cache()
    assert os.environ["GDAL_CACHEMAX"] == "256"
    limit_raster_cache(900)
    assert os.environ["GDAL_CACHEMAX"] == "900"
    monkeypatch.setenv("GDAL_CACHEMAX", "64")
    limit_raster_cache(300)
    assert os.environ["GDAL_CACHEMAX"] == "64"


def test_threads_are_counted_where_a_process_is_not_told_its_processors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    monkeypatch.delattr("os.sched_getaffinity")  # as on macOS
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    assert thread_count() == 7
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert thread_count() == 3


@pytest.mark.parametrize("child", [False, True], ids=["own", "of a child"])
def test_the_peak_of_memory_outlives_the_array_that_made_it(child: bool) -> None:
    # 200 MB that are touched, given back, and asked about by a process that begins anew
    work = "import subprocess, sys; from rs_seg.values.machine import peak_memory as peak; "
    work += "before = peak(); fill = 'b = bytearray(b\"1\") * 200_000_000; del b'; "
    work += "subprocess.run([sys.executable, '-c', fill]); " if child else "exec(fill); "
    answer = subprocess.run(
        [sys.executable, "-c", work + "print(before, peak())"],
        check=True,
        capture_output=True,
        text=True,
    )
    before, after = map(float, answer.stdout.split())
    assert before < 150 < after < 450


def test_the_peak_of_a_parent_is_not_that_of_its_program() -> None:
    held = bytearray(b"1") * int(1.5 * peak_memory() * 2**20)
    ask = "from rs_seg.values.machine import peak_memory; print(peak_memory())"
    answer = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    assert float(answer.stdout) < 100 < len(held) / 2**20 < peak_memory()


REUSING = """
import resource
import numpy as np
from rs_seg.values.machine import return_freed_memory, reusing_freed_memory

def work():
    for _ in range(6):
        np.ones(20_000_000, np.uint8)

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6

def faults(run):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    run()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

return_freed_memory()
alone = faults(work)
before = resident()
with reusing_freed_memory():
    work()
    print(faults(work) < 0.5 * alone)
    print(resident() > before + 15)
print(resident() < before + 5)
print(faults(work) > 0.5 * alone)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="of glibc")
def test_memory_is_reused_within_and_goes_back_afterwards() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", REUSING], check=True, capture_output=True, text=True
    )
    assert answer.stdout.split() == ["True"] * 4
