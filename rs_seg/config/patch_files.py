"""Where the files of the patches of a sheet lie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.config.data import AlignConfig, Source
from rs_seg.config.path_checks import check_local
from rs_seg.config.raw_images import reference_source
from rs_seg.errors import UserError

if TYPE_CHECKING:
    from rs_seg.config.run_settings import RunSettings
    from rs_seg.values import Scene


@dataclass(frozen=True)
class PatchFiles:
    """The files of one patch.

    They are kept as text: to make a Path takes longer than to look at its file, and a plan looks at
    those of all patches.
    """

    name: str
    image_texts: tuple[str, ...]
    """In the order of the sources."""
    label_text: str | None
    """None where the patch is not labelled."""

    @property
    def images(self) -> tuple[Path, ...]:
        """In the order of the sources."""
        return tuple(map(Path, self.image_texts))

    @property
    def label(self) -> Path | None:
        """None where the patch is not labelled."""
        return None if self.label_text is None else Path(self.label_text)

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them."""
        return self.image_texts if self.label_text is None else (*self.image_texts, self.label_text)


@dataclass(frozen=True)
class Sheet:
    """The patches that a scene is laid out of, in their order, and how they are understood."""

    scene: str
    patches: tuple[PatchFiles, ...]
    sources: Mapping[str, Source]
    align: AlignConfig

    @property
    def reference(self) -> tuple[int, str]:
        """Position and name of the source whose pixels are those of a patch."""
        name = reference_source(self.align, self.sources)
        return [*self.sources].index(name), name


def sheet_of(run: RunSettings, scene: Scene) -> Sheet | None:
    """The patches of a scene; None where it is no sheet.

    Raises:
        UserError: the table of patches cannot be read, was changed, lacks a column that a path
            needs, or names what is no local file.
    """
    if scene.patches is None:
        return None
    templates = {f"sources.{name}.path": source.path for name, source in run.sources.items()}
    if scene.labelled and run.label is not None:
        templates["label.path"] = run.label.path
    patches = []
    for row in scene.patches.read():
        paths = [
            os.path.join(run.data_root, _fill(key, template, row, scene))  # noqa: PTH118  as above
            for key, template in templates.items()
        ]
        images = tuple(paths[: len(run.sources)])
        label = paths[-1] if len(paths) > len(images) else None
        patches.append(PatchFiles(row["scene"], images, label))
    return Sheet(scene.name, tuple(patches), run.sources, run.align)


def _fill(key: str, template: str, row: Mapping[str, str], scene: Scene) -> str:
    assert scene.patches is not None
    try:
        path = template.format_map(row)
        check_local(key, path)
    except KeyError as error:
        raise UserError(
            "a path needs a column that the table of patches lacks",
            where=f"{scene.patches.table}, key {key}",
            found=f"the placeholder {{{error.args[0]}}}, and the columns {', '.join(row)}"[:300],
            expected="a column for each placeholder",
        ) from error
    except ValueError as error:
        raise UserError(
            "a patch names what is no local file",
            where=f"{scene.patches.table}, patch {row['scene']}",
            found=str(error),
        ) from error
    return path
