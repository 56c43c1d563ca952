"""Vector files as users have them: their layers and tables, with every fault of a file named."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj.exceptions
import shapely

from rs_seg.errors import UserError
from rs_seg.io.ogr import pyogrio
from rs_seg.io.raw.drivers import read_head
from rs_seg.io.raw.vector_formats import check_raw_vector, vector_format
from rs_seg.values.gdal_settings import allowed_drivers
from rs_seg.values.names import list_first

if TYPE_CHECKING:
    import geopandas

logger = logging.getLogger(__name__)

PARQUET = b"PAR1"
"""First and last bytes of a Parquet file, whose GDAL driver is not in pyogrio's wheels."""
SHAPEFILE_PARTS = (".shx", ".dbf")
"""Files without which a Shapefile cannot be read, or has no attributes."""
SHAPEFILE_HEADER = 100
"""Bytes before the first geometry of a .shp file."""
LANGUAGE_BYTE = 29
"""Place in a .dbf file of the number of its text encoding; 0: not said."""
UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
    pyproj.exceptions.CRSError,
    shapely.errors.GEOSException,
    ValueError,  # of pyogrio and of Parquet (pyarrow.ArrowInvalid)
    KeyError,
    TypeError,
    OverflowError,
    OSError,
)
"""What the readers of damaged files raise."""


@dataclass(frozen=True)
class VectorTable:
    """A layer as it is in its file: a frame with geometries, and what was mended to read it."""

    frame: geopandas.GeoDataFrame
    told: tuple[str, ...] = ()


def vector_layers(path: Path) -> tuple[str, ...] | None:
    """Names of the layers of a vector file, or None when no vector driver opens it.

    Layers without geometry, such as the styles of a GeoPackage, are left out where others have
    geometries.

    Raises:
        UserError: it is of a kind that is not opened, see `rs_seg.io.raw.vector_formats`.
    """
    if is_parquet(path):
        return (path.stem,)
    if vector_format(path) is None and not allowed_drivers():
        return None
    check_raw_vector(path)
    try:
        layers = pyogrio.list_layers(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError):
        return None
    placed = [str(name) for name, kind in layers if kind is not None]
    return tuple(placed or (str(name) for name, _ in layers)) or None


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does."""
    return read_head(path).startswith(PARQUET)


def missing_parts(path: Path) -> list[str]:
    """Names of the files that are missing beside a Shapefile; none for other formats."""
    if path.suffix.lower() != ".shp" or not path.exists():
        return []
    return [
        path.with_suffix(part).name
        for part in SHAPEFILE_PARTS
        if not any(path.with_suffix(suffix).exists() for suffix in (part, part.upper()))
    ]


def read_table(path: Path, *, layer: str, encoding: str | None) -> VectorTable:
    """All features of a layer with all attributes.

    Text is in the stated encoding, else in that of the file.

    Raises:
        UserError: the file is damaged, its text is in another encoding, or it has no geometries.
    """
    # here and below, because many jobs only ask whether a file holds polygons
    import geopandas

    _check_length(path)
    try:
        table = _read_parquet(path) if is_parquet(path) else _read_layer(path, layer, encoding)
        _check_count(path, layer, len(table.frame))
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding, error) from error
    except (
        UnboundLocalError
    ) as error:  # of pyogrio, where GDAL cannot write the CRS as text (seen in 0.13.0)
        raise UserError(
            "CRS of the labels is not understood",
            where=path,
            found="one that GDAL cannot make sense of",
            expected="a CRS that PROJ and GDAL know",
            remedy="repair it (of a Shapefile, the .prj), or remove it and state label.crs",
        ) from error
    except UNREADABLE as error:
        raise UserError(
            "labels cannot be read",
            where=path,
            found=" ".join(str(error).split())[:300],
            expected="a whole vector file",
            remedy="copy or export the file again",
        ) from error
    if not isinstance(table.frame, geopandas.GeoDataFrame):
        raise UserError(
            "label file has no geometries",
            where=path,
            found=f"a table with the columns {', '.join(map(str, table.frame.columns))}",
            expected="polygons",
            remedy="give the file with the polygons (of a Shapefile, the .shp)",
        )
    return table


def _check_length(path: Path) -> None:
    """See that a .shp file is as long as its header says.

    GDAL reads geometries behind the end of the file as none, without an error.

    Raises:
        UserError: it is shorter.
    """
    if path.suffix.lower() != ".shp" or not path.is_file():
        return
    with path.open("rb") as file:
        header = file.read(SHAPEFILE_HEADER)
    # in words of two bytes (ESRI Shapefile Technical Description, 1998, page 4)
    stated = 2 * int.from_bytes(header[24:28], "big", signed=True)
    if len(header) == SHAPEFILE_HEADER and stated > path.stat().st_size:
        raise _truncated(
            path, f"{path.stat().st_size} bytes", f"{stated} bytes, as its header says"
        )


def _check_count(path: Path, layer: str, count: int) -> None:
    """See that all features of a FlatGeobuf were read.

    GDAL stops without an error where the file ends.

    Raises:
        UserError: it holds fewer than its header says.
    """
    if path.suffix.lower() != ".fgb":
        return
    stated = int(pyogrio.read_info(path, layer=layer)["features"])
    if stated > count:
        raise _truncated(path, f"{count} features", f"{stated} features, as its header says")


def _truncated(path: Path, found: str, expected: str) -> UserError:
    return UserError(
        "vector file is truncated",
        where=path,
        found=found,
        expected=expected,
        remedy="copy or export the file again",
    )


def _read_parquet(path: Path) -> VectorTable:
    import geopandas

    return VectorTable(geopandas.read_parquet(path))


def _read_layer(path: Path, layer: str, encoding: str | None) -> VectorTable:
    if encoding is None and _says_no_encoding(path):
        return _read_unsaid(path, layer)
    try:
        return VectorTable(pyogrio.read_dataframe(path, layer=layer, encoding=encoding))
    except shapely.errors.GEOSException:
        return _read_open_rings(path, layer, encoding)


def _says_no_encoding(path: Path) -> bool:
    """Whether a file is a Shapefile that does not say how its text is encoded."""
    if path.suffix.lower() != ".shp":
        return False
    if any(path.with_suffix(suffix).exists() for suffix in (".cpg", ".CPG")):
        return False
    for table in (path.with_suffix(".dbf"), path.with_suffix(".DBF")):
        if table.exists():
            with table.open("rb") as file:
                header = file.read(LANGUAGE_BYTE + 1)
            return len(header) > LANGUAGE_BYTE and header[LANGUAGE_BYTE] == 0
    return False


def _read_unsaid(path: Path, layer: str) -> VectorTable:
    """The table read as UTF-8 where the text is valid UTF-8, else as Western European (Windows).

    Text of other encodings is hardly ever valid UTF-8.
    """
    for encoding in ("UTF-8", "cp1252"):
        try:
            table = _read_layer(path, layer, encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "UTF-8":
            logger.info("%s: has no .cpg file; its text is read as %s", path, encoding)
        return table
    return _read_layer(path, layer, "ISO-8859-1")


def _read_open_rings(path: Path, layer: str, encoding: str | None) -> VectorTable:
    """The same for files with rings that are not closed or have too few points: closed and said.

    Raises:
        UserError: a geometry cannot be built at all.
    """
    import geopandas
    import pandas as pd

    meta, _, stored, _ = pyogrio.raw.read(path, layer=layer, encoding=encoding, columns=[])
    geometries = shapely.from_wkb(stored, on_invalid="fix")
    given = np.array([text is not None for text in stored])
    broken = np.flatnonzero(given & shapely.is_missing(geometries))
    if len(broken):
        raise UserError(
            "geometries cannot be built",
            where=f"{path}, features {list_features(broken)}",
            found=f"{len(broken)} whose bytes are no geometry",
            expected="polygons of rings of at least four points",
            remedy="draw or export them again",
        )
    closed = np.flatnonzero(
        given & shapely.is_missing(shapely.from_wkb(stored, on_invalid="ignore"))
    )
    attributes: Any = pyogrio.read_dataframe(
        path, layer=layer, encoding=encoding, read_geometry=False
    )
    if not len(attributes.columns):
        attributes = pd.DataFrame(index=pd.RangeIndex(len(geometries)))
    frame = geopandas.GeoDataFrame(attributes, geometry=geometries, crs=meta["crs"])
    return VectorTable(
        frame,
        (f"{path}: rings that were not closed were closed: features {list_features(closed)}",),
    )


def _wrong_encoding(path: Path, encoding: str | None, error: UnicodeDecodeError) -> UserError:
    said = (
        f"label.encoding {encoding}"
        if encoding
        else f"text in {error.encoding}, which the file or its format says"
    )
    found = bytes(error.object)[max(0, error.start - 12) : error.start + 4]
    return UserError(
        "text of the labels cannot be decoded",
        where=path,
        found=f"the bytes {found!r}",
        expected=said,
        remedy="state the encoding of the file, such as label.encoding: cp1252 (Windows, western "
        "Europe)",
    )


LISTED = 5
"""Features that are named in one message."""


def list_features(numbers: Any) -> str:
    """Numbers of features, the first of them written out."""
    return list_first(numbers, LISTED)
