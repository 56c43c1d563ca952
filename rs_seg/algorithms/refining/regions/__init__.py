"""Regions that the image draws, to be given one class each: 1, 2, ...; 0 for pixels that belong to none."""
