"""Python's search for objects that hold one another, left out where it finds none."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Search for no garbage while modules are imported.

    Importing makes hundreds of thousands of objects that stay. Python 3.11 looks at the new ones
    after every 700, and at all of them again and again: a third of the time that torch's libraries
    take.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


LEAK_TELLERS = ("triton",)
"""Libraries that take what is not collected at the end for a leak, and print a line for each object
(nanobind in triton 3.5 to 3.9). onnx is bound by nanobind too, and says nothing (1.23)."""


def skip_last_search() -> None:
    """Leave out the search for garbage when this process ends: up to half a second.

    Not where a library that takes it for a leak is loaded by then.
    """
    atexit.register(_freeze_if_silent)


def _freeze_if_silent() -> None:
    if not any(name in sys.modules for name in LEAK_TELLERS):
        gc.freeze()
