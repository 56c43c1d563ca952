"""From class maps to polygons that tile the plane: borders are arcs between junctions, each stored once."""
