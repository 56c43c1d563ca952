"""Class maps and their polygons, read strip by strip."""
