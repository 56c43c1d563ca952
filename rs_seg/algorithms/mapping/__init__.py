"""From probabilities to classes, and from classes to polygons."""
