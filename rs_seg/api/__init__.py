"""The public library: what stages do, over arrays, rasters and tables in memory.

Each function calls the code of a stage, so that results are those of the workflow. Import the names
from `rs_seg` itself: `rs_seg.load_model`, `rs_seg.polygonize`, `rs_seg.spatial_split`,
`rs_seg.Confusion`, `rs_seg.areas`.
"""
