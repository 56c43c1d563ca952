"""Speeds of engines that this machine has measured before, kept among the user's caches."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.io.notes import read_note
from rs_seg.values.machine import cache_folder, processor_name
from rs_seg.values.texts import write_text

FOLDER = "rs_seg/engine_speeds"

logger = logging.getLogger(__name__)


def read_speeds(measured_on: Sequence[object]) -> dict[str, float]:
    """Megapixels per second by engine and precision; empty where nothing is known.

    `measured_on` is everything that speeds depend on: architecture, programs, threads.
    """
    speeds = read_note(_path(measured_on)) or {}
    return {name: speed for name, speed in speeds.items() if isinstance(speed, int | float)}


def keep_speeds(measured_on: Sequence[object], speeds: Mapping[str, float]) -> None:
    """Keep speeds for the next time; a cache that takes no files costs that time, not the job."""
    try:
        write_text(_path(measured_on), json.dumps(dict(speeds), indent=1) + "\n")
    except OSError as error:
        logger.warning("the speeds of engines are measured again next time: %s", error)


def _path(measured_on: Sequence[object]) -> Path:
    words = repr([processor_name(), *measured_on])
    name = hashlib.sha256(words.encode()).hexdigest()[:32]
    return cache_folder() / FOLDER / f"{name}.json"
