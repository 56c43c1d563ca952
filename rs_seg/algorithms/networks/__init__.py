"""Networks that map pixels to classes: a closed table.

The normalisation of its inputs belongs to each network.
"""

from rs_seg.algorithms.networks.uncompiled import load_uncompiled

load_uncompiled("torchvision.ops", "timm")  # before any module that imports them
from rs_seg.algorithms.networks.building import build_network, check_input  # noqa: E402
from rs_seg.algorithms.networks.normalised import (  # noqa: E402
    NormalisedNetwork,
    ProbabilityNetwork,
)
from rs_seg.algorithms.networks.restoring import load_tensors, restore_network  # noqa: E402
from rs_seg.algorithms.networks.table import ARCHITECTURES  # noqa: E402

__all__ = [
    "ARCHITECTURES",
    "NormalisedNetwork",
    "ProbabilityNetwork",
    "build_network",
    "check_input",
    "load_tensors",
    "restore_network",
]
