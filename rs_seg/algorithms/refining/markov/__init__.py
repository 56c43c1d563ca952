"""Markov random fields with a Potts prior on the pixel grid, and ways to lower their energy."""
