"""The scenes of a run by their names, their bands, and those that are sheets of patches."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Self

from rs_seg.config.patch_files import Sheet, sheet_of
from rs_seg.config.raw_images import group_bands
from rs_seg.config.versions import Versions
from rs_seg.values import Scene
from rs_seg.values.band_groups import BandGroup, names_of


class RunScenes(Versions):
    """What a run says of its scenes."""

    def scene(self, name: str) -> Scene:
        """The scene of this name."""
        if self._named[0] is not self.scenes:  # a copy with other scenes
            del self._named
        return self._named[1][name]

    @cached_property
    def _named(self) -> tuple[tuple[Scene, ...], dict[str, Scene]]:
        """The scenes, and each by its name: thousands of jobs ask."""
        return self.scenes, {scene.name: scene for scene in self.scenes}

    def limit_to(self, names: Iterable[str]) -> Self:
        """The configuration of these scenes only, in the order of the table."""
        chosen = set(names)
        return self.model_copy(
            update={"scenes": tuple(scene for scene in self.scenes if scene.name in chosen)}
        )

    def sheet(self, name: str) -> Sheet | None:
        """The patches of the scene of this name, where it is a sheet: see `sheet_of`."""
        return sheet_of(self, self.scene(name))

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of all bands, in stacking order."""
        return tuple(names_of(self.band_groups))

    @property
    def band_groups(self) -> tuple[BandGroup, ...]:
        """The bands of each source, in stacking order."""
        return tuple(group_bands(name, source) for name, source in self.sources.items())

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of the scenes that are sheets of patches."""
        return tuple(scene.name for scene in self.scenes if scene.patches is not None)

    @property
    def merges_scenes(self) -> bool:
        """Whether maps become one layer; pictures without a place have no ground in common."""
        return self.merge.enabled and self.has_place

    @property
    def has_place(self) -> bool:
        """Whether scenes lie on Earth; else they are pictures without a place, or sheets."""
        return self.align.ungeoreferenced == "error" and not self.sheets
