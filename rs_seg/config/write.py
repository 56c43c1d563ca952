"""The resolved configuration as files: one that people read, and a table where there are many scenes."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import yaml

from rs_seg.config.generate import plain_config
from rs_seg.config.run import RunConfig
from rs_seg.values import Scene
from rs_seg.values.texts import write_text

MANY = 100
"""Scenes above which the table is a file of its own: as YAML, 5,000 take a second in every job, as CSV some 50 ms."""
OWN = ("scene", "labelled", "simulate", "height", "width")


def write_config(config: RunConfig, path: Path, *, finished: Collection[str] | None = None) -> None:
    """Write the configuration, to be read by `load_config`; with `finished`, to be read as one of these scenes only.

    Files that already say the same are left alone. Many processes may write the same at once.
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
    """Whether all rows have the same columns, none of them named like one of ours, as scenes from a CSV file do."""
    columns = scenes[0].fields.keys()
    return all(scene.fields.keys() == columns for scene in scenes) and columns.isdisjoint({*OWN, "name"})


def _scene_table(scenes: Sequence[Scene]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*OWN, *scenes[0].fields])
    writer.writerows(
        [
            scene.name,
            str(scene.labelled).lower(),
            *map(_or_empty, (scene.simulate, scene.height, scene.width)),
            *scene.fields.values(),
        ]
        for scene in scenes
    )
    return text.getvalue()


def _or_empty(value: Any) -> Any:
    return "" if value is None else value
