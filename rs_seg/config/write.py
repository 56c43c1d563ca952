"""The resolved configuration as files: one that people read, and a table of many scenes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import yaml

from rs_seg.config.generate import plain_config
from rs_seg.config.run import RunConfig
from rs_seg.values import Scene
from rs_seg.values.scene_rows import trim_cell
from rs_seg.values.texts import csv_text, write_text

MANY = 100
"""Scenes above which the table is a file of its own: as YAML, 5,000 take a second in every job, as
CSV some 50 ms."""
OWN = ("scene", "labelled", "role", "simulate", "height", "width", "patches")


def write_config(config: RunConfig, path: Path, *, finished: Collection[str] | None = None) -> None:
    """Write the configuration, to be read by `load_config`.

    With `finished`, it is to be read as one of these scenes only. Files that already say the same
    are left alone. Many processes may write the same at once.
    """
    config = _keep_patches(config, path.with_name(f"{path.stem}.patches.csv"))
    values = plain_config(config)
    table = path.with_name(f"{path.stem}.scenes.csv")
    if len(config.scenes) > MANY and _is_table(config.scenes):
        write_text(table, _scene_table(config.scenes))
        values["scenes"] = str(table)
    if finished is not None:
        values["finished"] = list(finished)
    write_text(path, yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120))


def _keep_patches(config: RunConfig, table: Path) -> RunConfig:
    """The configuration whose sheets refer to a copy of the rows of their patches.

    So a table that people change while the run goes on changes no job of it. Rows of one sheet
    follow one another there.
    """
    lines: list[str] = []
    scenes = []
    for scene in config.scenes:
        patches = scene.patches
        if patches is not None:
            head, *own = patches.read_lines()
            lines += own if lines else [head, *own]
            rows = f"{len(lines) - len(own)}-{len(lines) - 1}"
            patches = patches.model_copy(update={"table": str(table), "rows": rows})
        scenes.append(scene.model_copy(update={"patches": patches}))
    if not lines:
        return config
    write_text(table, "\n".join([*lines, ""]))
    return config.model_copy(update={"scenes": tuple(scenes)})


def _is_table(scenes: Sequence[Scene]) -> bool:
    """Whether a table can hold the scenes: equal columns unlike ours, trimmed cells, no dates."""
    columns = scenes[0].fields.keys()
    own = {*OWN, "name"}
    return all(
        not (scene.dates or scene.lacks)
        and scene.fields.keys() == columns
        and all(map(_is_cell, scene.fields.values()))
        for scene in scenes
    ) and all(_is_cell(column) and column.lower() not in own for column in columns)


def _is_cell(text: str) -> bool:
    return text == trim_cell(text) and "\r" not in text and "\0" not in text


def _scene_table(scenes: Sequence[Scene]) -> str:
    rows = (
        [
            *(
                scene.name,
                str(scene.labelled).lower(),
                scene.role,
                scene.simulate,
                scene.height,
                scene.width,
                None if scene.patches is None else scene.patches.to_cell(),
            ),
            *scene.fields.values(),
        ]
        for scene in scenes
    )
    return csv_text([*OWN, *scenes[0].fields], rows)
