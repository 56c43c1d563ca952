"""Folders of unfinished work, named after everything that the work depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rs_seg.values.checksums import sha256


def work_key(settings: Sequence[Any], files: Iterable[Path]) -> str:
    """Sixteen hexadecimal digits of the settings and the content of the files, in order.

    Settings are models or plain values.
    """
    plain = [
        setting.model_dump(mode="json") if isinstance(setting, BaseModel) else setting
        for setting in settings
    ]
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode())
    for file in files:
        digest.update(sha256(file).encode())
    return digest.hexdigest()[:16]
