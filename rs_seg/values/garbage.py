"""Python's search for objects that hold one another, left out where it finds none."""

from __future__ import annotations

import gc
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
