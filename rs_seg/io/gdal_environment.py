"""The environment of GDAL that a thread needs for rasters: options, and where errors are told."""

from __future__ import annotations

from rasterio.env import Env, defenv, hasenv


def keep_environment() -> None:
    """Give this thread an environment that lasts as long as the thread, unless it has one.

    Without one, a dataset brings its own and takes away that of the thread that closes it. What
    was left open in one thread may be closed by the garbage collector in another, which would then
    fail in the midst of its work.
    """
    if not hasenv():
        defenv(**Env.default_options())
