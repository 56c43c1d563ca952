"""The JSON files that stages make for other stages: their names for errors and their contents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rs_seg.io.notes import read_json

Read = Callable[[Path], dict[str, Any]]

read_parameters: Read = partial(read_json, what="what a search has chosen", keys=["chosen"])
read_evaluation: Read = partial(
    read_json, what="an evaluation", keys=["network", "refinement", "classes", "ground"]
)


def read_comparison(paths: Sequence[Path]) -> dict[str, Any] | None:
    """The comparison of all maps; None where there is none, because nothing is labelled."""
    return (
        read_json(paths[0], what="the comparison of maps", keys=["ranking", "best"])
        if paths
        else None
    )
