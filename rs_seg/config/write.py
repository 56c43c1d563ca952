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
OWN = ("scene", "labelled", "role", "simulate", "height", "width")


def write_config(config: RunConfig, path: Path, *, finished: Collection[str] | None = None) -> None:
    """Write the configuration, to be read by `load_config`.

    With `finished`, it is to be read as one of these scenes only. Files that already say the same
    are left alone. Many processes may write the same at once.
    """
    values = plain_config(config)
    table = path.with_name(f"{path.stem}.scenes.csv")
    if len(config.scenes) > MANY and _is_table(config.scenes):
        write_text(table, _scene_table(config.scenes))
        values["scenes"] = str(table)
    if finished is not None:
        values["finished"] = list(finished)
    write_text(path, yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120))


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
            ),
            *scene.fields.values(),
        ]
        for scene in scenes
    )
    return csv_text([*OWN, *scenes[0].fields], rows)
