"""Settings of polygons: what becomes one, its outline, its attributes, its formats."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from rs_seg.config.section import Section

Format = Literal["geopackage", "shapefile", "flatgeobuf", "geoparquet"]
Area = Annotated[float, Field(ge=0)]
FIXED_FIELDS = ("id", "code", "class", "area_m2", "perim_m", "prob_mean", "prob_min")
"""Attributes that every polygon has."""
FIELDS_IN_PIXELS = ("area_px", "perim_px")
"""What they are called on pictures without a place, where they are in pixels."""
TAKEN_FIELDS = ("fid", "geom", "geometry", "bbox", "scene")
"""Names that formats need for themselves, and what `gather` adds."""


class SimplifyConfig(Section):
    """Fewer points on borders; neighbours keep the same ones, the outer border of the map stays."""

    method: Literal["optimal_polygon", "douglas_peucker", "visvalingam"] = "optimal_polygon"
    """optimal_polygon: few straight lines near the midpoints of the pixels' sides, with corners
    where the lines that fit best meet; douglas_peucker: corners of pixels go that lie near the line
    without them (distance); visvalingam: corners go that span small triangles (area), which keeps
    the stairs of borders that run almost along rows or columns."""
    tolerance: Annotated[float, Field(ge=0)] | None = None
    """Ground metres: the greatest distance, or the side of a square as large as the greatest
    triangle; 0: outlines of pixels; null: the side of a pixel."""
    smooth: Annotated[int, Field(ge=0, le=4)] = 0
    """Times that the corners of the simplified borders are cut (Chaikin 1974); each doubles the
    points."""


class SplitTouchingConfig(Section):
    """Objects that touch become polygons of their own."""

    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    """Classes whose objects are split, such as buildings."""
    method: Literal["probability", "distance", "border"] = "probability"
    """Watershed of the probability of the class, or of the distance to the edge of the object; or
    along the pixels of `border`."""
    border: str | None = None
    """The class that stands for the line between two objects: its pixels between or around objects
    become theirs."""
    depth: Annotated[float, Field(gt=0)] | None = None
    """How far the surface must sink between two objects: in probability (null: 0.2) or in ground
    metres (null: two pixels); smaller splits more."""

    @model_validator(mode="after")
    def _check_border(self) -> SplitTouchingConfig:
        if (self.method == "border") != (self.border is not None):
            raise ValueError(
                f"`border` names a class where method is border: method is {self.method}, border "
                f"{self.border}"
            )
        if self.border in self.classes:
            raise ValueError(
                f"border is {self.border!r}, which is one of classes {', '.join(self.classes)}"
            )
        return self


class RegularizeConfig(Section):
    """Outlines of buildings: straight walls, right and 45-degree angles.

    A rectangle is taken where it fits best.
    """

    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    """Classes whose outlines are made regular."""
    maximum_departure: Annotated[float, Field(gt=0)] | None = None
    """Greatest distance between the regular outline and that of the pixels, in ground metres;
    polygons that need more keep their outline; null: two pixels."""


class ZonalConfig(Section):
    """A figure of a band of the scene's imagery over each polygon's pixels."""

    band: str
    """Band, such as dsm."""
    statistic: Literal["mean", "minimum", "maximum"] = "mean"
    """Over the pixels of the polygon (before its outline is simplified) where the band has data."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=10)]
    """Attribute it is written to, such as height; 10 characters at most, the limit of Shapefiles.
    """


class MergeConfig(Section):
    """The scenes of a run as one layer."""

    enabled: bool = True
    """Whether the maps of all scenes are also made one layer of polygons, whole across the borders
    between scenes."""


class VectorizeConfig(Section):
    """Polygons that tile the valid area."""

    minimum_area: Area | Literal["auto"] | dict[str, Area] = 0.0
    """Smaller polygons become part of a neighbour, in ground square metres; for all classes, or by
    class (classes that are not named keep theirs). auto: an area that follows from the size of the
    pixels (docs/vectorizing.md)."""
    merge_into: Literal["longest_border", "most_probable"] = "longest_border"
    """Which neighbour takes a small polygon: the one of the longest shared border, or the one whose
    class is most probable on its pixels."""
    fill_holes: dict[str, Area] = {}
    """Holes in polygons of a class that are smaller than this become part of them, in ground square
    metres, by class; holes without data stay."""
    split_touching: SplitTouchingConfig | None = None
    """Objects that touch are split; null: pixels of a class that touch by their sides are one
    polygon."""
    simplify: SimplifyConfig = SimplifyConfig()
    """Points of the borders."""
    regularize: RegularizeConfig | None = None
    """Outlines of buildings; null: none is made regular."""
    zonal: tuple[ZonalConfig, ...] = ()
    """Further attributes."""
    formats: tuple[Format, ...] = ("geopackage", "shapefile")
    """What is written; the GeoPackage always is, since the QGIS project shows it."""

    @field_validator("formats")
    @classmethod
    def _check_formats(cls, formats: tuple[Format, ...]) -> tuple[Format, ...]:
        if "geopackage" not in formats or len(set(formats)) < len(formats):
            raise ValueError(
                f"formats must differ and include geopackage, found {', '.join(formats) or 'none'}"
            )
        return formats

    @field_validator("zonal")
    @classmethod
    def _check_zonal(cls, zonal: tuple[ZonalConfig, ...]) -> tuple[ZonalConfig, ...]:
        names = [
            *FIXED_FIELDS,
            *FIELDS_IN_PIXELS,
            *TAKEN_FIELDS,
            *(figure.name.lower() for figure in zonal),
        ]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"attributes of polygons must have names of their own; taken: {', '.join(twice)}"
            )
        return zonal

    @property
    def generalizes(self) -> bool:
        """Whether polygons may become part of others."""
        given = self.minimum_area
        areas = given.values() if isinstance(given, dict) else [] if given == "auto" else [given]
        return given == "auto" or any(area > 0 for area in (*areas, *self.fill_holes.values()))

    @property
    def weighs_probabilities(self) -> bool:
        """Whether small polygons go where the probabilities say."""
        return self.generalizes and self.merge_into == "most_probable"

    @property
    def needs_probabilities(self) -> bool:
        """Whether the probabilities of the classes are read."""
        surface = self.split_touching is not None and self.split_touching.method == "probability"
        return self.weighs_probabilities or surface

    @property
    def split_classes(self) -> tuple[str, ...]:
        """Classes whose objects are split."""
        return () if self.split_touching is None else self.split_touching.classes

    @property
    def named_classes(self) -> dict[str, tuple[str, ...]]:
        """The classes that each setting names, by the setting's key."""
        named = {"vectorize.fill_holes": tuple(self.fill_holes)}
        if isinstance(self.minimum_area, dict):
            named["vectorize.minimum_area"] = tuple(self.minimum_area)
        if self.split_touching is not None:
            named["vectorize.split_touching.classes"] = self.split_touching.classes
            if self.split_touching.border is not None:
                named["vectorize.split_touching.border"] = (self.split_touching.border,)
        if self.regularize is not None:
            named["vectorize.regularize.classes"] = self.regularize.classes
        return named
