"""Networks that find objects: what they are trained towards, and how their output is read."""
