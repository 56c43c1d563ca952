"""What the inputs of a run promise one another; a broken promise is a ValueError that repeats both sides."""

from __future__ import annotations

import re
from collections import Counter
from string import Formatter
from typing import TYPE_CHECKING

from rs_seg.config.trainable import Trainable

if TYPE_CHECKING:
    from rs_seg.config.run import RunConfig
    from rs_seg.values import Scene


def check_scenes(run: RunConfig) -> None:
    """Scenes have names of their own, and labels where something is to be learnt from them."""
    names = [scene.name for scene in run.scenes]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ValueError(f"scenes must have different names; given twice: {', '.join(twice)}")
    if run.label is None and run.labelled_scenes:
        raise ValueError(
            f"scenes {', '.join(scene.name for scene in run.labelled_scenes)} are labelled, but `label` is not set"
        )
    learning = [
        name for name, network in run.networks.items() if isinstance(network, Trainable) and network.needs_labels
    ]
    if learning and not run.labelled_scenes:
        raise ValueError(
            f"networks {', '.join(learning)} are to be trained, but no scene is labelled; "
            "label a scene or give `model:` files"
        )


def check_sources(run: RunConfig) -> None:
    """Bands have names of their own, and paths of all scenes can be filled in."""
    bands = run.bands
    twice = sorted({band for band in bands if bands.count(band) > 1})
    if twice:
        raise ValueError(f"bands of all sources must have different names; given twice: {', '.join(twice)}")
    reference = run.align.reference
    if reference is not None and reference not in run.sources:
        raise ValueError(f"align.reference is {reference!r}, but the sources are {', '.join(run.sources)}")
    templates = [(f"sources.{key}.path", source.path) for key, source in run.sources.items()]
    templates += [("label.path", run.label.path)] if run.label is not None else []
    check_local("data_root", run.data_root)
    check_local("results", run.results)
    for key, template in templates:
        check_template(key, template)
        for scene in run.scenes:
            check_local(key, _fill(scene, key, template))
    simulated = [scene.name for scene in run.scenes if scene.simulate is not None]
    if simulated and (set(run.sources) != {"optical", "height"} or run.label is None):
        raise ValueError(
            f"scenes {', '.join(simulated)} are simulated, which needs the sources optical and height and `label`; "
            f"found {', '.join(run.sources)}"
        )


def check_template(key: str, template: str) -> None:
    """Placeholders are plain names: no positions, parts of values, or ways to write them.

    Raises:
        ValueError: one is not, or a brace has no partner.
    """
    expected = "placeholders are {scene} and {name of a column of the scene table}"
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"{key} is {template!r}: {error}; {expected}") from error
    for _, name, form, conversion in parts:
        plain = name is None or not (form or conversion or name.isdigit() or re.search(r"[.\[\]]|^$", name))
        if not plain:
            written = f"{{{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}}}"
            raise ValueError(f"{key} is {template!r}, where {written} is no placeholder; {expected}")


def check_local(key: str, path: str) -> None:
    """A path is that of a file or folder on this machine, without braces.

    Raises:
        ValueError: it is an address, a path into an archive, or a name for one of GDAL's drivers; or it has braces.
    """
    if "{" in path or "}" in path:
        raise ValueError(f"{key} is {path!r}: the workflow takes braces for wildcards; rename the folder or file")
    archive = re.match(r"/vsi(zip|gzip|tar|7z|rar)/|(zip|gzip|tar)://", path)
    if archive is None and not re.match(r"/vsi\w+/|\w[\w+.-]*://|[A-Z][A-Z0-9_]+:", path):
        return
    remedy = "unpack it" if archive else "download it, or write the part of a file that it names to one of its own"
    raise ValueError(
        f"{key} is {path!r}, but only files on this machine are read; {remedy}, or name a VRT that refers to it "
        "(gdalbuildvrt)"
    )


def _fill(scene: Scene, key: str, template: str) -> str:
    try:
        return scene.fill(template)
    except KeyError as error:
        raise ValueError(
            f"{key} has the placeholder {{{error.args[0]}}}, but scene {scene.name!r} defines only "
            f"{', '.join(['scene', *scene.fields])}"
        ) from error


def check_sizes(run: RunConfig) -> None:
    """Windows, blocks and tiles leave room for one another."""
    buffer = run.split.buffer
    assert buffer is not None, "filled in from the training window"
    if buffer < run.train.window:
        raise ValueError(
            f"split.buffer is {buffer} pixels, less than train.window of {run.train.window}: "
            "training windows would reach as far as test blocks"
        )
    tile, overlap = run.predict.tile, run.predict.overlap
    if tile is not None and overlap is not None and 2 * overlap > tile:
        raise ValueError(f"predict.overlap is {overlap}, more than half of predict.tile of {tile}")
    if run.split.validation + run.split.test >= 1:
        raise ValueError(
            f"split.validation {run.split.validation} and split.test {run.split.test} leave nothing to train on"
        )
