"""Methods without layers: each pixel for itself, by its features. Their models are plain arrays."""
