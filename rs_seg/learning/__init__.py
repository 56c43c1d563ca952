"""What trainings are made of: networks and detectors of layers, as the training loop takes them."""

NETWORKS_REVISION = 9
"""Raised by hand when a trained network or method of single pixels changes."""
DETECTORS_REVISION = 2
"""Raised by hand when a trained detector changes."""
