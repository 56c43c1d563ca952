"""Networks that map pixels to classes: a closed table.

The normalisation of its inputs belongs to each network.
"""

from rs_seg.algorithms.networks.building import build_network, check_input
from rs_seg.algorithms.networks.normalised import NormalisedNetwork, ProbabilityNetwork
from rs_seg.algorithms.networks.restoring import load_tensors, restore_network
from rs_seg.algorithms.networks.table import ARCHITECTURES

__all__ = [
    "ARCHITECTURES",
    "NormalisedNetwork",
    "ProbabilityNetwork",
    "build_network",
    "check_input",
    "load_tensors",
    "restore_network",
]
