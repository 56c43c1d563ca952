"""A raster for writing that raises where closing it fails, which rasterio (1.4) does not."""

from __future__ import annotations

import logging
import re
import threading
from pathlib import Path

from rasterio.io import DatasetWriter

from rs_seg.io.gdal_environment import keep_environment
from rs_seg.io.wholeness import CutOffError

FAULT = re.compile(r"writ|seek|IO error|no space", re.IGNORECASE)
"""What is in the messages of GDAL about writes that fail; it also tells of faults that spoil
nothing."""


class RasterWriter(DatasetWriter):  # type: ignore[misc]  # compiled, so without types
    """What `rasterio.open` gives for writing a GeoTIFF.

    GDAL writes much of a raster only when it is closed, out of its cache. Of a disk that gets full
    then, rasterio hears and says nothing but a line in its log, of the level INFO.
    """

    def close(self) -> None:
        """Write what is left and close the file.

        Raises:
            CutOffError: something could not be written.
        """
        if self.closed:
            return
        path = Path(self.name)
        keep_environment()
        _FAULTS.begin()
        super().close()
        faults = _FAULTS.end()
        if faults:
            raise CutOffError(path.name, faults[0], path.parent)


class _Faults(logging.Handler):
    """Messages of GDAL, of each thread its own."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._own = threading.local()

    def begin(self) -> None:
        self._own.messages = []

    def end(self) -> list[str]:
        messages: list[str] = self._own.messages
        self._own.messages = None
        return messages

    def emit(self, record: logging.LogRecord) -> None:
        messages = getattr(self._own, "messages", None)
        if messages is not None and FAULT.search(record.getMessage()):
            messages.append(record.getMessage())


_FAULTS = _Faults()
logging.getLogger("rasterio._env").addHandler(_FAULTS)
logging.getLogger("rasterio._env").setLevel(logging.INFO)
