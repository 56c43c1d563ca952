"""Borders of regions, traced on the raster strip by strip and joined into arcs.

The order of the arcs depends on the map alone.
"""
