"""Settings of what comes in: sources of imagery, labels, and how they are brought onto one grid."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from rs_seg.config.section import Section
from rs_seg.values.band_ranges import BandNames
from rs_seg.values.pictures import Ungeoreferenced, picture_crs
from rs_seg.values.wavelengths import parse_span, parse_wavelength

Resampling = Literal["nearest", "bilinear", "cubic", "lanczos", "average", "mode"]
AnyFloat = Annotated[float, Field(allow_inf_nan=True)]


class InspectConfig(Section):
    """The look at the inputs before any work."""

    quicklook_size: Annotated[int, Field(ge=64, le=4096)] = 640
    """Longer side of a quicklook, in pixels."""


class Clouds(Section):
    """A file that says where the pixels of an image are of no use, such as clouds.

    It is a raster, or a vector file whose polygons are clouds.
    """

    path: Annotated[str, Field(min_length=1)]
    """Path template under `data_root`; {date} is that of the image, as its file name writes it. It
    may be the path of the image itself, where one of its bands says it."""
    band: Annotated[int, Field(ge=1)] = 1
    """The number of the band of a raster."""
    nodata_values: Annotated[tuple[float, ...], Field(min_length=1)] = (1,)
    """Values of this band that mean no data, such as [3, 8, 9, 10] of the scene classification
    (SCL) of Sentinel-2."""
    optional: bool = False
    """Whether an image without this file is free of clouds; false: the file must be there."""


class Source(Section):
    """One raster file per scene or per date of a scene, with one or more bands."""

    path: Annotated[str, Field(min_length=1)]
    """Path template under `data_root`; {scene} and any column of the scene table are replaced.
    Where the table has no column date, {date} stands for the dates of a scene, found in the folder,
    and * beside it for any text."""
    bands: BandNames
    """Names of the file's bands; [B001..B224] stands for B001, B002 and so on up to B224. A file
    that describes its bands by these names has them found by it, in any order and among others;
    else they are named in file order, an alpha band left out. A file that states wavelengths has
    its bands found by those, too: [665nm, 560nm], or [400nm..700nm] for all in a range. May be left
    out of one source where a model file is given, which has them."""
    drop_bands: BandNames | None = None
    """Those of `bands` that the run leaves out, such as bad ones: [B105..B120], also by wavelength:
    [1350nm..1450nm]; null: none."""
    match_bands: bool = True
    """Whether names must agree with what the file says of its bands (description, colour); false:
    they are taken in file order whatever it says."""
    mask: Literal["auto", "alpha", "nodata", "none"] = "auto"
    """What counts of what the file says of pixels without data: nodata, its no-data tags; alpha,
    its mask (internal or .msk) or alpha band; auto, both, but an alpha band only if it holds hardly
    more than two values; none, nothing."""
    nodata: AnyFloat | tuple[AnyFloat, ...] | None = None
    """Values that mean no data, besides what `mask` takes from the file: a number or a list. NaN is
    always no data."""
    nodata_rule: Literal["any", "all"] = "any"
    """Whether a pixel is left out when any of its bands holds a no-data value, or only when all do.
    """
    optional: bool = False
    """Whether scenes may lack the file. The bands are then 0, and one more band has_SOURCE is 1
    where there is data; no pixel of a scene is left out because this source has none. With {date},
    a scene may be without any date."""
    slots: Annotated[int, Field(ge=1)] | None = None
    """Dates that the image of a scene has room for, with {date} in the path; null: as many as the
    scene with the most dates has."""
    clouds: Clouds | None = None
    """A file that says where each image holds no data; null: there is none."""
    fill: float | None = None
    """Value of the bands of this source in pixels that it has no data for but another source has,
    such as 0 for the clouds of one date; null: such pixels are left out of the scene."""
    crs: str | None = None
    """Coordinate reference system (such as "EPSG:32632") of files that declare none; another one
    than a file declares is a fault."""
    override_crs: str | None = None
    """CRS that replaces the one that files declare, where that is wrong."""
    gcp_transform: Literal["polynomial", "thin_plate_spline"] = "polynomial"
    """What is laid through ground control points: a polynomial (second order from six points on),
    or a thin-plate spline that meets each point."""
    ungeoreferenced: Literal["error", "reference"] = "error"
    """What a raster of this source without a place of its own is: a mistake, or one that covers
    the ground of the source that gives the grid (`align.reference`), from corner to corner."""
    apply_scale: bool = False
    """Whether values are multiplied by the scale tag and the offset tag is added, which gives
    decimals; false: values as stored."""
    resampling: Resampling | None = None
    """How pixels are brought onto the scene's grid; null: average for finer pixels, bilinear
    otherwise."""

    @model_validator(mode="after")
    def _check_dropped(self) -> Source:
        if self.asks_wavelengths:
            return self
        unknown = [name for name in self.drop_bands or () if name not in self.bands]
        if unknown:
            raise ValueError(
                f"drop_bands names {unknown[0]!r}, but bands are {', '.join(self.bands)}"
            )
        if not self.kept_bands:
            raise ValueError(
                "drop_bands names all of bands: no band is left; leave the source out, or keep a "
                "band"
            )
        return self

    @model_validator(mode="after")
    def _check_crs(self) -> Source:
        if self.crs is not None and self.override_crs is not None:
            raise ValueError(
                f"crs is {self.crs} and override_crs is {self.override_crs}: give crs for files "
                "that declare none, or override_crs for files that declare a wrong one"
            )
        return self

    @model_validator(mode="after")
    def _check_dates(self) -> Source:
        if self.slots is not None and "{date}" not in self.path:
            raise ValueError(f"slots is {self.slots}, but path has no {{date}}: remove one of them")
        for key, given in (("optional", self.optional), ("slots", self.slots is not None)):
            if given and self.fill is not None:
                raise ValueError(
                    f"fill is {self.fill:g}, but bands of a source with {key} are 0 where it has "
                    "no data: remove fill"
                )
        return self

    @property
    def has_dates(self) -> bool:
        """Whether a scene has several files of this source, one of each date."""
        return self.slots is not None

    @property
    def may_be_missing(self) -> bool:
        """Whether a pixel without data in this source may be valid."""
        return self.fill is not None or self.optional

    @property
    def asks_wavelengths(self) -> bool:
        """Whether the file must say which bands are meant, as some are given by wavelength.

        These are ranges, and bands to drop.
        """
        dropped = [name for name in self.drop_bands or () if name not in self.bands]
        spans = [name for name in (*self.bands, *dropped) if parse_span(name) is not None]
        return bool(spans) or any(parse_wavelength(name) is not None for name in dropped)

    @property
    def kept_bands(self) -> tuple[str, ...]:
        """Names of the bands that the run has of this source."""
        return tuple(name for name in self.bands if name not in (self.drop_bands or ()))

    @property
    def nodata_values(self) -> tuple[float, ...]:
        """The stated no-data values."""
        if self.nodata is None:
            return ()
        return self.nodata if isinstance(self.nodata, tuple) else (self.nodata,)


class AlignConfig(Section):
    """The grid of each scene: its own CRS, resolution and extent unless stated."""

    reference: str | None = None
    """Source that gives the grid (CRS, resolution, origin, extent); null: the first source that is
    not optional. Of a source with dates, the first date of the scene gives it."""
    crs: str | None = None
    """CRS of the grid, such as "EPSG:32632"; null: that of the reference source."""
    resolution: Annotated[float, Field(gt=0)] | None = None
    """Pixel of the grid, in units of its CRS; null: that of the reference source."""
    ungeoreferenced: Ungeoreferenced = "error"
    """What rasters without CRS and geotransform are: a mistake, or pictures without a place on
    Earth (pixels), as all scenes of the run are then. Lengths are in pixels and areas in square
    pixels, whatever unit a setting names; what is delivered has no CRS."""

    @model_validator(mode="after")
    def _check_pictures(self) -> AlignConfig:
        for key in ("crs", "resolution"):
            if self.ungeoreferenced == "pixels" and getattr(self, key) is not None:
                raise ValueError(
                    f"ungeoreferenced is pixels and {key} is {getattr(self, key)}: the grid of a "
                    f"picture without a place is made of its pixels; leave {key} out"
                )
        return self

    def picture_of(self, scene: str) -> str | None:
        """The CRS (WKT) of a scene where it is a picture without a place; None for all others."""
        return picture_crs(scene) if self.ungeoreferenced == "pixels" else None


Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class LabelConfig(Section):
    """Reference data: polygons, points with a radius, annotations in pixels, or a raster.

    Annotations are COCO JSON, or boxes as CSV or Pascal VOC; pixels of a raster are class codes or
    colours.
    """

    path: Annotated[str, Field(min_length=1)]
    """Path template under `data_root`; may be one file for all scenes."""
    layer: str | None = None
    """Layer of a vector file; null: its only layer with geometries."""
    column: str | None = "class"
    """Attribute of polygons with the class name or code; null: all polygons are of `class_name`.
    Of annotations in pixels the default is their category or label."""
    encoding: str | None = None
    """Encoding of the text of a vector file (such as cp1252), where it does not say, or says it
    wrongly; null: what the file says, else UTF-8, else cp1252."""
    class_name: str | None = None
    """Class of all polygons, where `column` is null."""
    radius: Annotated[float, Field(gt=0)] | None = None
    """Metres around each point of a file of points, which become circles; null: points are refused.
    """
    band: Annotated[int, Field(ge=1)] | None = None
    """Band of class codes in a label raster of several bands, from 1; null: it has one band."""
    outside: str | None = None
    """Class of valid pixels outside all polygons, for labels that are complete, so that a file
    without polygons is of this class; null: they are unlabelled."""
    empty: Literal["error", "unlabelled"] = "error"
    """What polygons without a value in `column` are: a mistake, or ground whose class is not known,
    which stays unlabelled, also where earlier polygons or `outside` would label it."""
    unlabelled: tuple[int | str, ...] = ()
    """Values of the attribute, or of a label raster besides its no-data value, that mean
    unlabelled; colours as "#rrggbb" where `colors` is set."""
    nodata: Literal["file", "ignore"] = "file"
    """What pixels of a label raster with the no-data value that the file declares are: unlabelled,
    or of the class with that code or colour. Where there is such a class, either say `ignore`, or
    list the value under `unlabelled`."""
    rename: dict[str, str] = {}
    """Value of the attribute or raster (as text) to class name, where they are not names or codes
    of the legend."""
    colors: dict[Color, str] | Literal["legend"] | None = None
    """For label rasters that are pictures (three bands, four with alpha, or one with a colour
    table): colour as "#rrggbb" to class name; legend: the colours of the legend. null: pixels are
    codes."""
    color_tolerance: Annotated[int, Field(ge=0, le=127)] = 0
    """Greatest difference in red, green or blue (of 255) with which a pixel still has a colour of
    `colors`: 0 for exact files, about 30 for lossy ones (JPEG). Pixels that are not exact are
    counted in the log."""
    ungeoreferenced: Literal["error", "image"] = "error"
    """What a label raster without a place of its own is: a mistake, or one with the pixels of the
    image, at its size. With `align.resolution` it may be off by less than a pixel."""
    crs: str | None = None
    """CRS of label files that declare none; one that contradicts the file is a fault."""
    override_crs: str | None = None
    """CRS that replaces the one that the label file declares, where that is wrong."""

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, encoding: str | None) -> str | None:
        try:
            "".encode(encoding or "utf-8")
        except LookupError as error:
            raise ValueError(
                f"unknown encoding {encoding!r}; known are utf-8, cp1252, iso-8859-15 and others"
            ) from error
        return encoding

    @field_validator("colors")
    @classmethod
    def _fold_colors(cls, colors: dict[str, str] | str | None) -> dict[str, str] | str | None:
        if not isinstance(colors, dict):
            return colors
        folded: dict[str, str] = {}
        for color, name in colors.items():
            if folded.setdefault(color.lower(), name) != name:
                raise ValueError(
                    f"colour {color} stands for two classes, {folded[color.lower()]!r} and {name!r}"
                )
        return folded

    @model_validator(mode="after")
    def _check_class_name(self) -> LabelConfig:
        if self.column is None and self.class_name is None:
            raise ValueError(
                "label.column is null, so label.class_name must say of which class the polygons are"
            )
        return self

    @model_validator(mode="after")
    def _check_crs(self) -> LabelConfig:
        if self.crs is not None and self.override_crs is not None:
            raise ValueError(
                "label.crs fills in what files lack and label.override_crs replaces it: give one "
                "of them"
            )
        return self
