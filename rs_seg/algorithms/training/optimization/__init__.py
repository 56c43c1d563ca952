"""How weights change: optimisers, learning rates, averages of weights, frozen encoders."""

from rs_seg.algorithms.training.optimization.averaging import average_weights, renew_statistics
from rs_seg.algorithms.training.optimization.freezing import encoder_of, set_frozen
from rs_seg.algorithms.training.optimization.optimizers import OPTIMIZERS, build_optimizer
from rs_seg.algorithms.training.optimization.schedules import SCHEDULES, build_schedule
from rs_seg.algorithms.training.optimization.statistics_warm_up import StatisticsWarmUp

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "StatisticsWarmUp",
    "average_weights",
    "build_optimizer",
    "build_schedule",
    "encoder_of",
    "renew_statistics",
    "set_frozen",
]
