"""Snakemake in processes that have its libraries already.

To load them takes 2 seconds of processor time, and to plan a miniature 0.3. A server of the
standard library loads them once; each run is a fork of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

LIBRARIES = ["snakemake.cli", "snakemake.report.html_reporter", "rs_seg.workflow", "rs_seg.cli.app"]


def run_snakemake(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A run of Snakemake in a folder, with the environment of this process, when it has ended."""
    context = get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as scratch:
        said = [Path(scratch, name) for name in ("stdout", "stderr")]
        process = context.Process(target=_main, args=(words, folder, dict(os.environ), said))
        process.start()
        process.join()
        stdout, stderr = (path.read_text(encoding="utf-8") for path in said)
    return subprocess.CompletedProcess(words, process.exitcode or 0, stdout, stderr)


def _main(words: list[str], folder: Path, environment: dict[str, str], said: list[Path]) -> None:
    for number, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = ["snakemake", *words]
    from snakemake.cli import main  # loaded already

    main()
