"""Figures, drawings and words for people."""
