"""Where a map fails, in sentences: which classes it takes for one another, and on which ground."""

from __future__ import annotations

from rs_seg.values.evaluation import AreaFigures
from rs_seg.values.map_figures import ClassFigures
from rs_seg.values.texts import group_digits

CROWDED, MOST_CROWDED = 2.0, 1.2
"""How many times its share of the ground the share of errors beside borders is at least where
errors are said to crowd there; and where most errors lie there."""
RARE = 0.05
"""Share of the reference below which a class is called rare."""


def describe_failings(figures: AreaFigures) -> list[str]:
    """The pair most confused, errors beside borders against the rest, and the class most missed.

    Sentences that the figures do not allow are left out.
    """
    wrong = _count_wrong(figures)
    if not figures.pixels:
        return ["It was tested on no pixel."]
    if not wrong:
        return [f"No pixel of {group_digits(figures.pixels)} is wrong."]
    told = [_describe_confusion(figures, wrong), _describe_borders(figures, wrong)]
    return [sentence for sentence in (*told, _describe_missed(figures)) if sentence]


def _count_wrong(figures: AreaFigures) -> int:
    """Pixels whose class is not that of the reference; those without a class on purpose count."""
    right = sum(row[place] for place, row in enumerate(figures.confusion))
    return figures.pixels - right


def _describe_confusion(figures: AreaFigures, wrong: int) -> str:
    names = [own.name for own in figures.per_class]
    pairs = [
        (count, row, column)
        for row, counts in enumerate(figures.confusion)
        for column, count in enumerate(counts[: len(names)])
        if row != column
    ]
    count, row, column = max(
        pairs, key=lambda pair: (pair[0], -pair[1], -pair[2]), default=(0, 0, 0)
    )
    if not count:
        return f"{group_digits(wrong)} pixels are wrong: it gives them no class."
    return (
        f"Of {group_digits(wrong)} wrong pixels, {group_digits(count)} "
        f"({_per_cent(count / wrong)}) are {names[row]} that it calls {names[column]}."
    )


def _describe_borders(figures: AreaFigures, wrong: int) -> str:
    """How many errors lie beside borders of the reference, and how much of the ground does."""
    beside, accuracy = figures.eroded.left_out, figures.eroded.overall_accuracy
    if not beside or accuracy is None:
        return ""
    inside = figures.eroded.pixels * (1 - accuracy)
    errors = max(0.0, 1 - inside / wrong)
    ground = f"beside another class, on {_per_cent(beside)} of the ground"
    if errors >= (MOST_CROWDED if errors > 0.5 else CROWDED) * beside:
        return f"Errors crowd along borders: {_per_cent(errors)} of them lie {ground}."
    return f"Errors fill areas, not borders alone: {_per_cent(errors)} of them lie {ground}."


def _describe_missed(figures: AreaFigures) -> str:
    """The class of which the smallest share is found."""
    known = [(own.recall, own) for own in figures.per_class if own.recall is not None]
    if len(known) < 2:
        return ""
    recall, own = min(known, key=lambda pair: pair[0])
    share = _share_of(own, figures)
    rare = f", a rare class ({_per_cent(share)} of the reference)" if share < RARE else ""
    return f"It misses {own.name} most{rare}: {_per_cent(recall)} of its pixels are found."


def _share_of(own: ClassFigures, figures: AreaFigures) -> float:
    return own.reference_pixels / max(1, sum(each.reference_pixels for each in figures.per_class))


def _per_cent(share: float) -> str:
    """Whole per cent, but for what would be 0 or 100 without being it."""
    text = f"{100 * share:.0f}"
    digits = 1 if (text == "0" and share > 0) or (text == "100" and share < 1) else 0
    return f"{100 * share:.{digits}f} %"
