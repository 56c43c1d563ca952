"""What methods that map scenes or find objects have in common, and what a run trains of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from rs_seg.config.section import Section

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Method(Section):
    """A method that maps scenes, or finds objects in them."""

    name: str = ""
    """Filled in from the key."""
    replicate_of: str = ""
    """Filled in: the key that this is one of several versions of, by seeds or folds; empty: it
    stands alone."""
    fold: Annotated[int, Field(ge=1)] | None = None
    """Number of the fold (split.folds) whose blocks it is tested on and has not seen in training;
    null: one version for each fold, or the only split."""


class Trainable(Method):
    """A method that is trained here."""

    seed: Seed | None = None
    """Seed of its training; null: the run's."""
    seeds: Annotated[tuple[Seed, ...], Field(min_length=2)] | None = None
    """Seeds of several trainings: seeds [1, 2] of the key unet make unet_seed1 and unet_seed2;
    null: one training."""

    @property
    def needs_labels(self) -> bool:
        """Whether it learns from labels."""
        return True

    @model_validator(mode="after")
    def _check_seeds(self) -> Trainable:
        if self.seeds is None:
            return self
        listed = ", ".join(map(str, self.seeds))
        if self.seed is not None:
            raise ValueError(f"seed is {self.seed}, but seeds is {listed}: leave one of them out")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(
                f"seeds is {listed}: the same seed gives the same network; each may be there once"
            )
        return self
