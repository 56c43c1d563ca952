"""The wheel, installed as a user has it: outside the clone, in a place that takes no files."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Installation:
    """An environment with the wheel, and an empty folder in which its program is started."""

    wheel: Path
    environment: Path
    home: Path

    @property
    def package(self) -> Path:
        (folder,) = self.environment.glob("lib/python*/site-packages/rs_seg")
        return folder

    def run(self, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Start `rs-seg`, with no trace of the clone in its environment."""
        unwanted = {"PYTHONPATH", "VIRTUAL_ENV", "SNAKEMAKE_PROFILE"}
        variables = {name: text for name, text in os.environ.items() if name not in unwanted}
        variables |= {"HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache")}
        variables["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        return subprocess.run(
            [self.environment / "bin/rs-seg", *words],
            cwd=folder,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    """The wheel, built and installed below a folder.

    PyTorch and all other libraries are those of the tests: no test downloads gigabytes.
    """
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    environment, home = folder / "environment", folder / "home"
    home.mkdir()
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin/python"
    install = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, *install], capture_output=True, check=True)
    installation = Installation(wheel, environment, home)
    # a folder that is named in such a file adds itself alone, not the clone that is named within it
    libraries = sysconfig.get_paths()["purelib"]
    (installation.package.parent / "libraries.pth").write_text(libraries, encoding="utf-8")
    with read_only(environment):
        yield installation


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that takes no files, not even those of root."""
    if os.getuid():
        paths = [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]
        modes = {path: path.stat().st_mode for path in paths}
        for path in reversed(paths):
            path.chmod(modes[path] & ~0o222)
        try:
            yield
        finally:
            for path in paths:
                path.chmod(modes[path])
        return
    for options in (["--bind"], ["-o", "remount,bind,ro"]):
        mount = ["mount", *options, str(folder), str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("root writes everywhere, and no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
