"""Settings of the ways from candidates to one object each."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from rs_seg.config.section import Section


class SuppressionSearch(Section):
    """A search for the parameter of a suppression on the validation areas."""

    trials: Annotated[int, Field(ge=1, le=1000)] = 12
    """Values that are tried beside the configured one."""
    range: Annotated[float, Field(gt=1, le=100)] = 2.0
    """They lie between the configured one divided by this and multiplied by this, evenly spread in
    the logarithm; limits are 0.95 at most."""


class Suppression(Section):
    """What all ways from candidates to objects have in common."""

    searched: ClassVar[str] = "limit"
    """Name of the parameter that a search can choose."""
    most: ClassVar[float] = 0.95
    """The greatest value that is tried."""

    name: str = ""
    """Filled in from the key."""
    detectors: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Names of the detectors whose candidates it takes; null: all."""
    across: bool = False
    """Whether candidates of different classes are rivals too."""
    search: SuppressionSearch | None = None
    """Search for `limit`, or `sigma` of soft_nms, on the validation areas, for each detector anew:
    the value with the highest mean F1, each at the score that suits it best; null: the configured
    one is used."""

    def search_ranges(self) -> dict[str, tuple[float, float]]:
        """Least and greatest value of the parameter that is searched; empty without a search."""
        if self.search is None:
            return {}
        value = float(getattr(self, self.searched))
        most = max(value, min(value * self.search.range, self.most))
        return {self.searched: (value / self.search.range, most)}


class ChoosingSuppression(Suppression):
    """A way that leaves candidates as they were found, with their masks."""

    overlap: Literal["iou", "smaller"] = "iou"
    """What two candidates share: as a part of their union, or of the smaller one."""


class HardSuppression(ChoosingSuppression):
    """Non-maximum suppression: of candidates that share much, the one with the best score stays."""

    method: Literal["nms"] = "nms"
    """Marks the method."""
    limit: Annotated[float, Field(gt=0, lt=1)] = 0.4
    """Share above which two candidates are of one object."""


class SoftSuppression(ChoosingSuppression):
    """Soft-NMS: scores of candidates fall with what better ones share (Bodla et al. 2017)."""

    searched: ClassVar = "sigma"
    most: ClassVar = 10.0
    method: Literal["soft_nms"] = "soft_nms"
    """Marks the method."""
    sigma: Annotated[float, Field(gt=0, le=10)] = 0.5
    """How fast scores fall: by exp(-share^2 / sigma)."""


class AveragingSuppression(Suppression):
    """A way that makes new boxes of candidates: what two share is always a part of their union."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_overlap(cls, values: Any) -> Any:
        if isinstance(values, dict) and "overlap" in values:
            raise ValueError(
                f"overlap: {values['overlap']} has no effect on {values.get('method')}, which "
                "compares boxes by iou: leave overlap out, or choose method: nms or soft_nms"
            )
        return values


class Merging(AveragingSuppression):
    """OverFeat's merging: candidates near one another become their mean (Sermanet et al. 2014)."""

    method: Literal["merge"] = "merge"
    """Marks the method."""
    limit: Annotated[float, Field(gt=0, lt=1)] = 0.4
    """Share above which two candidates are of one object."""


class WeightedFusion(AveragingSuppression):
    """Weighted boxes fusion: candidates that match become their mean (Solovyev et al. 2021)."""

    method: Literal["weighted"] = "weighted"
    """Marks the method."""
    limit: Annotated[float, Field(gt=0, lt=1)] = 0.55
    """Share above which a candidate is of the object whose mean box it is compared with."""
    member_limit: Annotated[float, Field(gt=0, lt=1)] | None = 0.4
    """Share above which candidates of one member of an ensemble are of one object: only the best of
    them is averaged with those of other members, as in the paper; null: all are. Candidates of a
    single detector are all averaged."""


SuppressionConfig = Annotated[
    HardSuppression | SoftSuppression | Merging | WeightedFusion, Field(discriminator="method")
]
