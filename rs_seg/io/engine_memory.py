"""Engines that this machine has chosen before, kept among the user's caches."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.io.engine import RECORD, EngineRecord, read_engine, read_onnx, write_engine
from rs_seg.io.notes import read_note
from rs_seg.values.machine import cache_folder

FOLDER = "rs_seg/engines"
NOTE = "note.json"
MOST = 30
"""Engines that are kept; the one that was longest not asked for goes first."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RememberedEngine:
    """What was chosen, and the ONNX model that it computes; None where it is the network's own."""

    record: EngineRecord
    onnx: bytes | None
    megapixels: float | None
    """Most megapixels to map for which it was chosen without a race; None: a race was held."""


def recall_engine(chosen_for: Sequence[object]) -> RememberedEngine | None:
    """The engine that was chosen here for the same; None where nothing whole is known.

    `chosen_for` is everything that the choice depends on: model, programs, settings.
    """
    folder = _folder(chosen_for)
    note = read_note(folder / NOTE)
    if note is None:
        return None
    try:
        record = read_engine(folder)
        onnx = read_onnx(folder) if record.runs_onnx else None
        os.utime(folder)
    except (OSError, UserError):  # junk, or dropped by another process
        return None
    limit = note.get("megapixels")
    return RememberedEngine(record, onnx, limit if isinstance(limit, int | float) else None)


def remember_engine(
    chosen_for: Sequence[object],
    record: EngineRecord,
    onnx: bytes | None,
    *,
    megapixels: float | None,
) -> None:
    """Keep an engine for next time; a cache that takes no files costs that time, not the job."""
    folder = _folder(chosen_for)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as partial:
            made = Path(partial, folder.name)
            write_engine(made, record, onnx)
            (made / NOTE).write_text(json.dumps({"megapixels": megapixels}), encoding="utf-8")
            if folder.exists():
                shutil.rmtree(folder)
            made.rename(folder)
        _drop_oldest(folder.parent)
    except OSError as error:
        logger.warning("the engine is chosen again next time: %s", error)


def _drop_oldest(parent: Path) -> None:
    kept = [path for path in parent.iterdir() if (path / RECORD).exists()]
    for path in sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)[MOST:]:
        shutil.rmtree(path, ignore_errors=True)


def _folder(chosen_for: Sequence[object]) -> Path:
    name = hashlib.sha256(repr(list(chosen_for)).encode()).hexdigest()[:32]
    return cache_folder() / FOLDER / name
