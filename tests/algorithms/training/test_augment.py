from __future__ import annotations

import pytest
import torch

from rs_seg.algorithms.training.augment import apply_symmetry, augment_batch


def make_batch(count: int = 6, size: int = 16) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Windows whose first band is the label, so that any parting of the two shows."""
    generator = torch.Generator().manual_seed(3)
    target = torch.randint(0, 5, (count, size, size), generator=generator)
    valid = torch.rand(count, size, size, generator=generator) > 0.2
    target[~valid] = -1
    pixels = torch.stack(
        [target.float(), torch.rand(count, size, size, generator=generator)], dim=1
    )
    return torch.where(valid[:, None], pixels, 0.0), valid, target


def augment(seed: int = 0, **changes: object) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return augment_batch(
        *make_batch(),
        generator=torch.Generator().manual_seed(seed),
        **{"symmetries": False, **changes},
    )


def test_the_eight_symmetries_are_all_different_and_complete():
    image = torch.arange(9).reshape(3, 3)
    turned = {tuple(apply_symmetry(image, number).flatten().tolist()) for number in range(8)}
    assert len(turned) == 8
    assert tuple(image.T.flatten().tolist()) in turned


def test_labels_and_masks_move_with_the_pixels():
    pixels, valid, target = augment(symmetries=True)
    assert not torch.equal(target, make_batch()[2])
    torch.testing.assert_close(pixels[:, 0][valid], target[valid].float())
    assert (target[~valid] == -1).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"symmetries": True},
        {"scale": 0.3},
        {"gain": 0.5},
        {"offset": 0.5},
        {"noise": 0.5},
        {"scale": 0.3, "noise": 1},
    ],
)
def test_invalid_pixels_stay_zero_and_shapes_and_types_are_kept(changes):
    before, after = make_batch(), augment(**changes)
    assert [(each.shape, each.dtype) for each in before] == [
        (each.shape, each.dtype) for each in after
    ]
    pixels, valid, target = after
    assert (pixels[~valid[:, None].expand_as(pixels)] == 0).all()
    assert (target[~valid] == -1).all()
    assert not torch.equal(pixels, before[0])


def test_nothing_asked_for_changes_nothing():
    for before, after in zip(make_batch(), augment(), strict=True):
        assert torch.equal(before, after)


def test_the_same_seed_gives_the_same_windows():
    changes = {"symmetries": True, "scale": 0.2, "gain": 0.1, "offset": 0.1, "noise": 0.1}
    assert all(
        torch.equal(one, other)
        for one, other in zip(augment(4, **changes), augment(4, **changes), strict=True)
    )
    assert not torch.equal(augment(4, **changes)[0], augment(5, **changes)[0])


def test_gain_is_one_factor_for_all_bands_of_a_window():
    pixels, valid, _ = make_batch()
    changed = augment(gain=0.5)[0]
    factors = []
    for window in range(len(pixels)):
        inside = valid[window] & (pixels[window].abs() > 0.1).all(dim=0)
        ratio = (changed / pixels)[window][:, inside]
        torch.testing.assert_close(ratio, ratio[0, 0].expand_as(ratio))
        factors.append(float(ratio[0, 0]))
    assert len(set(factors)) == len(factors)


def test_offsets_vary_together_as_the_bands_do():
    generator = torch.Generator().manual_seed(3)
    base = torch.randn(200, 1, 8, 8, generator=generator)
    own = torch.randn(200, 3, 8, 8, generator=generator)
    pixels = torch.cat(
        [base, 2 * base + 0.1 * own[:, :1], -base + 0.1 * own[:, 1:2], own[:, 2:]], dim=1
    )
    valid = torch.ones(200, 8, 8, dtype=torch.bool)
    valid[:, :, 5:] = False
    pixels[:, :, :, 5:] = 1e6
    changed, _, _ = augment_batch(
        pixels,
        valid,
        torch.zeros(200, 8, 8, dtype=torch.long),
        symmetries=False,
        offset=0.5,
        generator=generator,
    )
    shifts = (changed - pixels)[:, :, 0, 0]
    wanted = 0.25 * torch.cov(pixels[:, :, :, :5].movedim(1, 0).flatten(1))
    assert torch.allclose(torch.cov(shifts.T), wanted, rtol=0.35, atol=0.06)
    assert torch.corrcoef(shifts.T)[0, 1] > 0.98


def test_an_offset_is_one_number_per_band_and_window():
    pixels, valid, _ = make_batch()
    changed = augment(offset=1.0)[0]
    for window in range(len(pixels)):
        for band in range(2):
            shift = (changed - pixels)[window, band][valid[window]]
            assert shift.std() < 1e-6
            assert shift.mean().abs() > 0


def test_scaling_keeps_the_centre_in_place():
    size = 33
    pixels = torch.zeros(4, 1, size, size)
    pixels[:, :, 14:19, 14:19] = 1
    valid, target = torch.ones(4, size, size, dtype=torch.bool), pixels[:, 0].long()
    moved, _, labels = augment_batch(
        pixels,
        valid,
        target,
        symmetries=False,
        scale=0.3,
        generator=torch.Generator().manual_seed(0),
    )
    assert (moved[:, 0, 16, 16] == 1).all()
    assert (labels[:, 16, 16] == 1).all()
    agreement = ((moved[:, 0] > 0.5) == (labels == 1)).float().mean()
    assert agreement > 0.97


KINDS = {
    "rotate": {"degrees": 180.0},
    "shear": {"degrees": 20.0},
    "elastic": {"displacement": 3.0, "spacing": 24.0},
    "brightness": {"strength": 0.5},
    "contrast": {"strength": 0.5},
    "gamma": {"strength": 1.0},
    "saturation": {"strength": 0.5},
    "hue": {"degrees": 60.0},
    "haze": {"strength": 0.7},
    "shadow": {"strength": 0.7},
    "blur": {"sigma": 2.0},
    "erase": {"share": 0.3, "keep_labels": True},
}
WARPS = ("rotate", "shear", "elastic")
FEWEST = {"saturation": 2, "hue": 3}
"""Bands that a kind needs to change anything."""
LIGHT = ("brightness", "contrast", "gamma", "haze", "shadow", "blur")
SIZE = 48


def place_batch(
    count: int = 6, band_count: int = 3
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Windows whose bands are row and column, whose class follows from both, with a hole."""
    rows, columns = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    target = classify_place(rows.float(), columns.float()).expand(count, -1, -1).clone()
    more = torch.rand(count, band_count, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    pixels = torch.cat(
        [torch.stack([rows, columns]).float().expand(count, -1, -1, -1), more], dim=1
    )[:, :band_count]
    valid = torch.ones(count, SIZE, SIZE, dtype=torch.bool)
    valid[:, 20:30, 5:12] = False
    target[~valid] = -1
    return torch.where(valid[:, None], pixels, 0.0), valid, target


def classify_place(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    return ((rows // 16) * 3 + columns // 16).long()


def change(
    kind: str,
    *,
    probability: float = 1.0,
    seed: int = 0,
    count: int = 6,
    band_count: int = 3,
    **more: object,
):
    settings = {kind: {"probability": probability, **KINDS[kind]}, "symmetries": False, **more}
    return augment_batch(
        *place_batch(count, band_count), generator=torch.Generator().manual_seed(seed), **settings
    )


@pytest.mark.parametrize("kind", WARPS)
def test_every_label_lies_where_its_pixel_went(kind):
    pixels, valid, target = change(kind)
    assert not torch.equal(target, place_batch()[2])
    # pixels are mixed of four and labels taken from one: both tell the place, away from borders of
    # classes and holes
    inside = target >= 0
    for axis in (1, 2):
        for step in (-1, 1):
            inside &= target == target.roll(step, dims=axis)
    inside[:, [0, -1]] = inside[:, :, [0, -1]] = False
    assert inside.float().mean() > 0.4
    assert torch.equal(classify_place(pixels[:, 0], pixels[:, 1])[inside], target[inside])
    assert (target[~valid] == -1).all()


@pytest.mark.parametrize(
    ("kind", "band_count"),
    [
        (kind, band_count)
        for kind in KINDS
        for band_count in (1, 4, 10)
        if band_count >= FEWEST.get(kind, 1)
    ],
)
class TestEveryKindOfChange:
    """What every kind is held to, whatever the number of bands."""

    def test_probability_one_changes_every_window_and_keeps_shapes_and_types(
        self, kind, band_count
    ):
        before, after = place_batch(band_count=band_count), change(kind, band_count=band_count)
        assert [(each.shape, each.dtype) for each in before] == [
            (each.shape, each.dtype) for each in after
        ]
        assert all(not torch.equal(*pair) for pair in zip(before[0], after[0], strict=True))
        assert after[0].isfinite().all()

    def test_windows_that_are_not_drawn_stay_as_they_are(self, kind, band_count):
        before, after = (
            place_batch(20, band_count),
            change(kind, count=20, band_count=band_count, probability=0.5),
        )
        same = [
            all(
                torch.equal(one[index], other[index])
                for one, other in zip(before, after, strict=True)
            )
            for index in range(len(before[0]))
        ]
        assert 4 < sum(same) < 16
        for one, other in zip(
            before, change(kind, count=20, band_count=band_count, probability=0.0), strict=True
        ):
            assert torch.equal(one, other)

    def test_pixels_without_data_stay_zero_and_unlabelled(self, kind, band_count):
        pixels, valid, target = change(kind, band_count=band_count)
        assert not valid.all()
        assert (pixels[~valid[:, None].expand_as(pixels)] == 0).all()
        assert (target[~valid] == -1).all()

    def test_draws_follow_from_the_generator_alone(self, kind, band_count):
        torch.manual_seed(1)
        state = torch.random.get_rng_state()
        first = change(kind, band_count=band_count, seed=4)
        assert torch.equal(torch.random.get_rng_state(), state)
        torch.manual_seed(2)
        assert torch.equal(change(kind, band_count=band_count, seed=4)[0], first[0])
        assert not torch.equal(change(kind, band_count=band_count, seed=5)[0], first[0])

    def test_autocast_changes_nothing(self, kind, band_count):
        plain = change(kind, band_count=band_count)
        with torch.autocast("cpu", torch.bfloat16):
            cast = change(kind, band_count=band_count)
        assert all(torch.equal(one, other) for one, other in zip(plain, cast, strict=True))


@pytest.mark.parametrize("kind", LIGHT)
def test_light_moves_no_label_and_changes_the_named_bands_only(kind):
    before, after = place_batch(), change(kind, optical=[2])
    assert torch.equal(before[1], after[1])
    assert torch.equal(before[2], after[2])
    assert torch.equal(before[0][:, :2], after[0][:, :2])
    assert not torch.equal(before[0][:, 2], after[0][:, 2])


def red_green_blue(kind: str, **settings: object) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels (16, 3, S, S) before and after a change of colour."""
    pixels = torch.randn(16, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    valid = torch.ones(16, SIZE, SIZE, dtype=torch.bool)
    changed = augment_batch(
        pixels,
        valid,
        torch.zeros(16, SIZE, SIZE, dtype=torch.int64),
        generator=torch.Generator().manual_seed(0),
        symmetries=False,
        **{kind: {"probability": 1.0, **settings}},
    )[0]
    return pixels, changed


@pytest.mark.parametrize("kind", ["hue", "saturation"])
def test_changes_of_colour_keep_the_mean_of_the_bands_and_leave_grey_alone(kind):
    before, after = red_green_blue(kind, **KINDS[kind])
    torch.testing.assert_close(after.mean(dim=1), before.mean(dim=1), atol=1e-5, rtol=0)
    assert (after - before).abs().amax(dim=(1, 2, 3)).min() > 0.01


def test_saturation_is_one_factor_on_the_distance_from_grey():
    before, after = red_green_blue("saturation", strength=0.5)
    before, after = (each - each.mean(dim=1, keepdim=True) for each in (before, after))
    factors = (after * before).sum(dim=(1, 2, 3)) / before.square().sum(dim=(1, 2, 3))
    torch.testing.assert_close(after, factors[:, None, None, None] * before, atol=1e-5, rtol=0)
    assert 0.5 <= factors.min() < 0.8
    assert 1.2 < factors.max() <= 1.5


def test_hue_turns_every_colour_of_a_window_by_one_angle_within_the_limit():
    """The angle about grey, by the cross product with its axis: three bands have one plane."""
    before, after = red_green_blue("hue", degrees=30.0)
    before, after = (each - each.mean(dim=1, keepdim=True) for each in (before, after))
    torch.testing.assert_close(after.norm(dim=1), before.norm(dim=1), atol=1e-5, rtol=0)
    grey = torch.full((1, 3, 1, 1), 3**-0.5).expand_as(before)
    sines = (torch.linalg.cross(before, after, dim=1) * grey).sum(dim=1)
    angles = torch.rad2deg(torch.atan2(sines, (before * after).sum(dim=1)))
    assert (angles.amax(dim=(1, 2)) - angles.amin(dim=(1, 2))).max() < 0.1
    assert angles.amin() < -10
    assert angles.amax() > 10
    assert angles.abs().max() <= 30.01


@pytest.mark.parametrize("name", ["scale", "gain", "offset", "noise"])
def test_the_probability_is_the_share_of_windows_that_change(name):
    settings = {"symmetries": False, name: 0.5, "probability": 0.5}
    batch = place_batch(count=200)
    pixels = augment_batch(*batch, generator=torch.Generator().manual_seed(0), **settings)[0]
    changed = sum(not torch.equal(*pair) for pair in zip(batch[0], pixels, strict=True))
    assert 70 < changed < 130


def test_haze_brightens_and_takes_contrast_and_shadow_darkens():
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(8, 4, SIZE, SIZE, generator=generator)
    valid, target = (
        torch.ones(8, SIZE, SIZE, dtype=torch.bool),
        torch.zeros(8, SIZE, SIZE, dtype=torch.int64),
    )
    seen = {
        kind: augment_batch(
            pixels,
            valid,
            target,
            generator=generator,
            symmetries=False,
            **{kind: {"probability": 1, "strength": 0.6}},
        )[0]
        for kind in ("haze", "shadow")
    }
    assert (seen["haze"].mean(dim=(1, 2, 3)) > pixels.mean(dim=(1, 2, 3))).all()
    assert (seen["haze"].std(dim=(2, 3)) < pixels.std(dim=(2, 3))).all()
    assert (seen["shadow"].mean(dim=(1, 2, 3)) < pixels.mean(dim=(1, 2, 3))).all()


def test_blur_takes_nothing_from_pixels_without_data():
    _, valid, target = place_batch(band_count=1)
    constant = torch.where(valid[:, None], 5.0, 0.0)
    blurred = augment_batch(
        constant,
        valid,
        target,
        generator=torch.Generator().manual_seed(0),
        symmetries=False,
        blur={"probability": 1, "sigma": 3.0},
    )[0]
    torch.testing.assert_close(blurred, constant)


def test_gamma_keeps_least_and_greatest_values():
    pixels, valid, _ = place_batch(band_count=2)
    changed = change("gamma", band_count=2)[0]
    for window, mask, before in zip(changed, valid, pixels, strict=True):
        torch.testing.assert_close(window[:, mask].amin(dim=1), before[:, mask].amin(dim=1))
        torch.testing.assert_close(window[:, mask].amax(dim=1), before[:, mask].amax(dim=1))


@pytest.mark.parametrize("keep_labels", [True, False])
def test_an_erased_rectangle_is_zero_and_keeps_or_loses_its_labels(keep_labels):
    batch = [torch.ones(40, 2, SIZE, SIZE), torch.ones(40, SIZE, SIZE, dtype=torch.bool)]
    target = torch.full((40, SIZE, SIZE), 3)
    settings = {"probability": 1.0, "share": 0.25, "keep_labels": keep_labels}
    pixels, valid, labels = augment_batch(
        *batch, target, generator=torch.Generator().manual_seed(0), symmetries=False, erase=settings
    )
    erased = (pixels == 0).all(dim=1)
    for window in erased:
        rows, columns = torch.where(window)
        assert len(rows) == (rows.max() - rows.min() + 1) * (columns.max() - columns.min() + 1)
    shares = erased.float().mean(dim=(1, 2))
    assert shares.min() > 0
    assert shares.max() < 0.28
    assert torch.equal(valid, ~erased | keep_labels)
    assert torch.equal(labels, torch.where(erased & (not keep_labels), -1, 3))
