"""Which files of polygons a run has: of each map, and merged, in the formats that are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rs_seg.values.vector_formats import ALWAYS, VECTOR_FORMATS
from rs_seg.workflow.files import RunFiles


@dataclass(frozen=True)
class VectorFiles(RunFiles):
    """The files of a run, with those of polygons."""

    def polygons(self) -> list[str]:
        """Polygons of all maps; sheets of patches have none."""
        return [] if self.run.sheets else self.of_maps("polygons.gpkg")

    def mapped(self) -> list[str]:
        """What says that all scenes are mapped: polygons, and class maps of sheets of patches."""
        return self.of_maps("classes.tif") if self.run.sheets else self.polygons()

    def merged_polygons(self) -> list[str]:
        """One layer of all scenes for each map; nothing for one scene, or if not asked for."""
        merged = self.run.merges_scenes and len(self.scenes) > 1
        return self.per_map(self.places.of_merged("polygons.gpkg")) if merged else []

    def exported_polygons(self) -> list[str]:
        """Files of polygons in formats other than GeoPackage, by scene and merged."""
        return self.in_other_formats(self.polygons() + self.merged_polygons())

    def in_other_formats(self, paths: Iterable[str]) -> list[str]:
        """The files beside GeoPackages in all formats that are asked for."""
        asked = (
            name for name in VECTOR_FORMATS if name in self.run.vectorize.formats and name != ALWAYS
        )
        suffixes = [VECTOR_FORMATS[name].suffix for name in asked]
        return [f"{path.removesuffix('.gpkg')}{suffix}" for path in paths for suffix in suffixes]

    def in_format(self, name: str, geopackage: str) -> list[str]:
        """What one format writes beside a GeoPackage; nothing where it is not asked for."""
        if name not in self.run.vectorize.formats:
            return []
        known, stem = VECTOR_FORMATS[name], geopackage.removesuffix(".gpkg")
        # Styles are named where a format is several files anyway; the first file stands for all.
        companions = known.companions if known.parts else ()
        needed = known.suffixes(placed=self.run.has_place)
        return [f"{stem}{suffix}" for suffix in (*needed, *companions)]

    @property
    def formats_left_out(self) -> set[str]:
        """Formats that are not asked for."""
        return set(VECTOR_FORMATS).difference(self.run.vectorize.formats, [ALWAYS])
