"""The part of estimate that says how far labelling got, and whether places were passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from rs_seg.errors import UserError
from rs_seg.stages.estimate.numbers import list_ids
from rs_seg.stages.estimate.places import LabelledPlaces
from rs_seg.values.design import Design, DrawnStratum
from rs_seg.values.estimates import LabelledStratum


def count_labelled(places: LabelledPlaces, design: Design) -> tuple[LabelledStratum, ...]:
    """How many places of each stratum have a label, in the order of the design."""
    return tuple(
        LabelledStratum(
            name=stratum.name,
            area_m2=stratum.area_m2,
            units=stratum.units,
            labelled=int((places.labelled & (places.strata == stratum.code)).sum()),
        )
        for stratum in design.strata
    )


def tell_progress(places: LabelledPlaces, strata: Iterable[LabelledStratum]) -> str:
    """How far labels got, in one line."""
    by_stratum = ", ".join(f"{own.labelled} of {own.units} in {own.name}" for own in strata)
    labelled, units = int(places.labelled.sum()), len(places.ids)
    return f"{labelled} of {units} places are labelled: {by_stratum}"


def find_passed_over(places: LabelledPlaces, design: Design) -> list[int]:
    """Ids of places without a label that come before labelled ones in their random order.

    The order counts within each stratum where places were drawn in it, and else in all of them.
    """
    alone = design.design == "stratified" and design.clusters is None
    groups = places.strata if alone else np.zeros_like(places.strata)
    passed: list[int] = []
    for group in np.unique(groups):
        own = groups == group
        if (own & places.labelled).any():
            last = places.ids[own & places.labelled].max()
            passed += places.ids[own & ~places.labelled & (places.ids < last)].tolist()
    return sorted(passed)


def warn_of_passed_over(passed: list[int]) -> list[str]:
    """One sentence where places were passed over; nothing else."""
    if not passed:
        return []
    are = "place was" if len(passed) == 1 else "places were"
    return [
        (
            f"{len(passed)} {are} passed over: id {list_ids(passed)} have no label, though later "
            "ones have. Places are passed over where they are hard to tell, and the map errs more "
            "often there too, so figures may look better than they are: label them as well as you "
            "can, with confidence low"
        )
    ]


def check_strata(
    design: Design, counted: tuple[LabelledStratum, ...], join: Mapping[str, str]
) -> None:
    """See that something is known of each stratum, or of the one that it is added to.

    Raises:
        UserError: nothing is labelled, a name in `join` is no stratum, or strata without labels.
    """
    names = [stratum.name for stratum in design.strata]
    if not any(own.labelled for own in counted):
        raise UserError(
            "no place is labelled yet",
            found=f"the field reference is empty at all {design.units} places",
            expected="codes or names of classes in the field reference",
            remedy="label places in the order of their ids and save; any number of them will do "
            "for a first estimate",
        )
    unknown = [name for pair in join.items() for name in pair if name not in names]
    if unknown:
        raise UserError(
            f"estimate.join names {unknown[0]!r}, which is no stratum of the sample",
            expected=f"one of {', '.join(names)}",
            remedy="mend estimate.join",
        )
    labelled = {own.name: own.labelled for own in counted}
    for name, target in join.items():
        labelled[target] += labelled[name]
    empty = [
        own
        for own in design.strata
        if own.area_m2 > 0 and own.name not in join and not labelled[own.name]
    ]
    if empty and design.clusters is None:
        raise _empty(empty, [name for name in names if labelled[name]])


def _empty(empty: list[DrawnStratum], others: list[str]) -> UserError:
    names = [own.name for own in empty]
    # none was drawn there: no labelling will help
    go_on = "" if all(own.units == 0 for own in empty) else "go on labelling by the ids; or "
    example = f"estimate: {{join: {{{names[0]}: {others[0]}}}}}" if others else "estimate.join"
    return UserError(
        f"nothing is known of {len(empty)} strata"
        if len(empty) > 1
        else "nothing is known of a stratum",
        found=f"no labelled place in {', '.join(names)}",
        expected="at least two labelled places in each stratum",
        remedy=f"{go_on}add each of these strata to one that is much like it, such as {example}",
    )


def warn_of_joined(
    design: Design, counted: tuple[LabelledStratum, ...], join: Mapping[str, str]
) -> list[str]:
    """Sentences on strata that are added to others.

    In a stratified sample only an assumption allows it. In one of the whole map it costs some
    precision alone, and tiles are estimated without strata.
    """
    if design.clusters is not None:
        return []
    labelled = {own.name: own.labelled for own in counted}
    warnings = []
    for name, target in join.items():
        many = labelled[name]
        if design.design == "stratified" and many:
            warnings.append(
                f"{name} is added to {target} though {many} of its places are labelled: they were "
                "drawn with another probability, so the figures of both are biased; take it out "
                "of estimate.join once it has two labelled places"
            )
        elif not many and design.design != "stratified":
            warnings.append(
                f"{name} has no labelled place and is added to {target}: places could have come to "
                "lie in it as anywhere else, so figures stay right, and intervals a little wider"
            )
        elif not many:
            warnings.append(
                f"{name} has no labelled place and is added to {target}: figures are right only "
                "if the map errs alike in both"
            )
    return warnings
