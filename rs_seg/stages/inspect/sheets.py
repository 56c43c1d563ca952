"""The part of `inspect` that looks at the patches of a sheet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rs_seg.errors import UserError, UserErrors
from rs_seg.scenes.headers import NOTHING_VALID, look_at_headers
from rs_seg.values import Scene
from rs_seg.values.inspection import Inspection, PatchFacts

if TYPE_CHECKING:
    from rs_seg.config import LabelConfig, PatchFiles, Sheet
    from rs_seg.scenes.headers import HeaderLook
    from rs_seg.values import ClassNames

MOST_FAULTS = 50
"""Faults of patches that are told."""
TOLD = 20
"""Warnings of patches that are kept, those of most patches first."""


@dataclass(frozen=True)
class PatchesLook:
    """What was seen of the patches of a sheet."""

    count: int
    empty: tuple[str, ...]
    """Names of the patches without a valid pixel."""
    shown: int
    """The first patch that has one."""
    warnings: tuple[str, ...]
    """In words, each with the number of patches that it is about."""

    def add_to(self, facts: Inspection, sheet: str) -> Inspection:
        """The facts of the patch that is shown, as those of the sheet."""
        patches = PatchFacts(count=self.count, empty=len(self.empty), shown=facts.scene)
        warnings = [text for text in facts.warnings if text not in self.warnings]
        if self.empty:
            warnings.append(f"{len(self.empty)} of {self.count} patches have no valid pixel")
        changes = {"scene": sheet, "patches": patches, "warnings": (*warnings, *self.warnings)}
        return facts.model_copy(update=changes)


def look_at_patches(
    sheet: Sheet, label: LabelConfig | None, class_names: ClassNames
) -> PatchesLook:
    """What headers and labels of all patches say.

    A patch without a valid pixel is no fault: sets hold such patches, and they stay without data.

    Raises:
        UserErrors: patches have other faults, or none has a valid pixel.
    """
    faults: list[UserError] = []
    empty: list[int] = []
    warned: Counter[str] = Counter()
    for number, patch in enumerate(sheet.patches):
        look = _look_at(sheet, patch, label, class_names)
        own = [fault for fault in look.faults if fault.what != NOTHING_VALID]
        empty += [number] if len(own) < len(look.faults) else []
        faults += own
        warned.update({_without_path(text, patch) for text in look.warnings})
    if faults:
        raise UserErrors(_shorten(faults, sheet))
    if len(empty) == len(sheet.patches):
        raise _all_empty(sheet)
    shown = next(number for number in range(len(sheet.patches)) if number not in empty)
    told = tuple(f"{text} ({number} patches)" for text, number in warned.most_common(TOLD))
    names = tuple(sheet.patches[number].name for number in empty)
    return PatchesLook(len(sheet.patches), names, shown, told)


def _look_at(
    sheet: Sheet, patch: PatchFiles, label: LabelConfig | None, class_names: ClassNames
) -> HeaderLook:
    return look_at_headers(
        dict(sheet.sources),
        sheet.align,
        label,
        class_names,
        Scene(name=patch.name, labelled=patch.label is not None),
        images=[*patch.images],
        labels=[] if patch.label is None else [patch.label],
    )


def _without_path(text: str, patch: PatchFiles) -> str:
    for path in map(Path, patch.texts):
        text = text.removeprefix(f"{path}: ")
    return text


def _shorten(faults: list[UserError], sheet: Sheet) -> list[UserError]:
    if len(faults) <= MOST_FAULTS:
        return faults
    more = f"{len(faults) - MOST_FAULTS} more faults of patches"
    return [*faults[:MOST_FAULTS], UserError(more, where=f"sheet {sheet.scene}")]


def _all_empty(sheet: Sheet) -> UserError:
    return UserError(
        "no patch of a sheet has a valid pixel",
        where=f"sheet {sheet.scene}",
        found=f"{len(sheet.patches)} patches of nodata only",
        expected="patches with data in every band",
        remedy="check the files, or change mask or nodata_rule of the sources",
    )
