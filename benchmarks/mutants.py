"""Which small mistakes in the core the tests do not see: each is tried in a copy.

    python benchmarks/mutants.py [--only tiling] [--workers 2]

A mutant is one replaced text in one file. It is killed when the tests fail, and survives when they
pass. The exit code is the number of survivors; a text that is no longer in its file counts as one,
so that the list stays true.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from mutant import Mutant
from mutant_table_files import FILES
from mutant_table_methods import METHODS

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = [*METHODS, *FILES]
COPIED = (
    "rs_seg",
    "tests",
    "workflow",
    "config",
    "docs",
    "Snakefile",
    "pyproject.toml",
    "environment.yml",
)
LONGEST = 300
"""Seconds; tests that hang on a mutant have noticed it."""


def judge(mutant: Mutant, folder: Path) -> str:
    """What becomes of a mutant in a copy of the project: "killed", "survived" or "not found"."""
    path = folder / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        return "not found"
    path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
    try:
        command = [
            sys.executable,
            "-B",
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            *mutant.tests.split(),
        ]
        environment = {
            **os.environ,
            "PYTHONPATH": str(folder),
            "NUMBA_CACHE_DIR": str(folder / "compiled"),
        }
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return "killed"
    finally:
        path.write_text(text, encoding="utf-8")
    return "survived" if ended.returncode == 0 else "killed"


@contextmanager
def copies(count: int) -> Iterator[SimpleQueue[Path]]:
    """So many copies of the project, to be taken and given back."""
    with tempfile.TemporaryDirectory() as folder:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(count):
            copy = Path(folder, str(number))
            copy.mkdir()
            for name in COPIED:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(
                        source, copy / name, ignore=shutil.ignore_patterns("__pycache__")
                    )
                else:
                    shutil.copy(source, copy / name)
            free.put(copy)
        yield free


def main() -> int:
    """Judge all mutants, or those of files with a text in the name; returns how many survive."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="part of the path of the files to change")
    parser.add_argument("--workers", type=int, default=2, help="mutants that are judged at once")
    options = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if options.only in mutant.file]
    with copies(options.workers) as free, ThreadPoolExecutor(options.workers) as pool:

        def judge_in_a_copy(mutant: Mutant) -> str:
            folder = free.get()
            try:
                return judge(mutant, folder)
            finally:
                free.put(folder)

        verdicts = []
        for mutant, verdict in zip(chosen, pool.map(judge_in_a_copy, chosen), strict=True):
            verdicts.append(verdict)
            if verdict != "killed":
                print(f"{verdict:>10}  {mutant.name}", flush=True)
    print(f"{verdicts.count('killed')} of {len(chosen)} mutants killed")
    return len(chosen) - verdicts.count("killed")


if __name__ == "__main__":
    sys.exit(main())
