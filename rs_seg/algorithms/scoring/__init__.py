"""What polygons are worth: objects and boundaries of a map against those of a reference."""
