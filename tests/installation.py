"""The wheel, installed as a user has it: outside the clone, in a place that takes no files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rs_seg.algorithms import compiled

ROOT = Path(__file__).parents[1]
COMPILED_BY_USERS = "classical"
"""A folder of modules whose functions are not compiled on installation: two are enough to map."""


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

    def compiled_by_users(self) -> list[Path]:
        """Compiled functions in the user's cache that the installation lacks."""
        pattern = f"cache/rs_seg/compiled-*/{COMPILED_BY_USERS}_*/*.nbc"
        return sorted(self.home.glob(pattern))

    def run(self, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Start `rs-seg`, with no trace of the clone in its environment."""
        unwanted = {"PYTHONPATH", "VIRTUAL_ENV", "SNAKEMAKE_PROFILE"}
        unwanted |= {"NUMBA_CACHE_DIR", "MPLCONFIGDIR"}  # set by what tests import and run
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
    copy_compiled_functions(installation.package)
    with read_only(environment):
        yield installation


def copy_compiled_functions(package: Path) -> None:
    """Lay what `rs-seg warm` compiled for the clone where it would have for the package.

    Numba knows files by their contents, and names a folder of compiled functions after the folder
    of their files (seen in numba 0.68). What it does not find is compiled at first use: functions
    of COMPILED_BY_USERS are.
    """
    from numba.core.caching import UserProvidedCacheLocator  # after NUMBA_CACHE_DIR was set

    kept = Path(os.environ["NUMBA_CACHE_DIR"])
    here, there = Path(compiled.__file__).parent, package / "algorithms"
    for folder in {path.parent for path in here.rglob("*.py")}:
        own, other = (
            UserProvidedCacheLocator.get_suitable_cache_subpath(path / "any.py")
            for path in (folder, there / folder.relative_to(here))
        )
        if (kept / own).is_dir() and folder.name != COMPILED_BY_USERS:
            shutil.copytree(kept / own, there / "__pycache__" / kept.name / other)


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
