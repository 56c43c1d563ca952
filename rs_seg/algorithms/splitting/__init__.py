"""Spatial blocks, their roles and the proof that nothing leaks."""
