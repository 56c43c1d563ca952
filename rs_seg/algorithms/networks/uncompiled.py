"""Loads torchvision and timm without torch's compiler, which no network here is run by.

Both load it when they are imported: torchvision 0.29 in `ops/roi_align.py`, for a question that it
asks later, and timm 1.0.31 in `models/naflexvit.py`, to leave a loop out of compiled networks. The
compiler brings sympy and two thousand modules of its own: a second and 140 MB of every process
that opens a network. It is still there for who asks for it afterwards (`torch.compile`, optimisers,
the newer ONNX exporter).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from rs_seg.values.stand_ins import standing_in

COMPILER = "torch._dynamo"


def load_uncompiled(*names: str) -> None:
    """Import modules that load torch's compiler without need, and keep it out.

    Where it is there already, or one of the modules wants more of it, they are left to their own
    imports.
    """
    if COMPILER in sys.modules:
        return
    with suppress(ImportError, AttributeError), standing_in(*_compiler_parts()):
        for name in names:
            importlib.import_module(name)


def _compiler_parts() -> tuple[ModuleType, ModuleType]:
    """The compiler's modules as far as they are asked for at imports."""
    package, questions = ModuleType(COMPILER), ModuleType(f"{COMPILER}.utils")
    vars(package).update(disable=_disable, utils=questions)
    vars(questions).update(is_compile_supported=_is_compile_supported)
    return package, questions


def _disable(function: Callable[..., Any] | None = None, *_: Any, **__: Any) -> Callable[..., Any]:
    """The function as it is: nothing compiles it. As a decorator with options, what gives that."""
    return _disable if function is None else function


def _is_compile_supported(device_type: Any) -> Any:
    """The compiler's own answer, for which it is loaded."""
    return importlib.import_module(f"{COMPILER}.utils").is_compile_supported(device_type)
