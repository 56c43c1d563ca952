"""What SCOT is computed with if nothing else is said; the score is in `algorithms/tracking`.

Source: Van Etten, Hogan et al. 2021, The multi-temporal urban development SpaceNet dataset.
"""

IOU = 0.25
"""Intersection over union above which a proposal is the object: houses of 4 m pixels are small."""
BETA = 2.0
"""Weight of tracking beside change."""
