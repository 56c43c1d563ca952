"""What GDAL may do with files of strangers: settings that are made before it is imported.

A process holds two copies of GDAL, of rasterio and of pyogrio. Both read these environment
variables, and processes that are started later inherit them. What the environment already says is
kept: it is the user's own choice.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

NETWORK_DRIVERS = {
    *(
        "HTTP",
        "WMS",
        "WMTS",
        "WCS",
        "WFS",
        "OAPIF",
        "OGCAPI",
        "CSW",
        "EEDA",
        "EEDAI",
        "DAAS",
        "STACIT",
        "STACTA",
    ),
    *("PLMOSAIC", "PLSCENES", "Carto", "AmigoCloud", "Elasticsearch", "NGW"),
}
"""Drivers that send requests to other machines; `HTTP` stands for addresses (http://, /vsicurl/) as
well."""
POWERFUL_DRIVERS = {"GPSBabel", "ADBC", "GDALG", "GTI", "MRF", "Zarr"}
"""Drivers that start programs, load libraries, or read other files, in ways that a look at a file
does not show."""
RAW_BANDS = "VRTRawRasterBand"
"""Bands of a VRT that show the bytes of any file as pixels; not a driver, but allowed by this name
like one."""
ALLOWED = "RS_SEG_ALLOW_DRIVERS"
"""Environment variable with the names that the configuration allows, for this process and those
that it starts."""
CLOSED = {
    # every request first asks whether the address may be opened: none has this name
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    # curl refuses what is no address at once, without looking for a host; this stops the drivers
    # that fetch by themselves, such as GeoJSON, which the line above does not (seen in GDAL 3.10
    # and 3.12)
    "GDAL_HTTP_PROXY": "http://[closed-by-rs_seg",
    "GDAL_HTTPS_PROXY": "http://[closed-by-rs_seg",
    "GML_DOWNLOAD_SCHEMA": "NO",
}
"""Settings that close the network."""


def restrict_gdal() -> None:
    """Close the network, switch off code in files and unwanted drivers; see `allow_drivers`.

    Takes effect on drivers that are not registered yet: before the first raster is opened and
    pyogrio is imported.
    """
    for name, value in _restrictions(allowed_drivers()).items():
        os.environ.setdefault(name, value)


def _restrictions(allowed: frozenset[str]) -> dict[str, str]:
    return {
        "GDAL_VRT_ENABLE_PYTHON": "NO",
        "GDAL_VRT_ENABLE_RAWRASTERBAND": "YES" if RAW_BANDS in allowed else "NO",
        "GDAL_SKIP": ",".join(sorted((NETWORK_DRIVERS | POWERFUL_DRIVERS) - allowed)),
        **(CLOSED if allowed.isdisjoint(NETWORK_DRIVERS) else {}),
    }


def allow_drivers(names: Iterable[str]) -> None:
    """Let raw inputs use further drivers of GDAL, in this process and those it starts.

    The last call counts.
    """
    for name, value in _restrictions(allowed_drivers()).items():
        if os.environ.get(name) == value:  # ours, not the user's own
            del os.environ[name]
    os.environ[ALLOWED] = ",".join(sorted(set(names)))
    restrict_gdal()


def allowed_drivers() -> frozenset[str]:
    """The further drivers that are allowed."""
    return frozenset(driver for driver in os.environ.get(ALLOWED, "").split(",") if driver)
