"""From a model to probabilities and objects: engines, strips of a scene, its rows of tiles."""

STRIPS_REVISION = 4
"""Raised by hand when the probabilities of a strip change; `predict_shard` and `predict` make the
same strips."""
ROWS_REVISION = 5
"""Raised by hand when the candidates of a row of tiles change; `detect_shard` and `detect` make the
same rows."""
