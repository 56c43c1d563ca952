"""Training windows of several dates: what changes of them, and dates that are left out."""

from __future__ import annotations

import pytest
import torch

from rs_seg.algorithms.training.augment import augment_batch
from rs_seg.algorithms.training.date_dropping import drop_dates
from rs_seg.algorithms.training.losses import UNLABELLED
from rs_seg.config import AugmentConfig
from rs_seg.config.augmenting import BrightnessConfig, HueConfig, RotateConfig, SaturationConfig
from rs_seg.ground.windows import augment_settings
from rs_seg.values.band_groups import BandGroup

GROUPS = (
    BandGroup(source="s2", bands=("red", "nir"), slots=2),
    BandGroup(source="dsm", bands=("height",), optional=True),
)
NAMES = [name for group in GROUPS for name in group.names]
DAYS = [NAMES.index(name) for name in ("day_s2@1", "day_s2@2")]


def window() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    pixels = torch.randn(4, len(NAMES), 32, 32)
    pixels[:, DAYS[0]], pixels[:, DAYS[1]] = 40, 170
    pixels[:, :3, :10] = 0  # a cloud on the first date
    pixels[:, -1] = 1
    return pixels, torch.ones(4, 32, 32, dtype=torch.bool), torch.ones(4, 32, 32, dtype=torch.long)


def augment(config: AugmentConfig) -> torch.Tensor:
    pixels, valid, target = window()
    settings = augment_settings(config, NAMES, GROUPS)
    generator = torch.Generator().manual_seed(3)
    return augment_batch(pixels, valid, target, generator=generator, **settings)[0]


LIGHT = AugmentConfig(
    symmetries=False,
    gain=0.2,
    noise=0.1,
    brightness=BrightnessConfig(probability=1),
    saturation=SaturationConfig(probability=1),
    hue=HueConfig(probability=1),
)


def test_light_and_noise_leave_days_and_presence_as_they_are():
    before, after = window()[0], augment(LIGHT)
    fixed = [*DAYS, len(NAMES) - 1]
    assert torch.equal(after[:, fixed], before[:, fixed])
    assert after.isfinite().all()
    assert not torch.equal(after[:, :2], before[:, :2])


@pytest.mark.parametrize(("dates", "alike"), [("same", True), ("each", False)])
def test_dates_have_one_light_or_each_its_own(dates, alike):
    config = AugmentConfig(
        symmetries=False, brightness=BrightnessConfig(probability=1), dates=dates
    )
    shifts = (augment(config) - window()[0])[:, :, -1, -1]
    red, nir, later = shifts[:, 0], shifts[:, 1], shifts[:, 3]
    assert torch.allclose(red, nir, atol=1e-6)
    assert torch.allclose(red, later, atol=1e-6) == alike


def test_turned_windows_hold_days_of_dates_and_nothing_between():
    after = augment(AugmentConfig(symmetries=False, rotate=RotateConfig(probability=1)))
    assert set(after[:, DAYS[0]].unique().tolist()) == {0, 40}
    assert set(after[:, DAYS[1]].unique().tolist()) == {170}
    assert set(after[:, -1].unique().tolist()) == {1}


def test_bands_without_dates_are_recoloured_as_before():
    plain = augment_settings(LIGHT, ["red", "nir"])
    assert (plain["fixed"], plain["lit_together"]) == ([], [])


def test_dropped_dates_leave_one_and_unlabel_what_has_none():
    pixels, _, target = window()
    generator = torch.Generator().manual_seed(1)
    left, labels = drop_dates(pixels, target, GROUPS, share=0.9, generator=generator)
    days = left[:, DAYS].amax(dim=(2, 3)) > 0
    assert days.any(dim=1).all()
    assert not days.all()
    assert torch.equal(left[:, 6:], pixels[:, 6:])
    for number in range(4):
        gone = [3 * slot for slot in range(2) if not days[number, slot]]
        assert all((left[number, band : band + 3] == 0).all() for band in gone)
        clouded = (labels[number] == UNLABELLED).any()
        assert clouded == (not days[number, 1]), "the second date is under no cloud"


def test_nothing_is_dropped_without_a_share():
    pixels, _, target = window()
    generator = torch.Generator().manual_seed(1)
    left, labels = drop_dates(pixels, target, GROUPS, share=0.0, generator=generator)
    assert torch.equal(left, pixels)
    assert torch.equal(labels, target)
