"""Random samples of places: ground of pixels, strata, and draws from counted pieces of maps."""
