"""Values that every layer shares.

`rs_seg.values.grid` (odc-geo) is imported where it is needed: it is not light.
"""

from rs_seg.values.confusion import Confusion
from rs_seg.values.legend import ClassName, ClassNames, Legend, LegendClass
from rs_seg.values.machine import thread_count
from rs_seg.values.paths import InPath, InPaths, OutPath, OutPaths, WorkPath
from rs_seg.values.probabilities import dequantize, quantize
from rs_seg.values.scene import Scene
from rs_seg.values.shard import Shard
from rs_seg.values.window import Window, partition

__all__ = [
    "ClassName",
    "ClassNames",
    "Confusion",
    "InPath",
    "InPaths",
    "Legend",
    "LegendClass",
    "OutPath",
    "OutPaths",
    "Scene",
    "Shard",
    "Window",
    "WorkPath",
    "dequantize",
    "partition",
    "quantize",
    "thread_count",
]
