"""Accuracy and areas of a map, estimated from a random sample of places with known classes."""
