"""Versions of what a run was made with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import rs_seg

PACKAGES = (
    "geopandas",
    "lightning",
    "matplotlib",
    "numpy",
    "odc-geo",
    "onnx",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "segmentation-models-pytorch",
    "shapely",
    "snakemake",
    "timm",
    "torch",
)


def package_versions() -> dict[str, str]:
    """Versions of rs_seg, Python and each installed package that figures depend on."""
    found = {"rs_seg": rs_seg.__version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
