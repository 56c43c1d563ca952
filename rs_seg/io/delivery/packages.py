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
    "pydensecrf2",
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
    """Versions by name: rs_seg, Python, and each package that figures depend on and that is installed."""
    found = {"rs_seg": rs_seg.__version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
