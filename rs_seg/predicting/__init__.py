"""From a model to probabilities: engines, features of single pixels, strips of a scene."""

STRIPS_REVISION = 4
"""Raised by hand when the probabilities of a strip change; `predict_shard` and `predict` make the
same strips."""
