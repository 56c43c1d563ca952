"""What a refinement did to a map: pixels, energy and seams, for the log and as JSON."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rs_seg.algorithms.refining.seams import Seams
from rs_seg.config import RefinementConfig
from rs_seg.values import ClassNames, Confusion
from rs_seg.values.changes import Changes, ClassChange, EnergyChange, SeamPixels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.refining.blocks import Block, Refined

WORST_SEAM = 0.01
"""Share of different pixels beside seams from which on the log warns."""
MOST_CHANGED = 0.5
"""Share of changed pixels from which on the log warns."""
ENERGIES = {"densecrf": "Gibbs energy, nats", "markov": "Potts energy, nats"}
"""What the energy of a method is called."""

logger = logging.getLogger(__name__)


class Record:
    """Sums over the cores of blocks, which are added in the order of `partition`."""

    def __init__(self, refinement: RefinementConfig, names: ClassNames) -> None:
        self._refinement, self._names = refinement, names
        self._seams = Seams()
        self._changes = Confusion.empty(len(names))
        self._energy: tuple[float, float] | None = None
        self._abstained = 0

    def add(self, block: Block, refined: Refined, before: NDArray[np.integer]) -> None:
        """Count a block; `before` (H, W) are the most probable classes of its core, -1 for none."""
        self._seams.add(block.core, block.window, refined.labels)
        self._changes += Confusion.from_indices(
            before, refined.labels[block.inner], class_count=len(self._names)
        )
        if refined.energy is not None:
            sums = self._energy or (0.0, 0.0)
            self._energy = sums[0] + refined.energy[0], sums[1] + refined.energy[1]

    def add_abstained(self, pixels: int) -> None:
        """Count pixels that were given no class."""
        self._abstained += pixels

    @property
    def _changed(self) -> int:
        return int(self._changes.total - self._changes.agreed.sum())

    def describe(self, warnings: Sequence[str]) -> Changes:
        """The content of changes.json; `warnings` are those of values unlike the training."""
        changes, refinement = self._changes, self._refinement
        blind = refinement.method == "argmax"
        rows = zip(self._names.names, changes.reference, changes.mapped, strict=True)
        return Changes(
            pixels=changes.total,
            changed=self._changed,
            classes=tuple(
                ClassChange(name=name, before=int(before), after=int(after))
                for name, before, after in rows
            ),
            energy=self._describe_energy(),
            seams=None
            if blind
            else SeamPixels(pixels=self._seams.pixels, different=self._seams.different),
            parameters=refinement.model_dump(mode="json", exclude={"name", "search"}),
            warnings=tuple(warnings),
        )

    def _describe_energy(self) -> EnergyChange | None:
        if self._energy is None:
            return None
        (before, after), pixels = self._energy, max(self._changes.total, 1)
        return EnergyChange(
            name=ENERGIES[self._refinement.method],
            before=before,
            after=after,
            per_pixel_before=before / pixels,
            per_pixel_after=after / pixels,
        )

    def log(self) -> None:
        """Log what the refinement changed: it can hurt, and nobody should have to guess."""
        changes = self._changes
        share = self._changed / max(changes.total, 1)
        logger.info(
            "refine changed %d of %d pixels (%.2f %%)", self._changed, changes.total, 100 * share
        )
        if self._changed:
            for name, before, after in zip(
                self._names.names, changes.reference, changes.mapped, strict=True
            ):
                logger.info("refine: %s %d -> %d pixels", name, before, after)
        if share > MOST_CHANGED:
            logger.warning(
                "refine: more than half of the map changed; the settings of refinements.%s do not "
                "suit it",
                self._refinement.name,
            )
        energy = self._describe_energy()
        if energy is not None:
            logger.info(
                "refine: energy %(before).1f -> %(after).1f nats (%(per_pixel_before).4f -> "
                "%(per_pixel_after).4f per pixel)",
                energy.model_dump(),
            )
        self._log_seams()
        if self._refinement.abstain is not None:
            share = self._abstained / max(changes.total, 1)
            logger.info(
                "refine abstained from %d of %d pixels (%.2f %%)",
                self._abstained,
                changes.total,
                100 * share,
            )

    def _log_seams(self) -> None:
        """Say how well blocks agree where they meet."""
        seams = self._seams
        if not seams.pixels:
            return
        share = seams.different / seams.pixels
        logger.info(
            "refine: blocks disagree on %d of %d pixels beside their seams (%.2f %%)",
            seams.different,
            seams.pixels,
            100 * share,
        )
        if share > WORST_SEAM:
            logger.warning(
                "refine: seams of blocks may be seen in the map; raise refinements.%s.overlap "
                "above %d",
                self._refinement.name,
                getattr(self._refinement, "overlap", 0),
            )
