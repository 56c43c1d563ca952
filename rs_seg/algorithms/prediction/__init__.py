"""Overlapping tiles, blended into whole scenes."""
