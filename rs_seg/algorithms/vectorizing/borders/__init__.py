"""Borders found on the raster: strip by strip, joined into arcs in an order that depends on the map alone."""
