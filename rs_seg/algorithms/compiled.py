"""Hot loops of ours as machine code."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])


def _cache_folder() -> Path:
    """Where compiled functions are kept: beside the code, or among the user's caches where that cannot be written to.

    Its name follows from the code of all of them. Numba itself looks only at the file that a function stands in, and
    would go on using one that has parts of another file in it after that file has changed (seen in numba 0.68).
    """
    here = Path(__file__).parent
    folders = ("classical", "mapping", "vectorizing")
    sources = [path.read_bytes() for folder in folders for path in sorted(here.glob(f"{folder}/**/*.py"))]
    digest = hashlib.sha256(b"".join(sources)).hexdigest()[:16]
    if os.access(here, os.W_OK):
        return here / "__pycache__" / f"compiled-{digest}"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rs_seg" / f"compiled-{digest}"


os.environ.setdefault("NUMBA_CACHE_DIR", str(_cache_folder()))
import numba  # noqa: E402  # it reads the variable when it is imported


def compiled(function: Function) -> Function:
    """The function, compiled when it is first called with arguments of new types and kept on disk for later runs.

    It takes and gives numbers, arrays and tuples of them, and releases Python's lock: threads run it side by side.
    """
    return cast("Function", numba.njit(cache=True, nogil=True)(function))


def inlined(function: Function) -> Function:
    """A small compiled function that becomes part of those that call it.

    A call that is left in place counts references to each array it is given, in atomic steps: threads that make many
    of them side by side wait for one another.
    """
    return cast("Function", numba.njit(cache=True, nogil=True, forceinline=True)(function))
