"""A stage is run: inputs checked, outputs staged, mistakes of the user told in one paragraph."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from rs_seg.cli.assisting import only_assists
from rs_seg.cli.full_disks import telling_of_full_disks
from rs_seg.cli.signature import settings_of, signature_of
from rs_seg.cli.timed_looks import TimedWorker
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import RunConfig
from rs_seg.config.copies import models_and_copies
from rs_seg.config.twins import RANDOM_FOLD
from rs_seg.errors import UserError, UserErrors, nearest_name
from rs_seg.io.staging import staged
from rs_seg.io.sums import Sums, sums_of
from rs_seg.io.wholeness import check_whole
from rs_seg.values.gdal_settings import allow_drivers
from rs_seg.values.paths import IN, OUT, WORK

logger = logging.getLogger(__name__)

Files = Mapping[str, Path | list[Path] | None]


def execute(
    stage: str, config: RunConfig, *, files: Files, branches: Mapping[str, str]
) -> dict[str, Sums]:
    """Run one stage on the given files.

    The sizes and checksums of what it made, by the paths of its outputs.

    Raises:
        UserError: a branch is unknown, an input is missing, or the stage finds a mistake.
    """
    allow_drivers(config.allow_drivers)  # before the stage, which imports GDAL
    signature = signature_of(stage)
    check_branches(config, branches, of_detectors="network" in signature.used)
    kinds = {
        kind: {file.name: files[file.name] for file in signature.files if file.kind == kind}
        for kind in (IN, OUT, WORK)
    }
    _check_inputs(kinds[IN])
    final, work = _paths(kinds[OUT]), list(_paths(kinds[WORK]).values())
    with telling_unwritable(*work):
        for path in work:
            (path.parent if path.suffix else path).mkdir(parents=True, exist_ok=True)
    settings = settings_of(stage, config, **branches)
    if only_assists(stage):
        signature.function(*settings.values(), **kinds[IN], **kinds[OUT], **kinds[WORK])
        return {}
    # Asked once more inside: outside, the unfinished files are gone, and there is room again.
    with telling_of_full_disks(final.values(), work=work), ExitStack() as staging:
        with telling_unwritable(*final.values()):
            written = staging.enter_context(staged(final))
        staging.enter_context(telling_of_full_disks(final.values(), work=work))
        outputs = {name: _written(name, asked, written) for name, asked in kinds[OUT].items()}
        given = {**kinds[IN], **outputs, **kinds[WORK]}
        call = partial(signature.function, *settings.values(), **given)
        if signature.limited_in_time:  # in another process, which imports what it needs
            _do_in_time(call, config.look_seconds, f"scene {branches['scene']}", [*final.values()])
        else:
            signature.load_work()
            call()
        for path in written.values():
            check_whole(path.parent)
        return {str(final[name]): sums_of(path.parent) for name, path in written.items()}


def _do_in_time(call: Callable[[], None], limit: float, where: str, outputs: list[Path]) -> None:
    """Run a stage in a process of its own, which is stopped after `limit` seconds."""
    worker: TimedWorker[list[Path], None] = TimedWorker(partial(_do_telling, call), limit=limit)
    try:
        worker.do(outputs, where=where)
    finally:
        worker.close()


def _do_telling(call: Callable[[], None], outputs: list[Path]) -> None:
    with telling_of_full_disks(outputs):  # here, where the error is still that of the library
        call()


def check_branches(
    config: RunConfig, branches: Mapping[str, str], *, of_detectors: bool = False
) -> None:
    """Refuse names of branches that the configuration does not have.

    With `of_detectors`, the network may be a detector: no two have one name.

    Raises:
        UserError: a name is unknown.
    """
    known = {
        "scene": [scene.name for scene in config.scenes],
        "place": [pair.place for pair in config.change_pairs],
        "dates": [pair.dates for pair in config.change_pairs],
        "network": [*models_and_copies(config), *(config.detectors if of_detectors else ())],
        "refinement": list(config.refinements),
        "detector": list(config.detectors),
        "suppression": list(config.suppressions),
        "fold": [
            *([str(RANDOM_FOLD)] if config.split.random_split else []),
            *(str(number) for number in range(1, config.split.folds + 1)),
        ],
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
        UserError(
            "input file is missing",
            where=path,
            expected=f"a file for --{name}",
            remedy="check the path",
        )
        for name, value in inputs.items()
        for path in ([] if value is None else value if isinstance(value, list) else [value])
        if not path.exists()
    ]
    if missing:
        raise UserErrors(missing)


def _paths(files: Files) -> dict[str, Path]:
    """Paths by the names of their arguments; those of a list are numbered."""
    paths: dict[str, Path] = {}
    for name, asked in files.items():
        if isinstance(asked, list):
            paths |= {_numbered(name, number): path for number, path in enumerate(asked)}
        elif asked is not None:
            paths[name] = asked
    return paths


def _numbered(name: str, number: int) -> str:
    return f"{name}[{number}]"


def _written(
    name: str, asked: Path | list[Path] | None, written: Mapping[str, Path]
) -> Path | list[Path] | None:
    """What a stage is given to write to in place of the final paths of an argument."""
    if isinstance(asked, list):
        return [written[_numbered(name, number)] for number in range(len(asked))]
    return written.get(name)
