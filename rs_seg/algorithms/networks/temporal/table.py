"""The closed table of networks that take dates apart, and how they are built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypedDict

from torch import nn

from rs_seg.algorithms.networks.temporal.dates import dates_layout
from rs_seg.algorithms.networks.temporal.pooling import DatedEncoder, Pooling
from rs_seg.algorithms.networks.temporal.siamese import FcSiam
from rs_seg.algorithms.networks.temporal.tempcnn import TempCnn
from rs_seg.algorithms.networks.temporal.utae import Utae
from rs_seg.errors import UserError
from rs_seg.values.band_groups import BandGroup

STEPS, YEAR = 32, (1, 365)
"""Days that TempCNN brings dates to where nothing is said: so many, evenly over a year."""


class DateChoices(TypedDict, total=False):
    """How dates are joined; None and what is not given: as by default."""

    pooling: Pooling | None
    steps: int | None
    days: Sequence[int] | None


@dataclass(frozen=True)
class SeriesNetwork:
    """How a network of the table is built."""

    network: Callable[..., nn.Module]
    width_multiple: int = 1
    """Widths are multiples of this."""
    resamples: bool = False
    """Whether it brings dates to `steps` days."""


SERIES_NETWORKS: dict[str, SeriesNetwork] = {
    "utae": SeriesNetwork(Utae, width_multiple=16),
    "tempcnn": SeriesNetwork(TempCnn, resamples=True),
    "fc_siam_conc": SeriesNetwork(partial(FcSiam, joining="concatenation")),
    "fc_siam_diff": SeriesNetwork(partial(FcSiam, joining="difference")),
}


def check_series_options(architecture: str, **options: Any) -> None:
    """Refuse options that have no effect on networks that take dates apart: all but the width.

    Raises:
        UserError: one is given, or a width that does not suit.
    """
    width = options.pop("width", None)
    given = [name for name, option in options.items() if option is not None]
    if given:
        raise UserError(
            f"{given[0]} has no effect on this architecture",
            found=f"{architecture} with {given[0]} {options[given[0]]}",
            remedy=f"leave {given[0]} out",
        )
    multiple = SERIES_NETWORKS[architecture].width_multiple
    if width is not None and width % multiple:
        raise UserError(
            "width does not fit the architecture",
            where=architecture,
            found=width,
            expected=f"a multiple of {multiple}, the number of its heads",
        )


def build_series_network(
    architecture: str,
    groups: Sequence[BandGroup],
    *,
    classes: int,
    width: int | None = None,
    dates: DateChoices | None = None,
) -> nn.Module:
    """A network of the table for images that have these groups of bands.

    Raises:
        UserError: not exactly one of the groups has dates.
    """
    row, chosen = SERIES_NETWORKS[architecture], dates or {}
    options: dict[str, Any] = {} if width is None else {"width": width}
    if row.resamples:
        options |= {
            "steps": chosen.get("steps") or STEPS,
            "days": tuple(chosen.get("days") or YEAR),
        }
    return row.network(dates_layout(groups), classes=classes, **options)


def bands_of_a_date(groups: Sequence[BandGroup]) -> list[str]:
    """Names of the bands that a network for one image sees of each date, in their order.

    Raises:
        UserError: not exactly one of the groups has dates.
    """
    layout = dates_layout(groups)
    dated = [band for group in groups if group.source == layout.source for band in group.bands]
    others = [name for group in groups if group.source != layout.source for name in group.names]
    return [*dated, *others]


def share_encoder(
    network: nn.Module, groups: Sequence[BandGroup], *, pooling: Pooling | None
) -> nn.Module:
    """The network for one image with its encoder for each date; None: features are averaged."""
    layout = dates_layout(groups)
    encoder = network.get_submodule("encoder")
    network.set_submodule(
        "encoder", DatedEncoder(encoder, layout, pooling=pooling or "mean"), strict=True
    )
    return network
