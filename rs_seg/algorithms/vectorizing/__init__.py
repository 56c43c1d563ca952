"""From class maps to polygons that tile the plane.

Borders are arcs between junctions, each stored once.
"""
