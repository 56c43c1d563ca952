"""The closed table of networks that take dates apart, and how they are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import TypeAdapter, ValidationError
from torch import nn

from rs_seg.algorithms.networks.presence import groups_of, wrong_description
from rs_seg.algorithms.networks.temporal.dates import SEASON, DatesLayout, dates_layout
from rs_seg.algorithms.networks.temporal.pooling import DatedEncoder, Pooling
from rs_seg.algorithms.networks.temporal.siamese import FcSiam
from rs_seg.algorithms.networks.temporal.tempcnn import TempCnn
from rs_seg.algorithms.networks.temporal.utae import Utae
from rs_seg.errors import UserError
from rs_seg.values.band_groups import BandGroup
from rs_seg.values.series import CALENDAR_YEAR

STEPS = 32
"""Days that TempCNN brings dates to where nothing is said, evenly over a year."""


@dataclass(frozen=True)
class Dating:
    """Which bands are of which date, and how dates are joined."""

    groups: tuple[BandGroup, ...]
    """The bands of each source, one group after the other."""
    pooling: Pooling = "mean"
    steps: int = STEPS
    days: tuple[int, int] = CALENDAR_YEAR

    @property
    def layout(self) -> DatesLayout:
        """Where the dates lie in an image.

        Raises:
            UserError: not exactly one of the groups has dates.
        """
        return dates_layout(self.groups)

    @property
    def bands_of_one(self) -> list[str]:
        """Names of the bands that an encoder sees of each date, in their order.

        Raises:
            UserError: not exactly one of the groups has dates.
        """
        source = self.layout.source
        dated = [band for group in self.groups if group.source == source for band in group.bands]
        others = [name for group in self.groups if group.source != source for name in group.names]
        return [*dated, *others, *SEASON]


def dating_of(network: Mapping[str, Any]) -> Dating | None:
    """How settings of a network, those of a model file too, join dates; None: they are stacked.

    Raises:
        UserError: they are not what the configuration holds.
    """
    dates = network.get("dates")
    if dates is None and network.get("architecture") not in SERIES_NETWORKS:
        return None
    try:
        chosen = {name: choice for name, choice in (dates or {}).items() if choice is not None}
        return TypeAdapter(Dating).validate_python({"groups": groups_of(network), **chosen})
    except (ValidationError, AttributeError) as error:
        raise wrong_description("no usable settings of dates") from error


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
    architecture: str, dates: Dating, *, class_count: int, width: int | None = None
) -> nn.Module:
    """A network of the table.

    Raises:
        UserError: not exactly one source has dates.
    """
    row = SERIES_NETWORKS[architecture]
    options: dict[str, Any] = {} if width is None else {"width": width}
    if row.resamples:
        options |= {"steps": dates.steps, "days": dates.days}
    return row.network(dates.layout, class_count=class_count, **options)


def share_encoder(network: nn.Module, dates: Dating) -> nn.Module:
    """The network for one image with its encoder for each date."""
    shared = network.get_submodule("encoder")
    dated = DatedEncoder(shared, dates.layout, pooling=dates.pooling)
    network.set_submodule("encoder", dated, strict=True)
    return network
