"""Small modules in the place of large ones, while a library is loaded that asks little of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def standing_in(*modules: ModuleType) -> Iterator[None]:
    """Let imports find these modules by their names; those that are loaded already are found."""
    placed = [module for module in modules if module.__name__ not in sys.modules]
    sys.modules.update({module.__name__: module for module in placed})
    try:
        yield
    finally:
        for module in placed:
            del sys.modules[module.__name__]
