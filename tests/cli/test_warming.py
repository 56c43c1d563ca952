"""rs-seg warm compiles all hot loops in advance; without it, first jobs compile them once."""

from __future__ import annotations

import importlib.util
import os
import pkgutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import rs_seg.algorithms
from rs_seg.algorithms.compiled import IMPORT, KERNELS, copy_compiled
from rs_seg.cli.warming import warm
from rs_seg.values.locks import open_lock, try_lock

PROGRAM = """
import logging
logging.basicConfig(level=logging.INFO, format="%(message)s")
from doubling import double
print(double(21))
"""
DOUBLING = """
from rs_seg.algorithms.compiled import compiled

@compiled
def same(value):
    return value

@compiled
def double(value):
    return same(value) + value
"""
SORTING = """
import numpy as np
from rs_seg.algorithms.compiled import compiled

@compiled
def sort_pairs(values, pairs):
    if pairs < 0:
        raise ValueError(f"{pairs} pairs")
    return np.sort(np.concatenate((values, np.full(2, 1.0)))).reshape((pairs, 2))
"""
SORTING_PROGRAM = """
import sys
import numpy as np
from sorting import sort_pairs
print(sort_pairs(np.zeros(2), 2).tolist())
for pairs in (-1, 3):
    try:
        sort_pairs(np.zeros(2), pairs)
    except ValueError as error:
        print(error)
print(*(name for name in ("numba.np.arrayobj", "scipy.linalg") if name in sys.modules))
"""


def kept_files(kernel: Any) -> list[Path]:
    """Index files of a compiled function on disk."""
    function = kernel.py_func
    module, line = function.__module__.split(".")[-1], function.__code__.co_firstlineno
    name = f"{module}.{function.__qualname__}-{line}.py*.nbi"
    return list(Path(kernel.stats.cache_path).glob(name))


def import_all_kernels() -> None:
    for module in pkgutil.walk_packages(rs_seg.algorithms.__path__, "rs_seg.algorithms."):
        specification = importlib.util.find_spec(module.name)
        assert specification is not None
        assert specification.origin is not None
        if IMPORT in Path(specification.origin).read_bytes():
            importlib.import_module(module.name)


@pytest.mark.slow
def test_warming_leaves_nothing_to_compile(capsys: pytest.CaptureFixture[str]) -> None:
    warm()
    lines = capsys.readouterr().out.splitlines()
    import_all_kernels()
    assert [kernel.py_func for kernel in KERNELS if not kept_files(kernel)] == []
    assert lines[0].startswith("compiling 1 of ")
    assert lines[-1].startswith(f"compiled: all {len(KERNELS)} functions are ready")


def start_job(program: str, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """A process that has the modules of a folder, where its compiled functions are kept too."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "compiled")}
    environment["PYTHONPATH"] = f"{folder}:{Path(rs_seg.algorithms.__path__[0]).parents[1]}"
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-c", program], env=environment, stdout=file, stderr=file
        )


def test_first_jobs_that_start_together_compile_once(tmp_path: Path) -> None:
    (tmp_path / "doubling.py").write_text(DOUBLING)
    lock = open_lock(tmp_path / "compiled" / "lock")
    assert try_lock(lock)  # both jobs find nothing, and wait
    logs = [tmp_path / "first", tmp_path / "second"]
    jobs = [start_job(PROGRAM, tmp_path, log) for log in logs]
    limit = time.monotonic() + 60
    while not all("waiting for another process" in log.read_text() for log in logs):
        assert time.monotonic() < limit
        time.sleep(0.05)
    os.close(lock)
    assert [job.wait(timeout=60) for job in jobs] == [0, 0]
    lines = [line for log in logs for line in log.read_text().splitlines()]
    assert lines.count("42") == 2
    assert len([line for line in lines if line.startswith("compiling functions")]) == 1


def test_a_function_on_disk_loads_nothing_that_compiles(tmp_path: Path) -> None:
    """It works as when it was compiled, errors included."""
    (tmp_path / "sorting.py").write_text(SORTING)
    said = []
    for log in (tmp_path / "compiles", tmp_path / "loads"):
        assert start_job(SORTING_PROGRAM, tmp_path, log).wait(timeout=60) == 0, log.read_text()
        said.append(log.read_text().splitlines())
    results = ["[[0.0, 0.0], [1.0, 1.0]]", "-1 pairs", "total size of new array must be unchanged"]
    assert said == [[*results, "numba.np.arrayobj scipy.linalg"], [*results, ""]]


def test_a_read_only_installation_is_copied_once(tmp_path: Path) -> None:
    installed, own = tmp_path / "installed", tmp_path / "cache" / "rs_seg" / "compiled"
    copy_compiled(installed, own)
    assert not own.exists()  # nothing was compiled on installation
    (installed / "walls").mkdir(parents=True)
    (installed / "walls" / "index.nbi").write_text("warm")
    copy_compiled(installed, own)
    assert (own / "walls" / "index.nbi").read_text() == "warm"
    (own / "walls" / "index.nbi").write_text("has grown")
    copy_compiled(installed, own)
    assert (own / "walls" / "index.nbi").read_text() == "has grown"
    assert list(own.parent.iterdir()) == [own]
