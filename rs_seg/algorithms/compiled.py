"""Hot loops of ours as machine code."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from rs_seg.progress import ANNOUNCED, not_counted
from rs_seg.values.locks import NoLocksError, open_lock, try_lock
from rs_seg.values.machine import cache_folder

__all__ = ["KERNELS", "compiled", "copy_compiled", "inlined", "prange", "spread"]
logger = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., object])


IMPORT = b"from rs_seg.algorithms.compiled import"
"""Stands in every file that has a compiled function."""


def _compiled_folder() -> Path:
    """The folder of compiled functions: beside the code, or in the user's cache.

    The cache is used where the code is read-only. Its name follows from all files that have one.
    Numba itself looks only at the file that a function stands in, and would go on using one that
    has parts of another file in it after that file has changed (seen in numba 0.68).
    """
    here = Path(__file__).parent
    sources = (path.read_bytes() for path in sorted(here.glob("*/**/*.py")))
    holders = [source for source in sources if IMPORT in source]
    name = f"compiled-{hashlib.sha256(b''.join(holders)).hexdigest()[:16]}"
    beside = here / "__pycache__" / name
    if os.access(here, os.W_OK):
        return beside
    own = cache_folder() / "rs_seg" / name
    copy_compiled(beside, own)
    return own


def copy_compiled(installed: Path, own: Path) -> None:
    """Copy what `rs-seg warm` compiled in an installation that is read-only now.

    Nothing is done where there is a copy. Numba takes no folder that it cannot write to.
    """
    if own.exists() or not installed.exists():
        return
    # no room, or another process was faster: functions are compiled at first use
    with suppress(OSError):
        own.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=own.parent) as scratch:
            shutil.copytree(installed, Path(scratch, "copy")).rename(own)


os.environ.setdefault("NUMBA_CACHE_DIR", str(_compiled_folder()))
import numba  # noqa: E402  # it reads the variable when it is imported
from numba import prange  # noqa: E402
from numba.core.caching import CompileResultCacheImpl, FunctionCache  # noqa: E402
from numba.core.compiler_lock import global_compiler_lock  # noqa: E402
from numba.core.runtime.nrt import rtsys  # noqa: E402

KERNELS: list[Any] = []
"""The compiled functions of all modules that are imported."""


def compiled(function: Function) -> Function:
    """The function, compiled at its first call with arguments of new types, and kept on disk.

    It takes and gives numbers, arrays and tuples of them, and releases Python's lock: threads run
    it side by side.
    """
    return cast("Function", _in_turn(numba.njit(nogil=True)(function)))


def inlined(function: Function) -> Function:
    """A small compiled function that becomes part of those that call it.

    A call that is left in place counts references to each array it is given, in atomic steps:
    threads that make many of them side by side wait for one another.
    """
    return cast("Function", _in_turn(numba.njit(nogil=True, forceinline=True)(function)))


def spread(function: Function) -> Function:
    """A compiled function whose loops over `prange` are shared by all threads."""
    return cast("Function", _in_turn(numba.njit(parallel=True)(function)))


def _in_turn(kernel: Any) -> Any:
    """The compiled function, kept on disk; of several processes only one compiles it."""
    kernel._cache = _SharedCache(kernel.py_func)  # type: ignore[no-untyped-call]  # noqa: SLF001  # as enable_caching does
    kernel.compile = partial(_turn.compile, kernel.compile)
    KERNELS.append(kernel)
    return kernel


class _Turn:
    """The lock of the folder of compiled functions.

    A process holds it from the first function that it does not find on disk.

    All of it happens under numba's own lock, so in one thread at a time.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._held = ExitStack()
        self._is_held = False

    def compile(self, compile_now: Callable[[Any], Any], signature: Any) -> Any:
        """Load or compile a function and those that it calls; the lock is free again afterwards."""
        with global_compiler_lock, not_counted():
            self._depth += 1
            try:
                return compile_now(signature)
            finally:
                self._depth -= 1
                if not self._depth:
                    self._held.close()
                    self._is_held = False

    def take(self) -> bool:
        """Hold the lock; true where this process did not hold it before.

        Others may have compiled in the meantime then.
        """
        if self._is_held:
            return False
        self._is_held = True
        self._held.enter_context(_alone(Path(os.environ["NUMBA_CACHE_DIR"])))
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        descriptor = open_lock(folder / "lock")
    except OSError:  # nothing will be kept there either
        yield
        return
    try:
        with suppress(NoLocksError):
            if not try_lock(descriptor):
                _tell_once("waiting for another process, which compiles the same functions")
                try_lock(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


class _KeptFunction(CompileResultCacheImpl):
    def reduce(self, cres: Any) -> tuple[Any, ...]:
        """What is kept of a compiled function.

        Without the modules of numba whose functions it uses, which would be loaded with it, SciPy's
        linear algebra among them (0.1 s): compiled code asks modules for Python objects only.
        """
        *kept, environments = super().reduce(cres)  # type: ignore[no-untyped-call]
        own = (
            environment
            for environment in environments
            if not environment.globals["__name__"].startswith("numba.")
        )
        return (*kept, tuple(own))


class _SharedCache(FunctionCache):
    _impl_class = _KeptFunction

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The function on disk, if need be after another process has compiled it; else None."""
        known = self._load(sig, target_context)
        if known is None and _turn.take():
            known = self._load(sig, target_context)
        if known is None:
            _tell_once(
                "compiling functions, once on this machine; `rs-seg warm` compiles all of them in "
                "advance"
            )
        return known

    def _load(self, signature: Any, target_context: Any) -> Any:
        """The function on disk, without all that numba compiles with: a fifth of a second.

        Its own `load_overload` begins with that; a compilation does so too, where one follows.
        """
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target_context)  # type: ignore[no-untyped-call]


@cache
def _tell_once(line: str) -> None:
    logger.log(ANNOUNCED, "%s", line)


_turn = _Turn()
