"""From probabilities to classes."""
