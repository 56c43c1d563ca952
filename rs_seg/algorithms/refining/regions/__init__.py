"""Regions that the image draws, each to be given one class.

They are numbered 1, 2, ...; 0 is for pixels that belong to none.
"""
