"""The part of change that says in a document what was counted."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.changing.agreement import ChangeScore
from rs_seg.algorithms.changing.transitions import TransitionCounter, balance_classes
from rs_seg.config import ChangeConfig
from rs_seg.stages.change.comparing import Comparison
from rs_seg.stages.change.shifting import MeasuredShift
from rs_seg.values import ClassNames, Legend
from rs_seg.values.confusion import number_or_none
from rs_seg.values.layout import MapKey
from rs_seg.values.map_figures import NamedClass
from rs_seg.values.transitions import (
    ChangeAccuracy,
    ChangeKind,
    ClassTransition,
    ImageShift,
    Transitions,
)

HECTARE = 10_000.0


def describe_change(
    config: ChangeConfig,
    legend: Legend,
    keys: tuple[MapKey, MapKey],
    named: tuple[str, str],
    found: Comparison,
    measured: MeasuredShift,
    *,
    resampled: bool,
) -> Transitions:
    """The content of transitions.json; `named` are place and dates."""
    hectares = found.counter.areas / HECTARE
    compared = float(hectares.sum())
    changed = compared - float(np.trace(hectares))
    before, after = keys
    return Transitions(
        network=before.network,
        refinement=before.refinement,
        place=named[0],
        dates=named[1],
        before=before.scene,
        after=after.scene,
        classes=tuple(NamedClass(code=own.code, name=own.name) for own in legend),
        pixels=found.counter.pixels.tolist(),
        hectares=hectares.tolist(),
        compared_ha=compared,
        changed_ha=changed,
        changed_share=changed / compared if compared else None,
        left_out_pixels=found.left_out,
        resampled=resampled,
        per_class=_describe_classes(found.counter, legend.class_names),
        kinds=_describe_kinds(config, found.counter, legend),
        shift=_describe_shift(found, measured),
        accuracy=None if found.score is None else _describe_accuracy(found.score),
    )


def _describe_classes(counter: TransitionCounter, names: ClassNames) -> tuple[ClassTransition, ...]:
    balance = balance_classes(counter.areas / HECTARE)
    columns = (
        balance.before,
        balance.after,
        balance.persistence,
        balance.gain,
        balance.loss,
        balance.net,
        balance.swap,
    )
    keys = ("before_ha", "after_ha", "unchanged_ha", "gain_ha", "loss_ha", "net_ha", "swap_ha")
    return tuple(
        ClassTransition(code=own.code, name=own.name, **dict(zip(keys, row, strict=True)))
        for own, row in zip(names, np.stack(columns, axis=1).tolist(), strict=True)
    )


def _describe_kinds(
    config: ChangeConfig, counter: TransitionCounter, legend: Legend
) -> tuple[ChangeKind, ...]:
    codes = np.array(config.kind_codes(legend.class_names.names))
    pixels, areas = counter.pixels.ravel(), counter.areas.ravel() / HECTARE
    return tuple(
        ChangeKind(
            code=own.code,
            name=own.name,
            pixels=int(pixels[codes == own.code].sum()),
            hectares=float(areas[codes == own.code].sum()),
        )
        for own in config.kind_legend(legend)
    )


def _describe_shift(found: Comparison, measured: MeasuredShift) -> ImageShift | None:
    shift = measured.shift
    if shift is None:
        return None
    changed = int(found.counter.pixels.sum() - np.trace(found.counter.pixels))
    return ImageShift(
        rows=shift.rows,
        columns=shift.columns,
        pixels=shift.distance,
        metres=measured.metres,
        spread_pixels=shift.spread,
        windows=shift.windows,
        tried=measured.tried,
        near_borders=found.near_borders / changed if changed else None,
    )


def _describe_accuracy(score: ChangeScore) -> ChangeAccuracy | None:
    """Figures of change; None where no pixel counts."""
    binary = score.binary
    if binary.total == 0:
        return None
    precision, recall, f1, iou = (
        number_or_none(values[1])
        for values in (binary.precision(), binary.recall(), binary.f1(), binary.iou())
    )
    changed = int(binary.counts[1].sum())
    return ChangeAccuracy(
        pixels=binary.total,
        confusion=binary.counts.tolist(),
        precision=precision,
        recall=recall,
        f1=f1,
        iou=iou,
        from_to_accuracy=score.right / binary.total,
        changed_from_to_accuracy=score.changed_right / changed if changed else None,
    )
