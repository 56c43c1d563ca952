"""What a stage's signature says: the parts of the configuration and the files that it needs."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from rs_seg.config import RunConfig
from rs_seg.config.copies import models_and_copies
from rs_seg.config.used_settings import Used, named_scenes
from rs_seg.values.garbage import no_search_for_garbage
from rs_seg.values.paths import IN, OUT, WORK
from rs_seg.values.shard import Shard

BRANCHES = (
    *("scene", "place", "dates", "network", "refinement", "detector", "suppression"),
    *("shard", "fold"),
)
"""Parameters chosen by name: a member of a table of the configuration, a shard of a scene, or a
fold of its blocks."""


@dataclass(frozen=True)
class FileArgument:
    """A keyword-only parameter of a stage."""

    name: str
    kind: str
    many: bool
    optional: bool


@dataclass(frozen=True)
class Signature:
    """A stage as its function declares it."""

    stage: str
    function: Callable[..., None]
    revision: int
    settings: tuple[str, ...]
    files: tuple[FileArgument, ...]
    in_several_processes: bool
    """Whether processes that were started together do one job; of other stages each does a job of
    its own."""
    used: Used
    """What it gets of settings, by parameter, where that is not what the name says."""
    limited_in_time: bool
    """Whether it meets files of strangers first, so that it is stopped after `look_seconds`."""

    @property
    def branches(self) -> tuple[str, ...]:
        """The parameters that are chosen by name."""
        asked = {*self.settings, *({"scene"} if "sheet" in self.settings else ())}
        return tuple(name for name in BRANCHES if name in asked)

    def load_work(self) -> None:
        """Import what the stage works with: its function would do so at its call, more slowly."""
        with no_search_for_garbage():
            importlib.import_module(f"rs_seg.stages.{self.stage}.work")


@cache
def signature_of(stage: str) -> Signature:
    """The signature of a stage, read from its module (which is light to import)."""
    module = importlib.import_module(f"rs_seg.stages.{stage}")
    function: Callable[..., None] = getattr(module, stage)
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return Signature(
        stage=stage,
        function=function,
        revision=int(module.REVISION),
        settings=tuple(
            parameter.name
            for parameter in parameters
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        ),
        files=tuple(
            _file(parameter.name, hints[parameter.name])
            for parameter in parameters
            if parameter.kind is parameter.KEYWORD_ONLY
        ),
        used=getattr(module, "USED", {}),
        in_several_processes=getattr(module, "IN_SEVERAL_PROCESSES", False),
        limited_in_time=getattr(module, "LIMITED_IN_TIME", False),
    )


def _file(name: str, annotation: Any) -> FileArgument:
    optional = get_origin(annotation) is not Annotated
    if optional:
        annotation = next(
            member for member in get_args(annotation) if get_origin(member) is Annotated
        )
    base, kind = get_args(annotation)
    assert kind in (IN, OUT, WORK), f"parameter {name} is not a file"
    return FileArgument(name, kind, many=base != Path, optional=optional)


def settings_of(
    stage: str, config: RunConfig, *, without: Collection[str] = (), **branches: str
) -> dict[str, Any]:
    """The values of a stage's positional parameters, taken from the configuration by their names.

    `config` is the section named after the stage, `run` the whole configuration; `scene`,
    `place`, `dates`, `network`, `refinement`, `detector`, `suppression`, `shard` and `fold` are
    chosen by the names in `branches`; `sheet` are the patches of the scene, if it is laid out of
    some; any other name is an attribute of the configuration. Those in `without` are left out. What
    a stage does not use of them is as by default (`used_settings`).
    """
    return {
        name: _setting(stage, name, config, branches)
        for name in signature_of(stage).settings
        if name not in without
    }


def _setting(stage: str, name: str, config: RunConfig, branches: dict[str, str]) -> Any:
    used = signature_of(stage).used.get(name)
    if used is not None:
        return used(config, branches)
    choose: dict[str, Callable[[], Any]] = {
        "config": lambda: getattr(config, stage),
        "run": lambda: config,
        "scene": lambda: config.scene(branches["scene"]),
        "network": lambda: models_and_copies(config)[branches["network"]],
        # which networks it refines is no part of how: a map does not change because another one is
        # made
        "refinement": lambda: config.refinements[branches["refinement"]].model_copy(
            update={"models": None}
        ),
        "detector": lambda: config.detectors[branches["detector"]],
        "suppression": lambda: config.suppressions[branches["suppression"]].model_copy(
            update={"detectors": None}
        ),
        "sheet": lambda: config.sheet(branches["scene"]),
        "labelled_scenes": lambda: named_scenes(config.labelled_scenes),
        "shard": lambda: Shard.parse(branches["shard"]),
        "fold": lambda: int(branches["fold"]),
        "place": lambda: branches["place"],
        "dates": lambda: branches["dates"],
    }
    return choose.get(name, lambda: getattr(config, name))()
