"""Modules that are loaded while other work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module

from rs_seg.values.garbage import no_search_for_garbage
from rs_seg.values.machine import thread_count


@contextmanager
def loading_beside(*modules: str) -> Iterator[None]:
    """Load modules beside the block, in a thread of their own; after it they are loaded.

    For blocks whose loops are compiled, which leave the interpreter to others. A process of one
    thread loads them at the end of the block, where a failed import is raised in any case.
    """
    if thread_count() == 1:
        yield
        _load(modules)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="loading") as pool:
        loading = pool.submit(_load, modules)
        yield
        loading.result()


def _load(modules: tuple[str, ...]) -> None:
    with no_search_for_garbage():
        for module in modules:
            import_module(module)
