"""What transitions between two maps mean, in sentences."""

from __future__ import annotations

from rs_seg.values.transitions import Transitions

MOST_SHIFT = 0.5
"""Pixels: with a larger shift, most pixels along a border show another class than before."""


def describe_shift(change: Transitions) -> str:
    """How far the images of a pair lie apart."""
    shift = change.shift
    if shift is None:
        return (
            "the shift of the images could not be measured: too few windows show the same edges at "
            "both dates"
        )
    return (
        f"the later image lies {shift.pixels:.2f} pixels ({shift.metres:.3g} m) from the earlier "
        f"one, {_direct(shift.rows, 'down', 'up')} and {_direct(shift.columns, 'right', 'left')} "
        f"(median of {shift.windows} windows, which differ by {shift.spread_pixels:.2f} pixels)"
    )


def _direct(pixels: float, ahead: str, back: str) -> str:
    return f"{abs(pixels):.2f} {ahead if pixels >= 0 else back}"


def warn_of_shift(change: Transitions) -> list[str]:
    """A warning where images are shifted so far that borders of classes look like change."""
    shift = change.shift
    if shift is None or shift.pixels <= MOST_SHIFT:
        return []
    share = (
        ""
        if shift.near_borders is None
        else f" {100 * shift.near_borders:.0f} % of the changed pixels lie so near to a border of "
        f"the earlier map; on some of them nothing may have changed."
    )
    warning = (
        f"The images of {change.title_of_pair} are shifted by {shift.pixels:.2f} pixels, more than "
        f"half a pixel, so borders between classes look like change.{share} Bring the images onto "
        "one another first (co-registration), or sample the change with a buffer."
    )
    return [warning]


def describe_accuracy(change: Transitions) -> str:
    """What the change in the maps is worth where both dates are labelled; empty where none is."""
    accuracy = change.accuracy
    if accuracy is None:
        return ""
    figures = ", ".join(
        f"{name} {value:.2f}"
        for name, value in (
            ("F1", accuracy.f1),
            ("IoU", accuracy.iou),
            ("precision", accuracy.precision),
            ("recall", accuracy.recall),
        )
        if value is not None
    )
    return (
        f"On {accuracy.pixels:,} pixels that are test ground at both dates, change has "
        f"{figures or 'no figure, since nothing changed'}; both classes are right on "
        f"{100 * (accuracy.from_to_accuracy or 0):.1f} %."
    )


BIAS = (
    "These are areas of the maps, not of the ground: change in two maps holds the errors of both, "
    "and where little changes most of it may be error. Areas of change are estimated from a random "
    "sample, with change as a stratum of its own and a buffer around it (Olofsson et al. 2014, "
    "2020)."
)
