"""Settings of training's weight updates: optimiser, schedule of its rate, averages of weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rs_seg.config.section import Section


class AdamW(Section):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    method: Literal["adamw"] = "adamw"
    """Marks the method."""


class Adam(Section):
    """Adaptive moments; weight decay is added to the gradient (Kingma and Ba 2015)."""

    method: Literal["adam"]
    """Marks the method."""


class SGD(Section):
    """Stochastic gradient descent, weight decay in the gradient.

    Rates are 10 to 100 times Adam's.
    """

    method: Literal["sgd"]
    """Marks the method."""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """Share of the last step that is made again; 0: plain gradient descent."""
    nesterov: bool = False
    """Whether the gradient is taken where the momentum leads (Nesterov's)."""


OptimizerConfig = Annotated[AdamW | Adam | SGD, Field(discriminator="method")]


class Cosine(Section):
    """The rate rises linearly, then falls to zero by a cosine (Loshchilov and Hutter 2017)."""

    method: Literal["cosine"] = "cosine"
    """Marks the method."""
    warm_up: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Share of all steps over which the rate rises."""


class Constant(Section):
    """The rate stays as it is."""

    method: Literal["constant"]
    """Marks the method."""


class Step(Section):
    """The rate is multiplied by a factor every so many epochs."""

    method: Literal["step"]
    """Marks the method."""
    epochs: Annotated[int, Field(ge=1)]
    """Epochs between two changes."""
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """What the rate is multiplied by."""


class OneCycle(Section):
    """The rate rises from a 25th and falls to almost nothing, both by cosines (Smith 2018).

    Momentum goes the other way.
    """

    method: Literal["one_cycle"]
    """Marks the method."""
    warm_up: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """Share of all steps over which the rate rises."""


ScheduleConfig = Annotated[Cosine | Constant | Step | OneCycle, Field(discriminator="method")]


class EMA(Section):
    """Exponential moving average of weights and batch-norm statistics over all steps.

    Source: Polyak and Juditsky 1992.
    """

    method: Literal["ema"]
    """Marks the method."""
    decay: Annotated[float, Field(ge=0, lt=1)] = 0.999
    """Share of the average that a step keeps; less in the first steps, (1 + n) / (10 + n) after n
    of them."""


class SWA(Section):
    """Stochastic weight averaging: the mean of the weights at the ends of the last epochs.

    Source: Izmailov et al. 2018. Batch-norm statistics are measured anew on the windows of the
    epoch. Meant for rates that stay up: `constant`.
    """

    method: Literal["swa"]
    """Marks the method."""
    start: Annotated[float, Field(ge=0, lt=1)] = 0.75
    """Share of `train.epochs` after which averaging begins; epochs before are judged without."""


AveragingConfig = Annotated[EMA | SWA, Field(discriminator="method")]
