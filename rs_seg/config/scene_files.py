"""The part of a configuration that says where the files of scenes lie, and on what grids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator

from rs_seg.config.data import AlignConfig, LabelConfig, Source
from rs_seg.config.datasets import DataConfig
from rs_seg.config.path_checks import check_local, check_template
from rs_seg.config.run import RunConfig
from rs_seg.config.run_settings import Name
from rs_seg.config.section import Section
from rs_seg.config.simulating import SimulateConfig
from rs_seg.values import Scene


class SceneFiles(Section):
    """Settings from which the scene table can be made: those of a run, but for the scenes."""

    scenes: Any = None
    """The scene table, which need not exist yet, or anything that a run takes."""
    data: DataConfig | None = None
    """As in a run."""
    data_root: str = RunConfig.model_fields["data_root"].default
    """As in a run."""
    sources: dict[Name, Source]
    """As in a run."""
    label: LabelConfig | None = None
    """As in a run."""
    align: AlignConfig = AlignConfig()
    """As in a run."""
    simulate: SimulateConfig = SimulateConfig()
    """As in a run."""

    @model_validator(mode="after")
    def _check_reference(self) -> SceneFiles:
        if not self.sources:
            raise ValueError("sources is empty: name at least one raster of a scene")
        if self.align.reference is not None and self.align.reference not in self.sources:
            raise ValueError(
                f"align.reference is {self.align.reference!r}, but the sources are "
                f"{', '.join(self.sources)}"
            )
        return self

    @model_validator(mode="after")
    def _check_paths(self) -> SceneFiles:
        templates = {f"sources.{key}.path": source.path for key, source in self.sources.items()}
        templates |= {
            f"sources.{key}.clouds.path": source.clouds.path
            for key, source in self.sources.items()
            if source.clouds is not None
        }
        templates |= {"label.path": self.label.path} if self.label is not None else {}
        for key, template in templates.items():
            check_template(key, template)
        without = {key: re.sub(r"\{[^{}]*\}", "x", template) for key, template in templates.items()}
        for key, path in {"data_root": self.data_root, **without}.items():
            check_local(key, path)
        return self

    @property
    def table(self) -> Path | None:
        """The scene table that the configuration names, if it names one."""
        return Path(self.scenes) if isinstance(self.scenes, str) else None


def look_for_files(values: Mapping[str, Any]) -> tuple[SceneFiles, list[Scene]] | None:
    """Where the files of scenes lie, before the configuration is validated; None if not valid."""
    try:
        files = SceneFiles.model_validate(
            {key: values[key] for key in SceneFiles.model_fields if key in values}
        )
        scenes = [
            Scene.model_validate({"name": row} if isinstance(row, str) else row)
            for row in values["scenes"]
        ]
    except (ValidationError, KeyError, TypeError):
        return None
    return files, _first_patches(scenes) or scenes


def _first_patches(scenes: Sequence[Scene]) -> list[Scene]:
    """The patches of the first sheet, which stand for all; nothing where scenes are no sheets."""
    first = next((scene for scene in scenes if scene.patches is not None), None)
    if first is None or first.patches is None:
        return []
    rows = first.patches.read()
    return [Scene(name=row["scene"], labelled=first.labelled, fields=row) for row in rows]
