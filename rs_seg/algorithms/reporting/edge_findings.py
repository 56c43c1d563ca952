"""Figures beside and away from borders, and of probabilities, by their names in tables."""

from __future__ import annotations

from rs_seg.values.evaluation import RoleFigures


def edge_columns(figures: RoleFigures) -> dict[str, float | None]:
    """Eroded figures, boundary IoU and mean average precision of a role."""
    probabilities = figures.probabilities
    return {
        "eroded_overall_accuracy": figures.eroded.overall_accuracy,
        "eroded_mean_iou": figures.eroded.mean_iou,
        "boundary_iou": figures.boundary_iou.mean,
        "mean_average_precision": probabilities.mean_average_precision if probabilities else None,
    }
