"""A stage is run: inputs checked, outputs staged, mistakes of the user told in one paragraph."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rs_seg.cli.assisting import only_assists
from rs_seg.cli.signature import settings_of, signature_of
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import RunConfig
from rs_seg.errors import UserError, UserErrors, nearest_name
from rs_seg.io.staging import staged
from rs_seg.values.paths import IN, OUT, WORK

logger = logging.getLogger(__name__)

FULL_DISK = (
    "disk is full",
    "PytorchStreamWriter failed writing",
    "No space left on device",
    "Disk quota exceeded",
)
"""Parts of the messages of those who raise no OSError."""

Files = Mapping[str, Path | list[Path] | None]


def execute(stage: str, config: RunConfig, *, files: Files, branches: Mapping[str, str]) -> None:
    """Run one stage on the given files.

    Raises:
        UserError: a branch is unknown, an input is missing, or the stage finds a mistake.
    """
    signature = signature_of(stage)
    check_branches(config, branches)
    kinds = {
        kind: {each.name: files[each.name] for each in signature.files if each.kind == kind} for kind in (IN, OUT, WORK)
    }
    _check_inputs(kinds[IN])
    work = _paths(kinds[WORK])
    with telling_unwritable(*work.values()):
        for path in work.values():
            (path.parent if path.suffix else path).mkdir(parents=True, exist_ok=True)
    settings = settings_of(stage, config, **branches)
    if only_assists(stage):
        signature.function(*settings.values(), **kinds[IN], **kinds[OUT], **kinds[WORK])
        return
    places = _paths(kinds[OUT])
    with _telling_of_full_disks(places), ExitStack() as staging:
        with telling_unwritable(*places.values()):
            written = staging.enter_context(staged(places))
        outputs = {name: written.get(name) for name in kinds[OUT]}
        signature.function(*settings.values(), **kinds[IN], **outputs, **kinds[WORK])


@contextmanager
def _telling_of_full_disks(outputs: Mapping[str, Path]) -> Iterator[None]:
    """Nothing but a message for people where a write fails because there is no room."""
    try:
        yield
    except Exception as error:
        if not _is_of_full_disk(error):
            raise
        raise UserError(
            "outputs cannot be written",
            where=", ".join(str(path) for path in outputs.values()),
            found=" ".join(str(error.__cause__ or error).split()),
            expected="a disk with room, and a quota that allows it",
            remedy="make room, or set `results` to another disk, and run again: what is finished is kept",
        ) from error


def _is_of_full_disk(error: Exception) -> bool:
    """Whether a write failed because there was no room; SQLite, PyTorch and safetensors have errors of their own."""
    if isinstance(error, OSError):
        # GDAL says only that a write failed; on Linux it hardly ever fails for another reason
        return error.errno in {errno.ENOSPC, errno.EDQUOT} or "Write failed" in str(error)
    return any(text in str(error) for text in FULL_DISK)


def check_branches(config: RunConfig, branches: Mapping[str, str]) -> None:
    """Refuse names of branches that the configuration does not have.

    Raises:
        UserError: a name is unknown.
    """
    known = {
        "scene": [scene.name for scene in config.scenes],
        "network": list(config.networks),
        "refinement": list(config.refinements),
        "fold": [str(number) for number in range(1, config.split.folds + 1)],
    }
    for kind, name in branches.items():
        if kind in known and name not in known[kind]:
            nearest = nearest_name(name, known[kind])
            raise UserError(
                f"unknown {kind}",
                found=repr(name),
                expected=f"one of {', '.join(known[kind])}",
                remedy=f"did you mean {nearest!r}?" if nearest else None,
            )


def _check_inputs(inputs: Mapping[str, Any]) -> None:
    missing = [
        UserError("input file is missing", where=path, expected=f"a file for --{name}", remedy="check the path")
        for name, value in inputs.items()
        for path in ([] if value is None else value if isinstance(value, list) else [value])
        if not path.exists()
    ]
    if missing:
        raise UserErrors(missing)


def _paths(files: Mapping[str, Any]) -> dict[str, Path]:
    return {name: path for name, path in files.items() if path is not None}
