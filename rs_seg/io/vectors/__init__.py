"""Polygons of a class map on disk, in a stream: one format per module, all of them in `WRITERS`."""

from rs_seg.io.vectors.formats import WRITERS, Writer
from rs_seg.io.vectors.stream import FieldType, PolygonBatch, PolygonStream

__all__ = ["WRITERS", "FieldType", "PolygonBatch", "PolygonStream", "Writer"]
