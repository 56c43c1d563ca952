"""Fields that differ in the day of their greatest value alone: what dates are worth."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from rs_seg.algorithms.networks import NormalisedNetwork, build_network
from rs_seg.algorithms.networks.temporal.table import dating_of
from rs_seg.values.band_groups import BandGroup

PEAKS = torch.tensor([60.0, 150.0, 240.0, 330.0])
"""Day of the greatest value of each class."""
DATES, SIZE = 6, 32
GROUPS = [
    BandGroup(source="s2", bands=("red", "nir"), slots=DATES).model_dump(mode="json"),
]


def draw_fields(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Raw windows of a year and their classes: six random days, a third of them under clouds.

    The strength of the season differs from field to field, so that one value says little.
    """
    classes = torch.randint(len(PEAKS), (count, 4, 4), generator=generator)
    strength = 0.5 + torch.rand((count, 4, 4), generator=generator)
    days = torch.sort(torch.randint(1, 366, (count, DATES), generator=generator)).values.float()
    away = (days[:, :, None, None] - PEAKS[classes][:, None]).abs()
    away = torch.minimum(away, 365 - away)
    season = strength[:, None] * torch.exp(-((away / 60) ** 2))
    pixels = (
        torch.stack([1 - season, season], dim=2).repeat_interleave(8, 3).repeat_interleave(8, 4)
    )
    pixels = 100 + 40 * pixels + 4 * torch.randn(pixels.shape, generator=generator)
    there = torch.rand((count, DATES), generator=generator) > 1 / 3
    there[:, 0] |= ~there.any(dim=1)
    cloudy = (torch.rand((count, DATES, 2, 2), generator=generator) > 0.85).float()
    cloudy = functional.interpolate(cloudy, size=(SIZE, SIZE))
    present = there[:, :, None, None].float() * (1 - cloudy)
    day = days[:, :, None, None] * present
    whole = torch.cat([pixels * present[:, :, None], day[:, :, None]], dim=2).flatten(1, 2)
    target = classes.repeat_interleave(8, 1).repeat_interleave(8, 2)
    return whole, torch.where(present.amax(dim=1) > 0, target, -1)


def score(settings: dict[str, object], *, only: int | None = None) -> float:
    """Accuracy on new fields after a short training; `only`: on the first dates that are there."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    network = {"groups": GROUPS, "dates": None, **settings}
    layers = build_network(
        str(settings["architecture"]),
        encoder=settings.get("encoder"),
        width=settings.get("width"),
        decoder_channels=settings.get("decoder_channels"),
        bands=3 * DATES,
        class_count=len(PEAKS),
        dates=dating_of(network),
    )
    groups = tuple(map(BandGroup.model_validate, GROUPS))
    whole = NormalisedNetwork(
        layers, mean=[120.0, 120, 0] * DATES, std=[15.0, 15, 1] * DATES, groups=groups
    )
    optimizer = torch.optim.Adam(whole.parameters(), lr=0.01)
    for _ in range(60):
        pixels, target = draw_fields(8, generator)
        valid = target >= 0
        loss = functional.cross_entropy(
            whole(keep_first(pixels, only), valid), target, ignore_index=-1
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pixels, target = draw_fields(32, generator)
    with torch.inference_mode():
        mapped = whole.eval()(keep_first(pixels, only), target >= 0).argmax(dim=1)
    return float((mapped == target)[target >= 0].float().mean())


def keep_first(pixels: torch.Tensor, number: int | None) -> torch.Tensor:
    """The windows with no more than so many of their dates."""
    if number is None:
        return pixels
    series = pixels.unflatten(1, (DATES, 3)).clone()
    there = (series[:, :, 2].amax(dim=(2, 3)) > 0).float()
    series *= ((there.cumsum(dim=1) <= number) * there)[:, :, None, None, None]
    return series.flatten(1, 2)


POOLED = {
    "architecture": "unet",
    "encoder": "tu-test_resnet",
    "decoder_channels": (16, 8, 8, 8, 8),
}
SLOW = {
    "utae": {"architecture": "utae", "width": 32},
    "tempcnn": {"architecture": "tempcnn", "width": 16, "dates": {"steps": 12}},
    "max": {**POOLED, "dates": {"pooling": "max"}},
    "attention": {**POOLED, "dates": {"pooling": "attention"}},
}
NETWORKS = {**SLOW, "mean": {**POOLED, "dates": {"pooling": "mean"}}}


@pytest.fixture(scope="module")
def single() -> float:
    """What a network makes of one date, whose time of the year it is told."""
    return score(NETWORKS["mean"], only=1)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in NETWORKS],
)
def test_networks_of_dates_beat_the_best_single_date(name, single):
    assert score(NETWORKS[name]) > single + 0.1


@pytest.mark.slow
def test_the_best_single_date_is_not_the_fault_of_the_network_that_sees_it(single):
    assert score(SLOW["utae"], only=1) < single + 0.05


def draw_pairs(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Two dates of bright and dark fields, the second in other light, and where a field changed."""
    fields = (torch.rand((count, 4, 4), generator=generator) > 0.5).float()
    changes = torch.rand((count, 4, 4), generator=generator) > 0.7
    both = torch.stack([fields, torch.where(changes, 1 - fields, fields)], dim=1)
    both = both.repeat_interleave(8, 2).repeat_interleave(8, 3)
    both = both + 0.1 * torch.randn(both.shape, generator=generator)
    both[:, 1] += 0.2 * torch.randn((count, 1, 1), generator=generator)
    days = torch.ones_like(both) * torch.tensor([100.0, 200.0])[:, None, None]
    pairs = torch.stack([both, days], dim=2).flatten(1, 2)
    return pairs, changes.long().repeat_interleave(8, 1).repeat_interleave(8, 2)


@pytest.mark.parametrize(
    "architecture", ["fc_siam_diff", pytest.param("fc_siam_conc", marks=pytest.mark.slow)]
)
def test_a_siamese_network_finds_changes_and_none_between_the_same_image_twice(architecture):
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    groups = [BandGroup(source="s2", bands=("red",), slots=2).model_dump()]
    network = build_network(
        architecture,
        width=8,
        bands=4,
        class_count=2,
        dates=dating_of({"architecture": architecture, "groups": groups}),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(120):  # at 60 the last digits of sums decide whether it is enough
        pairs, changes = draw_pairs(8, generator)
        loss = functional.cross_entropy(network(pairs), changes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pairs, changes = draw_pairs(16, generator)
    twice = pairs[:, [0, 1, 0, 3]]
    with torch.inference_mode():
        found = network.eval()(pairs).argmax(dim=1)
        nothing = network(twice).argmax(dim=1)
    assert (found == changes).float().mean() > 0.95
    assert nothing.float().mean() < 0.01
