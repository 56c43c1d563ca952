"""From label values and polygons to class codes."""
